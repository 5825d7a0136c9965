import { z } from 'zod';
import { partitionSchema } from '../partition';
import { FORMAT_NAMES, FORMAT_WORDS } from './formats';
import { COMPRESSIONS } from './formats/declaration';
import { encodingSchema } from './formats/encoding';
import { prefixesSchema } from './key-layout';
import { isTimeZone } from './time-zone';

export const bucketSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: 'expected the name of an S3 bucket' });
/** For `account`: a bucket of whomever, e.g. a public one. */
export const ANY_ACCOUNT = 'any';
/**
 * Whose a bucket has to be: 12 digits, or {@link ANY_ACCOUNT}. What is not given is the account of the app, but only when a request is
 * made: it is not part of the definition, whose hash says what files are made of.
 */
export const accountSchema = z
  .string()
  .regex(/^(?:\d{12}|any)$/, { error: "expected an AWS account id of 12 digits, or 'any' for a public bucket" });

export const sourceSchema = z.strictObject({
  /** Name of the bucket. */
  bucket: bucketSchema,
  /** AWS account that must own the bucket; requests to a bucket of any other account are refused. Default: the account of the app. */
  account: accountSchema.optional(),
  /**
   * Key prefix of one partition with date placeholders, e.g. `flights/{yyyy}/{MM}/{dd}/{HH}/`, or a list of up to 20. What stands before the
   * first placeholder is the root.
   */
  prefix: prefixesSchema,
  /** Time zone in which an hourly layout's placeholders are written (IANA name). The partition itself is always UTC. */
  timeZone: z
    .string()
    .refine(isTimeZone, { error: 'expected an IANA time zone like UTC or America/New_York' })
    .default('UTC'),
  /** Only keys that end so are objects of the partition, e.g. `.csv.gz`. Default: every key under the prefix. */
  suffix: z.string().min(1).max(128).optional(),
  format: z.enum(FORMAT_NAMES),
  /** Envelope of objects that are text; `zip`: an archive of one entry. */
  compression: z.enum(COMPRESSIONS).default('none'),
  /** Character encoding of objects that are text. Default UTF-8. */
  encoding: encodingSchema.optional(),
  /** What columns that the definition does not name mean: `fail` (SCHEMA_MISMATCH) or `ignore`. */
  extraColumns: z.enum(['fail', 'ignore']).default('fail'),
  /** How it is written: each format has its own words. */
  ...FORMAT_WORDS,
});
/** Where a dataset's objects are and how they are read. */
export type Source = z.output<typeof sourceSchema>;

export const calendarSchema = z.strictObject({
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
/** Which partitions come. */
export type Calendar = z.output<typeof calendarSchema>;
