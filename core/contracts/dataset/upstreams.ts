import { z } from 'zod';
import { datasetNameSchema } from './dataset-name';
import { outputSchema } from '../batch/lake-file';
import { partitionSchema } from '../partition';

/** Each costs up to 24 reads per look: a daily dataset waits for the hours of an hourly one. */
export const MAX_UPSTREAMS = 20;

/**
 * Which of an upstream's partitions a partition waits for: `same`, every one that shares time with it; `latest`, the last one that is
 * over when it is over itself.
 */
const whichSchema = z.enum(['same', 'latest']);
export type WhichPartition = z.output<typeof whichSchema>;

interface UpstreamInput {
  /** Name of the other dataset. */
  dataset: string;
  partition?: WhichPartition;
  /**
   * What it means for a published partition when its upstream is published anew: `ignore`, or `rerun`, which makes it missing
   * (`UPSTREAM_CHANGED`), so that the next backfill processes it again.
   */
  whenReplaced?: 'ignore' | 'rerun';
}

/** Another dataset of which a partition must be published first; its name alone will do. */
export const upstreamSchema = z.preprocess(
  (given: string | UpstreamInput): unknown => (typeof given === 'string' ? { dataset: given } : given),
  z.strictObject(
    {
      dataset: datasetNameSchema,
      partition: whichSchema.default('same'),
      whenReplaced: z.enum(['ignore', 'rerun']).default('ignore'),
    },
    { error: 'expected the name of a dataset, or { dataset, partition, whenReplaced }' },
  ),
);
export type Upstream = z.output<typeof upstreamSchema>;

/** A publication of an upstream that a run found in its place before it read its own source. */
export const usedUpstreamSchema = z.object({
  dataset: datasetNameSchema,
  partition: partitionSchema,
  /** The run that had published it. */
  runId: z.string(),
  publishedAt: z.iso.datetime(),
});
export type UsedUpstream = z.output<typeof usedUpstreamSchema>;

/** A publication among whose values a run looks up those of its own records: the same for every batch, whatever is published since. */
export const referenceSchema = usedUpstreamSchema.pick({ dataset: true, partition: true, runId: true }).extend({
  files: z.array(outputSchema),
});
export type Reference = z.output<typeof referenceSchema>;

/** An upstream partition that was not published when a backfill was planned. */
export const missingUpstreamSchema = z.object({
  dataset: datasetNameSchema,
  partition: partitionSchema,
  /** How it stood, in words. */
  standing: z.string(),
  /** Whether the same backfill runs it. */
  planned: z.boolean(),
});
export type MissingUpstream = z.output<typeof missingUpstreamSchema>;
