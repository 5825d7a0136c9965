import { applyExceptions, exceptionsOf } from './exceptions';
import { formatFindings, type Finding } from './lint-finding';
import { analyse } from './flow/flow';
import { follow, type Followed, type Shapes } from './flow/follow';
import { keyOf } from './flow/union';
import { ANY } from './flow/value';
import { readMachine, statesOf, type Scope } from './machine';
import { problem, type Context, type LintOptions } from './rule';
import { RULES } from './rules';
import { lineThatAllowsNothing } from './rules/exceptions';

export { formatFindings, type Finding } from './lint-finding';
export { NotAStateMachine } from './asl';
export type { LintOptions } from './rule';

/** The terminal state of our own machines. */
export const DEFAULT_TERMINAL = 'RecordRun';

/**
 * What is wrong with a state machine in Amazon States Language, in the order of the rules. `definition` is the parsed JSON.
 * @throws NotAStateMachine where there is nothing to lint: no StartAt, no States, a state without a known type
 */
export function lintDefinition(definition: unknown, options: LintOptions = {}): Finding[] {
  const machine = readMachine(definition);
  const { shapes: _trusted, ...distrusting } = options;
  const found = [options, ...(options.distrust === true ? [distrusting] : [])].flatMap((one) => check(machine, one));
  // Most are found both times.
  const findings = [...new Map(found.map((finding) => [JSON.stringify(finding), finding])).values()];
  const judged = applyExceptions(findings, exceptionsOf(statesOf(machine)), ALLOWABLE);
  return [
    ...judged.findings,
    ...judged.useless.map(({ exception, message }) => ({
      rule: lineThatAllowsNothing.id,
      ...problem(exception.state, message, 'write "asl-lint allows <rule>: <reason>", or take the line out'),
    })),
  ];
}

const ALLOWABLE = new Set(RULES.filter(({ allowable }) => allowable === true).map(({ id }) => id));

function check(machine: Scope, options: LintOptions): Finding[] {
  const context: Context = {
    machine,
    states: statesOf(machine),
    terminal: options.terminal ?? DEFAULT_TERMINAL,
    options,
    // An execution can be started with anything: nothing is known about its input.
    flow: analyse(machine, ANY, options.shapes ?? {}),
    follow: remembering(options.shapes ?? {}),
  };
  return RULES.flatMap((rule) => rule.check(context).map((found) => ({ rule: rule.id, ...found })));
}

function remembering(shapes: Shapes): Context['follow'] {
  const known = new Map<Scope, Map<string, Followed>>();
  return (scope, from, value) => {
    const ofScope = known.get(scope) ?? new Map<string, Followed>();
    known.set(scope, ofScope);
    const key = `${from} ${keyOf(value)}`;
    const followed = ofScope.get(key) ?? follow(scope, from, value, shapes);
    ofScope.set(key, followed);
    return followed;
  };
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
