import { z } from 'zod';
import { failedBatchSchema, outputSchema, recordCountsSchema, type RecordCounts } from '../batch/batch';
import { failedObjectsSchema } from '../batch/failed-objects';
import { endings, isReasonCode, REASON_CODES, RUN_STATUSES, type ReasonCode, type RunStatus } from './endings';
import { sourceSummarySchema } from '../batch/plan';
import { publishedQualitySchema } from './quality';
import { schemaVersionSchema } from '../schema-version';
import { usedUpstreamSchema } from '../dataset/upstreams';

export { recordCountsSchema, type RecordCounts };

export const NO_RECORDS: RecordCounts = {
  read: 0,
  accepted: 0,
  quarantined: 0,
  duplicates: 0,
  dropped: 0,
  added: 0,
  published: 0,
};

export const reasonCodeSchema = z.enum(REASON_CODES);
export const runStatusSchema = z.enum(RUN_STATUSES);

/** The code that is read where a newer release wrote one that this release does not know: its status is known, and decides. */
const STAND_INS: Readonly<Record<RunStatus, ReasonCode>> = {
  PUBLISHED: 'COMPLETE',
  PARTIAL: 'WITHIN_TOLERANCE',
  NO_DATA: 'EMPTY_AS_DECLARED',
  SKIPPED: 'UPSTREAM_MISSING',
  FAILED: 'INTERNAL_ERROR',
  TIMED_OUT: 'TIME_LIMIT',
  ABORTED: 'STOPPED_BY_OPERATOR',
  NEVER_STARTED: 'NEVER_STARTED',
};

/** A status and its code; the table of endings says that they belong together. */
export const endingRefSchema = z
  .object({ status: runStatusSchema, code: z.string() })
  .transform(({ status, code }) => ({ status, code: isReasonCode(code) ? code : STAND_INS[status] }))
  .refine((ending) => endings[ending.code].status === ending.status, {
    error: 'expected the status that the table of endings gives this code',
  });
export type EndingRef = z.output<typeof endingRefSchema>;

/** The same where it is said by a step of this release, which knows every code that it uses. */
export const stepEndingSchema = z
  .object({ status: runStatusSchema, code: reasonCodeSchema })
  .refine((ending) => endings[ending.code].status === ending.status, {
    error: 'expected the status that the table of endings gives this code',
  });

/** What makes output official: readers learn a partition's files from here and from nowhere else. */
const publicationSchema = z.object({
  runId: z.string(),
  executionArn: z.string(),
  ending: endingRefSchema,
  /** ISO 8601, UTC. */
  publishedAt: z.iso.datetime(),
  definitionHash: z.string(),
  codeVersion: z.string(),
  files: z.array(outputSchema),
  quarantineFiles: z.array(outputSchema),
  records: recordCountsSchema,
  source: sourceSummarySchema,
  /** The upstream publications that the run used. */
  upstreams: z.array(usedUpstreamSchema).default([]),
  /** Key of the plan with the full listing. */
  planKey: z.string(),
  failedBatches: z.array(failedBatchSchema),
  /** Objects without which it was published; absent where there are none. */
  failedObjects: failedObjectsSchema.optional(),
  ...publishedQualitySchema,
});
export type Publication = z.output<typeof publicationSchema>;

/**
 * The one object that decides who holds a partition, what is published and how the last run ended (`docs/design.md` §4).
 * Changed by compare-and-swap on its ETag only.
 */
export const partitionRecordSchema = z.object({
  schemaVersion: schemaVersionSchema,
  /** Grows with every claim and every seal; a publisher must hold the current one. */
  fence: z.int().nonnegative(),
  holder: z.object({ runId: z.string(), executionArn: z.string(), since: z.iso.datetime() }).nullable(),
  publication: publicationSchema.nullable(),
  /** Endings of runs whose publications were replaced, newest first. */
  superseded: z.array(z.object({ runId: z.string(), ending: endingRefSchema, records: recordCountsSchema })),
  last: z
    .object({
      runId: z.string(),
      ending: endingRefSchema,
      at: z.iso.datetime(),
      /** Where the sweep had started the run again: how many runs with a temporary ending came right before it. */
      again: z.int().positive().optional(),
      /** The ending of the run before, kept so that a recorder that completes a recording still knows whether trouble preceded. */
      after: endingRefSchema.optional(),
    })
    .nullable(),
  /**
   * That the record could not be read and was put together again: claims with a fence below this one are void. Absent in all others.
   */
  recovered: z.object({ at: z.iso.datetime(), fence: z.int().positive() }).optional(),
});
export type PartitionRecord = z.output<typeof partitionRecordSchema>;

/** The record of a partition that no run has touched. */
export const EMPTY_RECORD: PartitionRecord = {
  schemaVersion: 1,
  fence: 0,
  holder: null,
  publication: null,
  superseded: [],
  last: null,
};
