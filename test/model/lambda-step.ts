import type { Report } from './invariants';
import type { Pc, State } from './vocabulary';

/** In place of the record that a Lambda has read: nothing comes after this step, whatever the order says. */
export const LAST_STEP = 0xffff;

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

/** Where a Lambda goes on, and the record that it has read. */
export function goto(next: State, at: number, pc: Pc, read: number): void {
  next[at] = pc;
  next[at + 1] = read;
}
