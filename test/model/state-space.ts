/**
 * An explicit-state explorer: breadth first over states that are short vectors of small numbers, each kept once. Breadth first, so
 * that the first violation found has a shortest trace.
 */

export type State = Uint16Array;

/** Takes one successor. The vector is only borrowed: the model reuses it. */
export type Emit = (next: State, label: string) => void;

export interface TransitionSystem {
  readonly width: number;
  initial(): State;
  /** Every successor of a state. With `naming`, each comes with a label; without, labels may be empty (they cost time). */
  successors(state: State, emit: Emit, naming: boolean): void;
  /** What the last successor broke, or undefined. Asked after every `emit`. */
  broken(): string | undefined;
  /** What is wrong with a new state, or undefined. */
  check(state: State): Problem | undefined;
}

export interface Problem {
  readonly invariant: string;
  /** Steps that lead from the state to what is wrong, for people. */
  readonly epilogue: readonly string[];
}

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly seconds: number;
  /** False when `maxStates` ended it. */
  readonly complete: boolean;
  readonly violation: { readonly invariant: string; readonly trace: readonly string[] } | undefined;
}

/** Taken out of the global object once: inside jest's sandbox each look there is slow. */
const { imul } = Math;

const CHUNK_BITS = 14;
const CHUNK = 1 << CHUNK_BITS;

/** A set of vectors that gives each an index in order of insertion. Plain memory, no objects: millions of states stay small. */
export class StateSet {
  size = 0;
  private chunks: Uint16Array[] = [];
  private table = new Int32Array(1 << 16).fill(-1);

  constructor(private readonly width: number) {}

  /** The index of a vector that was not there; -1 when it was. */
  add(state: State): number {
    if (this.size * 2 > this.table.length) this.grow();
    const mask = this.table.length - 1;
    let slot = this.hash(state, 0) & mask;
    for (let index = this.table[slot]!; index >= 0; index = this.table[slot]!) {
      if (this.equals(index, state)) return -1;
      slot = (slot + 1) & mask;
    }
    this.table[slot] = this.size;
    const chunk = this.size >> CHUNK_BITS;
    if (chunk === this.chunks.length) this.chunks.push(new Uint16Array(CHUNK * this.width));
    const cells = this.chunks[chunk]!;
    const to = (this.size & (CHUNK - 1)) * this.width;
    for (let i = 0; i < this.width; i += 1) cells[to + i] = state[i]!;
    return this.size++;
  }

  /** Copies the vector of an index into `into`. */
  read(index: number, into: State): void {
    const from = (index & (CHUNK - 1)) * this.width;
    const chunk = this.chunks[index >> CHUNK_BITS]!;
    for (let i = 0; i < this.width; i += 1) into[i] = chunk[from + i]!;
  }

  private equals(index: number, state: State): boolean {
    const chunk = this.chunks[index >> CHUNK_BITS]!;
    const from = (index & (CHUNK - 1)) * this.width;
    for (let i = 0; i < this.width; i += 1) if (chunk[from + i] !== state[i]) return false;
    return true;
  }

  /** FNV-1a over the cells, mixed once more: linear probing wants the low bits good. */
  private hash(cells: Uint16Array, from: number): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.width; i += 1) hash = imul(hash ^ cells[from + i]!, 0x01000193);
    hash = imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return (hash ^ (hash >>> 13)) >>> 0;
  }

  private grow(): void {
    this.table = new Int32Array(this.table.length * 4).fill(-1);
    const mask = this.table.length - 1;
    for (let index = 0; index < this.size; index += 1) {
      const chunk = this.chunks[index >> CHUNK_BITS]!;
      let slot = this.hash(chunk, (index & (CHUNK - 1)) * this.width) & mask;
      while (this.table[slot]! >= 0) slot = (slot + 1) & mask;
      this.table[slot] = index;
    }
  }
}

/** Visits every reachable state, or stops at the first violation. */
export function explore(system: TransitionSystem, maxStates = Infinity): Exploration {
  const began = performance.now();
  const seen = new StateSet(system.width);
  let parents = new Int32Array(1 << 16);
  const current = new Uint16Array(system.width);
  let transitions = 0;
  let depth = 0;
  let levelEnds = 1;
  let broken: { last: number; final: State; invariant: string; epilogue: readonly string[] } | undefined;

  const visit = (next: State, from: number): void => {
    const index = seen.add(next);
    if (index >= parents.length) parents = extended(parents);
    if (index >= 0) parents[index] = from;
    const invariant = system.broken();
    const problem =
      invariant === undefined ? (index < 0 ? undefined : system.check(next)) : { invariant, epilogue: [] };
    if (problem !== undefined) broken ??= { last: from, final: next.slice(), ...problem };
  };

  visit(system.initial(), -1);
  let at = 0;
  for (; at < seen.size && broken === undefined && seen.size < maxStates; at += 1) {
    if (at === levelEnds) {
      depth += 1;
      levelEnds = seen.size;
    }
    seen.read(at, current);
    system.successors(
      current,
      (next) => {
        transitions += 1;
        if (broken === undefined) visit(next, at);
      },
      false,
    );
  }
  return {
    states: seen.size,
    transitions,
    depth,
    seconds: (performance.now() - began) / 1000,
    complete: broken === undefined && at === seen.size,
    violation:
      broken === undefined
        ? undefined
        : {
            invariant: broken.invariant,
            trace: [...retrace(system, seen, parents, broken.last, broken.final), ...broken.epilogue],
          },
  };
}

function extended(parents: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(parents.length * 2);
  longer.set(parents);
  return longer;
}

/** The labels from the initial state to `final`, a successor of the state with index `last`. */
function retrace(
  system: TransitionSystem,
  seen: StateSet,
  parents: Int32Array,
  last: number,
  final: State,
): readonly string[] {
  const path = [final];
  for (let index = last; index >= 0; index = parents[index]!) {
    const state = new Uint16Array(system.width);
    seen.read(index, state);
    path.unshift(state);
  }
  return path.slice(1).map((state, i) => {
    let found: string | undefined;
    const compare = (next: State, label: string) => {
      if (found === undefined && next.every((cell, j) => cell === state[j])) found = label;
    };
    system.successors(path[i]!, compare, true);
    return found ?? '(no such step)';
  });
}
