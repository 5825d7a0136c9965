import { z } from 'zod';
import { prefixesSchema } from './key-layout';
import { accountSchema, bucketSchema } from './source';

/**
 * What may be wrong with the primary source, as a fallback sees it: `missing` nothing at all is there, `empty` it holds nothing for this
 * partition, `unavailable` it can't be asked or read.
 */
export const LACKS = ['missing', 'empty', 'unavailable'] as const;
export const lackSchema = z.enum(LACKS);
export type Lack = z.output<typeof lackSchema>;

/** Longest age that makes sense to declare: a year. */
const MAX_AGE_MINUTES = 366 * 24 * 60;

/** Another place with the same data in the same format, for when the primary source has none. */
export const fallbackSchema = z.strictObject({
  bucket: bucketSchema,
  /** AWS account that must own the bucket. Default: that of the primary, where both are one bucket; else that of the app. */
  account: accountSchema.optional(),
  /** Key prefix of one partition, or a list of them; placeholders are written in the primary's time zone. */
  prefix: prefixesSchema,
  /** Only keys that end so are objects of the partition. Default: the primary's suffix. */
  suffix: z.string().min(1).max(128).optional(),
  /** Most minutes that the newest object may be old when it is listed; older, and the fallback is not used. */
  maxAgeMinutes: z.int().positive().max(MAX_AGE_MINUTES),
  /** What has to be wrong with the primary. */
  when: z
    .array(lackSchema)
    .min(1)
    .default([...LACKS]),
  /** Whether a partition that was published from here is processed again as soon as the primary has it, within the late window. */
  owed: z.boolean().default(true),
});
export type Fallback = z.output<typeof fallbackSchema>;
