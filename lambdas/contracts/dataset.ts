import { createHash } from 'node:crypto';
import { z } from 'zod';
import { cadenceOf, cadenceSchema, partitionSchema } from './partition';
import { canonicalJson } from './canonical-json';
import { describeProblems, problemsOf } from './problems';

/**
 * The declaration of a dataset: what a user writes in `datasets/<name>/dataset.ts`. Parsed at synth (a wrong one fails there,
 * naming field, value and what was expected) and carried to the Lambdas as validated data.
 */

export const DATASET_NAME = /^[a-z][a-z0-9-]{0,29}$/;
/** A dataset's name: lower-case letters, digits and hyphens, at most 30 characters, so that execution names stay under 80. */
export const datasetNameSchema = z.string().regex(DATASET_NAME, {
  error: 'expected lower-case letters, digits and hyphens, beginning with a letter, at most 30 characters',
});

const positiveInt = z.int().positive();
const count = z.int().nonnegative();
const share = z.number().min(0).max(1);

/** Column names become quoted SQL identifiers; control characters and quotes have no honest use in one. */
const columnNameSchema = z.string().regex(/^(?!_rollcall)(?!\d+$)[^\p{Cc}"\\]{1,128}$/iu, {
  error:
    'expected 1 to 128 characters without quotes, backslashes or control characters, not a bare number, not beginning with _rollcall',
});

const common = {
  /** Whether the value may be missing: an empty CSV field, a JSON null or an absent key, a Parquet null. Default false. */
  nullable: z.boolean().default(false),
};
const text = {
  /** RE2 pattern that the whole value must match. */
  pattern: z.string().min(1).optional(),
  /** Allowed values. */
  values: z.array(z.string()).min(1).optional(),
  /**
   * CSV: whether quoted values may hold line feeds. Default false, because then a stray quote is found on its own line instead of
   * swallowing the lines up to the next one.
   */
  multiline: z.boolean().default(false),
};
const numeric = { min: z.number().optional(), max: z.number().optional() };
const temporal = (expected: string, shape: RegExp) => ({
  min: z
    .string()
    .regex(shape, { error: `expected ${expected}` })
    .optional(),
  max: z
    .string()
    .regex(shape, { error: `expected ${expected}` })
    .optional(),
});
const TIMESTAMP_BOUND = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?Z$/;
const DATE_BOUND = /^\d{4}-\d{2}-\d{2}$/;

export const columnSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('string'), ...common, ...text }),
  z.strictObject({
    type: z.literal('integer'),
    ...common,
    min: z.int().optional(),
    max: z.int().optional(),
    values: z.array(z.int()).min(1).optional(),
  }),
  z.strictObject({ type: z.literal('double'), ...common, ...numeric }),
  z.strictObject({
    type: z.literal('decimal'),
    /** Digits in all, and digits behind the point: a value with more of either is rejected, never rounded. */
    precision: positiveInt.max(38),
    scale: count.max(38),
    ...common,
    ...numeric,
  }),
  z.strictObject({ type: z.literal('boolean'), ...common }),
  /** ISO 8601 with `T` or a space between date and time. A value without offset is read as UTC; published as UTC. */
  z.strictObject({
    type: z.literal('timestamp'),
    ...common,
    ...temporal('an instant like 2026-01-20T05:00:00Z', TIMESTAMP_BOUND),
  }),
  z.strictObject({ type: z.literal('date'), ...common, ...temporal('a date like 2026-01-20', DATE_BOUND) }),
]);
/** A column of the source: its type and the rules that each of its values must keep. */
export type Column = z.output<typeof columnSchema>;

const PLACEHOLDER = /\{([^}]*)\}/g;
const PLACEHOLDERS = ['yyyy', 'MM', 'dd', 'HH'];

const keyLayoutSchema = z
  .string()
  .min(1)
  .max(512)
  .superRefine((prefix, context) => {
    for (const [, name] of prefix.matchAll(PLACEHOLDER)) {
      if (!PLACEHOLDERS.includes(name ?? '')) {
        context.addIssue({
          code: 'custom',
          message: `expected only the placeholders {yyyy} {MM} {dd} {HH}`,
          input: prefix,
        });
      }
    }
    if (prefix.startsWith('/'))
      context.addIssue({ code: 'custom', message: 'expected a key prefix without a leading slash', input: prefix });
  });

const sourceSchema = z.strictObject({
  /** Name of the bucket. */
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: 'expected the name of an S3 bucket' }),
  /** AWS account that must own the bucket (12 digits); requests to a bucket of anybody else are refused. */
  account: z
    .string()
    .regex(/^\d{12}$/, { error: 'expected an AWS account id of 12 digits' })
    .optional(),
  /** Key prefix of one partition with date placeholders, e.g. `flights/{yyyy}/{MM}/{dd}/{HH}/`. What stands before the first placeholder is the root. */
  prefix: keyLayoutSchema,
  /** Time zone in which an hourly layout's placeholders are written (IANA name). The partition itself is always UTC. */
  timeZone: z
    .string()
    .refine(isTimeZone, { error: 'expected an IANA time zone like UTC or America/New_York' })
    .default('UTC'),
  /** Only keys that end so are objects of the partition, e.g. `.csv.gz`. Default: every key under the prefix. */
  suffix: z.string().min(1).max(128).optional(),
  format: z.enum(['csv', 'jsonl', 'parquet']),
  /** Envelope of CSV and JSONL objects. */
  compression: z.enum(['none', 'gzip', 'zstd']).default('none'),
  /** Field delimiter of CSV, one character. */
  delimiter: z.string().length(1).default(','),
  /** What columns that the definition does not name mean: `fail` (SCHEMA_MISMATCH) or `ignore`. */
  extraColumns: z.enum(['fail', 'ignore']).default('fail'),
});

const calendarSchema = z.strictObject({
  /** First partition that is expected. */
  firstPartition: partitionSchema,
  /** Last partition that is expected; none: for ever. */
  lastPartition: partitionSchema.optional(),
  /** UTC weekdays on which partitions come; default all. */
  weekdays: z
    .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
    .min(1)
    .optional(),
  /** UTC hours at which partitions come, hourly datasets only; default all. */
  hours: z.array(z.int().min(0).max(23)).min(1).optional(),
  /** Spans in which nothing is expected: first and last partition, both inclusive; without `to`, until further notice. */
  paused: z.array(z.strictObject({ from: partitionSchema, to: partitionSchema.optional() })).default([]),
});

export const datasetSchema = z
  .strictObject({
    name: datasetNameSchema,
    /** Who answers for the dataset: a team or an address, shown in messages. */
    owner: z.string().min(1).max(100),
    description: z.string().max(500).optional(),
    cadence: cadenceSchema,
    calendar: calendarSchema,
    source: sourceSchema,
    /** Minutes after a partition's end at which its run starts. */
    availableMinutes: count.max(7 * 24 * 60).default(15),
    /** Minutes after a partition's end by which it must have a standing. */
    deadlineMinutes: positiveInt.max(14 * 24 * 60).default(120),
    /** When a partition's source is complete; all conditions that are given must hold. */
    complete: z
      .strictObject({
        /** The newest object has not changed for so many minutes. */
        settleMinutes: count.optional(),
        /** An object of this name lies under the partition's prefix, e.g. `_SUCCESS`. It is not data. */
        marker: z.string().min(1).max(128).optional(),
        /** At least so many objects (the marker not counted). */
        minObjects: positiveInt.optional(),
      })
      .default({}),
    /** Days after the deadline in which the source is listed again and compared with what was published. */
    lateWindowDays: count.max(35).default(7),
    /** What a partition without objects, or with objects but without records, means. */
    empty: z.enum(['normal', 'fault']),
    columns: z
      .record(columnNameSchema, columnSchema)
      .refine((columns) => Object.keys(columns).length > 0, { error: 'expected at least one column' }),
    /** Columns that together identify a record within a partition: of several with the same key the first is kept. */
    unique: z.array(z.string()).min(1).optional(),
    /** Rules over a whole record: a SQL condition over the typed columns that must be true. NULL counts as broken. */
    rowRules: z
      .array(
        z.strictObject({
          name: z.string().regex(/^[a-z][a-z0-9_-]{0,59}$/, {
            error: 'expected lower-case letters, digits, _ and -, at most 60 characters',
          }),
          sql: z.string().min(1).max(4000),
        }),
      )
      .default([]),
    /** How much may fail while the rest is still published; where several limits are given, all must hold. */
    tolerance: z
      .strictObject({
        rejected: z.strictObject({ records: count.optional(), share: share.optional() }).default({ share: 0.01 }),
        failedBatches: z.strictObject({ batches: count.optional(), share: share.optional() }).default({ batches: 0 }),
      })
      .prefault({}),
    /** SQL over the accepted records, which it reads as `records`. What it drops or adds must be declared. */
    transform: z
      .strictObject({
        sql: z.string().min(1).max(20_000),
        /** Whether it may give fewer records than it reads. */
        mayDrop: z.boolean().default(false),
        /** Whether it may give more records than it reads. */
        mayAdd: z.boolean().default(false),
      })
      .optional(),
    notify: z
      .strictObject({
        /** `every-run`: one message for every ending. `changes`: failures, partial results, first success after trouble. */
        when: z.enum(['every-run', 'changes']).default('every-run'),
        /** Key of a webhook in the app's Slack secret. */
        channel: z
          .string()
          .regex(/^[a-z0-9_-]{1,80}$/, { error: 'expected lower-case letters, digits, _ and -' })
          .default('default'),
      })
      .prefault({}),
  })
  .superRefine((dataset, context) => {
    const issue = (path: (string | number)[], message: string, input: unknown) =>
      context.addIssue({ code: 'custom', path, message, input });
    const { calendar, cadence, source } = dataset;
    const example = cadence === 'hourly' ? '2026-01-20T05' : '2026-01-20';
    const partitions: [(string | number)[], string | undefined][] = [
      [['calendar', 'firstPartition'], calendar.firstPartition],
      [['calendar', 'lastPartition'], calendar.lastPartition],
      ...calendar.paused.flatMap((span, i): [(string | number)[], string | undefined][] => [
        [['calendar', 'paused', i, 'from'], span.from],
        [['calendar', 'paused', i, 'to'], span.to],
      ]),
    ];
    for (const [path, partition] of partitions) {
      if (partition !== undefined && cadenceOf(partition) !== cadence)
        issue(path, `expected a partition of ${cadence} cadence like ${example}`, partition);
    }
    if (calendar.lastPartition !== undefined && calendar.lastPartition < calendar.firstPartition) {
      issue(
        ['calendar', 'lastPartition'],
        `expected a partition not before firstPartition ${calendar.firstPartition}`,
        calendar.lastPartition,
      );
    }
    calendar.paused.forEach((span, i) => {
      if (span.to !== undefined && span.to < span.from)
        issue(['calendar', 'paused', i, 'to'], `expected a partition not before ${span.from}`, span.to);
    });
    if (cadence === 'daily' && calendar.hours !== undefined)
      issue(['calendar', 'hours'], 'expected no hours for a daily dataset', calendar.hours);
    if (dataset.deadlineMinutes <= dataset.availableMinutes) {
      issue(
        ['deadlineMinutes'],
        `expected more than availableMinutes (${dataset.availableMinutes})`,
        dataset.deadlineMinutes,
      );
    }
    const needed = cadence === 'hourly' ? ['yyyy', 'MM', 'dd', 'HH'] : ['yyyy', 'MM', 'dd'];
    for (const name of needed) {
      if (!source.prefix.includes(`{${name}}`))
        issue(
          ['source', 'prefix'],
          `expected the placeholder {${name}}, so that no two partitions share a prefix`,
          source.prefix,
        );
    }
    if (cadence === 'daily' && source.prefix.includes('{HH}'))
      issue(['source', 'prefix'], 'expected no {HH} for a daily dataset', source.prefix);
    if (cadence === 'daily' && source.timeZone !== 'UTC') {
      issue(
        ['source', 'timeZone'],
        'expected UTC for a daily dataset: its prefix carries the date of the partition as it is',
        source.timeZone,
      );
    }
    if (source.format === 'parquet' && source.compression !== 'none')
      issue(['source', 'compression'], 'expected none: Parquet compresses inside the file', source.compression);
    if (source.format !== 'csv' && source.delimiter !== ',')
      issue(['source', 'delimiter'], 'expected a delimiter for CSV only', source.delimiter);
    if (source.format === 'csv' && /["\r\n\0]/.test(source.delimiter))
      issue(['source', 'delimiter'], 'expected a character other than quote and line ends', source.delimiter);
    const names = Object.keys(dataset.columns);
    const folded = new Map<string, string>();
    for (const name of names) {
      const twin = folded.get(name.toLowerCase());
      if (twin !== undefined)
        issue(
          ['columns', name],
          `expected a name that differs from ${JSON.stringify(twin)} in more than case: SQL folds case`,
          name,
        );
      folded.set(name.toLowerCase(), name);
    }
    for (const [name, column] of Object.entries(dataset.columns)) {
      if (
        'min' in column &&
        'max' in column &&
        column.min !== undefined &&
        column.max !== undefined &&
        column.min > column.max
      ) {
        issue(['columns', name, 'max'], `expected at least min (${column.min})`, column.max);
      }
      if (column.type === 'decimal' && column.scale > column.precision)
        issue(['columns', name, 'scale'], `expected at most precision (${column.precision})`, column.scale);
    }
    (dataset.unique ?? []).forEach((name, i) => {
      if (!Object.hasOwn(dataset.columns, name))
        issue(['unique', i], `expected one of the columns ${names.join(', ')}`, name);
    });
    const rules = new Set<string>();
    dataset.rowRules.forEach((rule, i) => {
      if (rules.has(rule.name)) issue(['rowRules', i, 'name'], 'expected a name that no other row rule has', rule.name);
      if (rule.name === 'unique')
        issue(['rowRules', i, 'name'], 'expected a name other than unique, which the unique key has', rule.name);
      rules.add(rule.name);
    });
  });

/** What a user writes: defaults may be left out. */
export type DatasetInput = z.input<typeof datasetSchema>;
/** A validated definition with every default filled in. */
export type Dataset = z.output<typeof datasetSchema>;

/** Thrown at synth when a definition is wrong. Its message names each field, its value and what was expected. */
export class InvalidDataset extends Error {
  override readonly name = 'InvalidDataset';
}

/**
 * Declares a dataset. The default export of `datasets/<name>/dataset.ts` is the result of this call.
 * @throws InvalidDataset naming each wrong field, its value and what was expected
 */
export function defineDataset(input: DatasetInput): Dataset {
  return parseDataset(input);
}

/** Validates a definition of unknown origin. Throws like {@link defineDataset}. */
export function parseDataset(input: unknown): Dataset {
  const parsed = datasetSchema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  const name = typeof input === 'object' && input !== null && 'name' in input ? String(input.name) : '(unnamed)';
  throw new InvalidDataset(`dataset ${name}: ${describeProblems(problemsOf(parsed.error))}`);
}

/** Hash of everything in a definition: a run whose plan names another one was overtaken by a deployment. 16 hex digits. */
export function definitionHash(dataset: Dataset): string {
  return shortHash(dataset);
}

/** Hash of what decides how bytes become accepted records: part of the fingerprint of validated files. 16 hex digits. */
export function validationHash(dataset: Dataset): string {
  const { format, compression, delimiter, extraColumns } = dataset.source;
  return shortHash({
    format,
    compression,
    delimiter,
    extraColumns,
    // As pairs: the order of columns is the order in the output.
    columns: Object.entries(dataset.columns),
    unique: dataset.unique ?? null,
    rowRules: dataset.rowRules,
  });
}

/** Hash of the transform: with a validated file's fingerprint it makes that of the processed file. 16 hex digits. */
export function transformHash(dataset: Dataset): string {
  return shortHash(dataset.transform ?? null);
}

function shortHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
