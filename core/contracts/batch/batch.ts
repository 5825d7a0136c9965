import { z } from 'zod';
import { failedObjectSchema } from './failed-objects';
import { outputSchema } from './lake-file';
import { sourceObjectSchema } from './plan';
import { schemaVersionSchema } from '../schema-version';

export { outputSchema, type Output } from './lake-file';

/** One broken rule: how many records broke it, and a few of them for people. */
export const ruleResultSchema = z.object({
  /** `<column>.<rule>` (`COLUMN_RULES`), the name of a row rule, or `unique`; `record.shape` for a line that is no record at all. */
  name: z.string(),
  broken: z.int().nonnegative(),
  /** At most 3 samples: where the record stands, and the value that broke the rule, shortened. */
  samples: z.array(z.object({ object: z.string(), line: z.int().nullable(), value: z.string() })).max(3),
});
export type RuleResult = z.output<typeof ruleResultSchema>;

/** The counts that every batch record, publication and manifest carries; `published` counts the records in the outputs. */
export const recordCountsSchema = z.object({
  read: z.int().nonnegative(),
  accepted: z.int().nonnegative(),
  quarantined: z.int().nonnegative(),
  duplicates: z.int().nonnegative(),
  /** Last records of their key that say that it is gone (`unique.deleted`); absent for none, and in records of earlier releases. */
  deleted: z.int().nonnegative().optional(),
  dropped: z.int().nonnegative(),
  added: z.int().nonnegative(),
  published: z.int().nonnegative(),
});
export type RecordCounts = z.output<typeof recordCountsSchema>;

/** Whether every record that was read is accounted for: `read = accepted + quarantined + duplicates + deleted`. */
export function accountsForRead({ read, accepted, quarantined, duplicates, deleted = 0 }: RecordCounts): boolean {
  return read === accepted + quarantined + duplicates + deleted;
}

/** How dear a step was: seconds of wall time, MB of resident memory at its highest, S3 requests. */
const stepCostSchema = z.object({
  seconds: z.number().nonnegative(),
  peakMb: z.number().nonnegative(),
  requests: z.int().nonnegative(),
});

/**
 * The record beside a data file, written last: its presence means that the batch is done, and what it gave.
 * `read = accepted + quarantined + duplicates + deleted`. A processed batch adds `published = accepted − dropped + added`.
 */
export const batchRecordSchema = z.object({
  schemaVersion: schemaVersionSchema,
  kind: z.enum(['validated', 'processed']),
  fingerprint: z.string(),
  /** For a processed batch, the fingerprint of the validated batch that it was made from. */
  from: z.string().nullable(),
  engineVersion: z.string(),
  objects: z.array(sourceObjectSchema),
  records: recordCountsSchema,
  rules: z.array(ruleResultSchema),
  /** Those of the objects that could not be read and were set aside, in their order; absent where all were read. */
  failedObjects: z.array(failedObjectSchema).optional(),
  /** The data file; null when the batch has no accepted record. */
  output: outputSchema.nullable(),
  /** Records that broke rules, and duplicates; null when there are none. */
  quarantine: outputSchema.nullable(),
  /** Hashes of the unique keys, with the values that order the records of one; null where the partition has one batch or no unique key. */
  uniqueKeys: outputSchema.nullable(),
  cost: stepCostSchema,
});
export type BatchRecord = z.output<typeof batchRecordSchema>;
export type BatchCounts = BatchRecord['records'];

/**
 * What is known of a batch that was not read to its end, because it was certain that too many of its records are rejected: counts of those
 * that were looked at. None of them was written anywhere; keys were not compared, so that none is a duplicate.
 */
export const stoppedSchema = z.object({
  /** Records of the batch in all, as counted by the bytes. */
  of: z.int().nonnegative(),
  records: recordCountsSchema,
  rules: z.array(ruleResultSchema),
});
export type Stopped = z.output<typeof stoppedSchema>;

/** Left by a batch's Lambda when it throws, because the Map's output carries no more than an error name. */
export const batchFailureSchema = z.object({
  index: z.int().nonnegative(),
  state: z.enum(['ValidateBatch', 'ProcessBatch']),
  error: z.string(),
  message: z.string(),
  /** The object at fault, where one is known. */
  object: z.string().nullable(),
  /** Of a batch that was not read to its end; absent for all others. */
  stopped: stoppedSchema.optional(),
  /** Objects that could not be read, as far as the batch came; absent where there are none. */
  failedObjects: z.array(failedObjectSchema).optional(),
});
export type BatchFailure = z.output<typeof batchFailureSchema>;

/** A batch that failed, as the manifest shows it. */
export const failedBatchSchema = z.object({
  index: z.int().nonnegative(),
  state: z.string(),
  error: z.string(),
  message: z.string(),
  /** Keys of the batch's objects, the one at fault first where it is known. */
  objects: z.array(z.string()),
});
export type FailedBatch = z.output<typeof failedBatchSchema>;
