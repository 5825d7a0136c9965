import type { Against } from '../../contracts/dataset/expectation';
import { cadenceOf, DAY_MS, partitionStart, periodMs } from '../../contracts/partition';
import type { Publication } from '../../contracts/run/partition-record';
import { isExpected, shiftPartition, type Scheduled } from '../partition/calendar';

/** Which former partitions one is compared with: so many, each so many days before the one after it. */
export interface Span {
  readonly stepDays: 1 | 7;
  readonly steps: number;
}

/** Fewer former partitions than this say nothing about what is usual; of a shorter span, all of it. */
const ENOUGH = 3;

/** What a rule's breaks are compared with: the first of these spans with enough former partitions. Ten reads at most. */
export const RULE_SPANS: readonly Span[] = [
  { stepDays: 7, steps: 4 },
  { stepDays: 1, steps: 7 },
];

/** The span that an expectation names. */
export function spanOf({ history, weeks }: Pick<Against, 'history' | 'weeks'>): Span {
  return history === 'same-weekday' ? { stepDays: 7, steps: weeks } : { stepDays: 1, steps: 7 * weeks };
}

/** How many former partitions a span needs for a comparison. */
export function enoughOf({ steps }: Span): number {
  return Math.min(ENOUGH, steps);
}

/** The partitions of a span that were expected, newest first. */
export function partitionsOf(dataset: Scheduled, partition: string, { stepDays, steps }: Span): string[] {
  const perStep = (stepDays * DAY_MS) / periodMs(dataset.cadence);
  return Array.from({ length: steps }, (_, i) => shiftPartition(partition, -(i + 1) * perStep)).filter((former) =>
    isExpected(dataset, former),
  );
}

/** What a former partition is compared by. */
export interface Former {
  readonly partition: string;
  readonly read: number;
  /** Figures by name; the number of rows is always known. */
  readonly figures: Readonly<Record<string, number>>;
  /** Broken records by rule; undefined where the publication did not keep them. */
  readonly rules: ReadonlyMap<string, number> | undefined;
  readonly definitionHash: string;
}

/** The former partitions of a span that are known. */
export type FormerIn = (span: Span) => readonly Former[];

/** A publication as something to compare with; undefined where it lacks batches, and so is no whole partition. */
export function formerOf(partition: string, publication: Publication): Former | undefined {
  if (publication.failedBatches.length > 0) return undefined;
  const { records, figures, rules, definitionHash } = publication;
  return {
    partition,
    read: records.read,
    figures: { ...figures, rows: records.accepted },
    rules: rules === undefined ? undefined : new Map(rules.map(({ name, broken }) => [name, broken])),
    definitionHash,
  };
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('got no values, expected at least one');
  return (lower + upper) / 2;
}

const WEEKDAYS = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays'] as const;

/** `the last 4 Mondays at 05:00`, `3 of the last 7 days`: a span for people, and how much of it is known. */
export function describeSpan(partition: string, { stepDays, steps }: Span, known: number): string {
  const days = stepDays === 1 ? 'days' : (WEEKDAYS[partitionStart(partition).getUTCDay()] ?? '');
  const hour = cadenceOf(partition) === 'hourly' ? ` at ${partition.slice(-2)}:00` : '';
  return `${known < steps ? `${known} of ` : ''}the last ${steps} ${days}${hour}`;
}
