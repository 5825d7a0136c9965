import { z } from 'zod';
import type { Column } from './column';

/**
 * What a dataset expects of a partition as a whole: bounds on a figure of its accepted records, or that the figure is about what it was
 * in former partitions.
 */

const bound = z.number();
const count = z.int().nonnegative();
const share = z.number().min(0).max(1);

const againstSchema = z.strictObject({
  /** Former partitions: of the same hour on each day, or of the same weekday (and hour) in each week. */
  history: z.enum(['same-hour', 'same-weekday']),
  /** How many weeks back. */
  weeks: z.int().min(1).max(8).default(4),
  /** How far from their median the figure may be, as a share of the median: 0.5 is half as much to half as much again. */
  tolerance: z.number().positive().max(100),
});
/** Former partitions that a figure is compared with. */
export type Against = z.output<typeof againstSchema>;

const common = {
  against: againstSchema.optional(),
  /** What it means when it is not met: the partition fails, or it is published and the message warns. */
  otherwise: z.enum(['warn', 'fail']).default('fail'),
};
const column = z.string();

export const expectationSchema = z.discriminatedUnion('kind', [
  /** Number of accepted records. Also asked of an empty partition. */
  z.strictObject({ kind: z.literal('rows'), min: count.optional(), max: count.optional(), ...common }),
  /** Share of the records without a value in a column. */
  z.strictObject({ kind: z.literal('nulls'), column, maxShare: share.optional(), ...common }),
  /** Distinct values in a column, missing ones not counted. */
  z.strictObject({ kind: z.literal('distinct'), column, min: count.optional(), max: count.optional(), ...common }),
  /** Minutes from the newest value of a time or date column to the end of the partition. */
  z.strictObject({ kind: z.literal('freshness'), column, maxAgeMinutes: count.optional(), ...common }),
  /** Sum of a column: exact for integers, and for decimals of up to 27 digits. */
  z.strictObject({ kind: z.literal('sum'), column, min: bound.optional(), max: bound.optional(), ...common }),
]);
/** One expectation on a partition as a whole. */
export type Expectation = z.output<typeof expectationSchema>;

/** The name of the figure that an expectation is about, in manifests and publications. */
export function figureName(expectation: Pick<Expectation, 'kind'> & { readonly column?: string }): string {
  return expectation.column === undefined ? expectation.kind : `${expectation.kind}(${expectation.column})`;
}

/** The lower and upper bound of an expectation, where it has them. */
export function boundsOf(expectation: Expectation): {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
} {
  switch (expectation.kind) {
    case 'nulls':
      return { max: expectation.maxShare };
    case 'freshness':
      return { max: expectation.maxAgeMinutes };
    case 'rows':
    case 'distinct':
    case 'sum':
      return { min: expectation.min, max: expectation.max };
  }
}

/** Reports one thing that does not fit, as in `dataset-checks.ts`. */
type Issue = (path: (string | number)[], message: string, input: unknown) => void;

/** What expectations must be to the rest of their definition. */
export function checkExpectations(
  dataset: {
    readonly cadence: 'hourly' | 'daily';
    readonly columns: Readonly<Record<string, Column>>;
    readonly expectations: readonly Expectation[];
  },
  issue: Issue,
): void {
  const { columns, expectations, cadence } = dataset;
  expectations.forEach((expectation, i) => {
    const at = (...path: string[]) => ['expectations', i, ...path];
    const { min, max } = boundsOf(expectation);
    if (min === undefined && max === undefined && expectation.against === undefined)
      issue(at(), 'expected a bound, or former partitions to compare with (against)', expectation);
    if (min !== undefined && max !== undefined && min > max) issue(at('max'), `expected at least min (${min})`, max);
    if (cadence === 'daily' && expectation.against?.history === 'same-hour')
      issue(at('against', 'history'), 'expected same-weekday for a daily dataset', 'same-hour');
    if (expectation.kind === 'rows') return;
    const column = Object.hasOwn(columns, expectation.column) ? columns[expectation.column] : undefined;
    if (column === undefined) {
      const names = Object.keys(columns).join(', ');
      return issue(at('column'), `expected one of the columns ${names}`, expectation.column);
    }
    const unfit = unfitness(expectation.kind, column);
    if (unfit !== undefined) issue(at('column'), unfit, expectation.column);
  });
}

/** What a column would have to be; undefined where it is that. */
function unfitness(kind: Exclude<Expectation['kind'], 'rows'>, column: Column): string | undefined {
  // Of a single record, these figures are its value.
  if (column.sensitive && (kind === 'sum' || kind === 'freshness'))
    return 'expected a column that is not sensitive, because its figure is shown';
  switch (kind) {
    case 'sum':
      return ['integer', 'double', 'decimal'].includes(column.type) ? undefined : 'expected a column of numbers';
    case 'freshness':
      return ['timestamp', 'date'].includes(column.type) ? undefined : 'expected a column of type timestamp or date';
    case 'nulls':
      // A rule rejects what is missing elsewhere: the share could never be anything but 0.
      return column.nullable || column.otherwise?.null === 'warn' ? undefined : 'expected a column that is nullable';
    case 'distinct':
      return undefined;
  }
}
