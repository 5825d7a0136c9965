import { statSync } from 'node:fs';
import type { Dataset } from '../../../contracts/dataset/dataset';
import { briefly } from '../../duckdb/briefly';
import type { Database } from '../../duckdb/database';
import { text } from '../../duckdb/sql';
import { isMisshapen } from '../../stage/rules';
import { RN, STAGE, stagedBytes } from '../../stage/stage';
import { castText, typedText } from '../../stage/typed-text';
import type { Relation } from '../format';
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
  dataset: Dataset,
  layout: CsvLayout,
  { path, records }: { readonly path: string; readonly records: number },
  isCanonical: boolean,
): Relation {
  const columns = Object.entries(dataset.columns).map(([name, column]) => {
    const at = layout.header.indexOf(name);
    const source = `_rollcall_c${at}`;
    return {
      name,
      column,
      source,
      typed: typedText(column, source, `_rollcall_cast${at}`),
      cast: castText(column, source),
      at,
    };
  });
  // In a projection of their own, because they are used more than once below.
  const casts = columns.flatMap(({ cast, at }) => (cast === null ? [] : [`, ${cast} AS _rollcall_cast${at}`]));
  const emptyIsNull = (i: number) =>
    layout.keepsEmpty[i] !== true || (!isCanonical && layout.dialect.emptyQuoted === 'null');
  const source = layout.header.map((_, i) => `${emptyIsNull(i) ? `nullif(c${i}, '')` : `c${i}`} AS _rollcall_c${i}`);
  // A line feed where none is declared is the trace of a stray quote. Without multiline columns the counts tell.
  const single = layout.header.flatMap((_, i) => (layout.multiline[i] === true ? [] : [`_rollcall_c${i}`]));
  const lineFeeds = single.map((field) => `coalesce(contains(${field}, chr(10)), false)`).join(' OR ');
  const misshapen = isCanonical || layout.quote === null || lineFeeds === '' ? null : lineFeeds;
  return {
    from: `SELECT *${casts.join('')}
           FROM (SELECT row_number() OVER () AS ${RN}, ${source.join(', ')} FROM ${strictReader(path, layout, isCanonical)})`,
    columns,
    bytes: stagedBytes(dataset, records, statSync(path).size),
    conditions: { misshapen, extraKeys: null },
    blame: (error) => (isCsvError(error) ? 'records' : { error }),
    // With values of several lines the counts agree even if a stray quote has swallowed lines: then a line feed stands where none may.
    check: async (after) =>
      misshapen === null ||
      (await database.count(`SELECT count(*) FROM ${STAGE} WHERE ${RN} > ${after} AND ${isMisshapen}`)) === 0,
  };
}

function strictReader(path: string, { header, dialect, maxBytes }: CsvLayout, isCanonical: boolean): string {
  const { delimiter, quote } = isCanonical ? CANONICAL : dialect;
  const fields = header.map((_, i) => `'c${i}': 'VARCHAR'`).join(', ');
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
