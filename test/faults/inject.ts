import { StateError } from '../../local/aws/states/asl-types';
import type { AwsRequest } from '../../local/aws/aws-api';
import type { Execution } from '../../local/aws/states/local-executions';
import type { S3Fault, S3Request } from '../../local/aws/s3/local-s3';
import type { TaskCall } from '../../local/aws/states/tasks';
import type { Case, Injection } from './case';
import { Holds } from './hold';
import { misshapen } from './outputs';
import type { FaultWorld } from './fault-world';
import { isActor, type Actor, type Point } from './points';
import { SOURCE } from './situations';
import type { Trace } from './trace';

type AtRequest = Extract<Injection, { kind: 'request' }>;
/** What changes around the run while it goes on. */
type Change = Extract<Injection, { kind: 'deploy' | 'spoil' }>;

const isChange = (injection: Injection): injection is Change =>
  injection.kind === 'deploy' || injection.kind === 'spoil';

/** What of a case is made to happen. */
export type Injected = Pick<Case, 'injections' | 'ledger' | 'turn'>;

/** The execution that a case is about. */
export interface Target {
  readonly name: string;
  /** Where an outage of S3 begins, by a case's turn. */
  readonly awayFrom: readonly Actor[];
  /** The execution, once it is there. */
  readonly run: () => Execution | undefined;
}

const AWAY_MS = { away: 30_000, gone: 20 * 60_000 } as const;
const SOON_MS = 30_000;
const LATE_MS = 25 * 60_000;

/** Makes a case's faults happen in a world. Everything strikes the run under test only, or its recorders. */
export class Injector {
  /** Simulated time at which S3 is back; undefined where it never went. */
  backAt: number | undefined;
  readonly holds: Holds;
  stopWatching = (): void => undefined;
  readonly #counts = new Map<AtRequest | Change, number>();
  readonly #struck = new Set<Injection>();
  /** Tells that the invocation of an orphan is held up. */
  readonly #gaveUp = new Map<AtRequest, () => void>();
  #ledgerWrites = 0;
  #refused = false;
  readonly #ledger: string;

  constructor(
    readonly world: FaultWorld,
    readonly one: Injected,
    readonly trace: Trace,
    readonly target: Target,
  ) {
    this.#ledger = world.app.bucket('Ledger');
    this.holds = new Holds(world, trace);
  }

  /** Puts the hooks into the app. */
  arm(): void {
    const { app } = this.world;
    for (const injection of this.one.injections) this.#addFault(injection);
    this.#watchPassing();
    app.s3.before = (request) => this.#onS3(request);
    app.aws.before = (request) => this.#onApi(request);
    app.sfn.hooks.beforeInvoke = (call) => this.#beforeInvoke(call);
    app.sfn.hooks.afterInvoke = (call, output) => this.#afterInvoke(call, output);
  }

  /** Injections that never struck. A fault that the local engine strikes with is seen in the history. */
  missed(): Injection[] {
    return this.one.injections.filter((injection) => !this.#struck.has(injection));
  }

  #addFault(injection: Injection): void {
    const { faults } = this.world.app.sfn;
    const { at: state } = injection;
    const { name: execution } = this.target;
    if (injection.kind === 'throw')
      faults.add({ state, execution, kind: 'throw', error: injection.error, times: injection.times });
    else if (injection.kind === 'throttle')
      faults.add({ state, execution, kind: 'throttle', error: '', times: injection.times });
    else if (injection.kind === 'kill')
      faults.add({ state, execution, kind: 'kill', error: '', times: Number.POSITIVE_INFINITY });
    else if (injection.kind === 'time-out' && injection.of === 'lambda')
      faults.add({ state, execution, kind: 'timeout', error: '', times: Number.POSITIVE_INFINITY });
    else return;
    const stop = this.world.app.sfn.onHistory(({ name }, event) => {
      if (event.type !== 'TaskFailed' || name !== execution) return;
      this.#strike(injection, 'by the engine');
      stop();
    });
  }

  /** States that invoke nothing are seen in the history. */
  #watchPassing(): void {
    const cuts = this.one.injections
      .filter((injection) => injection.kind === 'cut' || isChange(injection))
      .filter(({ at }) => !isActor(at));
    if (cuts.length === 0) return;
    this.stopWatching = this.world.app.sfn.onHistory((execution, event) => {
      if (execution.name !== this.target.name) return;
      const { name } = (event['stateEnteredEventDetails'] ?? {}) as { readonly name?: string };
      for (const cut of cuts) {
        if (cut.at !== name || this.#struck.has(cut)) continue;
        if (isChange(cut)) this.#change(cut, `entering ${name}`);
        else this.#cut(cut, cut.how, `entering ${name}`);
      }
    });
  }

  #strike(injection: Injection, on: string): void {
    this.#struck.add(injection);
    this.trace.add({ what: 'strike', on, act: injection.kind === 'request' ? injection.act : injection.kind });
  }

  async #beforeInvoke(call: TaskCall): Promise<undefined> {
    if (!this.#isOfRun(call)) return undefined;
    const { stateName } = call;
    this.trace.add({ what: 'state', of: `${stateName}${call.mapIndex === undefined ? '' : `[${call.mapIndex}]`}` });
    this.#goAway(stateName);
    for (const injection of this.one.injections) {
      if (injection.at !== stateName) continue;
      // Nothing was done: as when Lambda takes the invocation and never answers. Every attempt and every batch meets it.
      if (injection.kind === 'time-out' && injection.of === 'state') {
        this.#strike(injection, stateName);
        throw new StateError('States.Timeout', '');
      }
      if (this.#struck.has(injection)) continue;
      if (isChange(injection) && injection.point === undefined) this.#change(injection, `entering ${stateName}`);
      if (injection.kind === 'cut') this.#cut(injection, injection.how, `entering ${stateName}`);
      if (injection.kind === 'request' && injection.act.startsWith('orphan')) await this.#leaveOrphan(injection, call);
    }
    return undefined;
  }

  #afterInvoke(call: TaskCall, output: unknown): unknown {
    if (!this.#isOfRun(call)) return undefined;
    for (const injection of this.one.injections) {
      if (injection.kind !== 'output' || injection.at !== call.stateName) continue;
      this.#strike(injection, call.stateName);
      return misshapen(injection.shape, output);
    }
    return undefined;
  }

  #isOfRun(call: TaskCall): boolean {
    const run = this.target.run();
    return run === undefined || call.executionArn === run.arn;
  }

  #goAway(stateName: string): void {
    const { ledger, turn } = this.one;
    const { awayFrom } = this.target;
    if (this.backAt !== undefined || (ledger !== 'away' && ledger !== 'gone')) return;
    if (stateName !== awayFrom[turn % awayFrom.length]) return;
    this.backAt = this.world.app.clock.now() + AWAY_MS[ledger];
    this.trace.add({ what: 'strike', on: `entering ${stateName}`, act: ledger });
    // A timer, so that the clock comes past this moment even if nothing else waits for it.
    this.world.app.clock.timer(new Date(this.backAt), () => undefined);
  }

  #change(injection: Change, on: string): void {
    this.#strike(injection, on);
    if (injection.kind === 'deploy') this.world.deploy(injection.change);
    else this.world.spoil(injection.what, injection.form);
  }

  /** The changes that come before this request. */
  #changeBefore(actor: Actor | undefined, operation: string, on: string): void {
    for (const injection of this.one.injections) {
      if (!isChange(injection) || injection.point === undefined) continue;
      if (this.#reaches(injection, injection.point, actor, operation, on))
        this.#change(injection, `${actor} before ${on}`);
    }
  }

  #cut(injection: Injection, how: 'abort' | 'limit', on: string): void {
    const run = this.target.run();
    if (run === undefined) return;
    this.#strike(injection, on);
    if (how === 'abort') this.world.app.sfn.stop(run.arn, 'Operator', 'stopped by a test');
    else this.world.app.sfn.timeOut(run.arn);
  }

  async #onS3(request: S3Request): Promise<S3Fault | undefined> {
    const { clock } = this.world.app;
    const actor = this.world.actorOf(request.caller);
    const on = `${actor ?? request.caller ?? '?'} ${request.operation} ${request.key}`;
    this.trace.say?.(`              s3        ${on}`);
    if (this.backAt !== undefined && clock.now() < this.backAt && request.bucket !== '') {
      this.trace.add({ what: 'strike', on, act: 'away' });
      return { do: 'answer', status: 500, code: 'InternalError' };
    }
    this.#changeBefore(actor, request.operation, request.key);
    const injection = this.#due(actor, request.operation, request.key);
    const fault = injection === undefined ? this.#refusal(request, on) : await this.#strikeAt(injection, request, on);
    const takesEffect = fault === undefined || ('after' in fault && fault.after);
    if (request.key.startsWith('receipts/') && request.operation === 'PutObject') {
      const { key } = request;
      if (takesEffect) this.trace.add({ what: 'receipt', key });
      // One that hangs is there only when it comes through: who looks before that looks in vain.
      else if (fault.do === 'delay')
        clock.timer(new Date(clock.now() + fault.ms), () => this.trace.add({ what: 'receipt', key }));
    }
    return fault;
  }

  async #onApi({ service, operation, caller }: AwsRequest): Promise<Exclude<S3Fault, { do: 'delay' }> | undefined> {
    const actor = this.world.actorOf(caller);
    this.trace.say?.(`              aws       ${actor ?? caller ?? '?'} ${service}:${operation}`);
    this.#changeBefore(actor, 'api', `${service}:${operation}`);
    const injection = this.#due(actor, 'api', `${service}:${operation}`);
    if (injection === undefined) return undefined;
    const fault = await this.#strikeAt(injection, undefined, `${actor} ${service}:${operation}`);
    return fault?.do === 'delay' ? undefined : fault;
  }

  /** The injection that this request is meant for. */
  #due(actor: Actor | undefined, operation: string, on: string): AtRequest | undefined {
    for (const injection of this.one.injections) {
      if (injection.kind !== 'request') continue;
      if (this.#reaches(injection, injection.point, actor, operation, on)) return injection;
    }
    return undefined;
  }

  /** Whether this is the request of an injection's point; counts those that are like it. */
  #reaches(
    injection: AtRequest | Change,
    point: Point,
    actor: Actor | undefined,
    operation: string,
    on: string,
  ): boolean {
    if (injection.at !== actor || this.#struck.has(injection)) return false;
    if (point.operation !== operation || !point.on.test(on)) return false;
    const count = (this.#counts.get(injection) ?? 0) + 1;
    this.#counts.set(injection, count);
    return count === point.nth;
  }

  async #strikeAt(injection: AtRequest, request: S3Request | undefined, on: string): Promise<S3Fault | undefined> {
    const { act, at } = injection;
    switch (act) {
      case 'kill-before':
      case 'kill-after':
        this.#strike(injection, on);
        return { do: 'kill', after: act === 'kill-after' };
      case 'answer-lost':
        this.#strike(injection, on);
        return { do: 'drop', after: true };
      case 'error-500':
        this.#strike(injection, on);
        return { do: 'answer', status: 500, code: 'InternalError' };
      case 'conflict-409':
        this.#strike(injection, on);
        return { do: 'answer', status: 409, code: 'ConditionalRequestConflict' };
      case 'hang':
        this.#strike(injection, on);
        return { do: 'delay', ms: ((this.world.timeouts.get(at) ?? 900) + 1) * 1000 };
      default: {
        const [how = '', ...when] = act.split('-');
        if (how === 'orphan') {
          this.#strike(injection, on);
          this.#gaveUp.get(injection)?.();
        } else this.#cut(injection, how === 'abort' ? 'abort' : 'limit', on);
        if (when[0] !== 'at') await this.holds.hold(request?.caller ?? '', on, when[0] === 'soon' ? SOON_MS : LATE_MS);
        return undefined;
      }
    }
  }

  /** Invokes the function so that the state gives up on it while it is held up at the request. */
  async #leaveOrphan(injection: AtRequest, call: TaskCall): Promise<void> {
    const held = new Promise<'held'>((resolve) => this.#gaveUp.set(injection, () => resolve('held')));
    const { functionName, payload } = call;
    const since = this.target.run()?.startDate;
    const { done } = this.world.processes.invoke({ functionName, payload, ...(since === undefined ? {} : { since }) });
    if ((await Promise.race([held, done])) === 'held') throw new StateError('States.Timeout', '');
  }

  /** The one write to the ledger that is refused: which one, and how, goes by the case's turn. */
  #refusal(request: S3Request, on: string): S3Fault | undefined {
    const { ledger, turn } = this.one;
    if (ledger !== 'refused' || this.#refused) return undefined;
    if (request.bucket !== this.#ledger || request.operation !== 'PutObject' || request.bucket === SOURCE)
      return undefined;
    this.#ledgerWrites += 1;
    if (this.#ledgerWrites !== (turn % 7) + 1) return undefined;
    this.#refused = true;
    const conflict = turn % 2 === 0;
    this.trace.add({ what: 'strike', on, act: conflict ? 'refused-409' : 'refused-500' });
    return conflict
      ? { do: 'answer', status: 409, code: 'ConditionalRequestConflict' }
      : { do: 'answer', status: 500, code: 'InternalError' };
  }
}
