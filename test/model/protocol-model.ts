import { Decisions } from './decisions';
import { checkComplete, INVARIANTS, type Invariant } from './invariants';
import { begin, contentOf, CONTENT_CELLS, copy, normalize, orphan, sameLambda } from './normal-form';
import type { Lambda, Result, StepSink } from './lambda-step';
import { Lambdas } from './lambdas';
import type { Parameters } from './parameters';
import { StateSet, type Emit, type Problem, type State, type TransitionSystem } from './state-space';
import {
  baseOf,
  Cell,
  Execution,
  FAILED,
  Flag,
  HOLDS,
  LAMBDA_CELLS,
  Of,
  ORPHANS,
  Pc,
  REPLACED,
  RUNS,
  STEPS,
  Task,
  TASKS,
  WIDTH,
} from './vocabulary';

/**
 * Two executions of one partition, each `claim → (work) → publish → record`, with everything around them: an attempt may time out or
 * die at any point and run on as an orphan, an execution may be stopped at any point, and an extra recorder may record closed
 * executions at any time. One request is one step; all steps of all Lambdas interleave.
 */
export class ProtocolModel implements TransitionSystem {
  readonly width = WIDTH;
  readonly decisions: Decisions;
  private readonly lambdas: Lambdas;
  private scratch = new Uint16Array(WIDTH);
  private readonly scratchOfSweep = new Uint16Array(WIDTH);
  private readonly out = new Uint16Array(WIDTH);
  /** Contents of the buckets that a sweep was tried on. */
  readonly swept = new StateSet(CONTENT_CELLS);
  private problem: string | undefined;

  constructor(private readonly parameters: Parameters) {
    const { rules, reprocess, endedAt } = parameters;
    this.decisions = new Decisions(rules, reprocess, endedAt);
    this.lambdas = new Lambdas(parameters, this.decisions);
  }

  initial(): State {
    const state = new Uint16Array(WIDTH);
    state[Cell.Record] = this.decisions.empty;
    state[Cell.Faults] = this.parameters.faults;
    for (const run of RUNS.keys()) begin(state, baseOf(run), Task.Claim);
    return state;
  }

  broken(): string | undefined {
    return this.problem;
  }

  successors(state: State, emit: Emit, naming: boolean): void {
    this.problem = undefined;
    const send = (next: State, label: string): void => {
      copy(next, this.out);
      normalize(this.out, this.parameters);
      emit(this.out, label);
    };
    for (const [run, name] of RUNS.entries()) {
      const base = baseOf(run);
      const current = base + Of.Current;
      this.step(state, { run, at: current, name }, send, naming);
      for (let i = 0; i < ORPHANS; i += 1) {
        const at = base + Of.Orphans + i * LAMBDA_CELLS;
        if (state[at] === Pc.Idle || sameLambda(state, at, at - LAMBDA_CELLS, i)) continue;
        this.step(state, { run, at, name: `orphan of ${name}` }, send, naming);
      }
      this.mishaps(state, run, name, send);
      this.leaseRunsOut(state, run, send);
    }
    this.extraRecorder(state, send, naming);
  }

  /** One step of a Lambda; when it returns, its machine goes on. */
  private step(state: State, lambda: Lambda, send: Emit, naming: boolean): void {
    if (state[lambda.at] === Pc.Idle) return;
    const { run, at, name } = lambda;
    const base = baseOf(run);
    const sink: StepSink = {
      fork: () => this.fork(state),
      report: this.report,
      to: (next, result, what) => {
        const label = naming ? `${name}: ${what}` : '';
        if (result === undefined) return send(next, label);
        next.fill(0, at, at + LAMBDA_CELLS);
        if (at !== base + Of.Current) return send(next, label);
        this.goOn(next, base, result, send, label);
      },
    };
    this.lambdas.step(state, lambda, sink);
  }

  /** The machine after a task that returned. */
  private goOn(next: State, base: number, result: Result, send: Emit, label: string): void {
    const record = (outcome: number, what: string): void => {
      next[base + Of.Outcome] = outcome;
      begin(next, base, Task.Record);
      send(next, label + what);
    };
    switch (result.kind) {
      case 'claimed':
        next[base + Of.Fence] = result.fence;
        begin(next, base, Task.Publish);
        send(next, label);
        return record(FAILED, '; its work fails');
      case 'refused':
        return record(result.code, '');
      case 'lost':
        return record(REPLACED, '');
      // What the record says overrules it, as for a step whose output could not be read.
      case 'published':
      case 'over':
        return record(FAILED, '');
      case 'recorded':
        next[base + Of.Execution] = Execution.Closed;
        next[base + Of.Task] = 0;
        return send(next, `${label}; the execution closes`);
    }
  }

  /** A time-out or a death (then the orphan makes no further step), a stop from outside, a redrive. */
  private mishaps(state: State, run: number, name: string, send: Emit): void {
    const base = baseOf(run);
    const [task, retries] = [state[base + Of.Task]! >> 1, state[base + Of.Task]! & 1];
    const redriven = (state[base + Of.Flags]! & Flag.Redriven) !== 0;
    if (state[base + Of.Execution] === Execution.Cut && this.parameters.redrive !== 'never' && !redriven) {
      const next = this.fork(state);
      next[base + Of.Execution] = Execution.Running;
      next[base + Of.Flags]! |= Flag.Redriven;
      const refused = task === Task.Claim && this.parameters.redrive === 'not into a claim';
      if (refused) next[base + Of.Outcome] = FAILED;
      begin(next, base, refused ? Task.Record : (task as Task));
      send(next, `${name} is redriven from ${TASKS[task]!}${refused ? ' and refused' : ''}`);
    }
    if (state[base + Of.Execution] !== Execution.Running) return;
    if (this.parameters.cuts[run]! && !redriven) {
      const next = this.fork(state);
      orphan(next, base);
      next[base + Of.Execution] = Execution.Cut;
      send(next, `${name} is stopped from outside at “${STEPS[state[base + Of.Current]!]}”`);
    }
    if (state[Cell.Faults] === 0) return;
    const next = this.fork(state);
    next[Cell.Faults]! -= 1;
    orphan(next, base);
    const label = `${name}: the Lambda at “${STEPS[state[base + Of.Current]!]}” times out or dies`;
    if (retries > 0) {
      begin(next, base, task as Task, retries - 1);
      return send(next, `${label}; it is retried`);
    }
    if (task === Task.Record) {
      next[base + Of.Execution] = Execution.Closed;
      next[base + Of.Task] = 0;
      return send(next, `${label}; the execution closes`);
    }
    next[base + Of.Outcome] = FAILED;
    begin(next, base, Task.Record);
    send(next, `${label}; its failure is to be recorded`);
  }

  /**
   * Two minutes pass, whatever its holder is doing. It looks at the clock before it posts. Only where a recorder is about to notice: the
   * holder who is about to post, or another who is about to read the pointer; at any other moment none could tell whether it happens then
   * or there.
   */
  private leaseRunsOut(state: State, run: number, send: Emit): void {
    const base = baseOf(run);
    if ((state[base + Of.Flags]! & Flag.Lease) === 0 || this.parameters.lease === 'none') return;
    const lambdas: number[] = (state[Cell.ExtraRun]! & 3) - 1 === run ? [Cell.Extra] : [];
    for (let at = base + Of.Current; at < base + Of.Size; at += LAMBDA_CELLS) lambdas.push(at);
    const isNoticed = (at: number) => state[at] === Pc.ReadPointer || (state[at] === Pc.Post && holds(state, at));
    if (!lambdas.some(isNoticed)) return;
    const next = this.fork(state);
    next[base + Of.Flags]! &= ~Flag.Lease;
    if (this.parameters.lease === 'held') for (const at of lambdas) next[at + 2]! &= ~HOLDS;
    send(next, `the lease of ${RUNS[run]!}’s message runs out`);
  }

  /** ExecutionEnded or Sweep: one recorder, for closed executions, at any time. */
  private extraRecorder(state: State, send: Emit, naming: boolean): void {
    const at = Cell.Extra;
    if (state[at] !== Pc.Idle) {
      const run = (state[Cell.ExtraRun]! & 3) - 1;
      return this.step(state, { run, at, name: `extra recorder of ${RUNS[run]}` }, send, naming);
    }
    const done = state[Cell.ExtraRun]! >> 2;
    if (done === 3 || (done !== 0 && this.parameters.extra < 2) || this.parameters.extra === 0) return;
    for (const [run, name] of RUNS.entries()) {
      if ((done & (1 << run)) !== 0 || state[baseOf(run) + Of.Execution] === Execution.Running) continue;
      const next = this.fork(state);
      next[at] = Pc.LookForManifest;
      next[Cell.ExtraRun] = ((done | (1 << run)) << 2) | (run + 1);
      send(next, `an extra recorder begins with ${name}`);
    }
  }

  /**
   * Everything dies, running executions are stopped, leases run out, and a sweep goes through alone, in the order of `docs/design.md` §2: closed
   * without manifest → recorded; holder closed → sealed; pointers → told. Depends on the buckets alone, so each content is tried once.
   */
  check(state: State): Problem | undefined {
    if (this.swept.add(contentOf(state)) < 0) return undefined;
    const epilogue = this.sweep(state);
    const invariant = this.problem;
    this.problem = undefined;
    return invariant === undefined ? undefined : { invariant, epilogue };
  }

  /** What that sweep does, step by step. */
  sweep(state: State): readonly string[] {
    const world = Uint16Array.from(state);
    const epilogue = ['every Lambda dies; a sweep begins'];
    // A step of the exploration may be half done.
    const { scratch } = this;
    this.scratch = this.scratchOfSweep;
    world.fill(0, Cell.Faults, Cell.Runs);
    for (const run of RUNS.keys()) {
      const base = baseOf(run);
      if (world[base + Of.Execution] === Execution.Running) world[base + Of.Execution] = Execution.Cut;
      world[base + Of.Flags]! &= ~Flag.Lease;
      world.fill(0, base + Of.Current, base + Of.Size);
    }
    const record = (run: number, from: Pc) => this.runAlone(world, run, from, epilogue);
    for (const run of RUNS.keys()) if (world[baseOf(run) + Of.Manifest] === 0) record(run, Pc.LookForManifest);
    const { holder } = this.decisions.facts(world[Cell.Record]!);
    if (holder >= 0) record(holder, Pc.LookForManifest);
    for (const run of RUNS.keys()) {
      if ((world[baseOf(run) + Of.Flags]! & Flag.Pointer) !== 0) record(run, Pc.DeliverPointer);
    }
    checkComplete(this.decisions, world, this.report);
    this.scratch = scratch;
    return epilogue;
  }

  private readonly report = (invariant: Invariant, how: string): void => {
    if (!this.parameters.ignoring.includes(invariant)) this.problem ??= `${INVARIANTS[invariant]}: ${how}`;
  };

  private runAlone(world: State, run: number, from: Pc, epilogue: string[]): void {
    const at = Cell.Extra;
    world[at] = from;
    while (world[at] !== Pc.Idle) {
      const before = world.slice();
      this.step(
        before,
        { run, at, name: `sweep of ${RUNS[run]}` },
        (next, label) => {
          world.set(next);
          epilogue.push(label);
        },
        true,
      );
    }
    world.fill(0, at, at + LAMBDA_CELLS);
  }

  private fork(state: State): State {
    copy(state, this.scratch);
    return this.scratch;
  }
}

function holds(state: State, at: number): boolean {
  return (state[at + 2]! & HOLDS) !== 0;
}
