import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { DEFAULT_TERMINAL, formatFindings, lintDefinition, type Finding, type LintOptions } from '../../asl-lint/lint';
import { STEP_SHAPES } from '../../asl-lint/step-shapes';
import { definitionsIn, NoStateMachine } from '../../asl-lint/definitions-in-template';
import { escapedInJson } from '../../core/contracts/visible';
import { complain, say } from '../print';

export interface LintAslOptions {
  readonly terminal?: string;
  readonly error?: readonly string[];
  readonly strict?: boolean;
  readonly ours?: boolean;
  readonly json?: boolean;
}

/** What a command prints, and its exit status. */
export interface CommandResult {
  readonly out: string;
  readonly err: string;
  readonly status: number;
}

/** Status 0: no findings; 1: findings; 2: there was nothing to lint. */
export function lintAsl(file: string, options: LintAslOptions): CommandResult {
  try {
    const machines = definitionsIn(parse(file, readText(file))).map(({ name, definition }) => ({
      machine: name,
      findings: lintDefinition(definition, lintOptions(options)),
    }));
    if (machines.length === 0) throw new NoStateMachine('the template has no state machine');
    const status = machines.some(({ findings }) => findings.length > 0) ? 1 : 0;
    return { out: options.json === true ? asJson(machines) : asText(file, machines), err: '', status };
  } catch (error) {
    const known = error instanceof Error && ['Unreadable', 'NotAStateMachine', 'NoStateMachine'].includes(error.name);
    if (!known) throw error;
    return { out: '', err: `${file}: ${error.message}`, status: 2 };
  }
}

interface Linted {
  /** Logical id in a template; empty for a plain definition. */
  readonly machine: string;
  readonly findings: readonly Finding[];
}

function asJson(machines: readonly Linted[]): string {
  const findings = machines.flatMap(({ machine, findings: of }) => of.map((finding) => ({ machine, ...finding })));
  return escapedInJson(JSON.stringify(findings, null, 2));
}

function asText(file: string, machines: readonly Linted[]): string {
  return machines
    .map(({ machine, findings }) => formatFindings(findings, machine === '' ? file : `${machine} (${file})`))
    .join('\n\n');
}

function lintOptions(options: LintAslOptions): LintOptions {
  return {
    terminal: options.terminal ?? DEFAULT_TERMINAL,
    knownErrors: options.error ?? [],
    strict: options.strict ?? false,
    ...(options.ours === true ? { shapes: STEP_SHAPES, distrust: options.strict ?? false } : {}),
  };
}

/** The file can't be read, or is no JSON. */
class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? process.stdin.fd : file, 'utf8');
  } catch (error) {
    throw new Unreadable(`cannot be read: ${(error as Error).message}`);
  }
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const hint = /\.ya?ml$/.test(file) ? ' (YAML is not read; convert it to JSON)' : '';
    throw new Unreadable(`is not JSON: ${(error as Error).message}${hint}`);
  }
}

/** `rollcall lint-asl <file>` */
export function addLintAsl(program: Command): void {
  program
    .command('lint-asl')
    .description('check that a state machine records every ending, whatever happens')
    .argument('<file>', 'state machine in Amazon States Language, or a CloudFormation template; - for standard input')
    .option('--terminal <state>', 'state that every path has to pass', DEFAULT_TERMINAL)
    .option('--error <name...>', 'names of errors that your functions throw')
    .option('--strict', 'also report paths into data of which nothing is known')
    .option('--ours', "take the results of Rollcall's own steps as known")
    .option('--json', 'findings as JSON: machine, rule, state, message, hint')
    .addHelpText('after', '\nExit status: 0 no findings, 1 findings, 2 nothing to lint. Rules: docs/asl-lint.md')
    .action((file: string, options: LintAslOptions) => {
      const { out, err, status } = lintAsl(file, options);
      if (out !== '') say(out);
      if (err !== '') complain(`rollcall lint-asl: ${err}`);
      process.exitCode = status;
    });
}
