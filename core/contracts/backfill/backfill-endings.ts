/** Every way in which a backfill can end: status and code in one (`docs/design.md` §3). */

export interface BackfillEnding {
  /** Whether the Step Functions execution ends SUCCEEDED (true) or FAILED (false). */
  readonly succeeds: boolean;
  /** One sentence for people. */
  readonly sentence: string;
  /** What to do about it; empty where there is nothing to do. */
  readonly hint: string;
}

const backfillEndings = {
  NOTHING_MISSING: { succeeds: true, sentence: 'No partition of the range is missing.', hint: '' },
  RECOVERED: { succeeds: true, sentence: 'Every partition that was missing is published.', hint: '' },
  // Red in the console: the backfill has done its work, but a person has to do something.
  STILL_MISSING: {
    succeeds: false,
    sentence: 'Some partitions that were missing still are.',
    hint: 'Fix the reasons that are named, then start a backfill again or wait for the next one.',
  },
  FAILED: {
    succeeds: false,
    sentence: 'The backfill could not be done as it was asked for.',
    hint: 'Fix what was wrong, then start it again. What was recovered before stays published.',
  },
  TIMED_OUT: {
    succeeds: false,
    sentence: 'The backfill ran into its time limit.',
    hint: 'Start a backfill again for the rest, or wait for the next one. What was recovered stays published.',
  },
  ABORTED: {
    succeeds: false,
    sentence: 'An operator stopped the backfill.',
    hint: 'Start a backfill again for the rest, or wait for the next one. What was recovered stays published.',
  },
} as const satisfies Record<string, BackfillEnding>;

export type BackfillStatus = keyof typeof backfillEndings;
export const BACKFILL_STATUSES = Object.keys(backfillEndings) as [BackfillStatus, ...BackfillStatus[]];

/** The row of a status. */
export function backfillEndingOf(status: BackfillStatus): BackfillEnding {
  return backfillEndings[status];
}

/** Whether an execution is one of a Backfill machine, whose name ends so (`<stack>-Backfill`); anything else is a PartitionRun. */
export function isBackfillExecution(executionArn: string): boolean {
  return /^arn:[^:]+:states:[^:]*:[^:]*:execution:(?:[^:/]+-)?Backfill:[^:]+$/.test(executionArn);
}
