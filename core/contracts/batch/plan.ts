import { z } from 'zod';
import { hashSchema, keySchema } from './bounds';
import { datasetNameSchema } from '../dataset/dataset';
import { REASON_CODES } from '../run/endings';
import { lackSchema } from '../dataset/fallback';
import { partitionSchema } from '../partition';
import { schemaVersionSchema } from '../schema-version';
import { referenceSchema, usedUpstreamSchema } from '../dataset/upstreams';

/** An object of the source as it was listed. Its ETag says whether it is still the same; it is never a checksum. */
export const sourceObjectSchema = z.object({
  bucket: z.string(),
  key: z.string(),
  /** As listed, with its quotes. */
  etag: z.string(),
  /** Bytes as stored. */
  size: z.int().nonnegative(),
  /** ISO 8601, UTC. */
  lastModified: z.iso.datetime(),
});
export type SourceObject = z.output<typeof sourceObjectSchema>;

/** Where a run's records came from. */
export const sourceSummarySchema = z.object({
  kind: z.enum(['primary', 'fallback']),
  bucket: z.string(),
  prefix: z.string(),
  objects: z.int().nonnegative(),
  /** Bytes as stored. */
  bytes: z.int().nonnegative(),
  /** Age of the newest object when it was listed; null without objects. */
  newestAgeSeconds: z.int().nullable(),
  /** Whether everything that the dataset waits for was there. */
  complete: z.boolean(),
  /** Hash of keys, ETags and sizes: equal hashes mean an unchanged source. 32 hex digits. */
  listingHash: z.string(),
  /** Of a fallback: what was wrong with the primary. */
  insteadOf: z
    .object({
      lack: lackSchema,
      /** How the run would have ended without a fallback. */
      code: z.enum(REASON_CODES),
      message: z.string(),
    })
    .optional(),
  /** Of an empty primary whose dataset calls that normal: why the fallback was not used. */
  fallbackNotUsed: z.string().optional(),
});
export type SourceSummary = z.output<typeof sourceSummarySchema>;

/** One unit of work: some objects of the partition, read in this order. */
export const batchPlanSchema = z.object({
  index: z.int().nonnegative(),
  objects: z.array(sourceObjectSchema).min(1),
  /** Estimate of the bytes after inflating; enforced against the batch limit while inflating. */
  estimatedBytes: z.int().nonnegative(),
  /** Hash of the objects, of what the definition says about validation, of settings and references, of the omissions and of the engine version. 32 hex digits. */
  fingerprint: z.string().regex(/^[0-9a-f]{32}$/),
  /** Second round only: records to leave out because another batch has their unique key, and the record of it that is kept. */
  omit: z.object({ key: z.string(), sha256: z.string(), records: z.int().positive() }).nullable(),
});
export type BatchPlan = z.output<typeof batchPlanSchema>;

/** Where the settings of a run are, and what they are. */
export const settingsRefSchema = z.object({ key: keySchema, hash: hashSchema });
export type SettingsRef = z.output<typeof settingsRefSchema>;

/** What LoadPartition decided; immutable, and the same for every step of the run. */
export const planSchema = z.object({
  schemaVersion: schemaVersionSchema,
  dataset: datasetNameSchema,
  partition: partitionSchema,
  runId: z.string(),
  round: z.union([z.literal(1), z.literal(2)]),
  definitionHash: z.string(),
  codeVersion: z.string(),
  source: sourceSummarySchema,
  /** The upstreams' publications as they stood before the source was listed. */
  upstreams: z.array(usedUpstreamSchema).default([]),
  /** Those of them that columns refer to, with their files. */
  references: z.array(referenceSchema).default([]),
  /** Null where the dataset declares none. */
  settings: settingsRefSchema.nullable(),
  /** Most bytes that a batch may have after inflating. */
  batchBytes: z.int().positive(),
  batches: z.array(batchPlanSchema),
});
export type Plan = z.output<typeof planSchema>;
