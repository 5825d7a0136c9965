import { z } from 'zod';

/** How the records of a dataset are published: one kind of file, which has one name ending and one content type. */
export const OUTPUT_FORMATS = {
  /** Compressed by zstd inside. */
  parquet: { extension: 'parquet', contentType: 'application/vnd.apache.parquet' },
  /** One JSON object a line, in gzip. No `Content-Encoding`, by which clients would inflate what is called `.gz`. */
  jsonl: { extension: 'jsonl.gz', contentType: 'application/gzip' },
  /** With a header line, in gzip. */
  csv: { extension: 'csv.gz', contentType: 'application/gzip' },
} as const;
export type OutputFormat = keyof typeof OUTPUT_FORMATS;
/** Formats that are text in gzip. */
export type TextOutputFormat = Exclude<OutputFormat, 'parquet'>;

export const outputSettingsSchema = z.strictObject({
  format: z.enum(['parquet', 'jsonl', 'csv']).default('parquet'),
});
export type OutputSettings = z.output<typeof outputSettingsSchema>;
