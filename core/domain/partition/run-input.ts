import type { z } from 'zod';
import { cut, MOST_PROBLEM } from '../../contracts/batch/bounds';
import type { Dataset } from '../../contracts/dataset/dataset';
import { cadenceOf } from '../../contracts/partition';
import { problemsOf, renderValue, type Problem } from '../../contracts/problems';
import { runInputSchema, type RunInput } from '../../contracts/run/steps';
import { isSecretField, redact } from '../../contracts/secrets/redact';
import { listed } from '../text/lists';

/** One thing wrong with an input, as a manifest shows it. */
export interface InputProblem {
  readonly field: string;
  readonly value: string;
  readonly expected: string;
}

export interface ParsedRunInput {
  /** Undefined exactly where there are problems. */
  readonly input: RunInput | undefined;
  readonly problems: InputProblem[];
}

/** Parses the input that an execution was started with: anything at all. What it is about is for `domain/partition/identity-of-run.ts`. */
export function parseRunInput(raw: unknown): ParsedRunInput {
  const parsed = runInputSchema.safeParse(raw, { reportInput: true });
  if (parsed.success) return { input: parsed.data, problems: [] };
  return { input: undefined, problems: problemsOf(parsed.error).map(toInputProblem) };
}

/** Whether a partition is one of the dataset's cadence. */
export function fits({ cadence }: Pick<Dataset, 'cadence'>, partition: string | null): partition is string {
  return partition !== null && cadenceOf(partition) === cadence;
}

/** What is wrong with an input that is valid in itself and whose partition doesn't fit: of the other cadence, or out of time's range. */
export function misfitOf(
  { name, cadence }: Pick<Dataset, 'name' | 'cadence'>,
  input: RunInput,
  partition: string | null,
): InputProblem {
  if (partition !== null && input.partition === undefined && input.cadence !== undefined)
    return toInputProblem({ field: 'cadence', value: input.cadence, expected: `${cadence}, as ${name} is deployed` });
  const field = input.partition === undefined ? 'scheduledTime' : 'partition';
  const example = cadence === 'hourly' ? 'an hour like 2026-01-20T05' : 'a day like 2026-01-20';
  return toInputProblem({ field, value: input[field], expected: `${example}, because ${name} is ${cadence}` });
}

/** Fields that are named where an input's unknown ones are. */
const MAX_IGNORED = 5;

/**
 * Says which fields of an input are unknown: they are ignored, because they may be a later release's, and a typo must not go unnoticed.
 * Empty where there are none. Names only: a value may be a secret.
 */
export function ignoredFields(raw: unknown, { shape }: Pick<z.ZodObject, 'shape'>): string {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return '';
  const unknown = Object.keys(raw).filter((field) => !Object.hasOwn(shape, field));
  if (unknown.length === 0) return '';
  const named = unknown.map((field) => renderValue(redact(field)));
  return `Ignored in the input, because there is no such field: ${listed(named, MAX_IGNORED)}.`;
}

/** A problem as a manifest shows it: without what may be a secret. */
export function toInputProblem(problem: Problem): InputProblem {
  const field = redact(problem.field).slice(0, 100);
  const secret = isSecretField(problem.field) || problem.field === '(input)';
  const value = secret ? `[${describeType(problem.value)}]` : redact(renderValue(problem.value));
  return { field, value: cut(value, MOST_PROBLEM.value), expected: cut(problem.expected, MOST_PROBLEM.expected) };
}

/** The type alone: for values that may hold a secret. */
function describeType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'array' : typeof value;
}
