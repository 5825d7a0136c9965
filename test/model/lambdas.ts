import type { Decisions } from './decisions';
import { checkAgreement, checkPost, checkRecordWrite, type Report } from './invariants';
import type { Parameters } from './parameters';
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

/** In place of the record that a Lambda has read: nothing comes after this step, whatever the order says. */
const LAST_STEP = 0xffff;

/** One Lambda: whose it is and where its cells begin. */
export interface Lambda {
  readonly run: number;
  readonly at: number;
  /** What it is called in a trace. */
  readonly name: string;
}

/** What a Lambda returns; `undefined`, while it has not returned. */
export type Result =
  | { readonly kind: 'claimed'; readonly fence: number }
  | { readonly kind: 'refused'; readonly code: number }
  | { readonly kind: 'over' }
  | { readonly kind: 'published' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'recorded' };

/** Gets every state that a step may lead to. The state is borrowed. */
export interface StepSink {
  /** A copy of the state that the step starts from, to be changed. */
  fork(): State;
  /** `result`: the Lambda has returned. */
  to(next: State, result: Result | undefined, what: string): void;
  readonly report: Report;
}

/**
 * The three Lambdas of the protocol, one request per step. What they decide are the real functions, what they do in between mirrors
 * `runtime/partition-record.ts` and `runtime/recording/`; `test/model/conformance.model.ts` holds the two against each other.
 *
 * Two reductions, both of steps that nobody else can see: a request whose answer changes nothing but its own Lambda's mind (reading
 * the manifest that stands; a record from which nothing is to be swapped) is one step with the thought that follows; and, if
 * `parameters.reduced`, a Lambda whose swap is bound to be refused, because the record has changed since it read it, is put back to
 * reading at once. That is sound because no record ever comes back (its fence, publications and last ending only go on), so the
 * refusal is certain and visible to nobody.
 */
export class Lambdas {
  private readonly after = new Map<Act, Pc>();
  private readonly first: Pc;

  constructor(
    private readonly parameters: Parameters,
    private readonly decisions: Decisions,
  ) {
    const { order } = parameters;
    order.forEach((act, i) => this.after.set(act, i + 1 < order.length ? FIRST_STEP[order[i + 1]!] : Pc.Idle));
    this.first = FIRST_STEP[order[0]!];
  }

  /** Where telling begins. */
  get telling(): Pc {
    const telling = this.parameters.order.find((act) => ['look', 'post', 'receipt', 'remove'].includes(act));
    return FIRST_STEP[telling ?? 'look'];
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
        return this.record(state, lambda, pc, sink);
    }
  }

  private claim(state: State, { run, at }: Lambda, pc: Pc, sink: StepSink): void {
    const what = STEPS[pc];
    const standing = state[Cell.Record]!;
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
    this.decided(sink.fork(), run, at, standing, undefined, sink, what);
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
    const standing = state[Cell.Record]!;
    const answer = this.decisions.publish(standing, run, state[baseOf(run) + Of.Fence]!);
    const next = sink.fork();
    if (answer.kind === 'swap') {
      goto(next, at, Pc.PublishPut, standing);
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
    const standing = state[Cell.Record]!;
    const { stands, next: record } = this.decisions.seal(standing, run, this.sealingCode(state, lambda, again));
    const next = sink.fork();
    if (record !== 0) {
      goto(next, at, again ? Pc.ResealPut : Pc.SealPut, standing);
      return sink.to(next, undefined, `${STEPS[pc]} → holds it or may be its last`);
    }
    this.sealed(next, lambda, again, stands);
    sink.to(next, undefined, `${STEPS[pc]} → ${CODES[stands]} stands`);
  }

  private sealingCode(state: State, { run, at }: Lambda, again: boolean): number {
    const base = baseOf(run);
    if (again) return state[base + Of.Manifest]!;
    const fromOutside = at === Cell.Extra && state[base + Of.Execution] !== Execution.Closed;
    return fromOutside ? STOPPED : state[base + Of.Outcome]!;
  }

  private sealed(next: State, { run, at }: Lambda, again: boolean, stands: number): void {
    if (CODES[stands] !== 'COMPLETE') next[baseOf(run) + Of.Flags]! |= Flag.Sealed;
    if (again) return goto(next, at, Pc.LookForDelivery, 0);
    goto(next, at, this.after.get('seal')!, 0);
    // The manifest needs the code; where it stands already, nobody does.
    if (this.parameters.order.indexOf('manifest') > this.parameters.order.indexOf('seal')) next[at + 2] = stands;
  }

  /** A conditional PUT of the partition record. Refused, the Lambda reads again. */
  private swap(state: State, { run, at }: Pick<Lambda, 'run' | 'at'>, get: Pc, sink: StepSink): void {
    const pc = state[at] as Pc;
    const [standing, read] = [state[Cell.Record]!, state[at + 1]!];
    if (this.parameters.compareAndSwap && read !== standing) {
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
    if (stands !== undefined) this.sealed(next, { run, at, name: '' }, pc === Pc.ResealPut, stands);
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
    const { stands, next } = this.decisions.seal(
      read,
      run,
      this.sealingCode(state, { run, at, name: '' }, pc === Pc.ResealPut),
    );
    return [next, undefined, stands];
  }

  private record(state: State, { run, at }: Lambda, pc: Pc, sink: StepSink): void {
    const next = sink.fork();
    const base = baseOf(run);
    const flags = base + Of.Flags;
    const has = (flag: Flag): boolean => (state[flags]! & flag) !== 0;
    const then = (to: Pc, answer: string, read = 0): void => {
      goto(next, at, to, read);
      sink.to(next, to === Pc.Idle ? { kind: 'recorded' } : undefined, `${STEPS[pc]}${answer}`);
    };
    switch (pc) {
      case Pc.LookForManifest:
        if (state[base + Of.Manifest] === 0) return then(this.first, ' → none');
        return then(this.parameters.order.includes('seal') ? Pc.ResealGet : Pc.LookForDelivery, ' → stands');
      case Pc.Peek:
        next[at + 2] = this.decisions.seal(
          state[Cell.Record]!,
          run,
          this.sealingCode(state, { run, at, name: '' }, false),
        ).stands;
        return then(this.after.get('peek')!, ` → ${CODES[next[at + 2]!]}`);
      case Pc.Owe:
        next[flags]! |= Flag.Pointer;
        return then(this.after.get('owe')!, '');
      case Pc.WriteManifest: {
        const stands = state[base + Of.Manifest]! !== 0;
        if (stands && !this.parameters.manifestOnce) sink.report('oneManifest', `that of ${RUNS[run]} was replaced`);
        if (!stands) next[base + Of.Manifest] = state[at + 2]!;
        next[at + 2] = 0;
        checkAgreement(next, run, sink.report);
        return then(this.after.get('manifest')!, stands ? ' → stands already' : ` ${CODES[state[at + 2]!]}`);
      }
      case Pc.LookForReceipt:
        if (has(Flag.Receipt)) return then(Pc.RemovePointer, ' → there', LAST_STEP);
        return then(this.after.get('look')!, ' → none', (state[flags]! & Flag.Posts) / Flag.OnePost + 1);
      case Pc.Post:
        checkPost(state, run, state[at + 1]!, sink.report);
        if ((state[flags]! & Flag.Posts) !== Flag.Posts) next[flags]! += Flag.OnePost;
        return then(this.after.get('post')!, '');
      case Pc.WriteReceipt:
        next[flags]! |= Flag.Receipt;
        return then(this.after.get('receipt')!, '', state[at + 1]!);
      case Pc.RemovePointer:
        next[flags]! &= ~Flag.Pointer;
        return then(state[at + 1] === LAST_STEP ? Pc.Idle : this.after.get('remove')!, '');
      case Pc.LookForDelivery:
        return has(Flag.Receipt) ? then(this.telling, ' → there') : then(Pc.OweAgain, ' → none');
      case Pc.OweAgain:
        next[flags]! |= Flag.Pointer;
        return then(this.telling, '');
      default:
        throw new Error(`no recorder is at ${STEPS[pc]}`);
    }
  }
}

function goto(next: State, at: number, pc: Pc, read: number): void {
  next[at] = pc;
  next[at + 1] = read;
}
