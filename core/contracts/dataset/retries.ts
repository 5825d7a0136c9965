import { z } from 'zod';

/**
 * What a dataset says about trying again: a step within a run after a temporary error, and a run that ended for a temporary reason
 * (`docs/retries.md`). Nothing of this decides about records: it is part of no hash.
 */

/** How often a temporary error of a step is tried again within a run, where the dataset does not say: 5 invocations. */
export const DEFAULT_STEP_RETRIES = 4;

/**
 * The most that a dataset may ask for. MaxAttempts is one number for all datasets, so the state machine has that of the most patient one
 * (`lib/machines/retry-policies.ts`), and a step that has had as many as its own dataset wants gives up by itself (`runtime/aws/patience.ts`).
 */
const MOST_STEP_RETRIES = 8;

/** How often the sweep may start a partition again, and the longest that it may wait before. */
const MOST_TRIES = 10;
const LONGEST_MINUTES = 7 * 24 * 60;

export const retryOptionsSchema = z.strictObject({
  /** How often a step is tried again within a run after a temporary error; 0: never. */
  times: z.int().nonnegative().max(MOST_STEP_RETRIES).default(DEFAULT_STEP_RETRIES),
  /**
   * After how many minutes the sweep starts a partition again whose run ended for a temporary reason, one entry for each try, counted from
   * the ending before it. None: never, it is left to the backfill.
   */
  minutes: z
    .array(z.int().positive().max(LONGEST_MINUTES))
    .max(MOST_TRIES)
    .refine((minutes) => minutes.every((one, i) => i === 0 || one >= (minutes[i - 1] ?? 0)), {
      error: 'expected minutes of which each is at least the one before',
    })
    .default([15, 60, 240]),
});
