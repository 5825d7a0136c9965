import { z } from 'zod';
import { datasetNameSchema } from '../dataset/dataset-name';
import { partitionSchema } from '../partition';

/**
 * `identities/<runId>.json`: what an execution is about, where its input names a scheduled time and not what the partition is derived
 * from (inputs of releases before this one, or typed by hand). The function that needs it first derives it from the definitions that it has
 * and writes it once; all others read it, whatever is deployed by then.
 */
export const identitySchema = z.object({
  // Any version: what is read here will always be there, and a second opinion would be a second manifest.
  schemaVersion: z.int().positive(),
  executionArn: z.string(),
  startedAt: z.iso.datetime(),
  dataset: datasetNameSchema,
  /** Null where no definition was deployed from which it could be derived. */
  partition: partitionSchema.nullable(),
});
export type IdentityRecord = z.output<typeof identitySchema>;
