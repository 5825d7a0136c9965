import type { Dataset } from '../../../contracts/dataset/dataset';
import { csvDialectOf, type CsvDialect } from '../../../contracts/dataset/formats/csv';
import { nameForPeople, namedColumns, readsAbout } from '../../../contracts/dataset/formats/source-name';
import { readOf, type Column } from '../../../contracts/dataset/column';
import type { LineLayout } from '../../lines/layout';
import type { CsvRecord } from './record';

/** What has to be known of one CSV object to tell its records apart. */
export interface CsvLayout extends LineLayout {
  readonly dialect: CsvDialect;
  /** What divides records and fields, as bytes. */
  readonly marks: Marks;
  /** Names in the object's own header, in its order; those of the definition, in the source, where it has none. */
  readonly header: readonly string[];
  /** Per field of the header, what it is called for people. */
  readonly labels: readonly string[];
  /** Per field of the header, whether its values may hold line feeds. */
  readonly multiline: readonly boolean[];
  /** Per field of the header, whether an empty text is a value of a column that is read from it; else it is NULL. */
  readonly keepsEmpty: readonly boolean[];
  /** Per field of the header, values that are NULL before backslashes are undone, for all columns that are read from it. */
  readonly rawNulls: readonly (readonly string[])[];
  /** Whether the line of each record is wanted: in the file of those that were told apart it stands before them. */
  readonly hasLine: boolean;
  /** Whether records may have more fields than there are columns. */
  readonly ignoresFields: boolean;
  /** Whether DuckDB's strict reader is known to read this dialect as `docs/csv.md` has it, but for what `PaddingWatch` looks for. */
  readonly isDirect: boolean;
}

/** The bytes that divide records and fields. */
export interface Marks {
  readonly delimiter: Buffer;
  readonly quote: number | null;
  readonly backslash: boolean;
  readonly comment: Buffer | null;
}

/** Longest record, as DuckDB's reader is told: about its default of 2 MB. */
const MAX_RECORD_BYTES = 2 * 1024 * 1024;
const CR = 13;

/**
 * The layout of an object with this header.
 * @param linesAbsent physical lines of the object that are not in its file, but for one in whose place the file's header is
 */
export function csvLayout(
  dataset: Pick<Dataset, 'source' | 'columns'>,
  header: readonly string[],
  linesAbsent = 0,
): CsvLayout {
  const dialect = csvDialectOf(dataset.source);
  const marks = marksOf(dialect);
  const named = namedColumns(dataset);
  const fields = header.map((name) => named.filter(({ source }) => source === name));
  const multiline = fields.map((columns) => columns.some(({ column }) => column.type === 'string' && column.multiline));
  const hasLine = readsAbout(dataset, '$line');
  const ignoresFields = !dialect.header && dataset.source.extraColumns === 'ignore';
  return {
    dialect,
    marks,
    header,
    labels: header.map((name, i) => {
      const [column] = fields[i] ?? [];
      return column === undefined || column.name === name ? name : nameForPeople(column);
    }),
    multiline,
    keepsEmpty: fields.map((columns) => columns.length === 0 || columns.some(({ column }) => column.type === 'string')),
    rawNulls: fields.map(([first, ...others]) =>
      first === undefined || !marks.backslash
        ? []
        : nullsOf(first.column).filter((one) => others.every(({ column }) => nullsOf(column).includes(one))),
    ),
    hasLine,
    ignoresFields,
    isDirect: !ignoresFields && !hasLine && isDirect(dialect),
    linesBefore: 1,
    linesAbsent,
    blanks: [CR],
    // In a file of one column an empty line is a record that has no value, as DuckDB reads it.
    blankIsRecord: header.length === 1 && dialect.shortRows === 'reject',
    quote: multiline.some(Boolean) ? marks.quote : null,
    maxBytes: MAX_RECORD_BYTES,
    shape: null,
  };
}

const nullsOf = (column: Column) => readOf(column)?.nullValues ?? [];

export function marksOf({ delimiter, quote, escape, comment }: CsvDialect): Marks {
  return {
    delimiter: Buffer.from(delimiter),
    quote: quote === null ? null : quote.charCodeAt(0),
    backslash: escape === 'backslash',
    comment: comment === null ? null : Buffer.from(comment),
  };
}

/** The property test of `test/core/engine/csv-lines.long.ts` holds the reader to these. */
function isDirect({ delimiter, escape, nullValues, comment, shortRows }: CsvDialect): boolean {
  return (
    Buffer.byteLength(delimiter) === 1 &&
    // Behind a closing quote the reader takes blanks for padding even where they are delimiters.
    delimiter !== ' ' &&
    escape === 'double' &&
    nullValues.length === 1 &&
    nullValues[0] === '' &&
    comment === null &&
    shortRows === 'reject'
  );
}

/** Whether a line, where a record could begin, is a comment. */
export function isComment(line: Buffer, { comment }: Marks): boolean {
  return comment !== null && line.subarray(0, comment.length).equals(comment);
}

/** What is wrong with the number of a record's fields. A delimiter at the end of each line is common and harmless. */
export function fieldsProblem({ fields, endsEmpty }: CsvRecord, layout: CsvLayout): string | null {
  const expected = layout.header.length;
  if (fields.length === expected || (fields.length === expected + 1 && endsEmpty)) return null;
  if (fields.length < expected && layout.dialect.shortRows === 'null') return null;
  if (fields.length > expected && layout.ignoresFields) return null;
  return `${fields.length} fields, expected ${expected}`;
}
