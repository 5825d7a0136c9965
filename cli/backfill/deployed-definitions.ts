import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { parseDataset, type Dataset } from '../../core/contracts/dataset/dataset';
import { parseKey } from '../../core/contracts/keys';
import type { Registry } from '../../core/runtime/step/dataset-registry';
import type { Store } from '../../core/runtime/store/store';
import { UsageError } from './usage-error';

/** Of `datasets/<name>.json` in the ledger, which the sweep writes: what is deployed. */
const deployedSchema = z.object({
  definition: z.unknown(),
  /** Since when it is not deployed any more. */
  undeployedSince: z.string().nullish(),
});

/**
 * The definitions to plan with: those that are deployed, as the ledger has them; before the first sweep has written them there, those in a
 * folder of this checkout.
 * @throws UsageError when there are none, InvalidDataset
 */
export async function definitionsOf(ledger: Store, folder: string): Promise<Registry> {
  const deployed = new Map<string, Dataset>();
  for await (const { key } of ledger.list('datasets/')) {
    if (parseKey(key)?.kind !== 'dataset') continue;
    const stored = await ledger.getJson(key, deployedSchema);
    if (stored === undefined || typeof stored.value.undeployedSince === 'string') continue;
    const dataset = parseDataset(stored.value.definition);
    deployed.set(dataset.name, dataset);
  }
  return deployed.size > 0 ? deployed : ofFolder(resolve(folder));
}

function ofFolder(folder: string): Registry {
  const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, 'dataset.ts')) : [];
  const found = files.filter((file) => existsSync(file)).map(load);
  if (found.length === 0)
    throw new UsageError(`which datasets? The ledger names none, and ${folder} has none; give --datasets <folder>`);
  return new Map(found.map((dataset) => [dataset.name, dataset]));
}

function load(file: string): Dataset {
  // A file of the user, known only now; tsx compiles it.
  return parseDataset((require(file) as { default?: unknown }).default);
}
