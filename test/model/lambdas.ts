import type { Decisions } from './decisions';
import { checkAgreement, checkRecordWrite } from './invariants';
import { goto, type Lambda, type Result, type StepSink } from './lambda-step';
import type { Parameters } from './parameters';
import { recordStep, type Recording } from './recorder';
import {
  baseOf,
  Cell,
  CODES,
  Execution,
  FIRST_STEP,
  Flag,
  Of,
  Pc,
  RUNS,
  STEPS,
  STOPPED,
  type Act,
  type State,
} from './vocabulary';

/**
 * The three Lambdas of the protocol, one request per step. What they decide are the real functions, what they do in between mirrors
 * `runtime/ledger/partition-record.ts` and `runtime/recording/`; `test/model/conformance.test.ts` holds the two against each other.
 *
 * Two reductions, both of steps that no other Lambda can see: a request whose answer changes nothing but its own Lambda's mind (reading
 * the manifest that stands; a record from which nothing is to be swapped) is one step with the thought that follows; and, if
 * `parameters.reduced`, a Lambda whose swap is bound to be refused, because the record has changed since it read it, is put back to
 * reading at once. That is sound because no record ever comes back (its fence, publications and last ending only go on), so the
 * refusal is certain and visible to none.
 */
export class Lambdas {
  private readonly recording: Recording;

  constructor(
    private readonly parameters: Parameters,
    private readonly decisions: Decisions,
  ) {
    const { order, manifestOnce } = parameters;
    const firstOf = (act: Act | undefined): Pc => (act === undefined ? Pc.Idle : FIRST_STEP[act]);
    this.recording = {
      after: new Map(order.map((act, i) => [act, firstOf(order[i + 1])])),
      first: firstOf(order[0]),
      telling: firstOf(order.find((act) => ['look', 'post', 'receipt', 'remove'].includes(act))),
      seals: order.includes('seal'),
      manifestOnce,
      // Without a pointer there is nothing to hold.
      lease: order.includes('outbox') ? parameters.lease : 'none',
      recorded: (state, { run, at }) =>
        decisions.seal(state[Cell.Record]!, run, this.sealingCode(state, { run, at }, false)).stands,
    };
  }

  /** Where telling begins. */
  get telling(): Pc {
    return this.recording.telling;
  }

  step(state: State, lambda: Lambda, sink: StepSink): void {
    const pc = state[lambda.at] as Pc;
    switch (pc) {
      case Pc.Idle:
        return;
      case Pc.ClaimGet:
      case Pc.ClaimAsk:
      case Pc.ClaimPut:
        return this.claim(state, lambda, pc, sink);
      case Pc.PublishGet:
      case Pc.PublishPut:
        return this.publish(state, lambda, pc, sink);
      case Pc.SealGet:
      case Pc.SealPut:
      case Pc.ResealGet:
      case Pc.ResealPut:
        return this.seal(state, lambda, pc, sink);
      default:
        return recordStep(state, lambda, pc, sink, this.recording);
    }
  }

  private claim(state: State, { run, at }: Lambda, pc: Pc, sink: StepSink): void {
    const what = STEPS[pc];
    const recorded = state[Cell.Record]!;
    if (pc === Pc.ClaimPut) return this.swap(state, { run, at }, Pc.ClaimGet, sink);
    if (pc === Pc.ClaimAsk) {
      const read = state[at + 1]!;
      const asked = this.decisions.claim(read, run, undefined);
      if (asked.kind !== 'ask') throw new Error('the model asked without need');
      const execution = state[baseOf(asked.holder) + Of.Execution] as Execution;
      for (const runs of this.parameters.conclusions[execution]) {
        const next = sink.fork();
        this.decided(next, run, at, read, runs, sink, `${what} → ${runs ? 'runs' : 'closed'}`);
      }
      return;
    }
    this.decided(sink.fork(), run, at, recorded, undefined, sink, what);
  }

  private decided(
    next: State,
    run: number,
    at: number,
    read: number,
    runs: boolean | undefined,
    sink: StepSink,
    what: string,
  ) {
    const answer = this.decisions.claim(read, run, runs);
    switch (answer.kind) {
      case 'ask':
        goto(next, at, Pc.ClaimAsk, read);
        return sink.to(next, undefined, `${what} → held by ${RUNS[answer.holder]}`);
      case 'take':
        goto(next, at, Pc.ClaimPut, read);
        return sink.to(next, undefined, `${what} → may take it`);
      case 'held':
        return sink.to(next, { kind: 'claimed', fence: answer.fence }, `${what} → mine already, fence ${answer.fence}`);
      case 'refuse': {
        const mine = CODES[answer.code] === 'ALREADY_RUNNING' && this.decisions.facts(read).holder === run;
        if (mine) sink.report('ownRefusal', RUNS[run]!);
        return sink.to(next, { kind: 'refused', code: answer.code }, `${what} → ${CODES[answer.code]}`);
      }
      case 'over':
        return sink.to(next, { kind: 'over' }, `${what} → my ending is on record`);
    }
  }

  private publish(state: State, { run, at }: Lambda, pc: Pc, sink: StepSink): void {
    if (pc === Pc.PublishPut) return this.swap(state, { run, at }, Pc.PublishGet, sink);
    const recorded = state[Cell.Record]!;
    const answer = this.decisions.publish(recorded, run, state[baseOf(run) + Of.Fence]!);
    const next = sink.fork();
    if (answer.kind === 'swap') {
      goto(next, at, Pc.PublishPut, recorded);
      return sink.to(next, undefined, `${STEPS[pc]} → may publish`);
    }
    sink.to(next, answer, `${STEPS[pc]} → ${answer.kind}`);
  }

  /** First seal, or the one of a run whose manifest stands: that one's code is the manifest's. */
  private seal(state: State, lambda: Lambda, pc: Pc, sink: StepSink): void {
    const { run, at } = lambda;
    const again = pc === Pc.ResealGet || pc === Pc.ResealPut;
    if (pc === Pc.SealPut || pc === Pc.ResealPut)
      return this.swap(state, lambda, again ? Pc.ResealGet : Pc.SealGet, sink);
    const recorded = state[Cell.Record]!;
    const { stands, next: record } = this.decisions.seal(recorded, run, this.sealingCode(state, lambda, again));
    const next = sink.fork();
    if (record !== 0) {
      goto(next, at, again ? Pc.ResealPut : Pc.SealPut, recorded);
      return sink.to(next, undefined, `${STEPS[pc]} → holds it or may be its last`);
    }
    this.sealed(next, lambda, again, stands);
    sink.to(next, undefined, `${STEPS[pc]} → ${CODES[stands]} stands`);
  }

  private sealingCode(state: State, { run, at }: Pick<Lambda, 'run' | 'at'>, again: boolean): number {
    const base = baseOf(run);
    if (again) return state[base + Of.Manifest]!;
    const fromOutside = at === Cell.Extra && state[base + Of.Execution] !== Execution.Closed;
    return fromOutside ? STOPPED : state[base + Of.Outcome]!;
  }

  private sealed(next: State, { run, at }: Pick<Lambda, 'run' | 'at'>, again: boolean, stands: number): void {
    if (CODES[stands] !== 'COMPLETE') next[baseOf(run) + Of.Flags]! |= Flag.Sealed;
    if (again) return goto(next, at, Pc.LookForDelivery, 0);
    goto(next, at, this.recording.after.get('seal')!, 0);
    // The manifest needs the code; where there is one already, none does.
    if (this.parameters.order.indexOf('manifest') > this.parameters.order.indexOf('seal')) next[at + 2] = stands;
  }

  /** A conditional PUT of the partition record. Refused, the Lambda reads again. */
  private swap(state: State, { run, at }: Pick<Lambda, 'run' | 'at'>, get: Pc, sink: StepSink): void {
    const pc = state[at] as Pc;
    const [recorded, read] = [state[Cell.Record]!, state[at + 1]!];
    if (this.parameters.compareAndSwap && read !== recorded) {
      const next = sink.fork();
      goto(next, at, get, 0);
      return sink.to(next, undefined, `${STEPS[pc]} → refused`);
    }
    const [record, result, stands] = this.swapped(state, run, at, pc, read);
    checkRecordWrite(this.decisions, this.parameters, state, record, { run, pc, read }, sink.report);
    const next = sink.fork();
    next[Cell.Record] = record;
    if (pc === Pc.PublishPut) next[baseOf(run) + Of.Flags]! |= Flag.Published;
    checkAgreement(next, run, sink.report);
    if (state[Cell.Faults]! > 0) {
      const lost = next.slice();
      lost[Cell.Faults]! -= 1;
      goto(lost, at, get, 0);
      sink.to(lost, undefined, `${STEPS[pc]} → done, and the response is lost`);
    }
    if (stands !== undefined) this.sealed(next, { run, at }, pc === Pc.ResealPut, stands);
    sink.to(next, result, `${STEPS[pc]} → done`);
  }

  /** What a swap writes, what the Lambda returns after it, and for a seal the ending that stands then. */
  private swapped(state: State, run: number, at: number, pc: Pc, read: number): [number, Result | undefined, number?] {
    if (pc === Pc.ClaimPut) {
      const answers = [undefined, false, true].map((runs) => this.decisions.claim(read, run, runs));
      const taken = answers.find((answer) => answer.kind === 'take');
      if (taken?.kind !== 'take') throw new Error('the model swaps what no claim decided');
      return [taken.next, { kind: 'claimed', fence: taken.fence }];
    }
    if (pc === Pc.PublishPut) {
      const answer = this.decisions.publish(read, run, state[baseOf(run) + Of.Fence]!);
      if (answer.kind !== 'swap') throw new Error('the model swaps what no publication decided');
      return [answer.next, { kind: 'published' }];
    }
    const { stands, next } = this.decisions.seal(read, run, this.sealingCode(state, { run, at }, pc === Pc.ResealPut));
    return [next, undefined, stands];
  }
}
