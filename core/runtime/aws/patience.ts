import { z } from 'zod';
import type { FunctionName } from '../../contracts/function-table';
import { DEFAULT_STEP_RETRIES } from '../../contracts/dataset/retries';
import type { Registry } from '../step/dataset-registry';

/** What steps are given of their retries; those of a run with the run, ClaimPartition with what is to become one. */
const triedSchema = z.object({
  retryCount: z.int().nonnegative(),
  run: z.object({ dataset: z.string() }).optional(),
  input: z.object({ dataset: z.string() }).optional().catch(undefined),
});

/**
 * Whether a step of a run has been tried as often as its dataset wants (`retry.times`): the state machine may go on, for its MaxAttempts is
 * that of the most patient dataset. False for steps that are not told how often they were tried: their machine's number counts.
 *
 * `$$.State.RetryCount` counts every retry of the state, those after a fault of the Lambda service too.
 */
export function isLastTry(name: FunctionName, event: unknown, datasets: Registry): boolean {
  const tried = triedSchema.safeParse(event).data;
  if (tried === undefined) return false;
  // The input of a backfill may name a dataset too, and its planning is not that dataset's affair.
  const dataset = tried.run?.dataset ?? (name === 'claim-partition' ? tried.input?.dataset : undefined);
  const times = dataset === undefined ? undefined : datasets.get(dataset)?.retry.times;
  return tried.retryCount >= (times ?? DEFAULT_STEP_RETRIES);
}
