import type { TextOutputFormat } from '../../contracts/dataset/output';
import { identifier, text } from '../duckdb/sql';
import { formatCsvRecord } from '../formats/csv/record';
import { fromText, type TextColumn, type TextValues } from './text-columns';

/** Longest record that the readers are told to take: what CSV has in 2 MB may be six times as long with JSON's escapes. */
export const MAX_TEXT_RECORD_BYTES = 16 * 1024 * 1024;

/** A format in which records are published as text: how it is written, and how it is read back. */
interface TextFormat extends TextValues {
  /** What stands before the first record. */
  readonly header: (names: readonly string[]) => string;
  /** Of COPY. */
  readonly copy: string;
  /**
   * SQL for FROM that gives the records of a file by the names of columns.
   * @param columns all that the file has, and those that are looked at
   */
  readonly reader: (
    columns: { readonly all: readonly TextColumn[]; readonly wanted: readonly TextColumn[] },
    path: string,
  ) => string;
}

/** Every format of text, or it does not compile. */
export const TEXT_FORMATS: Readonly<Record<TextOutputFormat, TextFormat>> = {
  jsonl: {
    name: 'jsonl',
    header: () => '',
    copy: 'FORMAT json',
    reader: ({ wanted }, path) => jsonReader(wanted, path),
    restored: (read) => read,
    // JSON's readers make a double of a number: DuckDB's own is one of them.
    mostDigits: 15,
    hasNested: true,
    advice: 'cast them to VARCHAR or by base64()',
  },
  csv: {
    name: 'csv',
    header: (names) => `${formatCsvRecord(names, ',')}\n`,
    copy: `FORMAT csv, HEADER false, NULLSTR ''`,
    reader: ({ all }, path) => csvReader(all, path),
    restored: fromText,
    mostDigits: Infinity,
    hasNested: false,
    advice: 'cast them to VARCHAR, to_json() or base64()',
  },
};

/** The strict reader, whose texts become typed values afterwards. */
function csvReader(columns: readonly TextColumn[], path: string): string {
  const options = [
    'auto_detect = false',
    'header = true',
    `delim = ','`,
    `quote = '"'`,
    `escape = '"'`,
    'strict_mode = true',
    // What is missing is nothing, and what is empty is `""`.
    `nullstr = ''`,
    'allow_quoted_nulls = false',
    `max_line_size = ${MAX_TEXT_RECORD_BYTES}`,
    // The reader's own choice is a multiple of the longest line.
    `buffer_size = ${MAX_TEXT_RECORD_BYTES + 1}`,
    `columns = {${columns.map((_, i) => `'c${i}': 'VARCHAR'`).join(', ')}}`,
  ];
  const names = columns.map(({ name }, i) => `c${i} AS ${identifier(name)}`);
  return `(SELECT ${names.join(', ')} FROM read_csv(${text(path)}, ${options.join(', ')}))`;
}

/** Strict: a member that is missing is an error, not NULL. */
function jsonReader(columns: readonly TextColumn[], path: string): string {
  const structure = JSON.stringify(Object.fromEntries(columns.map(({ name, jsonType }) => [name, jsonType])));
  return `(SELECT unnest(from_json_strict(json, ${text(structure)}))
           FROM read_ndjson_objects(${text(path)}, maximum_object_size = ${MAX_TEXT_RECORD_BYTES}))`;
}
