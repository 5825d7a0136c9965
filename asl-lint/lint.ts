import { formatFindings, type Finding } from './finding';
import { analyse } from './flow/flow';
import { ANY } from './flow/value';
import { readMachine, statesOf } from './machine';
import type { Context, LintOptions } from './rule';
import { RULES } from './rules';

export { formatFindings, type Finding } from './finding';
export { NotAStateMachine } from './asl';
export type { LintOptions } from './rule';
export { shapeOf, type Shape } from './shapes';

/** The terminal state of our own machines. */
export const DEFAULT_TERMINAL = 'RecordRun';

/**
 * What is wrong with a state machine in Amazon States Language, in the order of the rules. `definition` is the parsed JSON.
 * @throws NotAStateMachine where there is nothing to lint: no StartAt, no States, a state without a known type
 */
export function lintDefinition(definition: unknown, options: LintOptions = {}): Finding[] {
  const machine = readMachine(definition);
  const context: Context = {
    machine,
    states: statesOf(machine),
    terminal: options.terminal ?? DEFAULT_TERMINAL,
    options,
    // Anybody can start an execution with anything: nothing is known about its input.
    flow: analyse(machine, ANY, options.shapes ?? {}),
  };
  return RULES.flatMap((rule) => rule.check(context).map((found) => ({ rule: rule.id, ...found })));
}

/** A definition with findings. Its message lists them. */
export class DefinitionRejected extends Error {
  override readonly name = 'DefinitionRejected';
  constructor(
    machine: string,
    readonly findings: readonly Finding[],
  ) {
    super(`the state machine was rejected by asl-lint (docs/asl-lint.md): ${formatFindings(findings, machine)}`);
  }
}

/**
 * For use at synth.
 * @throws DefinitionRejected where there are findings
 */
export function lintOrThrow(name: string, definition: unknown, options: LintOptions = {}): void {
  const findings = lintDefinition(definition, options);
  if (findings.length > 0) throw new DefinitionRejected(name, findings);
}
