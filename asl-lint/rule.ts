import type { Finding } from './lint-finding';
import type { Flow } from './flow/flow';
import type { Followed } from './flow/follow';
import type { Value } from './flow/value';
import type { Scope, StateNode } from './machine';
import type { Shape } from './shapes';

export interface LintOptions {
  /** The state that every path has to pass before the machine may end. Default `RecordRun`. */
  readonly terminal?: string;
  /** Names of errors that exist beside Rollcall's own and those of AWS. */
  readonly knownErrors?: readonly string[];
  /** What Tasks answer, by state name. Without one, nothing is claimed about a Task's result. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  /** Also report paths into data of which nothing is known: the execution's input, results without a shape. Default false. */
  readonly strict?: boolean;
  /**
   * Lint a second time without the shapes, and tell what either finds: so that a step which answers something else than it should cannot
   * end the execution uncaught either. Default false.
   */
  readonly distrust?: boolean;
  /** Time-outs of the Lambda functions in seconds, by state name: a Task must outwait its function. */
  readonly functionTimeouts?: Readonly<Record<string, number>>;
}

/** What a rule looks at. */
export interface Context {
  readonly machine: Scope;
  /** All states, those inside Maps and Parallels included. */
  readonly states: readonly StateNode[];
  readonly terminal: string;
  readonly options: LintOptions;
  /** What is known about the data on every way through the machine. */
  readonly flow: Flow;
  /** Where data gets to that enters a state of a scope; looked up where it was asked before. */
  readonly follow: (scope: Scope, from: string, value: Value) => Followed;
}

export interface Rule {
  /** Stable: people search for it and write it into their notes. */
  readonly id: string;
  /** What the rule forbids. */
  readonly forbids: string;
  /** What goes wrong otherwise. */
  readonly why: string;
  /** Whether a line in a state's Comment can allow it, with a reason (`exceptions.ts`). Default false. */
  readonly allowable?: boolean;
  readonly check: (context: Context) => Problem[];
}

/** A finding before the rule's id is put on it. */
export type Problem = Omit<Finding, 'rule'>;

export function problem(state: StateNode | string, message: string, hint: string): Problem {
  return { state: typeof state === 'string' ? state : state.path, message, hint };
}
