import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { JsonPath, Pass, TaskInput, Timeout, type CatchProps, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import {
  functionTable,
  labelOf,
  type FunctionName,
  type FunctionOf,
  type InputOf,
  type LabelOf,
  type MachineName,
} from '../../core/contracts/function-table';
import type { Functions } from '../functions/functions';
import type { RetryPolicy } from './retry-policies';

/**
 * How much longer a state waits than its Lambda may take. The state must never give up first: the Lambda would run on unseen. Covers a
 * cold start (10 s at most) and what Step Functions needs around the call.
 */
const TASK_MARGIN_SECONDS = 60;

/** A field of a payload: a JSONPath, or a value that has some in it. */
type Field<K extends string> = { readonly [P in `${K}.$`]: string } | { readonly [P in K]: unknown };
/** A payload with every field that a function's input has: one without does not compile. */
type PayloadOf<I> = {
  [K in keyof I & string]-?: (field: Field<K>) => void;
}[keyof I & string] extends (fields: infer P) => void
  ? P
  : never;

export interface StepProps<N extends FunctionName> {
  /** What people in the Step Functions console should know. */
  readonly comment: string;
  /** The Lambda's input, with JSONPath values (`'run.$'`). */
  readonly payload: PayloadOf<InputOf<N>> & object;
  readonly retry: RetryPolicy;
  readonly onError: OnError;
}

/** Where a state that failed goes on, and where its error is kept; by default under `$.failed.<State>`. */
export interface OnError {
  readonly goTo: IChainable;
  readonly keepAt?: '$' | `$.${string}`;
}

/** A Task for every step of a machine: a step without one does not compile. */
export type Tasks<M extends MachineName> = Readonly<Record<LabelOf<FunctionOf<M>>, LambdaInvoke>>;

/** A comment with the line that asl-lint reads: the state is meant to break a rule, for this reason (docs/asl-lint.md). */
export function allowing(rule: string, reason: string, comment: string): string {
  return `${comment}\nasl-lint allows ${rule}: ${reason}`;
}

/**
 * Makes a Task of a step. All of them are made here, so none lacks a time-out, a retry policy or a Catch, and each keeps its output where
 * `contracts/function-table.ts` says.
 */
export function step<N extends FunctionOf<MachineName>>(
  scope: Construct,
  functions: Functions,
  name: N,
  props: StepProps<N>,
): LambdaInvoke {
  const fn = functions.of(name);
  const task = LambdaInvoke.jsonPath(scope, labelOf(name), {
    comment: props.comment,
    // A version, not $LATEST: a deployment doesn't change the code of a run that is going.
    lambdaFunction: fn.currentVersion as IFunction, // The cast: CDK's types don't know exactOptionalPropertyTypes.
    payload: TaskInput.fromObject(props.payload),
    taskTimeout: Timeout.duration(Duration.seconds(fn.timeoutSeconds + TASK_MARGIN_SECONDS)),
    // CDK's default retries have neither jitter nor cap and leave out throttling.
    retryOnServiceExceptions: false,
    ...outputFields(name),
  });
  for (const policy of props.retry) task.addRetry(policy);
  addCatchAll(task, { keepAt: `$.failed.${labelOf(name)}`, ...props.onError });
  return task;
}

/** Part of a payload: how often the step was tried before. It gives up when its dataset has had enough (`runtime/aws/patience.ts`). */
export function tried(): { readonly 'retryCount.$': string } {
  return { 'retryCount.$': '$$.State.RetryCount' };
}

/**
 * Catches everything that can be caught. States.DataLimitExceeded has a catcher of its own: by the documentation States.ALL does not
 * cover it (recordings of the service say that it does).
 */
export function addCatchAll(
  state: { addCatch(handler: IChainable, props: CatchProps): unknown },
  { goTo, keepAt }: Required<OnError>,
): void {
  state.addCatch(goTo, { errors: ['States.DataLimitExceeded'], resultPath: keepAt });
  state.addCatch(goTo, { errors: ['States.ALL'], resultPath: keepAt });
}

/**
 * The state after a first task that failed. Its error replaces the state, since the input of an execution can be anything and nothing could
 * be put beside it; this names the task that it belongs to.
 */
export function firstFailed(scope: Construct, id: string, task: string): Pass {
  return Pass.jsonPath(scope, id, {
    comment:
      'Names the state that failed. The input of an execution can be anything, so the error could not be put beside it.',
    parameters: { failed: { [`${task}.$`]: '$' } },
  });
}

/**
 * What becomes of the output. `<path>.Payload` and not `<path>`: JSONPath can't place one field of a result elsewhere without the risk of
 * a States.Runtime error that nothing catches.
 */
function outputFields(name: FunctionOf<MachineName>): object {
  const { keptAt } = functionTable[name];
  if (keptAt === '$') return { outputPath: '$.Payload' };
  if (keptAt === null) return { resultPath: JsonPath.DISCARD };
  return { resultSelector: { 'Payload.$': '$.Payload' }, resultPath: keptAt };
}
