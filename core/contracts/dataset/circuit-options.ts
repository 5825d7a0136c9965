import { z } from 'zod';
import { describeProblem, renderValue } from '../problems';

/** What a dataset says about the circuit breaker of what it depends on. */

/** As buckets are named, so that a bucket's own name will do. */
export const DEPENDENCY_NAME = /^[a-z0-9][a-z0-9.-]{0,62}$/;

const minutes = z
  .int()
  .positive()
  .max(7 * 24 * 60);

export const circuitOptionsSchema = z.strictObject({
  /** Whether failures of the dependency are counted at all. */
  enabled: z.boolean().default(true),
  /**
   * What opens it: only that what it guards could not be reached or read (`source`), or every failed run of the dataset (`all`), as a
   * breaker that stops a job after so many failures in a row.
   */
  counts: z.enum(['source', 'all']).default('source'),
  /**
   * What the circuit guards; datasets that name the same share one circuit. Default: the source's bucket; where all failures count, the
   * dataset itself, for what is wrong with its data is no reason to stop another one.
   */
  dependency: z
    .string()
    .regex(DEPENDENCY_NAME, { error: 'expected lower-case letters, digits, dots and hyphens, at most 63 characters' })
    .optional(),
  /** Failures in a row that open it. */
  failures: z.int().positive().max(50).default(3),
  /** Minutes for which it stays open; twice as long after each probe that fails … */
  coolDownMinutes: minutes.default(30),
  /** … but never longer than this. */
  maxCoolDownMinutes: minutes.default(120),
});
export type CircuitOptions = z.output<typeof circuitOptionsSchema>;

interface Guarded {
  readonly name: string;
  readonly source: { readonly bucket: string };
  readonly circuit: CircuitOptions;
}

/** The dependency whose circuit guards a dataset; undefined where the dataset has none. */
export function dependencyOf({ name, source, circuit }: Guarded): string | undefined {
  if (!circuit.enabled) return undefined;
  return circuit.dependency ?? (circuit.counts === 'all' ? ownCircuit(name) : source.bucket);
}

/** The name of a circuit that is a dataset's own. */
function ownCircuit(name: string): string {
  return `dataset.${name}`;
}

/**
 * What counts for a run of a dataset on the circuit that it was claimed under: that of its definition, unless a deployment has given the
 * dataset another circuit since.
 */
export function countsOn(dataset: Guarded, dependency: string): CircuitOptions['counts'] {
  if (dependency === dependencyOf(dataset)) return dataset.circuit.counts;
  return dependency === ownCircuit(dataset.name) ? 'all' : 'source';
}

/** The datasets that a circuit guards, by dependency. */
export function guardedBy<T extends Guarded>(datasets: Iterable<T>): Map<string, T[]> {
  const guarded = [...datasets].filter(({ circuit }) => circuit.enabled);
  return Map.groupBy(guarded, (dataset) => dependencyOf(dataset) ?? '');
}

/** What datasets that share a circuit must agree on. */
const SHARED = ['counts', 'failures', 'coolDownMinutes', 'maxCoolDownMinutes'] as const;

/** One circuit can't have two limits: what is wrong with datasets that name the same dependency, each with its name. */
export function* circuitProblems(datasets: readonly Guarded[]): Generator<readonly [name: string, problem: string]> {
  for (const [dependency, [first, ...others]] of guardedBy(datasets)) {
    for (const { name, circuit } of others) {
      for (const field of SHARED) {
        if (first === undefined || circuit[field] === first.circuit[field]) continue;
        const shared = `as in ${first.name}, because both depend on ${dependency}; or name another circuit.dependency`;
        yield [
          name,
          describeProblem({
            field: `circuit.${field}`,
            value: circuit[field],
            expected: `${renderValue(first.circuit[field])} ${shared}`,
          }),
        ];
      }
    }
  }
}
