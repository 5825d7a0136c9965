import { randomUUID } from 'node:crypto';
import { EventEmitter, setMaxListeners } from 'node:events';
import { dataBytes, MAX_DATA_BYTES, StateError, type AslContext, type MachineDefinition } from './asl-types';
import type { Authority } from '../authority';
import type { VirtualClock } from '../../clock';
import { Faults } from '../faults';
import { History, jsonText, type HistoryEvent, type Thread } from './history-events';
import { Interpreter, Interrupted } from './interpreter';
import type { Invoker } from '../lambda/invoker';
import { TaskRunner, type InvokeHooks, type NestedResult } from './tasks';
import type { Assembly, MachineResource } from '../../template/template';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** An error as the Step Functions API answers it. */
export class SfnError extends Error {
  override readonly name = 'SfnError';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** One execution, running or closed. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machine: MachineResource;
  readonly input: unknown;
  readonly startDate: number;
  readonly status: ExecutionStatus;
  readonly stopDate: number | undefined;
  readonly output: unknown;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly history: readonly HistoryEvent[];
  /** Resolves once it is closed, however that came about. */
  readonly done: Promise<Execution>;
}

/** An EventBridge event `Step Functions Execution Status Change`. */
export interface StatusChangeEvent {
  readonly version: '0';
  readonly id: string;
  readonly source: 'aws.states';
  readonly 'detail-type': 'Step Functions Execution Status Change';
  readonly account: string;
  readonly region: string;
  readonly time: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>> & {
    readonly executionArn: string;
    readonly status: ExecutionStatus;
  };
}

export interface ExecutionsOptions {
  readonly clock: VirtualClock;
  readonly assembly: Assembly;
  readonly authority: Authority;
  readonly invoker: Invoker;
  /** Jitter's source, between 0 and 1. */
  readonly random: () => number;
  readonly publish: (parameters: Readonly<Record<string, unknown>>) => string;
}

interface Running extends Execution {
  status: ExecutionStatus;
  stopDate: number | undefined;
  output: unknown;
  error: string | undefined;
  cause: string | undefined;
  readonly log: History;
  readonly thread: Thread;
  readonly ending: AbortController;
  readonly close: (
    status: ExecutionStatus,
    result: { output?: unknown; error?: string | undefined; cause?: string | undefined },
  ) => void;
}

const BANNED_IN_NAMES = /[\s?*<>{}[\]"#%\\^|~`$&,;:/\p{Cc}]/u;
/** Above this, input plus output are too large for an event and are left out (facts 1.3). */
const MAX_EVENT_BYTES = 248 * 1024;

/** Step Functions: the machines of an assembly and their executions. */
export class Executions {
  readonly faults = new Faults();
  readonly hooks: InvokeHooks = {};
  readonly #executions = new Map<string, Running>();
  readonly #events = new EventEmitter();
  readonly #tasks: TaskRunner;

  constructor(readonly options: ExecutionsOptions) {
    this.#tasks = new TaskRunner({
      clock: options.clock,
      invoker: options.invoker,
      functions: options.assembly.functions,
      mayInvoke: (executionArn, functionArn) => {
        // Of a child of a Distributed Map: `…:execution:<machine>/<label>:<name>`.
        const name = executionArn.split(':')[6]?.split('/')[0] ?? '';
        const { roleArn } = this.machine(name);
        const access = { action: 'lambda:InvokeFunction', resource: functionArn, keys: {} };
        return options.authority.role(roleArn, access) === 'allowed';
      },
      faults: this.faults,
      hooks: this.hooks,
      region: options.assembly.place.region,
      startNested: (parameters, wait, signal) => this.#startNested(parameters, wait, signal),
      publish: options.publish,
    });
  }

  get machines(): readonly MachineResource[] {
    return this.options.assembly.machines;
  }

  /** The machine with that ARN, name, logical id, or construct id; SfnError StateMachineDoesNotExist. */
  machine(label: string): MachineResource {
    const { machines } = this;
    const exact = machines.filter((each) => each.arn === label || each.name === label || each.logicalId === label);
    const loose = machines.filter((each) =>
      new RegExp(`${label}(StateMachine|Machine)?[0-9A-F]{8}$`).test(each.logicalId),
    );
    const found = exact.length > 0 ? exact : loose;
    if (found.length === 1 && found[0] !== undefined) return found[0];
    throw new SfnError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${label}'`);
  }

  /**
   * Starts an execution. The name of a running one with the same input returns that one; any other
   * use of a name again is ExecutionAlreadyExists.
   */
  start(machineLabel: string, input: unknown, name?: string): Execution {
    const machine = this.machine(machineLabel);
    const own = name ?? randomUUID();
    if (own.length < 1 || own.length > 80 || BANNED_IN_NAMES.test(own))
      throw new SfnError('InvalidName', `Invalid Name: '${own}'`);
    if (dataBytes(input) > MAX_DATA_BYTES)
      throw new SfnError('InvalidExecutionInput', 'The input is larger than 256 KiB');
    const arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${own}`;
    const former = this.#executions.get(arn);
    if (former !== undefined) {
      if (former.status === 'RUNNING' && jsonText(former.input) === jsonText(input)) return former;
      throw new SfnError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const execution = this.#open(machine, arn, own, structuredClone(input));
    this.#executions.set(arn, execution);
    this.#announce(execution);
    void this.options.clock.busy(() => this.#run(execution));
    return execution;
  }

  /** Starts an execution and waits for its end. */
  async run(machineLabel: string, input: unknown, name?: string): Promise<Execution> {
    return this.start(machineLabel, input, name).done;
  }

  /** The execution with that ARN; SfnError ExecutionDoesNotExist. */
  get(arn: string): Execution {
    return this.#get(arn);
  }

  /** The executions of a machine (or of all), the latest first. */
  list(machineLabel?: string, status?: string): Execution[] {
    const machine = machineLabel === undefined ? undefined : this.machine(machineLabel);
    return [...this.#executions.values()]
      .filter(
        (each) =>
          (machine === undefined || each.machine === machine) && (status === undefined || each.status === status),
      )
      .reverse();
  }

  /** Aborts an execution; one that is closed already stays as it is. What its Lambdas do goes on. */
  stop(arn: string, error?: string, cause?: string): Execution {
    const execution = this.#get(arn);
    execution.close('ABORTED', { error, cause });
    return execution;
  }

  /** Ends an execution as its own TimeoutSeconds would. */
  timeOut(arn: string): Execution {
    const execution = this.#get(arn);
    execution.close('TIMED_OUT', { error: 'States.Timeout' });
    return execution;
  }

  /** Tells the listener of every status change, as EventBridge would be told. Returns what ends that. */
  onStatusChange(listener: (event: StatusChangeEvent) => void): () => void {
    this.#events.on('status', listener);
    return () => this.#events.off('status', listener);
  }

  /** Tells the listener of every history event as it is written. Returns what ends that. */
  onHistory(listener: (execution: Execution, event: HistoryEvent) => void): () => void {
    this.#events.on('history', listener);
    return () => this.#events.off('history', listener);
  }

  /** Aborts what runs and forgets every execution, hook and fault. */
  reset(): void {
    for (const execution of this.#executions.values()) execution.close('ABORTED', {});
    this.#executions.clear();
    this.faults.clear();
    delete this.hooks.beforeInvoke;
    delete this.hooks.afterInvoke;
  }

  #get(arn: string): Running {
    const execution = this.#executions.get(arn);
    if (execution === undefined) throw new SfnError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  #open(machine: MachineResource, arn: string, name: string, input: unknown): Running {
    const { clock } = this.options;
    const ending = new AbortController();
    setMaxListeners(0, ending.signal);
    const log = new History(
      () => clock.now(),
      (event) => this.#events.emit('history', execution, event),
    );
    let resolve = (_: Execution): void => undefined;
    const done = new Promise<Execution>((settle) => (resolve = settle));
    const execution: Running = {
      arn,
      name,
      machine,
      input,
      startDate: clock.now(),
      status: 'RUNNING',
      stopDate: undefined,
      output: undefined,
      error: undefined,
      cause: undefined,
      history: log.events,
      log,
      thread: { last: 0 },
      ending,
      done,
      close: (status, { output, error, cause }) => {
        if (execution.status !== 'RUNNING') return;
        Object.assign(execution, { status, stopDate: clock.now(), output, error, cause });
        log.add(execution.thread, ...closingEvent(status, output, error, cause));
        ending.abort();
        this.#announce(execution);
        resolve(execution);
      },
    };
    return execution;
  }

  async #run(execution: Running): Promise<void> {
    const { clock, random } = this.options;
    const { machine, input, log, thread, ending } = execution;
    const details = { input: jsonText(input), roleArn: machine.roleArn };
    log.add(thread, 'ExecutionStarted', { executionStartedEventDetails: details });
    let cancel = (): void => undefined;
    try {
      const definition = JSON.parse(machine.definition) as MachineDefinition;
      if (definition.TimeoutSeconds !== undefined) {
        const limit = new Date(execution.startDate + definition.TimeoutSeconds * 1000);
        cancel = clock.timer(limit, () => execution.close('TIMED_OUT', { error: 'States.Timeout' }));
      }
      ending.signal.addEventListener('abort', () => cancel(), { once: true });
      const runTask: Interpreter['options']['runTask'] = (attempt) => this.#tasks.run(attempt, log);
      const interpreter = new Interpreter({ clock, history: log, random, runTask });
      const output = await interpreter.run(definition, structuredClone(input), {
        context: contextOf(execution),
        thread,
        signal: ending.signal,
      });
      execution.close('SUCCEEDED', { output });
    } catch (error) {
      if (error instanceof Interrupted) return;
      if (error instanceof StateError) execution.close('FAILED', { error: error.error, cause: error.causeText });
      else
        execution.close('FAILED', {
          error: 'LocalEngineFault',
          cause: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
    }
  }

  async #startNested(
    parameters: Readonly<Record<string, unknown>>,
    wait: boolean,
    signal: AbortSignal,
  ): Promise<NestedResult> {
    const input =
      typeof parameters['Input'] === 'string'
        ? (JSON.parse(parameters['Input']) as unknown)
        : (parameters['Input'] ?? {});
    let child: Execution;
    try {
      child = this.start(String(parameters['StateMachineArn']), input, parameters['Name'] as string | undefined);
    } catch (error) {
      if (error instanceof SfnError) throw new StateError(`StepFunctions.${error.code}Exception`, error.message);
      throw error;
    }
    if (wait) {
      const stop = (): void => void this.stop(child.arn);
      signal.addEventListener('abort', stop, { once: true });
      await this.options.clock.waiting(child.done);
      signal.removeEventListener('abort', stop);
    }
    return { status: child.status, description: describeNested(child) };
  }

  #announce(execution: Running): void {
    const { account, region } = this.options.assembly.place;
    const input = jsonText(execution.input);
    const output = execution.status === 'SUCCEEDED' ? jsonText(execution.output) : null;
    const tooLarge =
      Buffer.byteLength(JSON.stringify(input)) + Buffer.byteLength(JSON.stringify(output ?? '')) > MAX_EVENT_BYTES;
    const outputTooLarge = Buffer.byteLength(JSON.stringify(output ?? '')) > MAX_EVENT_BYTES;
    const event: StatusChangeEvent = {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      account,
      time: `${this.options.clock.date().toISOString().slice(0, 19)}Z`,
      region,
      resources: [execution.arn],
      detail: {
        executionArn: execution.arn,
        stateMachineArn: execution.machine.arn,
        stateMachineVersionArn: null,
        stateMachineAliasArn: null,
        name: execution.name,
        status: execution.status,
        startDate: execution.startDate,
        stopDate: execution.stopDate ?? null,
        input: tooLarge ? null : input,
        inputDetails: { included: !tooLarge },
        output: outputTooLarge ? null : output,
        outputDetails: output === null ? null : { included: !outputTooLarge },
        error: execution.error ?? null,
        cause: execution.cause ?? null,
        redriveCount: 0,
        redriveDate: null,
        redriveStatus:
          execution.status === 'RUNNING' || execution.status === 'SUCCEEDED' ? 'NOT_REDRIVABLE' : 'REDRIVABLE',
        redriveStatusReason: null,
      },
    };
    this.#events.emit('status', event);
  }
}

function contextOf(execution: Execution): AslContext {
  const { machine } = execution;
  return {
    Execution: {
      Id: execution.arn,
      Input: execution.input,
      Name: execution.name,
      RoleArn: machine.roleArn,
      StartTime: new Date(execution.startDate).toISOString(),
      RedriveCount: 0,
    },
    StateMachine: { Id: machine.arn, Name: machine.name },
  };
}

function closingEvent(
  status: ExecutionStatus,
  output: unknown,
  error?: string,
  cause?: string,
): [string, Record<string, unknown>] {
  const failure = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
  switch (status) {
    case 'SUCCEEDED':
      return ['ExecutionSucceeded', { executionSucceededEventDetails: { output: jsonText(output) } }];
    case 'TIMED_OUT':
      return ['ExecutionTimedOut', { executionTimedOutEventDetails: failure }];
    case 'ABORTED':
      return ['ExecutionAborted', { executionAbortedEventDetails: failure }];
    default:
      return ['ExecutionFailed', { executionFailedEventDetails: failure }];
  }
}

function describeNested(execution: Execution): Record<string, unknown> {
  return {
    ExecutionArn: execution.arn,
    Input: jsonText(execution.input),
    InputDetails: { Included: true },
    Name: execution.name,
    ...(execution.status === 'SUCCEEDED'
      ? { Output: jsonText(execution.output), OutputDetails: { Included: true } }
      : {}),
    ...(execution.error === undefined ? {} : { Error: execution.error }),
    ...(execution.cause === undefined ? {} : { Cause: execution.cause }),
    StartDate: execution.startDate,
    StateMachineArn: execution.machine.arn,
    Status: execution.status,
    ...(execution.stopDate === undefined ? {} : { StopDate: execution.stopDate }),
  };
}
