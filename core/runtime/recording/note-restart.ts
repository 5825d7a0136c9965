import { keys } from '../../contracts/keys';
import { endedOf, mayStartAgain } from '../../domain/run/restart-plan';
import type { Sealed } from '../ledger/partition-record';
import type { Store } from '../store/store';
import type { Subject } from './subject';

/**
 * Notes that the sweep may start the partition again after this run, wherever its watermark is. Before the manifest, which promises it:
 * a recorder that finds a manifest need not ask whether the note was written. Repeating it changes nothing; that it is no longer due, the
 * sweep sees in the partition record.
 */
export async function noteRestart(
  ledger: Store,
  { of, definition, runId, expected }: Subject,
  sealed: Sealed | undefined,
): Promise<void> {
  if (of === undefined || definition === undefined || !expected || sealed === undefined) return;
  const ended = endedOf(sealed.record, runId);
  if (ended === undefined || !mayStartAgain(definition, ended)) return;
  // Its key says it all; what is in it is for people.
  const note = { schemaVersion: 1, code: ended.code, ended: ended.at.toISOString() };
  await ledger.putJson(keys.restart(of.dataset, of.partition, runId), note, { absent: true });
}
