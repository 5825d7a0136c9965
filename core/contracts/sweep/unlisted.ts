import { z } from 'zod';
import { datasetNameSchema } from '../dataset/dataset-name';
import { missingReasonSchema } from '../backfill/missing';
import { partitionSchema } from '../partition';
import { reasonCodeSchema } from '../run/partition-record';
import { schemaVersionSchema } from '../schema-version';

/** A partition that was missing when a new definition stopped asking for it. */
const unlistedPartitionSchema = z.object({
  partition: partitionSchema,
  /** Why it was missing; null where its record cannot be read. */
  reason: missingReasonSchema.nullable(),
  /** The code of the ending behind that, where there is one. */
  code: reasonCodeSchema.nullable(),
});
export type UnlistedPartition = z.output<typeof unlistedPartitionSchema>;

/**
 * `unlisted/<messageId>.json`: the missing partitions that a change of a definition took off the list. Written once, before the new
 * definition is remembered; a message names them.
 */
export const unlistedSchema = z.object({
  schemaVersion: schemaVersionSchema,
  dataset: datasetNameSchema,
  /** Of the definition before. */
  owner: z.string(),
  channel: z.string(),
  at: z.iso.datetime(),
  /** Why they are not expected any more: the dataset is not deployed, has another cadence, or its calendar leaves them out. */
  because: z.enum(['removed', 'cadence', 'calendar']),
  partitions: z.array(unlistedPartitionSchema).min(1),
});
export type Unlisted = z.output<typeof unlistedSchema>;
