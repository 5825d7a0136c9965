import { keys, parseKey } from '../core/contracts/keys';
import { manifestSchema, type Manifest } from '../core/contracts/run/manifest';
import { partitionRecordSchema, type PartitionRecord } from '../core/contracts/run/partition-record';
import type { World } from './world';

/* What a world's ledger says, for those who tell of it. */

/** Every key. */
export function ledgerKeys(world: World): readonly string[] {
  return world.s3.store.keys(world.bucket('Ledger'));
}

/** The JSON under a key; undefined where there is none. */
export function ledgerJson(world: World, key: string): unknown {
  if (!ledgerKeys(world).includes(key)) return undefined;
  return JSON.parse(world.s3.store.get(world.bucket('Ledger'), key).body.toString());
}

/** The record of a partition; undefined where no run has touched it. */
export function recordOf(world: World, dataset: string, partition: string): PartitionRecord | undefined {
  return partitionRecordSchema.optional().parse(ledgerJson(world, keys.partition(dataset, partition)));
}

/** The manifests of all runs. */
export function manifestsOf(world: World): Manifest[] {
  return ledgerKeys(world)
    .filter((key) => ['manifest', 'unassignedManifest'].includes(parseKey(key)?.kind ?? ''))
    .map((key) => manifestSchema.parse(ledgerJson(world, key)));
}

/** The schedule in the template that starts a dataset's runs. */
export function scheduleOf(world: World, dataset: string): string {
  const found = world.assembly.schedules.find(
    ({ input }) => (JSON.parse(input) as { dataset?: unknown }).dataset === dataset,
  );
  if (found === undefined) throw new Error(`The template has no schedule for ${dataset}`);
  return found.logicalId;
}
