import { z } from 'zod';
import { describeProblem } from './problems';

/** How often a dataset has a partition: every UTC hour or every UTC day. */
export const cadenceSchema = z.enum(['hourly', 'daily']);
export type Cadence = z.infer<typeof cadenceSchema>;

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const MINUTE_MS = 60_000;

/** Years of four digits, with some air at both ends, so that no partition's neighbours or deadline leave the form. */
const HOUR_SHAPE = /^(?:19[7-9]\d|[2-8]\d{3})-\d{2}-\d{2}T\d{2}$/;
const DAY_SHAPE = /^(?:19[7-9]\d|[2-8]\d{3})-\d{2}-\d{2}$/;

const EXISTING = 'an existing UTC hour like 2026-01-20T05 or day like 2026-01-20';

/** Length of one partition in milliseconds. UTC has no daylight saving, so it never varies. */
export function periodMs(cadence: Cadence): number {
  return cadence === 'hourly' ? HOUR_MS : DAY_MS;
}

/** What people call the partitions of a dataset: "hour" or "day". */
export function periodNoun(cadence: Cadence, count: number): string {
  const noun = cadence === 'hourly' ? 'hour' : 'day';
  return count === 1 ? noun : `${noun}s`;
}

/** What a text that names a partition stands for. */
interface Named {
  readonly cadence: Cadence;
  readonly startMs: number;
}

/** Sweeps and backfills ask for the same partitions again and again, and reading a date is most of what they compute. */
const named = new Map<string, Named | undefined>();
const MOST_NAMED = 20_000;

function namedBy(partition: string): Named | undefined {
  if (partition.length > 'yyyy-MM-ddTHH'.length) return undefined;
  const known = named.get(partition);
  if (known !== undefined || named.has(partition)) return known;
  if (named.size >= MOST_NAMED) named.clear();
  const read = readName(partition);
  named.set(partition, read);
  return read;
}

function readName(partition: string): Named | undefined {
  const cadence = HOUR_SHAPE.test(partition) ? 'hourly' : DAY_SHAPE.test(partition) ? 'daily' : undefined;
  if (cadence === undefined) return undefined;
  const startMs = Date.parse(cadence === 'hourly' ? `${partition}:00:00.000Z` : `${partition}T00:00:00.000Z`);
  // Date.parse rolls 02-30 over to 03-02: only a partition that begins on its own day exists. (An hour 24 would begin on the next.)
  return new Date(startMs).getUTCDate() === Number(partition.slice(8, 10)) ? { cadence, startMs } : undefined;
}

/** The cadence that a partition's form implies, or undefined when it is not a partition (also for dates that do not exist, such as `2026-02-30`, and years before 1970 or after 8999). */
export function cadenceOf(partition: string): Cadence | undefined {
  return namedBy(partition)?.cadence;
}

/** Names the partition that begins at (or contains) `instant`: `2026-01-20T05` or `2026-01-20`, UTC. */
export function formatPartition(instant: Date, cadence: Cadence): string {
  const iso = instant.toISOString();
  return cadence === 'hourly' ? iso.slice(0, 13) : iso.slice(0, 10);
}

/**
 * The instant at which a partition begins.
 * @throws RangeError when `partition` is not of the form `2026-01-20T05` or `2026-01-20`, or names a date that does not exist
 */
export function partitionStart(partition: string): Date {
  const found = namedBy(partition);
  if (found === undefined) {
    throw new RangeError(describeProblem({ field: 'partition', value: partition, expected: EXISTING }));
  }
  return new Date(found.startMs);
}

/** The instant at which a partition is over (exclusive bound). Throws like {@link partitionStart}. */
export function partitionEnd(partition: string): Date {
  const start = partitionStart(partition);
  return new Date(start.getTime() + periodMs(partition.length === 10 ? 'daily' : 'hourly'));
}

/** A partition of either cadence, checked for form and existence. */
export const partitionSchema = z
  .string()
  .refine((text) => cadenceOf(text) !== undefined, {
    error: `expected ${EXISTING}`,
  })
  // What the check comes to, for those who read the schema.
  .meta({ maxLength: 13, pattern: '^[0-9T-]+$' });
