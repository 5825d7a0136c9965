import { INVARIANTS, type Invariant } from './invariants';
import type { Parameters } from './parameters';
import { ProtocolModel } from './protocol-model';
import type { Removal } from './removals';
import { explore, type Exploration } from './state-space';

/** Explores a protocol and prints what was explored: to standard output, because jest's console adds a stack trace to every line. */
export function exploreAndPrint(
  title: string,
  parameters: Parameters,
  maxStates?: number,
): Exploration & { readonly records: number; readonly contents: number } {
  const model = new ProtocolModel(parameters);
  const exploration = explore(model, maxStates);
  const { states, transitions, depth, seconds, complete } = exploration;
  print(
    `${title}: ${number(states)} states, ${number(transitions)} transitions, depth ${depth}, ` +
      `${number(model.decisions.distinct)} partition records, ${number(model.swept.size)} contents of the buckets swept, ` +
      `${seconds.toFixed(1)} s, ${complete ? 'complete' : 'not complete'}`,
  );
  return { ...exploration, records: model.decisions.distinct, contents: model.swept.size };
}

/** The invariants that a complete exploration looked at, in words. */
export function printInvariants(parameters: Parameters): void {
  const held = (Object.keys(INVARIANTS) as Invariant[]).filter((one) => !parameters.ignoring.includes(one));
  print(
    `${held.length} invariants held in every state and on every step:\n${held.map((one) => `  - ${INVARIANTS[one]}`).join('\n')}`,
  );
}

/** Explores the protocol without a condition, as far as the first violation, and prints its trace. */
export function counterExample(removal: Removal, built: Parameters, how?: 'quietly'): Exploration['violation'] {
  const bounded = { ...built, ...removal.bounds };
  const parameters = { ...bounded, ...removal.changes(bounded) };
  const { states, violation } = explore(new ProtocolModel(parameters));
  if (how === 'quietly') return violation;
  print(
    violation === undefined
      ? `${removal.what}: no counter-example in ${number(states)} states`
      : `${removal.what}: after ${number(states)} states, in ${violation.trace.length} steps\n  ✗ ${violation.invariant}\n${numbered(violation.trace)}`,
  );
  return violation;
}

export function numbered(trace: readonly string[]): string {
  return trace.map((step, i) => `  ${String(i + 1).padStart(3)}. ${step}`).join('\n');
}

export const number = (value: number): string => value.toLocaleString('en-US');
export const print = (text: string): void => void process.stdout.write(`${text}\n\n`);
