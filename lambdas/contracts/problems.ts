import type { z } from 'zod';

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
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      const given = issue.input as Record<string, unknown> | undefined;
      return issue.keys.map((key) => ({
        field: [...path, key].join('.'),
        value: given?.[key],
        expected: 'no such field',
      }));
    }
    return [{ field: path.join('.') || '(input)', value: issue.input, expected: expectation(issue.message) }];
  });
}

/** `field: got <value>, expected <what>`, joined by `; `. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map((p) => `${p.field}: got ${renderValue(p.value)}, expected ${p.expected}`).join('; ');
}

/** A value as it may appear in a message: JSON, shortened. */
export function renderValue(value: unknown): string {
  let text: string;
  try {
    text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  } catch {
    // BigInt and cyclic values have no JSON; their type is still worth naming.
    text = Object.prototype.toString.call(value);
  }
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

function expectation(message: string): string {
  return message
    .replace(/^Invalid input: expected /, '')
    .replace(/, received .*$/, '')
    .replace(/^expected /, '');
}
