import { statSync } from 'node:fs';
import type { Dataset } from '../../../contracts/dataset/dataset';
import { originOf } from '../../../contracts/dataset/formats/origin';
import { capturing } from '../../../contracts/dataset/formats/text';
import type { Database } from '../../duckdb/database';
import { text } from '../../duckdb/sql';
import { RN, stagedBytes } from '../../stage/stage';
import { castText, typedText } from '../../stage/typed-text';
import type { Relation } from '../format';
import { groupsIn, type Group } from './groups';
import { LINE, lineReader } from './line-file';

/** Longest line that is read: as a record of CSV. */
export const MAX_LINE_BYTES = 2 * 1024 * 1024;

/** Fields of what a line's match gives: the whole, which is never empty, and the groups. */
const WHOLE = 'w';
const MATCH = '_rollcall_match';

/** How a line is matched. */
export interface LineMatch {
  /** SQL for what a line's match gives. */
  readonly match: string;
  /** SQL over {@link MATCH}: whether the line does not match. */
  readonly isNone: string;
  /** By group: SQL over the line and {@link MATCH} for its text; NULL where it took no part. */
  readonly groups: ReadonlyMap<string, string>;
}

/** How lines are matched for the groups that columns are of. */
export async function lineMatch(
  database: Database,
  { source, columns }: Pick<Dataset, 'source' | 'columns'>,
): Promise<LineMatch> {
  const pattern = source.text?.pattern ?? '';
  const wanted = new Set(
    Object.entries(columns).flatMap(([name, column]) => {
      const origin = originOf(name, column);
      return origin.kind === 'source' ? [origin.path[0]] : [];
    }),
  );
  const groups = groupsIn(pattern).filter(({ name }) => wanted.has(name));
  const whole = text(
    wholeLine(
      pattern,
      groups.map(({ name }) => name),
    ),
  );
  const names = [WHOLE, ...groups.map((_, i) => `g${i}`)].map(text);
  const values = new Map<string, string>();
  for (const [i, group] of groups.entries()) {
    const value = `${MATCH}.g${i}`;
    // A group that took no part and one that matched nothing are both '' there. Of all matches in a list, NULL is the first.
    const exact = `CASE WHEN ${value} <> '' THEN ${value} ELSE regexp_extract_all(${LINE}, ${whole}, ${i + 2})[1] END`;
    const isClear = !group.isOptional || !(await mayBeEmpty(database, group));
    values.set(group.name, !isClear ? exact : group.isOptional ? `nullif(${value}, '')` : value);
  }
  return {
    match: `regexp_extract(${LINE}, ${whole}, [${names.join(', ')}]) AS ${MATCH}`,
    isNone: `${MATCH}.${WHOLE} = ''`,
    groups: values,
  };
}

/** Whether a group may match nothing. What it says of the characters around it cannot be asked by itself. */
async function mayBeEmpty(database: Database, { body }: Group): Promise<boolean> {
  if (/[$^]|\\[bBAz]/.test(body.replace(/\[\^/g, '['))) return true;
  const { empty } = await database.row(`SELECT regexp_full_match('', ${text(capturing(body, []))}) AS empty`);
  return empty !== false;
}

/** The pattern as RE2 takes it: of the whole line, which is the first group. */
export const wholeLine = (pattern: string, groups: readonly string[]) => `\\A(${capturing(pattern, groups)})\\z`;

/** Lines and what the pattern finds in them. One that does not match is a record that breaks `record.shape`. */
export async function textRelation(
  database: Database,
  dataset: Dataset,
  { path, records }: { readonly path: string; readonly records: number },
): Promise<Relation> {
  const { match, isNone, groups } = await lineMatch(database, dataset);
  const columns = Object.entries(dataset.columns).map(([name, column], i) => {
    const origin = originOf(name, column);
    const group = origin.kind === 'source' ? groups.get(origin.path[0]) : undefined;
    const source = `_rollcall_c${i}`;
    return {
      name,
      column,
      source,
      typed: typedText(column, source, `_rollcall_cast${i}`),
      cast: castText(column, source),
      value: `${group ?? 'NULL'} AS ${source}`,
    };
  });
  // In projections of their own, because they are used more than once.
  const casts = columns.flatMap(({ cast }, i) => (cast === null ? [] : [`, ${cast} AS _rollcall_cast${i}`]));
  return {
    from: `SELECT *${casts.join('')}
           FROM (SELECT ${RN}, ${isNone} AS _rollcall_misshapen, ${columns.map(({ value }) => value).join(', ')}
                 FROM (SELECT row_number() OVER () AS ${RN}, ${LINE}, ${match} FROM ${lineReader(path, MAX_LINE_BYTES)}))`,
    columns,
    bytes: stagedBytes(dataset, records, statSync(path).size),
    conditions: { misshapen: '_rollcall_misshapen', extraKeys: null },
    blame: (error) => ({ error }),
    check: () => Promise.resolve(true),
  };
}
