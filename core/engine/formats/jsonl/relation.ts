import { statSync } from 'node:fs';
import type { Dataset } from '../../../contracts/dataset/dataset';
import type { Database } from '../../duckdb/database';
import { text } from '../../duckdb/sql';
import { hasExtraKeys } from '../../stage/rules';
import { RN, STAGE, stagedBytes } from '../../stage/stage';
import { compareColumns } from '../columns';
import type { Relation } from '../format';
import { typedJson } from './typed-json';

/** Longest record, as DuckDB's reader is told: a quarter of its default of 16 MiB, because its buffers are a multiple of it. */
export const MAX_JSON_BYTES = 4 * 1024 * 1024;

const reader = (path: string) =>
  `read_ndjson_objects(${text(path)}, ignore_errors = true, maximum_object_size = ${MAX_JSON_BYTES})`;

/** A JSON pointer: unlike a path it has no wildcards, so a column may be called `*`. */
const pointer = (name: string) => text(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);

/** The reader over a file with one JSON value a line. One that is no object, or has a key twice, is a record that breaks `record.shape`. */
export function jsonlRelation(
  database: Database,
  dataset: Dataset,
  { path, records }: { readonly path: string; readonly records: number },
): Relation {
  const entries = Object.entries(dataset.columns);
  const pointers = `[${entries.map(([name]) => pointer(name)).join(', ')}]`;
  const fields = entries.map(
    (_, i) => `_rollcall_texts[${i + 1}] AS _rollcall_c${i}, _rollcall_kinds[${i + 1}] AS _rollcall_k${i}`,
  );
  const known = entries.map((_, i) => `(_rollcall_kinds[${i + 1}] IS NOT NULL)::INTEGER`).join(' + ');
  const columns = entries.map(([name, column], i) => {
    const source = `_rollcall_c${i}`;
    return { name, column, source, typed: typedJson(column, name, source, `_rollcall_k${i}`) };
  });
  const isObject = `coalesce(json_type(json) = 'OBJECT', false)`;
  // More keys than known columns: one stands twice, or is not declared. Only then are they looked at one by
  // one: CASE does that, whereas AND computes both sides for every record.
  const surplus = `len(_rollcall_keys) <> ${known}`;
  const doubled = `CASE WHEN ${surplus} THEN len(list_distinct(_rollcall_keys)) <> len(_rollcall_keys) ELSE false END`;
  return {
    from: `SELECT ${RN}, json AS _rollcall_json, ${surplus} AS _rollcall_extra,
                  NOT _rollcall_object OR (${doubled}) AS _rollcall_misshapen,
                  ${fields.join(', ')}
           FROM (SELECT row_number() OVER () AS ${RN}, json, ${isObject} AS _rollcall_object,
                        CASE WHEN ${isObject} THEN json_keys(json) END AS _rollcall_keys,
                        json_extract_string(json, ${pointers}) AS _rollcall_texts,
                        json_type(json, ${pointers}) AS _rollcall_kinds
                 FROM ${reader(path)})`,
    columns,
    bytes: stagedBytes(dataset, records, statSync(path).size),
    conditions: {
      misshapen: 'coalesce(_rollcall_misshapen, true)',
      extraKeys: dataset.source.extraColumns === 'fail' ? '_rollcall_extra' : null,
    },
    // It reads whatever is one value a line; of a line that is too long, or not UTF-8, it only says that there is one.
    blame: () => 'records',
    check: async (after) => {
      await refuseExtraKeys(database, dataset, reader(path), after);
      return true;
    },
  };
}

/**
 * Where the definition does not ignore them, keys that it does not name are a schema that has changed.
 * @throws SchemaMismatch naming them
 */
async function refuseExtraKeys(database: Database, dataset: Dataset, from: string, after: number): Promise<void> {
  if ((await database.count(`SELECT count(*) FROM ${STAGE} WHERE ${RN} > ${after} AND ${hasExtraKeys}`)) === 0) return;
  const names = Object.keys(dataset.columns);
  const found = await database.rows(
    `SELECT DISTINCT unnest(json_keys(json)) AS name FROM ${from} WHERE json_type(json) = 'OBJECT'`,
  );
  const extra = found.map(({ name }) => String(name)).filter((name) => !names.includes(name));
  compareColumns(dataset, [...names, ...extra]);
}
