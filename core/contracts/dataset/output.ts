import { z } from 'zod';

/** How the records of a dataset are published: one kind of file, which has one name ending and one content type. */
export const OUTPUT_FORMATS = {
  /** Compressed by zstd inside. */
  parquet: { extension: 'parquet', contentType: 'application/vnd.apache.parquet', isText: false },
  /** One JSON object a line, in gzip. No `Content-Encoding`, by which clients would inflate what is called `.gz`. */
  jsonl: { extension: 'jsonl.gz', contentType: 'application/gzip', isText: true },
  /** With a header line, in gzip. */
  csv: { extension: 'csv.gz', contentType: 'application/gzip', isText: true },
} as const;
export type OutputFormat = keyof typeof OUTPUT_FORMATS;
const isOutputFormat = (name: string): name is OutputFormat => Object.hasOwn(OUTPUT_FORMATS, name);
const OUTPUT_FORMAT_NAMES = Object.keys(OUTPUT_FORMATS).filter(isOutputFormat);
/** Formats that are text in gzip. */
export type TextOutputFormat = {
  [F in OutputFormat]: (typeof OUTPUT_FORMATS)[F]['isText'] extends true ? F : never;
}[OutputFormat];

export const isTextOutput = (format: OutputFormat): format is TextOutputFormat => OUTPUT_FORMATS[format].isText;

/** As what accepted records are kept: what is published in it needs no step of its own. */
export const ACCEPTED_FORMAT = 'parquet' satisfies OutputFormat;

export const outputOptionsSchema = z.strictObject({
  format: z.enum(OUTPUT_FORMAT_NAMES).default(ACCEPTED_FORMAT),
});
export type OutputOptions = z.output<typeof outputOptionsSchema>;
