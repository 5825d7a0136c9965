import type { Dataset } from '../../contracts/dataset/dataset';
import { endingOf } from '../../contracts/run/endings';
import type { Manifest } from '../../contracts/run/manifest';
import { cadenceOf } from '../../contracts/partition';
import type { EndingRef, PartitionRecord } from '../../contracts/run/partition-record';
import type { Telling } from '../../contracts/run/troubles';
import { isExpected, shiftPartition } from '../../domain/partition/calendar';
import { isSuccess, isTold, type Tellable } from '../../domain/messages/is-told';
import type { Store } from '../store/store';
import { lookAtRecord } from '../ledger/partition-record';
import { valueOrNone } from '../store/reading';
import { tellingOf, type TroublesContext } from '../ledger/troubles-record';
import { isToldByBackfill } from './by-backfill';
import type { Subject } from './subject';

/** What is known of an ending when it is decided how it is announced. */
export interface Ending {
  readonly manifest: Pick<Manifest, 'trigger' | 'times' | 'again'> & Tellable;
  /** The partition record after the seal; undefined where there is no partition. */
  readonly record: PartitionRecord | undefined;
}

/**
 * Decides how an ending is announced, once: a recorder that completes the recording finds it in the manifest.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function decideTellingOf(
  context: TroublesContext,
  { of, definition, notify, runId, expected }: Pick<Subject, 'of' | 'definition' | 'notify' | 'runId' | 'expected'>,
  { manifest, record }: Ending,
  now: Date,
): Promise<Telling> {
  // Of an unknown dataset nothing is remembered, nor of its partitions of another cadence.
  if (of === undefined || definition === undefined || cadenceOf(of.partition) !== definition.cadence)
    return { how: isTold(manifest, notify?.when ?? 'every-run', undefined) ? 'whole' : 'silent' };
  const { status, reason, source, quality, retry, again = 0, trigger, times } = manifest;
  const { telling, isNew } = await tellingOf(
    context,
    definition,
    {
      status,
      reason,
      source,
      quality,
      retry,
      again,
      trigger,
      runId,
      expected,
      partition: of.partition,
      endedAt: times.ended,
      published: (record?.publication ?? null) !== null,
    },
    now,
  );
  // Before anything is remembered of the dataset, what is on record says whether this is the first success after a failure.
  if (telling.how !== 'silent' || !isNew || record === undefined || !isSuccess(status)) return telling;
  const previous = await previousEnding(context.ledger, { ...of, definition, runId }, record);
  return previous !== undefined && endingOf(previous.code).toldUnderChanges ? { ...telling, how: 'whole' } : telling;
}

/**
 * Whether an ending has a message of its own. The runs of a backfill are in its message, unless the backfill was over before it knew
 * of them, or a person waits for them.
 */
export async function hasMessage(
  ledger: Store,
  { backfillId, runId }: Pick<Subject, 'backfillId' | 'runId'>,
  { how, byItself }: Telling,
): Promise<boolean> {
  if (how === 'silent') return false;
  if (backfillId === null || byItself === true) return true;
  return !(await isToldByBackfill(ledger, backfillId, runId));
}

/** How an ending is announced whose manifest does not say so, because a release wrote it that decided anew each time. */
export async function formerTellingOf(
  ledger: Store,
  { of, definition, notify, runId }: Subject,
  manifest: Tellable,
  record: PartitionRecord | undefined,
): Promise<Telling> {
  const when = notify?.when ?? 'every-run';
  const needsPrevious = when === 'changes' && isSuccess(manifest.status) && record !== undefined;
  const previous =
    needsPrevious && of !== undefined && definition !== undefined
      ? await previousEnding(ledger, { ...of, definition, runId }, record)
      : undefined;
  return { how: isTold(manifest, when, previous) ? 'whole' : 'silent' };
}

interface RunOf {
  readonly dataset: string;
  readonly partition: string;
  readonly definition: Dataset;
  readonly runId: string;
}

/** How the partition's run before ended; where there was none, the status of the expected partition before this one. */
async function previousEnding(
  ledger: Store,
  { dataset, partition: own, definition, runId }: RunOf,
  { last }: PartitionRecord,
): Promise<EndingRef | undefined> {
  const before = last?.runId === runId ? last.after : last?.ending;
  if (before !== undefined) return before;
  let partition = own;
  do {
    partition = shiftPartition(partition, -1);
    if (partition < definition.calendar.firstPartition) return undefined;
  } while (!isExpected(definition, partition));
  const record = valueOrNone(await lookAtRecord(ledger, { dataset, partition }));
  return record?.publication?.ending ?? record?.last?.ending;
}
