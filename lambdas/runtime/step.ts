import type { S3Client } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { parseEnvironment, type EnvironmentOf, type FunctionName } from '../contracts/environment';
import { givenUp, InternalError } from '../contracts/errors';
import { describeProblems, problemsOf } from '../contracts/problems';
import type { Usage } from '../contracts/steps';
import { classify } from './classify';
import { createLogger, type Logger } from './logger';
import { isLastTry } from './patience';
import { loadRegistry, type Registry } from './registry';
import { createS3Client, type RequestMeter } from './s3';
import { Store } from './store';

/** What a step's logic works with; passed in, so that tests give it their own. */
export interface StepContext<N extends FunctionName> {
  readonly env: EnvironmentOf<N>;
  readonly datasets: Registry;
  readonly s3: S3Client;
  readonly ledger: Store;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Milliseconds until Lambda ends the invocation. */
  readonly remainingMs: () => number;
  /** What the invocation has taken so far. */
  readonly usage: () => Usage;
}

/** The part of Lambda's context object that steps use. */
export interface LambdaContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/**
 * Makes a Lambda handler of a step's logic: parses environment, definitions (once per process) and input, calls, classifies what is
 * thrown, logs it, and returns the output with its usage.
 *
 * The error that leaves the handler always has one of the names in `contracts/errors.ts`, which Retry and Catch match; a retryable one only
 * where the dataset wants the step tried again (`retry.times`).
 */
export function stepHandler<N extends FunctionName, S extends z.ZodType, O extends object>(
  name: N,
  inputSchema: S,
  logic: (context: StepContext<N>, input: z.output<S>) => Promise<O>,
): (event: unknown, context: LambdaContext) => Promise<O & { usage: Usage }> {
  const meter: RequestMeter = { requests: 0 };
  let fixed: Omit<StepContext<N>, 'remainingMs' | 'usage'> | undefined;
  return async (event, lambdaContext) => {
    const started = process.hrtime.bigint();
    const requestsBefore = meter.requests;
    fixed ??= initialise(name, meter);
    const { logger } = fixed;
    const usage = (): Usage => ({
      seconds: Number(process.hrtime.bigint() - started) / 1e9,
      peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
      requests: meter.requests - requestsBefore,
    });
    logger.appendKeys({ awsRequestId: lambdaContext.awsRequestId });
    try {
      const parsed = inputSchema.safeParse(event, { reportInput: true });
      if (!parsed.success) throw new InternalError(`input of ${name}: ${describeProblems(problemsOf(parsed.error))}`);
      const output = await logic(
        { ...fixed, remainingMs: () => lambdaContext.getRemainingTimeInMillis(), usage },
        parsed.data,
      );
      const used = usage();
      logger.info('step done', { usage: used });
      return { ...output, usage: used };
    } catch (error) {
      const classified = classify(error);
      const known = isLastTry(name, event, fixed.datasets) ? givenUp(classified) : classified;
      logger.error('step failed', {
        code: known.code,
        retryable: known.retryable,
        details: known.details,
        error: known,
      });
      throw known;
    }
  };
}

function initialise<N extends FunctionName>(
  name: N,
  meter: RequestMeter,
): Omit<StepContext<N>, 'remainingMs' | 'usage'> {
  const env = parseEnvironment(name, process.env);
  const s3 = createS3Client(meter);
  return {
    env,
    datasets: loadRegistry(process.env),
    s3,
    ledger: new Store(s3, env.LEDGER_BUCKET),
    logger: createLogger(),
    now: () => new Date(),
  };
}
