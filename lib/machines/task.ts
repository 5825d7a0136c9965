import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { JsonPath, Pass, TaskInput, Timeout, type CatchProps, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { BackfillStepName } from '../../core/contracts/backfill/backfill';
import type { StepName } from '../../core/contracts/run/steps';
import type { RetryPolicy } from './retry-policies';
import type { RollcallFunction } from '../functions/rollcall-function';

/**
 * How much longer a state waits than its Lambda may take. The state must never give up first: the Lambda would run on unseen. Covers a
 * cold start (10 s at most) and what Step Functions needs around the call.
 */
export const TASK_MARGIN_SECONDS = 60;

export interface StepProps {
  readonly function: RollcallFunction;
  /** What people in the Step Functions console should know. */
  readonly comment: string;
  /** The Lambda's input, with JSONPath values (`'run.$'`); fits the step's schema in `contracts/run/steps.ts`. */
  readonly payload: Readonly<Record<string, unknown>>;
  /**
   * What becomes of the output: the new state, `<path>.Payload` beside what the state has (JSONPath can't place one field of a result
   * elsewhere without the risk of a States.Runtime error that nothing catches), or nothing.
   */
  readonly output: 'replaces state' | { readonly at: `$.${string}` } | 'is discarded';
  readonly retry: RetryPolicy;
  readonly onError: { readonly goTo: IChainable; readonly keepAt: '$' | `$.${string}` };
}

/** A comment with the line that asl-lint reads: the state is meant to break a rule, for this reason (docs/asl-lint.md). */
export function allowing(rule: string, reason: string, comment: string): string {
  return `${comment}\nasl-lint allows ${rule}: ${reason}`;
}

/** Makes a Task of a step. All of them are made here, so none lacks a time-out, a retry policy or a Catch. */
export function step(scope: Construct, name: StepName | BackfillStepName, props: StepProps): LambdaInvoke {
  const fn = props.function;
  const task = LambdaInvoke.jsonPath(scope, name, {
    comment: props.comment,
    // A version, not $LATEST: a deployment doesn't change the code of a run that is going.
    lambdaFunction: fn.currentVersion as IFunction, // The cast: CDK's types don't know exactOptionalPropertyTypes.
    payload: TaskInput.fromObject(props.payload),
    taskTimeout: Timeout.duration(Duration.seconds(fn.timeoutSeconds + TASK_MARGIN_SECONDS)),
    // CDK's default retries have neither jitter nor cap and leave out throttling.
    retryOnServiceExceptions: false,
    ...outputFields(props.output),
  });
  for (const policy of props.retry) task.addRetry(policy);
  addCatchAll(task, props.onError);
  return task;
}

/** Part of a payload: how often the step was tried before. It gives up when its dataset has had enough (`runtime/aws/patience.ts`). */
export function tried(): Record<string, string> {
  return { 'retryCount.$': '$$.State.RetryCount' };
}

/**
 * Catches everything that can be caught. States.DataLimitExceeded has a catcher of its own: by the documentation States.ALL does not
 * cover it (recordings of the service say that it does).
 */
export function addCatchAll(
  state: { addCatch(handler: IChainable, props: CatchProps): unknown },
  { goTo, keepAt }: StepProps['onError'],
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

function outputFields(output: StepProps['output']): object {
  if (output === 'replaces state') return { outputPath: '$.Payload' };
  if (output === 'is discarded') return { resultPath: JsonPath.DISCARD };
  return { resultSelector: { 'Payload.$': '$.Payload' }, resultPath: output.at };
}
