import { z } from 'zod';

/** How the CSV of a source is written. Every word may be left out; {@link csvDialectOf} has the defaults. */

const LINE_END = /[\r\n\0]/;

/** Between two fields: one or more characters. */
const delimiterSchema = z
  .string()
  .min(1)
  .max(8)
  .refine((text) => !LINE_END.test(text), { error: 'expected characters other than line ends' });

const oneLine = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !LINE_END.test(text), { error: 'expected text without line ends' });

/** A line that is the last of an object and no record. */
const trailerSchema = z.strictObject({
  /** How the line begins. */
  prefix: oneLine(128),
  /** Which of its fields, from 1, is the number of records; it is compared. Default: it says none. */
  count: z.int().positive().max(1000).optional(),
});

export const csvSchema = z.strictObject({
  /** Between two fields, one or more characters. Default `,`. */
  delimiter: delimiterSchema.optional(),
  /** The character that a quoted value begins and ends with; null: there is none, and quotes are data. Default `"`. */
  quote: z
    .string()
    .regex(/^[!-/:-@[-`{-~]$/, { error: 'expected one character that is no letter, digit, blank or line end, or null' })
    .nullable()
    .optional(),
  /** How a quote stands inside a quoted value: twice (`double`), or behind a backslash, which then escapes everywhere. Default `double`. */
  escape: z.enum(['double', 'backslash']).optional(),
  /** Whether the first line names the columns; false: they are those of the definition, by position. Default true. */
  header: z.boolean().optional(),
  /** Physical lines before the header, or before the first record. Default 0. */
  skipLines: z.int().nonnegative().max(10_000).optional(),
  /** How a line begins that is no record where a record could begin, such as `#`; null: none does. They are counted. Default null. */
  comment: oneLine(8).nullable().optional(),
  /** Unquoted values that mean NULL; what is not named is an empty text in a string column. Default the empty one. */
  nullValues: z.array(z.string().max(100)).max(50).optional(),
  /** What `""` is in a string column: an empty text, or NULL for exporters that quote everything. Default `text`. */
  emptyQuoted: z.enum(['text', 'null']).optional(),
  /** What a record with fewer fields is: rejected, or one whose last fields are NULL. Default `reject`. */
  shortRows: z.enum(['reject', 'null']).optional(),
  /** The last line of an object where it is no record. One that is missing or counts otherwise is SOURCE_CORRUPT. */
  trailer: trailerSchema.optional(),
});
export type CsvSettings = z.output<typeof csvSchema>;

/** A dialect of CSV with every default filled in. */
export interface CsvDialect {
  readonly delimiter: string;
  readonly quote: string | null;
  readonly escape: 'double' | 'backslash';
  readonly header: boolean;
  readonly skipLines: number;
  readonly comment: string | null;
  readonly nullValues: readonly string[];
  readonly emptyQuoted: 'text' | 'null';
  readonly shortRows: 'reject' | 'null';
  readonly trailer: { readonly prefix: string; readonly count: number | null } | null;
}

interface HasCsv {
  /** The old place of `csv.delimiter`. */
  readonly delimiter: string;
  readonly csv?: CsvSettings | undefined;
}

/** How the CSV of a source is written, defaults filled in. */
export function csvDialectOf({ delimiter, csv = {} }: HasCsv): CsvDialect {
  return {
    delimiter: csv.delimiter ?? delimiter,
    quote: csv.quote === undefined ? '"' : csv.quote,
    escape: csv.escape ?? 'double',
    header: csv.header ?? true,
    skipLines: csv.skipLines ?? 0,
    comment: csv.comment ?? null,
    nullValues: csv.nullValues ?? [''],
    emptyQuoted: csv.emptyQuoted ?? 'text',
    shortRows: csv.shortRows ?? 'reject',
    trailer: csv.trailer === undefined ? null : { prefix: csv.trailer.prefix, count: csv.trailer.count ?? null },
  };
}
