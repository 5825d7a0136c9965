import type { Authority } from './authority';
import type { VirtualClock } from '../clock';
import type { Executions, Execution, StatusChangeEvent } from './states/local-executions';
import type { Invoker, InvokeResult } from './lambda/invoker';
import type { Assembly, RuleResource, ScheduleResource } from '../template/template';

/** An asynchronous invocation that failed three times. */
export interface DeadLetter {
  readonly at: number;
  readonly functionArn: string;
  readonly payload: unknown;
  readonly result: InvokeResult;
}

/** What a firing of a schedule led to. */
export type Firing = { readonly execution: Execution } | { readonly result: InvokeResult };

/** Decides what becomes of an event that matches a rule; `deliver` may be called never, once or more often. */
export type EventRoute = (event: StatusChangeEvent, deliver: () => Promise<void>) => void | Promise<void>;

/** A rule or a schedule may not do what it is there for: nothing in the templates allows it. */
class NotAuthorized extends Error {
  override readonly name = 'NotAuthorized';
}

class ScheduleNotFound extends Error {
  override readonly name = 'ScheduleNotFound';
}

/** Lambda's waits before it tries an asynchronous invocation again, in milliseconds. */
const ASYNC_RETRIES = [60_000, 120_000];

/** EventBridge: the template's rules on status changes, and its schedules, fired when told to. */
export class LocalEvents {
  readonly deadLetters: DeadLetter[] = [];
  /** Default: each event arrives once, a second later. */
  route: EventRoute | undefined;
  #firings = 0;
  /** Counts resets: what was on its way before one does not arrive after it. */
  #era = 0;

  constructor(
    readonly clock: VirtualClock,
    readonly assembly: Assembly,
    readonly authority: Authority,
    readonly executions: Executions,
    readonly invoker: Invoker,
  ) {
    executions.onStatusChange((event) => {
      for (const rule of assembly.rules) {
        if (rule.pattern !== undefined && matchesPattern(event, rule.pattern))
          void clock.busy(() => this.#send(rule, event));
      }
    });
  }

  reset(): void {
    this.#era += 1;
    this.deadLetters.length = 0;
    this.route = undefined;
  }

  /**
   * Fires a schedule (or a rule with a schedule) once, for that scheduled time, default now. It is named
   * by name, logical id or construct id. Resolves at once for an execution, with its result for a Lambda.
   */
  async runSchedule(label: string, scheduledTime: Date = this.clock.date()): Promise<Firing> {
    const schedule = find(this.assembly.schedules, label);
    const rule = find(
      this.assembly.rules.filter((each) => each.scheduleExpression !== undefined),
      label,
    );
    const time = `${scheduledTime.toISOString().slice(0, 19)}Z`;
    if (schedule !== undefined) {
      const input = this.#fillIn(schedule, time);
      const resource = machineOf(schedule.targetArn, input) ?? schedule.targetArn;
      const action = resource.includes(':stateMachine:') ? 'states:StartExecution' : 'lambda:InvokeFunction';
      if (this.authority.role(schedule.roleArn, { action, resource, keys: {} }) !== 'allowed')
        throw new NotAuthorized(`${schedule.logicalId}: its role may not perform ${action} on ${resource}`);
      return this.#fire(schedule.targetArn, input);
    }
    const target = rule?.targets[0];
    if (target === undefined) {
      const known = [...this.assembly.schedules, ...this.assembly.rules].map((each) => each.logicalId).join(', ');
      throw new ScheduleNotFound(`No schedule is called ${label}; there are ${known}`);
    }
    const event = { 'detail-type': 'Scheduled Event', source: 'aws.events', time, detail: {} };
    return this.#fire(target.arn, target.input === undefined ? event : JSON.parse(target.input));
  }

  #fillIn(schedule: ScheduleResource, time: string): unknown {
    const { account, region } = this.assembly.place;
    const attributes: Record<string, string> = {
      'scheduled-time': time,
      'schedule-arn': `arn:aws:scheduler:${region}:${account}:schedule/default/${schedule.name}`,
      'execution-id': `firing-${++this.#firings}`,
      'attempt-number': '1',
    };
    return JSON.parse(
      schedule.input.replace(/<aws\.scheduler\.([\w-]+)>/g, (whole, name: string) => attributes[name] ?? whole),
    );
  }

  async #fire(arn: string, input: unknown): Promise<Firing> {
    if (arn.includes(':stateMachine:')) return { execution: this.executions.start(arn, input) };
    if (arn.endsWith(':aws-sdk:sfn:startExecution')) {
      const { StateMachineArn, Input, Name } = input as { StateMachineArn: string; Input?: string; Name?: string };
      return { execution: this.executions.start(StateMachineArn, JSON.parse(Input ?? '{}'), Name) };
    }
    return { result: await this.clock.waiting(this.#invokeAsync(arn, input)) };
  }

  async #send(rule: RuleResource, event: StatusChangeEvent): Promise<void> {
    const era = this.#era;
    const deliver = async (): Promise<void> => {
      if (era !== this.#era) return;
      for (const { arn: resource } of rule.targets) {
        const access = { action: 'lambda:InvokeFunction', resource };
        if (this.authority.service('events.amazonaws.com', rule.arn, access) !== 'allowed')
          throw new NotAuthorized(`${rule.logicalId}: EventBridge may not perform ${access.action} on ${resource}`);
      }
      const inputOf = (input: string | undefined): unknown => (input === undefined ? event : JSON.parse(input));
      await this.clock.waiting(
        Promise.all(rule.targets.map((target) => this.#fire(target.arn, inputOf(target.input)))),
      );
    };
    if (this.route !== undefined) return this.route(event, deliver);
    await this.clock.sleep(1000);
    await deliver();
  }

  /** As Lambda does with asynchronous invocations: three attempts, then the dead-letter queue. */
  #invokeAsync(arn: string, payload: unknown): Promise<InvokeResult> {
    const era = this.#era;
    return this.clock.busy(async () => {
      for (let attempt = 0; ; attempt += 1) {
        const result = await this.invoker.invoke({ functionName: arn, payload }).done;
        const wait = ASYNC_RETRIES[attempt];
        if (result.ok || era !== this.#era) return result;
        if (wait === undefined) {
          this.deadLetters.push({ at: this.clock.now(), functionArn: arn, payload, result });
          return result;
        }
        await this.clock.sleep(wait);
      }
    });
  }
}

/** The machine that a schedule starts by the API's own call, whose parameters are its input. */
function machineOf(targetArn: string, input: unknown): string | undefined {
  if (!targetArn.endsWith(':aws-sdk:sfn:startExecution')) return undefined;
  return (input as { readonly StateMachineArn?: string }).StateMachineArn;
}

function find<T extends { readonly name: string; readonly logicalId: string }>(
  items: readonly T[],
  label: string,
): T | undefined {
  const exact = items.find((each) => each.name === label || each.logicalId === label);
  return exact ?? items.find((each) => new RegExp(`${label}(Schedule|Rule)?[0-9A-F]{8}$`).test(each.logicalId));
}

/** EventBridge's content filtering, as far as rules here use it: equal values, prefix, anything-but, exists. */
function matchesPattern(event: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.some((wanted) => matchesValue(event, wanted));
  if (typeof pattern !== 'object' || pattern === null) return event === pattern;
  const fields = (event ?? {}) as Readonly<Record<string, unknown>>;
  return Object.entries(pattern).every(([name, inner]) => matchesPattern(fields[name], inner));
}

function matchesValue(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return value === wanted;
  const rule = wanted as Readonly<Record<string, unknown>>;
  if ('prefix' in rule) return typeof value === 'string' && value.startsWith(String(rule['prefix']));
  if ('anything-but' in rule) return value !== undefined && ![rule['anything-but']].flat().includes(value);
  if ('exists' in rule) return (value !== undefined) === rule['exists'];
  throw new Error(`The local EventBridge does not know the pattern ${JSON.stringify(wanted)}`);
}
