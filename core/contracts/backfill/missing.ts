import { z } from 'zod';

/**
 * Why a partition is missing (`docs/design.md` §1), each with the words that people read in plans and messages. The last two are
 * published: they are run again because an option asks for it.
 */
export const missingReasons = {
  NEVER_STARTED: 'never started',
  FAILED: 'failed',
  /** Skipped for a reason that is neither of the two below, e.g. because a run held it that ended since. */
  SKIPPED: 'skipped',
  CIRCUIT_OPEN: 'circuit open',
  UPSTREAM_MISSING: 'upstream missing',
  TIMED_OUT: 'timed out',
  ABORTED: 'stopped',
  FAILED_BATCHES: 'published with failed batches',
  SOURCE_CHANGED: 'source changed since it was published',
  /** Where the dataset asks for it: `whenReplaced: 'rerun'`. */
  UPSTREAM_CHANGED: 'upstream replaced since it was published',
  DATA_ARRIVED: 'no data then, but now there is',
  /** The primary has it now, and the dataset asks for it. */
  FROM_FALLBACK: 'published from the fallback',
  /** Option `alsoPartial`. */
  PARTIAL: 'published with rejected records or without objects',
  /** Option `everything`. */
  REPROCESS: 'published, to be processed again',
} as const satisfies Record<string, string>;

export type MissingReason = keyof typeof missingReasons;
export const MISSING_REASONS = Object.keys(missingReasons) as [MissingReason, ...MissingReason[]];
export const missingReasonSchema = z.enum(MISSING_REASONS, { error: `expected one of ${MISSING_REASONS.join(', ')}` });
