import { canonicalJson } from '../contracts/canonical-json';
import { definitionHash, type Dataset } from '../contracts/dataset';
import { keys, parseKey } from '../contracts/keys';
import { datasetStateSchema, type DatasetState } from '../contracts/sweep-state';
import { firstWatermark } from '../domain/sweep-plan';
import type { Stored } from '../runtime/store';
import { attempt, type SweepContext } from './context';
import { noteUnlisted } from './unlisted';

/** The state of a dataset as it stands in the ledger, and as this sweep begins with it. */
export interface OpenState {
  readonly stored: Stored<DatasetState> | undefined;
  readonly state: DatasetState;
}

/**
 * The state of a deployed dataset. One that is new, or back after it was not deployed for a while, is watched from now on: what missed its
 * deadline while nobody watched is for a backfill.
 */
export async function openState({ ledger, at, codeVersion }: SweepContext, definition: Dataset): Promise<OpenState> {
  const stored = await ledger.getJson(keys.dataset(definition.name), datasetStateSchema);
  const before = stored?.value;
  const isBack = before !== undefined && before.undeployedSince !== null;
  const fresh = firstWatermark(definition, at).toISOString();
  const watermark = before === undefined || (isBack && fresh > before.watermark) ? fresh : before.watermark;
  const watchedSince = before === undefined || isBack ? at.toISOString() : before.watchedSince;
  const hash = definitionHash(definition);
  const isSame = before !== undefined && !isBack && before.definitionHash === hash;
  const state: DatasetState = {
    schemaVersion: 1,
    dataset: definition.name,
    definition: { ...definition },
    definitionHash: hash,
    definitionSince: isSame ? (before.definitionSince ?? watchedSince) : at.toISOString(),
    codeVersion,
    watchedSince,
    watermark,
    tidiedTo: before?.tidiedTo ?? null,
    undeployedSince: null,
  };
  return { stored, state };
}

/** Writes the state where it has changed. A sweep beside this one may have been faster; what it wrote is as good. */
export async function saveState({ ledger }: SweepContext, { stored }: OpenState, next: DatasetState): Promise<void> {
  if (stored !== undefined && canonicalJson(stored.value) === canonicalJson(next)) return;
  const condition = stored === undefined ? ({ absent: true } as const) : { etag: stored.etag };
  await ledger.putJson(keys.dataset(next.dataset), next, condition);
}

/** The state with the definition as it stands, for when what the deployed one leaves out could not be noted yet. */
export function withFormer({ stored, state }: OpenState): DatasetState {
  if (stored === undefined) return state;
  const { definition, definitionHash: hash, definitionSince, watchedSince } = stored.value;
  return { ...state, definition, definitionHash: hash, definitionSince: definitionSince ?? watchedSince };
}

/**
 * Notes which datasets are not deployed any more, so that nobody expects anything of the time in between when they come back, and what was
 * missing of them.
 */
export async function noteUndeployed(context: SweepContext): Promise<void> {
  const { ledger, datasets, at } = context;
  for await (const { key } of ledger.list(keys.datasetsArea)) {
    const parsed = parseKey(key);
    if (parsed?.kind !== 'dataset' || datasets.has(parsed.dataset)) continue;
    await attempt(context, 'the state of a dataset', { key }, async () => {
      const stored = await ledger.getJson(key, datasetStateSchema);
      if (stored === undefined || stored.value.undeployedSince !== null) return;
      await noteUnlisted(context, stored.value, undefined);
      await ledger.putJson(key, { ...stored.value, undeployedSince: at.toISOString() }, { etag: stored.etag });
    });
  }
}
