import { endings, type ReasonCode, type RunStatus } from '../../contracts/run/endings';
import type { PartitionRecord } from '../../contracts/run/partition-record';
import { deadlineOf, isExpected, type Scheduled } from './calendar';

/**
 * A partition's state now: a pure function of its record, its definition and the time. Exactly one of these for every expected
 * partition.
 */
export type PartitionStatus =
  | { readonly kind: 'published'; readonly status: RunStatus; readonly code: ReasonCode; readonly runId: string }
  | { readonly kind: 'running'; readonly runId: string; readonly since: string; readonly overdue: boolean }
  | { readonly kind: 'ended'; readonly status: RunStatus; readonly code: ReasonCode; readonly runId: string }
  /** Its deadline has not passed and it had no run yet. */
  | { readonly kind: 'expected' }
  /** Its deadline has passed and it never had a run. */
  | { readonly kind: 'never-started' }
  /** The calendar does not ask for it. */
  | { readonly kind: 'not-expected' };

/** The status of a partition. `record` is undefined when the ledger has none. */
export function statusOf(
  dataset: Scheduled,
  partition: string,
  record: PartitionRecord | undefined,
  now: Date,
): PartitionStatus {
  const overdue = now.getTime() > deadlineOf(dataset, partition).getTime();
  if (record?.publication) {
    const { ending, runId } = record.publication;
    return { kind: 'published', status: ending.status, code: ending.code, runId };
  }
  if (record?.holder) return { kind: 'running', runId: record.holder.runId, since: record.holder.since, overdue };
  if (record?.last)
    return {
      kind: 'ended',
      status: record.last.ending.status,
      code: record.last.ending.code,
      runId: record.last.runId,
    };
  if (!isExpected(dataset, partition)) return { kind: 'not-expected' };
  return overdue ? { kind: 'never-started' } : { kind: 'expected' };
}

/** A status for people, as it fits into a bracket: `FAILED: SOURCE_EMPTY, run abc`. */
export function statusInWords(status: PartitionStatus): string {
  switch (status.kind) {
    case 'published':
    case 'ended':
      // NEVER_STARTED is its own code, and of no run.
      return status.status === 'NEVER_STARTED'
        ? 'never started'
        : `${status.status}: ${status.code}, run ${status.runId}`;
    case 'running':
      return `run ${status.runId} has been working on it since ${status.since}${status.overdue ? ', past its deadline' : ''}`;
    case 'expected':
      return 'no run yet';
    case 'never-started':
      return 'never started';
    case 'not-expected':
      return 'not expected';
  }
}

/** Whether a partition with this status is missing, as far as its record alone can tell (a changed source is found by listing it). */
export function isMissing(status: PartitionStatus, failedBatches: number, now: Date, deadline: Date): boolean {
  if (now.getTime() <= deadline.getTime()) return false;
  switch (status.kind) {
    case 'published':
      return failedBatches > 0;
    case 'ended':
      return endings[status.code].missing;
    case 'never-started':
      return true;
    case 'running':
    case 'expected':
    case 'not-expected':
      return false;
  }
}
