import { NEVER_STARTED_RUN_ID } from '../../contracts/keys';
import { MINUTE_MS, partitionStart, periodMs } from '../../contracts/partition';
import type { PartitionRecord } from '../../contracts/run/partition-record';
import { availableAt, deadlineOf, type Scheduled } from '../partition/calendar';
import type { Holder } from '../partition/protocol';

/**
 * What a sweep does about a partition: pure functions of its record, its definition and the time. The sweep comes every 10 minutes, so
 * whatever is due to it is done at most 10 minutes, and the time that one takes, later.
 */

/**
 * How long the schedule comes first: Scheduler is precise to a minute, and an attempt that failed is repeated within some. Where that is
 * more than half of the time until the deadline, half of it.
 */
const START_GRACE_MS = 10 * MINUTE_MS;
/** A run that was started in the last moment may still be about to claim. 10 + 3 minutes are less than the 15 that were promised. */
const CLAIM_GRACE_MS = 3 * MINUTE_MS;
/**
 * How long a closed execution is left to the status-change event, and to orphans: a ClaimPartition that outlives its execution does so for
 * 2 minutes (its Lambda's time-out), so after 3 none comes back any more.
 */
export const CLOSED_GRACE_MS = 3 * MINUTE_MS;

export type Act =
  /** Its status is final, or another run answers for it. */
  | { readonly kind: 'settled' }
  /** It was sealed as never started: make sure of its manifest and its message. */
  | { readonly kind: 'finish-never-started' }
  /** Its time has not come. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'start' }
  | { readonly kind: 'never-started' }
  /** A run holds it: it depends on whether that execution still runs. */
  | {
      readonly kind: 'ask-holder';
      readonly holder: Holder;
      /** Past its deadline without any status. */
      readonly overdue: boolean;
      /** Whether it has a status whatever becomes of the holder. */
      readonly settled: boolean;
    };

/** What is to be done about an expected partition. */
export function actFor(
  dataset: Pick<Scheduled, 'availableMinutes' | 'deadlineMinutes'>,
  partition: string,
  record: PartitionRecord | undefined,
  now: Date,
): Act {
  const deadline = deadlineOf(dataset, partition).getTime();
  const hasStatus = record !== undefined && (record.publication !== null || record.last !== null);
  if (record !== undefined && record.holder !== null) {
    const overdue = !hasStatus && now.getTime() > deadline;
    return { kind: 'ask-holder', holder: record.holder, overdue, settled: hasStatus };
  }
  if (record?.publication === null && record.last?.runId === NEVER_STARTED_RUN_ID) {
    return { kind: 'finish-never-started' };
  }
  if (hasStatus) return { kind: 'settled' };
  const available = availableAt(dataset, partition).getTime();
  const startFrom = available + Math.min(START_GRACE_MS, Math.max(0, (deadline - available) / 2));
  if (now.getTime() > deadline + CLAIM_GRACE_MS) return { kind: 'never-started' };
  return { kind: now.getTime() >= startFrom && now.getTime() < deadline ? 'start' : 'wait' };
}

/** Name of the execution that the sweep starts for a partition: always the same, so that it is started once, whichever sweep does it. */
export function sweepExecutionName(dataset: string, partition: string): string {
  return `sweep-${dataset}-${partition}`;
}

/**
 * Where a dataset's watermark begins when the sweep first sees it: at the first partition whose deadline is still to come. What missed
 * its deadline before the sweep watched is no news; a backfill recovers it.
 */
export function firstWatermark(dataset: Pick<Scheduled, 'cadence' | 'deadlineMinutes'>, now: Date): Date {
  const period = periodMs(dataset.cadence);
  return new Date(Math.floor((now.getTime() - dataset.deadlineMinutes * MINUTE_MS) / period) * period);
}

/**
 * The partitions that one sweep looks at: newest first, for those matter most. Where there are more than it may look at, half of them
 * are the oldest, so that the watermark moves whatever happens.
 */
export function chosenOf<T>(partitions: readonly T[], most: number): T[] {
  if (partitions.length <= most) return partitions.toReversed();
  const old = Math.floor(most / 2);
  return [...partitions.slice(-(most - old)).toReversed(), ...partitions.slice(0, old).toReversed()];
}

/**
 * The watermark after a sweep: the beginning of the oldest expected partition that is not settled; where all are, of the time whose
 * deadlines are still to come. Never moves back.
 */
export function nextWatermark(
  dataset: Pick<Scheduled, 'cadence' | 'deadlineMinutes'>,
  watermark: Date,
  expected: readonly string[],
  isSettled: (partition: string) => boolean,
  now: Date,
): Date {
  const open = expected.find((partition) => !isSettled(partition));
  const limit = firstWatermark(dataset, now);
  // Before its deadline a settled partition may be published anew or fail again; looking at it until then costs little.
  const next = open === undefined ? limit : new Date(Math.min(partitionStart(open).getTime(), limit.getTime()));
  return next > watermark ? next : watermark;
}

/** How a partition looks with regard to its deadline; `open` while it can't be known. */
export type DeadlineStatus = 'met' | 'never-started' | 'overdue' | 'open';

/** Whether a dataset's newest deadline was missed; undefined where nothing that was looked at says so. */
export function missedDeadline(
  dataset: Pick<Scheduled, 'deadlineMinutes'>,
  looked: readonly { readonly partition: string; readonly status: DeadlineStatus }[],
  now: Date,
): boolean | undefined {
  if (looked.some(({ status }) => status === 'overdue')) return true;
  const decided = looked.filter(({ partition, status }) => status !== 'open' && deadlineOf(dataset, partition) <= now);
  const newest = decided.toSorted((a, b) => (a.partition < b.partition ? -1 : 1)).at(-1);
  return newest === undefined ? undefined : newest.status === 'never-started';
}
