import { cut, MOST_PROBLEM } from '../contracts/bounds';
import { datasetNameSchema, type Dataset } from '../contracts/dataset';
import { cadenceOf, partitionSchema } from '../contracts/partition';
import { problemsOf, renderValue } from '../contracts/problems';
import { runInputSchema, type RunInput } from '../contracts/steps';
import type { Trigger } from '../contracts/manifest';
import { triggerSchema } from '../contracts/manifest';
import { partitionOfSchedule } from './calendar';
import { isSecretField, redact } from '../contracts/redact';

/** One thing wrong with an input, as a manifest shows it. */
export interface InputProblem {
  readonly field: string;
  readonly value: string;
  readonly expected: string;
}

/** What is certain about an input, whether it is valid or not. */
export interface Salvaged {
  /** A well-formed name, deployed or not. */
  readonly dataset: string | null;
  /** The dataset, where it is deployed. */
  readonly definition: Dataset | undefined;
  /** An existing partition of the dataset's cadence; null where the dataset is not deployed. */
  readonly partition: string | null;
  readonly trigger: Trigger;
  readonly backfillId: string | null;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string | null;
}

export type ParsedRunInput = Salvaged & { readonly input: RunInput | undefined; readonly problems: InputProblem[] };

/**
 * Parses what somebody started an execution with: anything at all. `input` is undefined exactly where there are problems; what can be
 * salvaged is, so that a refusal lands with the partition it is about. The clock plays no part: every recorder derives the same.
 */
export function parseRunInput(raw: unknown, datasets: ReadonlyMap<string, Dataset>): ParsedRunInput {
  const salvaged = salvage(raw, datasets);
  const parsed = runInputSchema.safeParse(raw, { reportInput: true });
  const problems = parsed.success ? [] : problemsOf(parsed.error).map(toInputProblem);
  const { definition, partition } = salvaged;
  // Where a valid input names a known dataset but still no partition, the partition is of the other cadence or out of time's range.
  if (parsed.success && definition !== undefined && partition === null) {
    const { cadence } = definition;
    const example = cadence === 'hourly' ? 'an hour like 2026-01-20T05' : 'a day like 2026-01-20';
    const field = parsed.data.partition === undefined ? 'scheduledTime' : 'partition';
    const value = renderValue(parsed.data[field]);
    problems.push({ field, value, expected: `${example}, because ${definition.name} is ${cadence}` });
  }
  return { ...salvaged, input: parsed.success && problems.length === 0 ? parsed.data : undefined, problems };
}

function salvage(raw: unknown, datasets: ReadonlyMap<string, Dataset>): Salvaged {
  const fields = typeof raw === 'object' && raw !== null ? (raw as Readonly<Record<string, unknown>>) : {};
  const { shape } = runInputSchema;
  const dataset = datasetNameSchema.safeParse(fields['dataset']).data ?? null;
  const definition = dataset === null ? undefined : datasets.get(dataset);
  const scheduled = shape.scheduledTime.safeParse(fields['scheduledTime']).data;
  const named = partitionSchema.safeParse(fields['partition']).data;
  return {
    dataset,
    definition,
    partition: definition === undefined ? null : partitionOf(definition, named, scheduled),
    trigger: triggerSchema.safeParse(fields['trigger']).data ?? 'manual',
    backfillId: shape.backfillId.safeParse(fields['backfillId']).data ?? null,
    scheduledTime: scheduled === undefined ? null : new Date(scheduled).toISOString(),
  };
}

function partitionOf(definition: Dataset, named: string | undefined, scheduled: string | undefined): string | null {
  // Both, or neither, is a problem; where both are given, what a person wrote names the place better.
  const partition =
    named ?? (scheduled === undefined ? undefined : partitionOfSchedule(definition, new Date(scheduled)));
  return partition !== undefined && cadenceOf(partition) === definition.cadence ? partition : null;
}

/** A problem as a manifest shows it: without what may be a secret. */
export function toInputProblem(problem: { field: string; value: unknown; expected: string }): InputProblem {
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
