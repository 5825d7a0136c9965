import { statSync } from 'node:fs';
import { readOf } from '../../../contracts/dataset/column';
import { originOf } from '../../../contracts/dataset/formats/origin';
import { readsAbout } from '../../../contracts/dataset/formats/source-name';
import type { Database } from '../../duckdb/database';
import { text } from '../../duckdb/sql';
import { RN, stagedBytes } from '../../stage/stage';
import { aboutSql, LINE } from '../../stage/about-record';
import type { Landing, Relation } from '../format';
import { exactColumns, MAX_EXACT_BYTES, MAX_JSON_BYTES, pathOf } from './exact-records';
import type { MemberPath } from './member-finder';
import { around, Pointers } from './pointers';
import { StagedMembers } from './staged-members';
import { losesDigits, memberWithoutNulls, typedJson, type Member } from './typed-json';

/** A file of records, one JSON value a line. */
export interface JsonLines {
  readonly path: string;
  readonly records: number;
  /** Whether the lines are those of `ExactRecords`. */
  readonly isExact: boolean;
}

type Of = Pick<Landing, 'dataset' | 'object' | 'partition'>;

/** The reader over records. One that is no object, or has a key twice, is a record that breaks `record.shape`. */
export function jsonlRelation(database: Database, of: Of, { path, records, isExact }: JsonLines): Relation {
  const { dataset } = of;
  const root: MemberPath = isExact ? ['r'] : [];
  const most = isExact ? MAX_EXACT_BYTES : MAX_JSON_BYTES;
  const reader = `read_ndjson_objects(${text(path)}, ignore_errors = true, maximum_object_size = ${most})`;
  const { columns, from, uncertain } = recordsSql(of, reader, root);
  const members = new StagedMembers(database, dataset, { reader, root, uncertain });
  return {
    from,
    columns,
    bytes: stagedBytes(dataset, records, statSync(path).size),
    conditions: {
      misshapen: 'coalesce(_rollcall_misshapen, true)',
      extraKeys: dataset.source.extraColumns === 'fail' ? '_rollcall_extra' : null,
    },
    // It reads whatever is one value a line; of a line that is too long, or not UTF-8, it only says that there is one.
    blame: () => 'records',
    check: (after) => members.check(after),
    members,
  };
}

function recordsSql(of: Of, reader: string, root: MemberPath) {
  const { dataset } = of;
  const isExact = root.length > 0;
  const texts = new Pointers('_rollcall_texts');
  const kinds = new Pointers('_rollcall_kinds');
  const keys = new Pointers('_rollcall_inner');
  const exact = isExact ? exactColumns(dataset).map(({ name }) => name) : [];
  const fields: string[] = [];
  /** Texts without those that are NULL. */
  const values: string[] = [];
  if (isExact && readsAbout(dataset, '$line'))
    fields.push(`CAST(${texts.at(['x', String(exact.length)])} AS BIGINT) AS ${LINE}`);
  const columns = Object.entries(dataset.columns).map(([name, column], i) => {
    const origin = originOf(name, column);
    if (origin.kind === 'about') {
      const sql = aboutSql(origin.about, column, of);
      return { name, column, source: sql, member: null, typed: sql };
    }
    const own = [...root, ...origin.path];
    const within = insideObjects(own, kinds);
    const beside = exact.includes(name) ? ['x', String(exact.indexOf(name))] : null;
    const member: Member = {
      source: column.type === 'json' ? `_rollcall_x${i}` : `_rollcall_c${i}`,
      kind: `_rollcall_k${i}`,
      isOuter: own.length === root.length + 1,
      exact: beside === null ? null : { text: `_rollcall_x${i}`, kind: `_rollcall_y${i}` },
    };
    fields.push(`${within(texts.at(own))} AS _rollcall_c${i}, ${within(kinds.at(own))} AS _rollcall_k${i}`);
    if (beside !== null) fields.push(`${texts.at(beside)} AS _rollcall_x${i}, ${kinds.at(beside)} AS _rollcall_y${i}`);
    if (readOf(column)?.nullValues === undefined)
      return { name, column, source: member.source, member, typed: typedJson(column, member) };
    const source = `_rollcall_v${i}`;
    values.push(`, ${memberWithoutNulls(column, member.source, member.kind)} AS ${source}`);
    const typed = `CASE WHEN ${source} IS NOT NULL THEN ${typedJson(column, { ...member, source })} END`;
    return { name, column, source, member, typed };
  });
  const paths = columns.map(({ name, column }) => pathOf(name, column)).filter((path) => path.length > 0);
  const tops = [...new Set(paths.map(([top = '']) => top))];
  const known = tops.map((top) => `(${kinds.at([...root, top])} IS NOT NULL)::INTEGER`).join(' + ');
  const isDouble = (list: string) => `len(list_distinct(${list})) <> len(${list})`;
  // More keys than known columns: one stands twice, or is not declared. Only then are they looked at one by
  // one: CASE does that, whereas AND computes both sides for every record.
  const surplus = `len(_rollcall_keys) <> ${known}`;
  const doubled = [
    `(CASE WHEN ${surplus} THEN ${isDouble('_rollcall_keys')} ELSE false END)`,
    ...new Set(paths.flatMap(around).map((path) => `coalesce(${isDouble(keys.at([...root, ...path]))}, false)`)),
  ].join(' OR ');
  const object = isExact ? `json, ${text('/r')}` : 'json';
  const isObject = `coalesce(json_type(${object}) = 'OBJECT', false)`;
  const decimals = isExact ? [] : columns.filter(({ column }) => column.type === 'decimal');
  const uncertain = losesDigits(
    'json',
    decimals.flatMap(({ member }) => (member === null ? [] : [member])),
  );
  const inner = keys.size === 0 ? '' : `json_keys(json, ${keys.sql}) AS _rollcall_inner,`;
  const from = `SELECT *, NOT _rollcall_object OR _rollcall_doubled${uncertain === null ? '' : ` OR (${uncertain})`} AS _rollcall_misshapen${values.join('')}
    FROM (SELECT ${RN}, json, _rollcall_object, ${surplus} AS _rollcall_extra, ${doubled} AS _rollcall_doubled, ${fields.join(', ')}
          FROM (SELECT row_number() OVER () AS ${RN}, json, ${isObject} AS _rollcall_object, ${inner}
                       CASE WHEN ${isObject} THEN json_keys(${object}) END AS _rollcall_keys,
                       json_extract_string(json, ${texts.sql}) AS _rollcall_texts,
                       json_type(json, ${kinds.sql}) AS _rollcall_kinds
                FROM ${reader}))`;
  return { from, columns, uncertain: uncertain === null ? null : `SELECT count(*) FROM (${from}) WHERE ${uncertain}` };
}

/** What makes SQL of a member NULL where a list is on the way to it: a pointer goes into lists by number, a path does not. */
function insideObjects(path: MemberPath, kinds: Pointers): (sql: string) => string {
  const doubtful = around(path).filter((at) => /^\d+$/.test(path[at.length] ?? ''));
  if (doubtful.length === 0) return (sql) => sql;
  const conditions = doubtful.map((at) => `${kinds.at(at)} = 'OBJECT'`).join(' AND ');
  return (sql) => `CASE WHEN ${conditions} THEN ${sql} END`;
}
