import { keys, parseKey } from '../../contracts/keys';
import { manifestSchema } from '../../contracts/run/manifest';
import { partitionRecordSchema, type PartitionRecord } from '../../contracts/run/partition-record';
import { checkResultSchema } from '../../contracts/run/steps';
import { carryOver } from '../../domain/carry-over';
import { recordFromManifests, recordFromVersion, type OnRecord } from '../../domain/partition/recovered-record';
import { inParallel } from '../aws/parallel';
import type { PartitionRef } from './partition-record';
import { valueOrNone, type Unreadable } from '../store/reading';
import type { Store } from '../store/store';

/** What became of a partition record that could not be read. */
export type Recovery =
  /** It can be read again: `how` says where from, for people. */
  | { readonly kind: 'recovered'; readonly how: string }
  /** Another was faster: read again. */
  | { readonly kind: 'beaten' }
  /** Nothing here can tell what it said: it stays as it is, for a person. */
  | { readonly kind: 'left'; readonly why: string };

const READS_AT_A_TIME = 16;

/**
 * Puts an unreadable partition record together anew: from its newest version that can be read, else from the manifests of its runs; by
 * If-Match on what was read, so that of several who try one does. A record that some release of Rollcall wrote is never replaced: what it
 * says is true, only not for us.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function recoverRecord(
  ledger: Store,
  of: PartitionRef,
  unreadable: Unreadable,
  now: Date,
): Promise<Recovery> {
  const key = keys.partition(of.dataset, of.partition);
  const earlier = await ledger.newestReadable(key, partitionRecordSchema, false);
  switch (earlier.kind) {
    case 'unreadable':
      return left(unreadable, 'Another release of Rollcall wrote it, or what was there before.');
    case 'found': {
      const record = recordFromVersion(earlier.value, earlier.after, now);
      const how = `It was recovered from its version of ${earlier.lastModified.toISOString()}.`;
      return swapIn(ledger, unreadable, carryOver(earlier, record), how);
    }
    case 'none': {
      const record = await fromManifests(ledger, of, now);
      if (typeof record === 'string') return left(unreadable, `No earlier version can be read, and ${record}.`);
      return swapIn(ledger, unreadable, record, 'It was recovered from the manifests of its runs.');
    }
  }
}

const left = ({ why }: Unreadable, more: string): Recovery => ({ kind: 'left', why: `${why}. ${more}` });

async function swapIn(ledger: Store, { key, etag, why }: Unreadable, record: unknown, how: string): Promise<Recovery> {
  const swapped = await ledger.putJson(key, record, { etag });
  return swapped === undefined ? { kind: 'beaten' } : { kind: 'recovered', how: `${why}. ${how}` };
}

async function fromManifests(ledger: Store, of: PartitionRef, now: Date): Promise<PartitionRecord | string> {
  const runIds: string[] = [];
  for await (const { key } of ledger.list(keys.manifestsOf(of.dataset, of.partition))) {
    const parsed = parseKey(key);
    if (parsed?.kind === 'manifest') runIds.push(parsed.runId);
  }
  const found = await inParallel(runIds, READS_AT_A_TIME, async (runId): Promise<OnRecord | string> => {
    const reading = await ledger.read(keys.manifest(of.dataset, of.partition, runId), manifestSchema);
    if (reading.kind !== 'found') return `the manifest of run ${runId}, which may have published, can't be read either`;
    return { manifest: reading.value, planKey: await planKeyOf(ledger, of, runId) };
  });
  const unknown = found.find((one) => typeof one === 'string');
  return (
    unknown ??
    recordFromManifests(
      found.filter((one) => typeof one !== 'string'),
      now,
    )
  );
}

/** The plan that a run published by: that of its second round, where it came to one. */
async function planKeyOf(ledger: Store, { dataset, partition }: PartitionRef, runId: string): Promise<string> {
  const check = valueOrNone(await ledger.read(keys.check(dataset, partition, runId), checkResultSchema));
  return check?.planKey ?? keys.plan(dataset, partition, runId, 1);
}
