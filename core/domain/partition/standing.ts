import { endings, type ReasonCode, type RunStatus } from '../../contracts/run/endings';
import type { PartitionRecord } from '../../contracts/run/partition-record';
import { deadlineOf, isExpected, type Scheduled } from './calendar';

/**
 * A partition's state now: a pure function of its record, its definition and the time. Exactly one of these for every expected
 * partition.
 */
export type Standing =
  | { readonly kind: 'published'; readonly status: RunStatus; readonly code: ReasonCode; readonly runId: string }
  | { readonly kind: 'running'; readonly runId: string; readonly since: string; readonly overdue: boolean }
  | { readonly kind: 'ended'; readonly status: RunStatus; readonly code: ReasonCode; readonly runId: string }
  /** Its deadline has not passed and nobody was at it yet. */
  | { readonly kind: 'expected' }
  /** Its deadline has passed and nobody was ever at it. */
  | { readonly kind: 'never-started' }
  /** The calendar does not ask for it. */
  | { readonly kind: 'not-expected' };

/** The standing of a partition. `record` is undefined when the ledger has none. */
export function standingOf(
  dataset: Scheduled,
  partition: string,
  record: PartitionRecord | undefined,
  now: Date,
): Standing {
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

/** A standing for people, as it fits into a bracket: `FAILED: SOURCE_EMPTY, run abc`. */
export function standingInWords(standing: Standing): string {
  switch (standing.kind) {
    case 'published':
    case 'ended':
      // NEVER_STARTED is its own code, and of no run.
      return standing.status === 'NEVER_STARTED'
        ? 'never started'
        : `${standing.status}: ${standing.code}, run ${standing.runId}`;
    case 'running':
      return `run ${standing.runId} is at it since ${standing.since}${standing.overdue ? ', past its deadline' : ''}`;
    case 'expected':
      return 'nobody was at it yet';
    case 'never-started':
      return 'never started';
    case 'not-expected':
      return 'not expected';
  }
}

/** Whether a partition with this standing is owed, as far as its record alone can tell (a changed source is found by listing it). */
export function isOwed(standing: Standing, failedBatches: number, now: Date, deadline: Date): boolean {
  if (now.getTime() <= deadline.getTime()) return false;
  switch (standing.kind) {
    case 'published':
      return failedBatches > 0;
    case 'ended':
      return endings[standing.code].debt;
    case 'never-started':
      return true;
    case 'running':
    case 'expected':
    case 'not-expected':
      return false;
  }
}
