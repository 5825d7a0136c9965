import type { z } from 'zod';
import { visible } from './visible';

/** One thing wrong with an input: where, what was there, what was expected. */
export interface Problem {
  readonly field: string;
  readonly value: unknown;
  readonly expected: string;
}

/** Longest rendering of a rejected value in a message: enough to recognise it, too little to flood Slack. */
const MAX_VALUE = 80;

/**
 * Turns a Zod error into problems. Parse with `{ reportInput: true }`, otherwise the values are missing.
 * Unknown keys are reported one problem each, under their own name.
 */
export function problemsOf(error: z.ZodError): Problem[] {
  return ofIssues(error.issues, []);
}

function ofIssues(issues: readonly z.core.$ZodIssue[], above: readonly string[]): Problem[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path.map(String)];
    if (issue.code === 'unrecognized_keys') {
      const given = issue.input;
      return issue.keys.map((key) => ({
        field: [...path, key].join('.'),
        value: given?.[key],
        expected: 'no such field',
      }));
    }
    const field = path.join('.') || '(input)';
    // The expectation on a record's key stands one level down.
    if (issue.code === 'invalid_key')
      return [{ field, value: issue.input, expected: expectation(issue.issues[0]?.message ?? issue.message) }];
    // A discriminated union reports the whole object under the discriminator's path.
    if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
      const value = (issue.input as Record<string, unknown> | undefined)?.[issue.discriminator];
      return [{ field, value, expected: expectation(issue.message) }];
    }
    // Of several forms: what is wrong with the one that was meant; it is the one whose own type is right.
    if (issue.code === 'invalid_union') {
      const meant = issue.errors.filter((branch) => !branch.some(isOfOtherType));
      if (meant.length === 1) return ofIssues(meant[0] ?? [], path);
    }
    return [{ field, value: issue.input, expected: expectation(issue.message) }];
  });
}

function isOfOtherType({ code, path }: z.core.$ZodIssue): boolean {
  return code === 'invalid_type' && path.length === 0;
}

/** `field: got <value>, expected <what>`: the one sentence about what is wrong with an input. */
export function describeProblem({ field, value, expected }: Problem): string {
  return describeShown({ field, value: renderValue(value), expected });
}

/** The same of several, joined by `; `. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(describeProblem).join('; ');
}

/** The same of a problem as a manifest has it: with its value as text already, and without what may be a secret. */
export function describeShown({ field, value, expected }: Problem & { readonly value: string }): string {
  return `${field}: got ${value}, expected ${expected}`;
}

/** A value as it may appear in a message: JSON, shortened. */
export function renderValue(value: unknown): string {
  const text = visible(render(value));
  // Never half of a surrogate pair: some receivers refuse the whole message.
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}

function render(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'bigint') return `${value}n`;
  // JSON would say null.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Cycles, a BigInt further down, a getter that throws: the type is still worth naming.
    return Object.prototype.toString.call(value);
  }
}

function expectation(message: string): string {
  return message
    .replace(/^(?:Invalid (?:input|option)|Too (?:small|big)): /, '')
    .replace(/^Invalid discriminator value\. /, '')
    .replace(/, received .*$/s, '')
    .replace(/^expected /i, '');
}
