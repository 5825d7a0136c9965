import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { RETRYABLE_ERROR_NAMES, RETRYABLE_SERVICE_ERRORS } from '../../core/contracts/errors';
import { DEFAULT_STEP_RETRIES } from '../../core/contracts/dataset/retries';

/**
 * What is tried again, how often and for how long. Nothing else ever is: a final error would be the same again, a time-out may have left
 * a Lambda running, and an unknown error must be looked at, not repeated. "Waits" are upper bounds: full jitter takes a random part of
 * each, so that runs which failed together don't come back together. `maxAttempts` counts retries; each is one billed transition.
 *
 * The SDK has made 3 attempts of its own before any of these errors is thrown (`runtime/aws/s3.ts`, `runtime/aws/executions.ts`), so 5 invocations
 * are at most 15 requests of the same kind to a bucket that is away; the first that fails ends the invocation, so they don't multiply
 * beyond that. Each policy counts for itself: a step that meets both may wait for both. `docs/retries.md` has the whole table.
 */
export type RetryPolicy = readonly RetryProps[];

/**
 * Temporary errors of what a step calls.
 * 4 retries (5 invocations), waits ≤ 5 + 15 + 45 + 120 = 185 s: outlasts a restart or a throttled minute, and is short against any
 * deadline; what lasts longer is for the sweep, which starts the partition again, and for the circuit breaker.
 */
const TEMPORARY_ERRORS: RetryProps = {
  errors: [...RETRYABLE_ERROR_NAMES],
  interval: Duration.seconds(5),
  backoffRate: 3,
  maxAttempts: DEFAULT_STEP_RETRIES,
  maxDelay: Duration.seconds(120),
  jitterStrategy: JitterType.FULL,
};

/**
 * The Lambda service throttles or fails before our code runs.
 * 8 retries, waits ≤ 2 + 4 + 8 + 16 + 32 + 60 + 60 + 60 = 242 s: a backfill beside the hourly runs can use up the account's concurrency for
 * minutes, and there is nothing wrong with the step itself.
 */
const SERVICE_FAULTS: RetryProps = {
  errors: [...RETRYABLE_SERVICE_ERRORS],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxAttempts: 8,
  maxDelay: Duration.seconds(60),
  jitterStrategy: JitterType.FULL,
};

/** For every step that works, where no dataset asks for another number of retries. */
export const WORK: RetryPolicy = [TEMPORARY_ERRORS, SERVICE_FAULTS];

/**
 * For the steps that work on a partition: {@link WORK} with as many retries as the most patient dataset wants. A step whose dataset wants
 * fewer gives up before, by an error that no state retries (`runtime/aws/patience.ts`), for `maxAttempts` is one number for all. At 8, the
 * most that a dataset may ask for, the waits are ≤ 185 + 4 × 120 = 665 s.
 */
export function workOn(datasets: readonly Pick<Dataset, 'retry'>[]): RetryPolicy {
  const most = Math.max(0, ...datasets.map(({ retry }) => retry.times));
  return [{ ...TEMPORARY_ERRORS, maxAttempts: datasets.length === 0 ? DEFAULT_STEP_RETRIES : most }, SERVICE_FAULTS];
}

/**
 * For RecordRun: an ending has to get on record, and no one waits for it.
 * 8 retries, waits ≤ 5 + 10 + 20 + 40 + 80 + 160 + 300 + 300 = 915 s (15 minutes); then `RunFailed`, and the sweep records.
 */
export const RECORDING: RetryPolicy = [TEMPORARY_ERRORS, SERVICE_FAULTS].map((policy) => ({
  ...policy,
  interval: Duration.seconds(5),
  backoffRate: 2,
  maxAttempts: 8,
  maxDelay: Duration.seconds(300),
}));

/** How throttling and faults of Step Functions itself are named when one of its executions starts another. */
const START_FAULTS = [
  'StepFunctions.ThrottlingException',
  'StepFunctions.ExecutionLimitExceededException',
  'StepFunctions.SdkClientException',
  'StepFunctions.AWSStepFunctionsException',
  'StepFunctions.SfnException',
];

/**
 * For starting a run from a backfill. How the run ends (`States.TaskFailed`) is never tried again here; a second start under the same
 * name finds the first one, so repeating is safe.
 * 8 retries, waits as those of {@link SERVICE_FAULTS}: StartExecution refills 150 a second in most regions, far above what a backfill starts.
 */
export const STARTING: RetryPolicy = [{ ...SERVICE_FAULTS, errors: START_FAULTS }];
