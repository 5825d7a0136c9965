import type { Parameters } from './parameters';
import {
  baseOf,
  Cell,
  Execution,
  Flag,
  LAMBDA_CELLS,
  Of,
  ORDER,
  ORPHANS,
  Pc,
  RUNS,
  Task,
  WIDTH,
  type State,
} from './vocabulary';

/** Changes to the cells of a state that have no story of their own, and the form in which equal states are equal vectors. */

const FIRST_OF_TASK: Readonly<Record<Task, Pc>> = {
  [Task.Claim]: Pc.ClaimGet,
  [Task.Publish]: Pc.PublishGet,
  [Task.Record]: Pc.LookForManifest,
};
/** Attempts of a task after the first. */
const RETRIES = 1;
/** Swaps that are refused for certain once the record has changed, and where the Lambda goes then. */
const BEFORE_SWAP: ReadonlyMap<number, Pc> = new Map([
  [Pc.ClaimPut, Pc.ClaimGet],
  [Pc.PublishPut, Pc.PublishGet],
  [Pc.SealPut, Pc.SealGet],
  [Pc.ResealPut, Pc.ResealGet],
]);

/** One vector for states that no Lambda can tell apart. */
export function normalize(state: State, parameters: Parameters): void {
  const record = state[Cell.Record]!;
  if (parameters.reduced) reread(state, Cell.Extra, record);
  if (parameters.order === ORDER) forgetLease(state, Cell.Extra);
  for (const run of RUNS.keys()) {
    const base = baseOf(run);
    let publishes = false;
    let seals = false;
    for (let at = base + Of.Current; at < base + Of.Size; at += LAMBDA_CELLS) {
      if (parameters.reduced) reread(state, at, record);
      if (parameters.order === ORDER) forgetLease(state, at);
      const pc = state[at]!;
      publishes ||= pc === Pc.PublishGet || pc === Pc.PublishPut;
      seals ||= pc === Pc.LookForManifest || pc === Pc.SealGet || pc === Pc.SealPut || pc === Pc.Peek;
    }
    const over = state[base + Of.Execution] !== Execution.Running;
    const redrivable = parameters.redrive !== 'never' && (state[base + Of.Flags]! & Flag.Redriven) === 0;
    if (over && !redrivable) state[base + Of.Task] = 0;
    // No Lambda reads them any more.
    if (!publishes && !redrivable) state[base + Of.Fence] = 0;
    if (
      parameters.order === ORDER &&
      over &&
      !seals &&
      !redrivable &&
      (state[base + Of.Manifest] !== 0 || state[base + Of.Execution] === Execution.Cut)
    ) {
      const extra = (state[Cell.ExtraRun]! & 3) - 1 === run && state[Cell.Extra] !== Pc.Idle;
      if (!extra) state[base + Of.Outcome] = 0;
    }
    sortOrphans(state, base + Of.Orphans);
  }
}

/** Faster than TypedArray.set for so few cells. */
export function copy(from: State, to: State): void {
  for (let i = 0; i < WIDTH; i += 1) to[i] = from[i]!;
}

export function begin(state: State, base: number, task: Task, retries = RETRIES): void {
  state.fill(0, base + Of.Current, base + Of.Current + LAMBDA_CELLS);
  state[base + Of.Current] = FIRST_OF_TASK[task];
  state[base + Of.Task] = task * 2 + retries;
}

/** The current Lambda of an execution runs on without it. */
export function orphan(state: State, base: number): void {
  const current = base + Of.Current;
  for (let at = base + Of.Orphans; at < base + Of.Size; at += LAMBDA_CELLS) {
    if (state[at] !== Pc.Idle) continue;
    state.copyWithin(at, current, current + LAMBDA_CELLS);
    state.fill(0, current, current + LAMBDA_CELLS);
    return;
  }
  throw new Error('more orphans than the state has room for');
}

function reread(state: State, at: number, record: number): void {
  const get = BEFORE_SWAP.get(state[at]!);
  if (get === undefined || state[at + 1] === record) return;
  state[at] = get;
  state[at + 1] = 0;
}

/** Who has posted does not ask any more whether it holds the message. */
function forgetLease(state: State, at: number): void {
  if (state[at] === Pc.WriteReceipt || state[at] === Pc.RemovePointer) state[at + 2] = 0;
}

export function sameLambda(state: State, a: number, b: number, index: number): boolean {
  return index > 0 && state[a] === state[b] && state[a + 1] === state[b + 1] && state[a + 2] === state[b + 2];
}

/** Orphans of one run that are at the same point are interchangeable. */
function sortOrphans(state: State, from: number): void {
  for (let i = 1; i < ORPHANS; i += 1) {
    for (let at = from + i * LAMBDA_CELLS; at > from && compare(state, at - LAMBDA_CELLS, at) < 0; at -= LAMBDA_CELLS) {
      for (let cell = 0; cell < LAMBDA_CELLS; cell += 1) {
        const other = state[at + cell - LAMBDA_CELLS]!;
        state[at + cell - LAMBDA_CELLS] = state[at + cell]!;
        state[at + cell] = other;
      }
    }
  }
}

function compare(state: State, a: number, b: number): number {
  for (let cell = 0; cell < LAMBDA_CELLS; cell += 1) {
    const difference = state[a + cell]! - state[b + cell]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

export const CONTENT_CELLS = 1 + 4 * RUNS.length;

const content = new Uint16Array(CONTENT_CELLS);

/** What of a state survives when every Lambda dies. The vector is only lent. */
export function contentOf(state: State): State {
  let i = 0;
  content[i++] = state[Cell.Record]!;
  for (let run = 0; run < RUNS.length; run += 1) {
    const base = baseOf(run);
    const closed = state[base + Of.Execution] === Execution.Closed;
    content[i++] = closed ? 1 : 2;
    content[i++] = closed ? state[base + Of.Outcome]! : 0;
    content[i++] = state[base + Of.Manifest]!;
    content[i++] = state[base + Of.Flags]! & ~Flag.Lease;
  }
  return content;
}
