import { dataBytes, MAX_DATA_BYTES, StateError } from './asl-types';
import { query } from './asl-language';
import type { VirtualClock } from '../../clock';
import type { Faults } from '../faults';
import { jsonText, type History } from './history-events';
import { Interrupted, type TaskAttempt } from './interpreter';
import { findFunction, FunctionNotFound, timedOut, type FunctionFailure, type Invoker } from '../lambda/invoker';
import type { FunctionResource } from '../../template/template';

/** One invocation that a state makes, as a hook sees it. */
export interface TaskCall {
  readonly executionArn: string;
  readonly stateName: string;
  readonly functionName: string;
  readonly attempt: number;
  /** Index of the Map iteration, where there is one. */
  readonly mapIndex: number | undefined;
  readonly payload: unknown;
}

/** What a test may do to invocations. A hook that throws a StateError fails the attempt with it. */
export interface InvokeHooks {
  /** May return another payload; undefined leaves it. */
  beforeInvoke?: (call: TaskCall) => unknown;
  /** May return another output; undefined leaves it. */
  afterInvoke?: (call: TaskCall, output: unknown) => unknown;
}

/** What a nested execution comes to. */
export interface NestedResult {
  readonly status: string;
  readonly description: Readonly<Record<string, unknown>>;
}

export interface TaskRunnerOptions {
  readonly clock: VirtualClock;
  readonly invoker: Invoker;
  readonly functions: readonly FunctionResource[];
  /** Whether the role of an execution's machine may invoke a function, by its ARN. */
  readonly mayInvoke: (executionArn: string, functionArn: string) => boolean;
  readonly faults: Faults;
  readonly hooks: InvokeHooks;
  readonly region: string;
  /** Starts a nested execution; it is stopped when the signal aborts. */
  readonly startNested: (
    parameters: Readonly<Record<string, unknown>>,
    wait: boolean,
    signal: AbortSignal,
  ) => Promise<NestedResult>;
  /** Publishes to a topic; returns the message id. */
  readonly publish: (parameters: Readonly<Record<string, unknown>>) => string;
}

const RATE_EXCEEDED = 'Rate Exceeded. (Service: Lambda, Status Code: 429, Request ID: local) (SDK Attempt Count: 1)';

/** Carries out Tasks: Lambda invocations and nested executions, with time-outs and injected faults. */
export class TaskRunner {
  constructor(readonly options: TaskRunnerOptions) {}

  /** The result of one attempt; throws StateError. What is still going on at a time-out goes on, unheard. */
  async run(attempt: TaskAttempt, history: History): Promise<unknown> {
    const { clock, region } = this.options;
    const { state, input, thread, signal } = attempt;
    const [, service = '', action = ''] = /^arn:aws:states:::([\w-]+):(.+)$/.exec(state.Resource ?? '') ?? [];
    const kind =
      service === '' ? { resourceType: 'lambda', resource: 'invoke' } : { resourceType: service, resource: action };
    const timeout =
      state.TimeoutSecondsPath === undefined
        ? state.TimeoutSeconds
        : Number(await query(state.TimeoutSecondsPath, input, attempt.context));
    const details = {
      ...kind,
      region,
      parameters: jsonText(input),
      ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
    };
    history.add(thread, 'TaskScheduled', { taskScheduledEventDetails: details });
    history.add(thread, 'TaskStarted', { taskStartedEventDetails: kind });

    const abandoned = new AbortController();
    const work = clock.begin(() => this.#work(service, action, attempt, AbortSignal.any([signal, abandoned.signal])));
    work.promise.catch(() => undefined);
    let cancel = (): void => undefined;
    const interruption = new Promise<never>((_, reject) => {
      const interrupt = (): void => reject(new Interrupted());
      signal.addEventListener('abort', interrupt, { once: true });
      const expire = (): void => reject(new StateError('States.Timeout', ''));
      const cancelTimer =
        timeout === undefined ? undefined : clock.timer(new Date(clock.now() + timeout * 1000), expire);
      cancel = () => {
        signal.removeEventListener('abort', interrupt);
        cancelTimer?.();
      };
    });
    try {
      const output = await clock.waiting(Promise.race([work.promise, interruption]));
      history.add(thread, 'TaskSucceeded', { taskSucceededEventDetails: { ...kind, output: jsonText(output) } });
      return output;
    } catch (error) {
      if (error instanceof StateError && error.error === 'States.Timeout') {
        history.add(thread, 'TaskTimedOut', { taskTimedOutEventDetails: { ...kind, error: error.error } });
      } else if (error instanceof StateError) {
        history.add(thread, 'TaskFailed', {
          taskFailedEventDetails: { ...kind, error: error.error, cause: error.causeText },
        });
      }
      throw error;
    } finally {
      cancel();
      work.release();
      abandoned.abort();
    }
  }

  async #work(service: string, action: string, attempt: TaskAttempt, signal: AbortSignal): Promise<unknown> {
    const parameters = attempt.input as Readonly<Record<string, unknown>>;
    const resource = attempt.state.Resource ?? '';
    let output: unknown;
    if (service === '' && resource.startsWith('arn:aws:lambda:')) {
      output = (await this.#invoke(attempt, resource, attempt.input)).payload;
    } else if (service === 'lambda' && action === 'invoke') {
      const { payload, version, requestId } = await this.#invoke(
        attempt,
        String(parameters['FunctionName']),
        parameters['Payload'] ?? {},
      );
      output = {
        ExecutedVersion: version,
        Payload: payload,
        SdkHttpMetadata: { HttpStatusCode: 200 },
        SdkResponseMetadata: { RequestId: requestId },
        StatusCode: 200,
      };
    } else if (service === 'states' && action.startsWith('startExecution')) {
      output = await this.#nested(action, parameters, signal);
    } else if (service === 'sns' && action === 'publish') {
      output = { MessageId: this.options.publish(parameters) };
    } else {
      throw new StateError('States.Runtime', `The local engine does not know the resource ${resource}`, false);
    }
    if (dataBytes(output) > MAX_DATA_BYTES) {
      // Recorded on AWS as catchable, documented as not (facts 0.2): the recording is followed.
      throw new StateError(
        'States.DataLimitExceeded',
        `The state/task '${resource}' returned a result with a size exceeding the maximum number of bytes service limit.`,
      );
    }
    return output;
  }

  async #invoke(
    attempt: TaskAttempt,
    functionName: string,
    input: unknown,
  ): Promise<{ payload: unknown; version: string; requestId: string }> {
    const { clock, faults, functions, hooks, invoker, mayInvoke } = this.options;
    const { stateName, context } = attempt;
    const fault = faults.take(stateName, context.Execution.Name);
    if (fault?.kind === 'throttle') throw new StateError('Lambda.TooManyRequestsException', RATE_EXCEEDED);
    if (fault?.kind === 'throw')
      throw lambdaError({ errorType: fault.error, errorMessage: `Injected into ${stateName}`, trace: [] });
    const call: TaskCall = {
      executionArn: context.Execution.Id,
      stateName,
      functionName,
      attempt: attempt.attempt,
      mapIndex: context.Map?.Item.Index,
      payload: input,
    };
    try {
      const { resource, version } = findFunction(functions, functionName);
      const arn = version === '$LATEST' ? resource.arn : `${resource.arn}:${version}`;
      if (!mayInvoke(call.executionArn, arn))
        throw new StateError('Lambda.AWSLambdaException', `Not authorized to perform lambda:InvokeFunction on ${arn}`);
      if (fault?.kind === 'timeout') {
        await clock.advance(resource.timeoutSeconds * 1000);
        const result = timedOut('00000000-0000-4000-8000-000000000000', resource);
        if (!result.ok) throw lambdaError(result.error);
      }
      const payload = (await hooks.beforeInvoke?.(call)) ?? input;
      const invocation = invoker.invoke({
        functionName,
        payload,
        kill: fault?.kind === 'kill',
        since: Date.parse(context.Execution.StartTime),
      });
      const result = await invocation.done;
      if (!result.ok) throw lambdaError(result.error);
      const replaced = await hooks.afterInvoke?.({ ...call, payload }, result.payload);
      return {
        payload: replaced === undefined ? result.payload : replaced,
        version: invocation.version,
        requestId: invocation.requestId,
      };
    } catch (error) {
      if (error instanceof FunctionNotFound) throw new StateError('Lambda.ResourceNotFoundException', error.message);
      throw error;
    }
  }

  async #nested(action: string, parameters: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown> {
    const wait = action.startsWith('startExecution.sync');
    const { status, description } = await this.options.startNested(parameters, wait, signal);
    if (!wait) return { ExecutionArn: description['ExecutionArn'], StartDate: description['StartDate'] };
    if (status !== 'SUCCEEDED') throw new StateError('States.TaskFailed', jsonText(description));
    if (!action.endsWith(':2')) return description;
    return {
      ...description,
      Output: JSON.parse(String(description['Output'])) as unknown,
      Input: JSON.parse(String(description['Input'])) as unknown,
    };
  }
}

/** A failed invocation as Step Functions reports it: the type is the error, the rest the cause, as JSON. */
function lambdaError(failure: FunctionFailure): StateError {
  return new StateError(failure.errorType, JSON.stringify(failure));
}
