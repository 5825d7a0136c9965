import { setMaxListeners } from 'node:events';
import { choose, effectiveInput, effectiveOutput, fill, place, query } from './asl-language';
import {
  dataBytes,
  MAX_DATA_BYTES,
  StateError,
  type AslContext,
  type Catcher,
  type Retrier,
  type StateDefinition,
  type SubMachine,
} from './asl-types';
import type { VirtualClock } from '../../clock';
import { jsonText, type History, type Thread } from './history-events';

/** One attempt of a Task, for the code that carries it out. */
export interface TaskAttempt {
  readonly stateName: string;
  readonly state: StateDefinition;
  readonly input: unknown;
  readonly context: AslContext;
  readonly thread: Thread;
  /** 0 for the first. */
  readonly attempt: number;
  /** Aborted when the execution, or the Map around the Task, ends meanwhile. */
  readonly signal: AbortSignal;
}

export interface InterpreterOptions {
  readonly clock: VirtualClock;
  readonly history: History;
  /** Between 0 and 1, for jitter. */
  readonly random: () => number;
  /** Carries out a Task; throws StateError. */
  readonly runTask: (attempt: TaskAttempt) => Promise<unknown>;
}

/** Where states run: an execution, an iteration of a Map, or a branch of a Parallel. */
export interface Scope {
  readonly context: AslContext;
  readonly thread: Thread;
  readonly signal: AbortSignal;
}

/** The scope ended while something in it was under way. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Runs the states of one execution: order, time, retries, catches, Map and Parallel. */
export class Interpreter {
  constructor(readonly options: InterpreterOptions) {}

  /** Runs a machine to its end and returns its output; throws StateError, or Interrupted. */
  async run(machine: SubMachine, input: unknown, scope: Scope): Promise<unknown> {
    let name = machine.StartAt;
    let value = input;
    for (;;) {
      const state = machine.States[name];
      if (state === undefined) throw new StateError('States.Runtime', `There is no state '${name}'`, false);
      if (scope.signal.aborted) throw new Interrupted();
      const { output, next } = await this.#state(name, state, value, scope);
      value = output;
      if (next === undefined) return value;
      name = next;
    }
  }

  async #state(
    name: string,
    state: StateDefinition,
    input: unknown,
    scope: Scope,
  ): Promise<{ output: unknown; next: string | undefined }> {
    const { clock, history } = this.options;
    const { thread } = scope;
    const entered = history.add(thread, `${state.Type}StateEntered`, {
      stateEnteredEventDetails: { name, input: jsonText(input) },
    });
    const enteredTime = clock.date().toISOString();
    const used = (state.Retry ?? []).map(() => 0);
    for (let attempt = 0; ; attempt += 1) {
      const context: AslContext = {
        ...scope.context,
        State: { Name: name, EnteredTime: enteredTime, RetryCount: attempt },
      };
      try {
        const { result, next } = await this.#attempt(name, state, input, { ...scope, context }, attempt);
        if (scope.signal.aborted) throw new Interrupted();
        const output = await effectiveOutput(state, input, result, context);
        checkSize(name, output);
        history.add(thread, `${state.Type}StateExited`, {
          stateExitedEventDetails: { name, output: jsonText(output) },
        });
        return { output, next };
      } catch (thrown) {
        if (scope.signal.aborted) throw new Interrupted();
        const error = this.#explain(thrown, name, entered);
        const delay = this.#retryDelay(state, error, used);
        if (delay !== undefined) {
          await clock.sleep(delay, { signal: scope.signal });
          if (scope.signal.aborted) throw new Interrupted();
          continue;
        }
        const catcher = error.catchable ? state.Catch?.find((each) => matches(each, error)) : undefined;
        if (catcher === undefined) throw error;
        const output = await place(catcher.ResultPath, input, { Error: error.error, Cause: error.causeText }, context);
        checkSize(name, output);
        history.add(thread, `${state.Type}StateExited`, {
          stateExitedEventDetails: { name, output: jsonText(output) },
        });
        return { output, next: catcher.Next };
      }
    }
  }

  /** Only a StateError is the machine's affair; anything else is a fault of the local engine. */
  #explain(thrown: unknown, name: string, entered: number): StateError {
    if (!(thrown instanceof StateError)) throw thrown;
    if (thrown.error !== 'States.Runtime' || thrown.causeText.startsWith('An error occurred')) return thrown;
    const cause = `An error occurred while executing the state '${name}' (entered at the event id #${entered}). ${thrown.causeText}`;
    return new StateError(thrown.error, cause, thrown.catchable);
  }

  /** Milliseconds until the next attempt; undefined where there is none. The first retrier that matches decides. */
  #retryDelay(state: StateDefinition, error: StateError, used: number[]): number | undefined {
    if (!error.catchable) return undefined;
    const index = (state.Retry ?? []).findIndex((retrier) => matches(retrier, error));
    const retrier = state.Retry?.[index];
    const attempts = used[index];
    if (retrier === undefined || attempts === undefined || attempts >= (retrier.MaxAttempts ?? 3)) return undefined;
    used[index] = attempts + 1;
    const computed = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** attempts;
    const seconds = Math.min(computed, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
    return Math.round(seconds * 1000 * (retrier.JitterStrategy === 'FULL' ? this.options.random() : 1));
  }

  async #attempt(
    name: string,
    state: StateDefinition,
    input: unknown,
    scope: Scope,
    attempt: number,
  ): Promise<{ result: unknown; next: string | undefined }> {
    const { context } = scope;
    const value = await effectiveInput(state, input, context);
    const next = state.End === true ? undefined : state.Next;
    switch (state.Type) {
      case 'Pass':
        return { result: 'Result' in state ? state.Result : value, next };
      case 'Succeed':
        return { result: value, next: undefined };
      case 'Fail':
        throw await failure(state, value, context);
      case 'Choice':
        return { result: value, next: await choose(state, value, context) };
      case 'Wait':
        await this.options.clock.sleep(await waitUntil(state, value, context, this.options.clock), {
          signal: scope.signal,
        });
        return { result: value, next };
      case 'Task': {
        const run = this.options.runTask({ ...scope, stateName: name, state, input: value, attempt });
        return { result: await run, next };
      }
      case 'Map':
        return { result: await this.#map(name, state, value, scope), next };
      case 'Parallel':
        return { result: await this.#parallel(name, state, value, scope), next };
    }
  }

  async #map(name: string, state: StateDefinition, input: unknown, scope: Scope): Promise<unknown> {
    const { history } = this.options;
    const items = state.ItemsPath === undefined ? input : await query(state.ItemsPath, input, scope.context);
    if (!Array.isArray(items))
      throw new StateError('States.Runtime', `The Map state '${name}' was given what is not an array`, false);
    const machine = state.ItemProcessor ?? state.Iterator;
    if (machine === undefined)
      throw new StateError('States.Runtime', `The Map state '${name}' has no ItemProcessor`, false);
    const distributed = machine.ProcessorConfig?.Mode === 'DISTRIBUTED';
    const limit =
      state.MaxConcurrencyPath === undefined
        ? state.MaxConcurrency
        : Number(await query(state.MaxConcurrencyPath, input, scope.context));
    const started = history.add(scope.thread, distributed ? 'MapRunStarted' : 'MapStateStarted', {
      mapStateStartedEventDetails: { length: items.length },
    });

    const iterate = async (item: unknown, index: number, signal: AbortSignal): Promise<unknown> => {
      const thread: Thread = { last: started };
      const context: AslContext = { ...scope.context, Map: { Item: { Index: index, Value: item } } };
      const selector = state.ItemSelector ?? state.Parameters;
      const value = selector === undefined ? item : await fill(selector, input, context);
      history.add(thread, 'MapIterationStarted', { mapIterationStartedEventDetails: { name, index } });
      try {
        const own = distributed
          ? childContext(scope.context, name, state.Label, index, value, this.options.clock)
          : context;
        const output = await this.run(machine, value, { context: own, thread, signal });
        history.add(thread, 'MapIterationSucceeded', { mapIterationSucceededEventDetails: { name, index } });
        return output;
      } catch (error) {
        const event = error instanceof Interrupted ? 'MapIterationAborted' : 'MapIterationFailed';
        history.add(thread, event, { [`m${event.slice(1)}EventDetails`]: { name, index } });
        throw error;
      }
    };
    const tolerated = distributed ? toleratedFailures(state, items.length) : 0;
    const parallel = limit === undefined || limit === 0 ? (distributed ? 1000 : 40) : limit;
    const results = await this.#branches(items, parallel, scope.signal, iterate, tolerated);
    history.add(scope.thread, distributed ? 'MapRunSucceeded' : 'MapStateSucceeded');
    return results;
  }

  async #parallel(name: string, state: StateDefinition, input: unknown, scope: Scope): Promise<unknown> {
    const started = this.options.history.add(scope.thread, 'ParallelStateStarted');
    const branches = state.Branches ?? [];
    const results = await this.#branches(branches, branches.length, scope.signal, (branch, _, signal) =>
      this.run(branch, structuredClone(input), { context: scope.context, thread: { last: started }, signal }),
    );
    this.options.history.add(scope.thread, 'ParallelStateSucceeded', { parallelStateSucceededEventDetails: { name } });
    return results;
  }

  /** Runs branches, at most so many at once. One failure too many ends the others and is thrown. */
  async #branches<T>(
    items: readonly T[],
    concurrency: number,
    outer: AbortSignal,
    work: (item: T, index: number, signal: AbortSignal) => Promise<unknown>,
    tolerated = 0,
  ): Promise<unknown[]> {
    const { clock } = this.options;
    const ended = new AbortController();
    const signal = AbortSignal.any([outer, ended.signal]);
    setMaxListeners(0, signal);
    const results = new Map<number, unknown>();
    let failures = 0;
    let failure: Error | undefined;
    let position = 0;
    const worker = async (): Promise<void> => {
      while (position < items.length && !signal.aborted) {
        const index = position++;
        try {
          results.set(index, await work(items[index] as T, index, signal));
        } catch (error) {
          if (signal.aborted) return;
          failures += 1;
          if (failures <= tolerated && error instanceof StateError) continue;
          failure ??=
            tolerated > 0
              ? new StateError(
                  'States.ExceedToleratedFailureThreshold',
                  'The specified tolerated failure threshold was exceeded',
                )
              : asError(error);
          ended.abort();
        }
      }
    };
    const workers = Array.from({ length: Math.min(concurrency, items.length) }, () => clock.busy(worker));
    await clock.waiting(Promise.all(workers));
    if (outer.aborted) throw new Interrupted();
    if (failure !== undefined) throw failure;
    return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function matches(rule: Retrier | Catcher, error: StateError): boolean {
  return rule.ErrorEquals.some(
    (name) =>
      name === error.error ||
      name === 'States.ALL' ||
      (name === 'States.TaskFailed' && error.error !== 'States.Timeout'),
  );
}

function checkSize(name: string, output: unknown): void {
  if (dataBytes(output) <= MAX_DATA_BYTES) return;
  throw new StateError(
    'States.DataLimitExceeded',
    `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    false,
  );
}

async function failure(state: StateDefinition, input: unknown, context: AslContext): Promise<StateError> {
  const error = state.ErrorPath === undefined ? state.Error : await query(state.ErrorPath, input, context);
  const cause = state.CausePath === undefined ? state.Cause : await query(state.CausePath, input, context);
  for (const value of [error, cause]) {
    if (value !== undefined && typeof value !== 'string')
      return new StateError('States.Runtime', 'ErrorPath and CausePath must lead to strings', false);
  }
  return new StateError((error as string | undefined) ?? '', (cause as string | undefined) ?? '');
}

async function waitUntil(
  state: StateDefinition,
  input: unknown,
  context: AslContext,
  clock: VirtualClock,
): Promise<Date> {
  const seconds = state.SecondsPath === undefined ? state.Seconds : await query(state.SecondsPath, input, context);
  if (seconds !== undefined) {
    if (!Number.isInteger(seconds) || Number(seconds) < 0)
      throw new StateError('States.Runtime', `Not a number of seconds to wait: ${jsonText(seconds)}`, false);
    return new Date(clock.now() + Number(seconds) * 1000);
  }
  const timestamp =
    state.TimestampPath === undefined ? state.Timestamp : await query(state.TimestampPath, input, context);
  const instant = new Date(typeof timestamp === 'string' ? timestamp : Number.NaN);
  if (Number.isNaN(instant.getTime()))
    throw new StateError('States.Runtime', `Not a timestamp to wait for: ${jsonText(timestamp)}`, false);
  return instant;
}

function toleratedFailures(state: StateDefinition, items: number): number {
  const { ToleratedFailureCount: count, ToleratedFailurePercentage: percentage } = state;
  if (count === undefined && percentage === undefined) return 0;
  return Math.min(count ?? items, percentage === undefined ? items : Math.floor((items * percentage) / 100));
}

/** Children of a Distributed Map are executions of their own. */
function childContext(
  parent: AslContext,
  name: string,
  label: string | undefined,
  index: number,
  input: unknown,
  clock: VirtualClock,
): AslContext {
  const child = `${parent.Execution.Name}-${index}`;
  const id = parent.Execution.Id.replace(
    /:([^:]+):[^:]+$/,
    (_, machine: string) => `:${machine}/${label ?? name}:${child}`,
  );
  return {
    StateMachine: parent.StateMachine,
    Execution: { ...parent.Execution, Id: id, Name: child, Input: input, StartTime: clock.date().toISOString() },
    ...(parent.Map === undefined ? {} : { Map: parent.Map }),
  };
}
