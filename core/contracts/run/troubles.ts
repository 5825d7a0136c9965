import { z } from 'zod';
import { datasetNameSchema } from '../dataset/dataset-name';
import { partitionSchema } from '../partition';
import { reasonCodeSchema } from './partition-record';
import { schemaVersionSchema } from '../schema-version';

/** What is remembered of a dataset that keeps failing, and what was decided about telling a run (`docs/decisions/repeated-failures.md`). */

const count = z.int().nonnegative();

/** A row of failures that is over. */
const endedTroubleSchema = z.object({
  /** When the first of them ended. */
  since: z.iso.datetime(),
  /** The oldest and the newest partition that failed. */
  from: partitionSchema,
  to: partitionSchema,
  /** Partitions that failed in a row. */
  failures: count,
  /** How the last of them ended. */
  code: reasonCodeSchema,
  /** Partitions of the dataset that failed and are not published, when this ending was recorded. */
  missing: z.object({ count, from: partitionSchema, to: partitionSchema }).nullable(),
});
export type EndedTrouble = z.output<typeof endedTroubleSchema>;

/** How a run's ending is announced. Decided once, when it is recorded. */
export const tellingSchema = z.object({
  /** `line`: it only repeats what a message said already. `silent`: it is on record, and has no message of its own. */
  how: z.enum(['whole', 'line', 'silent']),
  /** Which one in a row it is of its kind, from which partition on; absent where nothing can repeat. */
  nth: z.int().positive().optional(),
  from: partitionSchema.optional(),
  /** Whether the next ones of its kind have a message once a day only. */
  daily: z.boolean().optional(),
  /** The row of failures that it ends. */
  over: endedTroubleSchema.optional(),
  /** The publications in part that it ends. */
  afterPartial: z.object({ count, from: partitionSchema }).optional(),
  /** Whether it has its own message also where it is a run of a backfill. */
  byItself: z.boolean().optional(),
});
export type Telling = z.output<typeof tellingSchema>;

/** Endings of one kind, one after another. */
const repeatSchema = z.object({
  /** Partitions that ended so. */
  count: z.int().positive(),
  from: partitionSchema,
  to: partitionSchema,
  /** When the first of them ended. */
  since: z.iso.datetime(),
  /** Messages about them. */
  told: count,
  /** When the last of those was decided on, and the last that told the whole story. */
  toldAt: z.iso.datetime().nullable(),
  wholeAt: z.iso.datetime().nullable(),
  /** Whether a message said that it ended, since the last one that said that it goes on. */
  endTold: z.boolean(),
});
export type Repeat = z.output<typeof repeatSchema>;

/** A partition that failed and is not published. */
const missingPartitionSchema = z.object({
  partition: partitionSchema,
  /** When it failed first. */
  since: z.iso.datetime(),
  /** Since when the trouble lasts that it is part of. */
  of: z.iso.datetime(),
  /** Whether a message told that it failed. */
  told: z.boolean(),
});
export type MissingPartition = z.output<typeof missingPartitionSchema>;

/** So many partitions that failed are remembered: five weeks of an hourly dataset, the longest that a backfill looks back, and some more. */
export const MAX_MISSING = 1_000;
/** So many decisions are remembered, for a recorder that comes after another that died before it wrote the manifest. */
export const MAX_DECIDED = 50;

/**
 * `troubles/<dataset>.json`; changed by compare-and-swap on its ETag only. May be lost: then what repeats gets a full
 * message once more.
 */
export const troublesSchema = z.object({
  schemaVersion: schemaVersionSchema,
  dataset: datasetNameSchema,
  /** From the first failure on until a later partition is published; null while all is well. */
  trouble: z
    .object({
      since: z.iso.datetime(),
      from: partitionSchema,
      to: partitionSchema,
      failures: z.int().positive(),
      code: reasonCodeSchema,
      /** `since`, or that of the trouble that it goes on with after a success or two. */
      of: z.iso.datetime(),
      /** Whether any message was about it. */
      told: z.boolean(),
    })
    .nullable(),
  /** By reason code, or by what else a message says of a publication. */
  repeats: z.record(z.string(), repeatSchema),
  /** In order. */
  missing: z.array(missingPartitionSchema).max(MAX_MISSING),
  /** The newest last; `run` is `<partition>/<runId>`. */
  decided: z.array(z.object({ run: z.string(), telling: tellingSchema })).max(MAX_DECIDED),
});
export type Troubles = z.output<typeof troublesSchema>;
export type Trouble = NonNullable<Troubles['trouble']>;

/** Of a dataset that never failed. */
export function noTroubles(dataset: string): Troubles {
  return { schemaVersion: 1, dataset, trouble: null, repeats: {}, missing: [], decided: [] };
}
