import { statSync } from 'node:fs';
import { readOf, type Column } from '../../../contracts/dataset/column';
import { originOf } from '../../../contracts/dataset/formats/origin';
import { briefly } from '../../duckdb/briefly';
import type { Database } from '../../duckdb/database';
import { text } from '../../duckdb/sql';
import { isMisshapen } from '../../stage/rules';
import { RN, STAGE, stagedBytes } from '../../stage/stage';
import { aboutSql, LINE } from '../../stage/about-record';
import { readText, withoutNulls } from '../../stage/read-text';
import { castText, typedText } from '../../stage/typed-text';
import type { Landing, Relation } from '../format';
import type { CsvLayout } from './layout';

/** The form in which records that were told apart are written for the reader: nothing is NULL, and `""` an empty text. */
const CANONICAL = { delimiter: ',', quote: '"' };

/**
 * The strict reader over an object's own columns, which are taken by the names in its header. Nothing is ever skipped unseen
 * (`ignore_errors` drops rows without a trace; `docs/engine.md` §3).
 * @param isCanonical whether the file is one of records that were told apart
 */
export function csvRelation(
  database: Database,
  landing: Pick<Landing, 'dataset' | 'object' | 'partition'>,
  layout: CsvLayout,
  { path, records }: { readonly path: string; readonly records: number },
  isCanonical: boolean,
): Relation {
  const { dataset } = landing;
  const columns = Object.entries(dataset.columns).map(([name, column], i) =>
    columnSql(name, column, i, { landing, layout }),
  );
  // In a projection of their own, because they are used more than once below.
  const casts = columns.flatMap(({ cast }) => (cast === null ? [] : [`, ${cast}`]));
  const own = columns.flatMap(({ own: sql }) => (sql === null ? [] : [`, ${sql}`]));
  const emptyIsNull = (i: number) =>
    layout.keepsEmpty[i] !== true || (!isCanonical && layout.dialect.emptyQuoted === 'null');
  const source = layout.header.map((_, i) => `${emptyIsNull(i) ? `nullif(c${i}, '')` : `c${i}`} AS _rollcall_c${i}`);
  if (layout.hasLine) source.push(`CAST(l AS BIGINT) AS ${LINE}`);
  // A line feed where none is declared is the trace of a stray quote. Without multiline columns the counts tell.
  const single = layout.header.flatMap((_, i) => (layout.multiline[i] === true ? [] : [`_rollcall_c${i}`]));
  const lineFeeds = single.map((field) => `coalesce(contains(${field}, chr(10)), false)`).join(' OR ');
  const misshapen = isCanonical || layout.quote === null || lineFeeds === '' ? null : lineFeeds;
  return {
    from: `SELECT *${casts.join('')}${own.join('')}
           FROM (SELECT row_number() OVER () AS ${RN}, ${source.join(', ')} FROM ${strictReader(path, layout, isCanonical)})`,
    columns,
    absent: columns.filter(({ isAbsent }) => isAbsent).map(({ name }) => name),
    bytes: stagedBytes(dataset, records, statSync(path).size),
    conditions: { misshapen, extraKeys: null },
    blame: (error) => (isCsvError(error) ? 'records' : { error }),
    // With values of several lines the counts agree even if a stray quote has swallowed lines: then a line feed stands where none may.
    check: async (after) =>
      misshapen === null ||
      (await database.count(`SELECT count(*) FROM ${STAGE} WHERE ${RN} > ${after} AND ${isMisshapen}`)) === 0,
  };
}

/** What a column is, in SQL. */
interface CsvColumn {
  readonly name: string;
  readonly column: Column;
  readonly source: string;
  readonly typed: string;
  /** Its text as DuckDB casts it, where that is used more than once: a column of the reading. */
  readonly cast: string | null;
  /** Its text, where it is another than its field's: a column of the reading. */
  readonly own: string | null;
  /** Whether the object does not have it. */
  readonly isAbsent: boolean;
}

function columnSql(
  name: string,
  column: Column,
  i: number,
  { landing, layout }: { readonly landing: Pick<Landing, 'object' | 'partition'>; readonly layout: CsvLayout },
): CsvColumn {
  const origin = originOf(name, column);
  const plain = { name, column, cast: null, own: null, isAbsent: false };
  if (origin.kind === 'about') {
    const sql = aboutSql(origin.about, column, landing);
    return { ...plain, source: sql, typed: sql };
  }
  const at = layout.header.indexOf(origin.path[0]);
  if (at === -1) return { ...plain, source: 'NULL', typed: 'NULL', isAbsent: true };
  const field = `_rollcall_c${at}`;
  const isText = column.type === 'string';
  // Of a field that has columns of several types the empty text is kept for those of type string.
  const text = layout.keepsEmpty[at] === true && !isText ? `nullif(${field}, '')` : field;
  const nulls = readOf(column)?.nullValues ?? [];
  const areRaw = nulls.length > 0 && nulls.every((one) => layout.rawNulls[at]?.includes(one));
  const value = areRaw ? text : withoutNulls(column, text);
  if (value === field && readOf(column) === undefined) {
    const cast = castText(column, field);
    return {
      ...plain,
      source: field,
      typed: typedText(column, field, `_rollcall_cast${i}`),
      cast: cast === null ? null : `${cast} AS _rollcall_cast${i}`,
    };
  }
  const source = `_rollcall_v${i}`;
  return { ...plain, source, typed: readText(column, source), own: `${value} AS ${source}` };
}

function strictReader(path: string, { header, dialect, maxBytes, hasLine }: CsvLayout, isCanonical: boolean): string {
  const { delimiter, quote } = isCanonical ? CANONICAL : dialect;
  const line = hasLine ? [`'l': 'VARCHAR'`] : [];
  const fields = [...line, ...header.map((_, i) => `'c${i}': 'VARCHAR'`)].join(', ');
  const options = [
    'auto_detect = false',
    'header = true',
    `delim = ${text(delimiter)}`,
    `quote = ${text(quote ?? '')}`,
    `escape = ${text(quote ?? '')}`,
    'strict_mode = true',
    `nullstr = ''`,
    'allow_quoted_nulls = false',
    // Quotes of its own make the canonical form of a record three times as long at most; the buffer is what it is without.
    ...(isCanonical
      ? [`max_line_size = ${3 * maxBytes}`, `buffer_size = ${16 * maxBytes}`]
      : [`max_line_size = ${maxBytes}`]),
    `columns = {${fields}}`,
  ];
  return `read_csv(${text(path)}, ${options.join(', ')})`;
}

/** DuckDB names all of its errors `Error`; those of its CSV reader begin so. */
function isCsvError(error: unknown): boolean {
  return /^Invalid Input Error: .*(CSV|unicode|UTF-?8)/i.test(briefly(error));
}
