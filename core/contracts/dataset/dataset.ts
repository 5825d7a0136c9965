import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../canonical-json';
import { channelSchema, DEFAULT_CHANNEL } from './channel';
import { circuitOptionsSchema } from './circuit-options';
import { columnNameSchema, columnSchema, otherwiseSchema } from './column';
import { checkDataset } from './dataset-checks';
import { datasetNameSchema } from './dataset-name';
import { expectationSchema } from './expectation';
import { csvDialectOf } from './formats/csv';
import { encodingOf } from './formats/encoding';
import { fallbackSchema } from './fallback';
import { dependenciesSchema } from './dependency';
import { ACCEPTED_FORMAT, outputOptionsSchema } from './output';
import { cadenceSchema } from '../partition';
import { describeProblems, problemsOf } from '../problems';
import { retryOptionsSchema } from './retries';
import { calendarSchema, sourceSchema } from './source';
import { uniqueSchema } from './unique';
import { MAX_UPSTREAMS, upstreamSchema } from './upstreams';

export type { Column } from './column';
export { datasetNameSchema } from './dataset-name';

/**
 * The declaration of a dataset: what a user writes in `datasets/<name>/dataset.ts`. Parsed at synth (a wrong one fails there,
 * naming field, value and what was expected) and carried to the Lambdas as validated data.
 */

const positiveInt = z.int().positive();
const count = z.int().nonnegative();
const share = z.number().min(0).max(1);

export const availableMinutesSchema = count.max(7 * 24 * 60);

export const datasetSchema = z
  .strictObject({
    name: datasetNameSchema,
    /** Who answers for the dataset: a team or an address, shown in messages. */
    owner: z.string().min(1).max(100),
    description: z.string().max(500).optional(),
    cadence: cadenceSchema,
    calendar: calendarSchema,
    source: sourceSchema,
    /** Datasets of which a partition must be published before this one runs; until the deadline it is waited for. */
    upstreams: z.array(upstreamSchema).max(MAX_UPSTREAMS).default([]),
    /** Where the same data lie a second time, for when the source has none. */
    fallback: fallbackSchema.optional(),
    /** Minutes after a partition's end at which its run starts. */
    availableMinutes: availableMinutesSchema.default(15),
    /** Minutes after a partition's end by which it must have a status. */
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
    /**
     * Columns that together identify a record within a partition: of several with the same key the first is kept. Or those columns with
     * what is kept: the last, and without what is deleted.
     */
    unique: uniqueSchema.optional(),
    /** What a later record of a unique key means: it is left out (`reject`), published and told, or the partition fails. */
    duplicates: otherwiseSchema.default('reject'),
    /** Rules over a whole record: a SQL condition over the typed columns that must be true. NULL counts as broken. */
    rowRules: z
      .array(
        z.strictObject({
          name: z.string().regex(/^[a-z][a-z0-9_-]{0,59}$/, {
            error: 'expected lower-case letters, digits, _ and -, at most 60 characters',
          }),
          sql: z.string().min(1).max(4000),
          /** What breaking it means; `reject` where it does not say. */
          otherwise: otherwiseSchema.optional(),
        }),
      )
      .default([]),
    /** How much may fail while the rest is still published; where several limits are given, all must hold. */
    tolerance: z
      .strictObject({
        rejected: z.strictObject({ records: count.optional(), share: share.optional() }).default({ share: 0.01 }),
        failedBatches: z.strictObject({ batches: count.optional(), share: share.optional() }).default({ batches: 0 }),
        /** Objects that cannot be read, each set aside while the others are published. Default none: one fails its batch. */
        failedObjects: z.strictObject({ objects: count.optional(), share: share.optional() }).optional(),
        /**
         * When a rule is too strict all of a sudden: it rejects at least this share of the records, and so many times the share that it
         * rejected in former partitions. Then the partition fails, or the message warns.
         */
        suddenly: z
          .strictObject({
            share: share.default(0.1),
            times: z.number().min(1).max(1000).default(5),
            otherwise: z.enum(['warn', 'fail']).default('fail'),
          })
          .prefault({}),
      })
      .prefault({}),
    /** What the accepted records of a partition are expected to be as a whole. */
    expectations: z.array(expectationSchema).max(50).default([]),
    /** What is made of the accepted records: by SQL, or where SQL cannot, by TypeScript. What it drops or adds must be declared. */
    transform: z
      .strictObject({
        /** SQL over the accepted records, which it reads as `records`. */
        sql: z.string().min(1).max(20_000).optional(),
        /** A function over the accepted records: the default export of the file beside `dataset.ts`. */
        code: z.literal('process.ts').optional(),
        /** The columns that `code` gives, with their types; no rules. */
        columns: z
          .record(columnNameSchema, columnSchema)
          .refine((columns) => Object.keys(columns).length > 0, { error: 'expected at least one column' })
          .optional(),
        /** Hash of `code` and what it imports, 16 hex digits; filled in at synth. */
        codeHash: z.string().optional(),
        /** Whether it may give fewer records than it reads. */
        mayDrop: z.boolean().default(false),
        /** Whether it may give more records than it reads. */
        mayAdd: z.boolean().default(false),
        /** That `sql` looks at several records at a time (an aggregate, DISTINCT, ORDER BY) and means those of one batch. */
        perBatch: z.boolean().optional(),
      })
      .optional(),
    /** As what the records are published. */
    output: outputOptionsSchema.prefault({}),
    /** What is tried again after a temporary error: steps within a run, and whole runs. */
    retry: retryOptionsSchema.prefault({}),
    /** When what the dataset depends on is left alone because it keeps failing. */
    circuit: circuitOptionsSchema.prefault({}),
    /** What must be there before the run works: objects, endpoints, secrets, a database that answers with the job's settings. */
    dependencies: dependenciesSchema,
    notify: z
      .strictObject({
        /** `every-run`: one message for every ending. `changes`: what changes, and a daily line (`docs/notifications.md`). */
        when: z.enum(['every-run', 'changes']).default('every-run'),
        /** Key of a webhook in the app's Slack secret. */
        channel: channelSchema.default(DEFAULT_CHANNEL),
      })
      .prefault({}),
    /** When a person is called by the escalation topic, because the dataset keeps failing. */
    escalate: z
      .strictObject({
        /** So many partitions in a row failed, whatever of. */
        after: positiveInt.max(1000).default(3),
        /** A partition that failed is not published so many hours later. */
        hours: positiveInt.max(35 * 24).default(6),
      })
      .prefault({}),
  })
  .superRefine(checkDataset);

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
  const name: unknown = typeof input === 'object' && input !== null && 'name' in input ? input.name : undefined;
  const called = typeof name === 'string' ? name.slice(0, 80) : '(unnamed)';
  throw new InvalidDataset(`dataset ${called}: ${describeProblems(problemsOf(parsed.error))}`);
}

/**
 * Hash of a definition: a run whose plan names another one was overtaken by a deployment. 16 hex digits. Of everything but what only says
 * when a run is tried again or counted, and who is called when: that makes no other output, and no break in the history that rules are
 * compared with.
 */
export function definitionHash(dataset: Dataset): string {
  const known = definitionHashes.get(dataset) ?? hashOfDefinition(dataset);
  definitionHashes.set(dataset, known);
  return known;
}

/** The sweep asks for the same few definitions at every partition. */
const definitionHashes = new WeakMap<Dataset, string>();

function hashOfDefinition(dataset: Dataset): string {
  const { retry: _retry, escalate: _escalate, circuit, ...rest } = dataset;
  const { counts: _counts, ...limits } = circuit;
  // Columns as pairs: their order is that of the output.
  const columns = Object.entries(dataset.columns);
  return shortHash({ ...rest, circuit: limits, columns, transform: orderedTransform(dataset) });
}

/** Hash of what decides how bytes become accepted records: part of the fingerprint of validated files. 16 hex digits. */
export function validationHash(dataset: Dataset): string {
  const { format, compression, encoding, extraColumns, json, text } = dataset.source;
  const { delimiter, ...csv } = csvDialectOf(dataset.source);
  // What is the default is absent, so that batches that were done before there was a choice are still done.
  const { delimiter: _comma, ...plain } = csvDialectOf({ delimiter });
  return shortHash({
    format,
    compression,
    delimiter,
    extraColumns,
    ...(canonicalJson(csv) === canonicalJson(plain) ? {} : { csv }),
    ...(encodingOf({ encoding }) === 'utf-8' ? {} : { encoding: encodingOf({ encoding }) }),
    json,
    text,
    // As pairs: the order of columns is the order in the output.
    columns: Object.entries(dataset.columns),
    unique: dataset.unique ?? null,
    ...(dataset.duplicates === 'reject' ? {} : { duplicates: dataset.duplicates }),
    rowRules: dataset.rowRules,
  });
}

/** Whether batches go through ProcessBatch: ValidateBatch writes the accepted records as they are, and as Parquet. */
export function needsProcessing({ transform, output }: Pick<Dataset, 'transform' | 'output'>): boolean {
  return transform !== undefined || output.format !== ACCEPTED_FORMAT;
}

/** Hash of the transform: with a validated file's fingerprint it makes that of the processed file. 16 hex digits. */
export function transformHash(dataset: Dataset): string {
  return shortHash(orderedTransform(dataset));
}

/**
 * The transform with its columns as pairs, for the same reason as those of the dataset. Without `perBatch`, which says that something is
 * meant and changes nothing that is made: a dataset that adds it keeps its finished batches.
 */
function orderedTransform({ transform }: Dataset): unknown {
  if (transform === undefined) return null;
  const { perBatch: _said, columns, ...rest } = transform;
  return columns === undefined ? rest : { ...rest, columns: Object.entries(columns) };
}

function shortHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}
