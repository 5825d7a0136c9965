import type { S3Client } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { parseEnvironment } from '../../contracts/environment';
import { givenUp, InternalError } from '../../contracts/errors';
import {
  functionTable,
  type EnvironmentOf,
  type FunctionName,
  type InputOf,
  type OutputOf,
} from '../../contracts/function-table';
import { describeProblems, problemsOf } from '../../contracts/problems';
import type { Usage } from '../../contracts/run/steps';
import { logKeysOf, type LogKeys } from '../../domain/run/log-keys';
import { signed } from '../../domain/run/request-ids';
import { classify } from '../aws/classify';
import { createLogger, printThrough, withInvocationKeys, type Logger } from '../aws/logger';
import { isLastTry } from '../aws/patience';
import { loadRegistry, type Registry } from './dataset-registry';
import { createS3Client, type RequestMeter } from '../aws/s3';
import { Store } from '../store/store';

/** What a step's logic works with; passed in, so that tests give it their own. */
export interface StepContext<N extends FunctionName> {
  readonly env: EnvironmentOf<N>;
  readonly datasets: Registry;
  readonly s3: S3Client;
  readonly ledger: Store;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Lambda's id of the invocation. */
  readonly requestId: string;
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

/** The schemas of each function, so typed that a function's name leads to the types of its own. */
const schemas: {
  readonly [N in FunctionName]: {
    readonly input: z.ZodType<InputOf<N>>;
    readonly environment: z.ZodType<EnvironmentOf<N>>;
  };
} = functionTable;

/**
 * Makes a Lambda handler of a step's logic: parses environment, definitions (once per process) and input, calls, classifies what is
 * thrown, logs it, and returns the output with its usage. Every line that is written meanwhile says whose it is (`domain/run/log-keys.ts`).
 *
 * The error that leaves the handler always has one of the names in `contracts/errors.ts`, which Retry and Catch match; a retryable one only
 * where the dataset wants the step tried again (`retry.times`).
 */
export function stepHandler<N extends FunctionName>(
  name: N,
  logic: (context: StepContext<N>, input: InputOf<N>) => Promise<OutputOf<N>>,
): (event: unknown, context: LambdaContext) => Promise<OutputOf<N> & { usage: Usage }> {
  const { input: inputSchema } = schemas[name];
  const meter: RequestMeter = { requests: 0 };
  let fixed: Fixed<N> | undefined;
  return async (event, lambdaContext) => {
    const { awsRequestId: requestId } = lambdaContext;
    const started = process.hrtime.bigint();
    const requestsBefore = meter.requests;
    const { logger, ...rest } = (fixed ??= initialise(name, meter));
    const usage = (): Usage => ({
      seconds: Number(process.hrtime.bigint() - started) / 1e9,
      peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
      requests: meter.requests - requestsBefore,
    });
    return withInvocationKeys({ ...keysOf(event, rest.datasets, logger), awsRequestId: requestId }, async () => {
      // Of an invocation that is cut off (time-out, memory), this line is all that says whose it was.
      logger.info('step begun');
      try {
        const parsed = inputSchema.safeParse(event, { reportInput: true });
        if (!parsed.success) throw new InternalError(`input of ${name}: ${describeProblems(problemsOf(parsed.error))}`);
        const remainingMs = () => lambdaContext.getRemainingTimeInMillis();
        const output = await logic({ ...rest, logger, requestId, remainingMs, usage }, parsed.data);
        const used = usage();
        logger.info('step done', { usage: used });
        return { ...output, usage: { ...used, requestId } };
      } catch (error) {
        const classified = classify(error);
        const known = isLastTry(name, event, rest.datasets) ? givenUp(classified) : classified;
        logger.error('step failed', {
          code: known.code,
          retryable: known.retryable,
          details: known.details,
          error: known,
        });
        throw signed(known, requestId);
      }
    });
  };
}

type Fixed<N extends FunctionName> = Omit<StepContext<N>, 'requestId' | 'remainingMs' | 'usage'>;

/** Which run the lines belong to. What can't be read from an input must not keep a line from being written. */
function keysOf(event: unknown, datasets: Registry, logger: Logger): LogKeys {
  try {
    return logKeysOf(event, datasets);
  } catch (error) {
    logger.warn('the input does not say whose this is', { error: classify(error) });
    return {};
  }
}

function initialise<N extends FunctionName>(name: N, meter: RequestMeter): Fixed<N> {
  const logger = createLogger();
  // Lambda sets it, and so does the local world, which runs functions in processes of their own.
  if (process.env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined) printThrough(logger, console);
  const env = parseEnvironment(name, schemas[name].environment, process.env);
  const s3 = createS3Client(meter, env.ACCOUNT_ID);
  return {
    env,
    datasets: loadRegistry(process.env),
    s3,
    ledger: new Store(s3, env.LEDGER_BUCKET),
    logger,
    now: () => new Date(),
  };
}
