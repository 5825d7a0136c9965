import { REAL_RULES, type Rules } from './decisions';
import type { Conclusions } from './execution-answers';
import type { Invariant } from './invariants';
import { ORDER, type Act } from './vocabulary';

/** What is explored, and which protocol: everything that a removal changes is a parameter. */
export interface Parameters {
  /** Whether each run replaces what is published. */
  readonly reprocess: readonly [boolean, boolean];
  /** Minute at which each run ends, as its recorders say it. */
  readonly endedAt: readonly [number, number];
  /** Lambdas that time out or die while their execution runs (they may run on), responses lost, posts refused: in all. */
  readonly faults: number;
  /** Executions that may be stopped from outside, at any time. */
  readonly cuts: readonly [boolean, boolean];
  /** How many closed executions the extra recorder records: 1 is an ExecutionEnded, 2 a sweep. */
  readonly extra: 0 | 1 | 2;
  /** Whether a stopped execution may be redriven, once; `not into a claim`: ClaimPartition refuses executions that were redriven. */
  readonly redrive: 'never' | 'anywhere' | 'not into a claim';
  /** Steps that are bound to be refused are not explored: see `lambdas.ts`. */
  readonly reduced: boolean;

  readonly rules: Rules;
  readonly conclusions: Conclusions;
  readonly order: readonly Act[];
  /** False: the record is written without condition. */
  readonly compareAndSwap: boolean;
  /** False: the manifest is written without condition. */
  readonly manifestOnce: boolean;
  /** `none`: every recorder posts. `not looked at again`: the one that took it posts, also when it has run out. */
  readonly lease: 'held' | 'none' | 'not looked at again';
  /** Invariants that are not looked at. */
  readonly ignoring: readonly Invariant[];
}

/** The protocol as it is built. */
export function protocolAsBuilt(conclusions: Conclusions, bounds: Partial<Parameters> = {}): Parameters {
  return {
    reprocess: [false, false],
    endedAt: [1, 2],
    faults: 1,
    cuts: [true, true],
    extra: 2,
    redrive: 'never',
    reduced: true,
    rules: REAL_RULES,
    conclusions,
    order: ORDER,
    compareAndSwap: true,
    manifestOnce: true,
    lease: 'held',
    ignoring: [],
    ...bounds,
  };
}
