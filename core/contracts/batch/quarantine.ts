import { z } from 'zod';

/** A line of a quarantine file: a record that was not accepted, as it came, and why. */
export const quarantinedRecordSchema = z.object({
  /** Key of the source object. */
  object: z.string(),
  /** Physical line on which the record begins, from 1; null where the format has no lines. */
  line: z.int().positive().nullable(),
  /** Avro: the byte at which the record's block begins, and its number in that, from 1. */
  place: z.object({ block: z.int().nonnegative(), number: z.int().positive() }).optional(),
  /** Names of the rules that it broke. */
  broken: z.array(z.string()).min(1),
  /** Values of the columns that explain the break, as samples show them: shortened, sensitive ones as keyed hashes. Absent where it is no record. */
  brokenValues: z.record(z.string(), z.string()).optional(),
  /** Why it is no record at all. */
  problem: z.string().optional(),
  /** Text formats: the record as it came. */
  raw: z.string().optional(),
  /** The same, where it is not UTF-8. */
  rawBase64: z.string().optional(),
  /** Whether `raw` is only the beginning: the rest is in the source, at that line. */
  truncated: z.boolean().optional(),
  /** Parquet and Avro: all values by column. */
  values: z.record(z.string(), z.unknown()).optional(),
});
export type QuarantinedRecord = z.output<typeof quarantinedRecordSchema>;
