import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Column, Dataset } from '../../contracts/dataset/dataset';
import { RecordsUnaccounted } from '../../contracts/errors';
import { crc32Text } from '../../domain/batch/crc32-text';
import { compareColumns } from '../lines/csv-header';
import { isAccountedFor } from '../sql/definition-fault';
import { refuseAltered } from '../bytes/file-checksum';
import type { LandedText } from '../bytes/land';
import type { SetAside, Staged } from './read-csv';
import { recordsOf } from '../lines/records';
import { hasExtraKeys } from './rules';
import { text } from '../duckdb/sql';
import { RN, STAGE, stagedBytes, type Reading, type Stage } from './stage';
import { MAX_RECORD_BYTES } from '../lines/text-format';
import { typedText } from './typed-text';

/**
 * Reads a JSONL object. A line that is no JSON object (or has a key twice) is staged as a record that breaks `record.shape`; where the
 * reader refuses the whole file (a line too long, bytes that are not UTF-8), those lines are set aside first.
 */
export async function stageJsonl(
  stage: Stage,
  dataset: Dataset,
  landed: LandedText,
  after: number,
  mostMisshapen: number,
): Promise<Staged> {
  if (!landed.isHard && (await stagesAsItIs(stage, dataset, landed, after))) {
    await refuseExtraKeys(stage, dataset, reader(landed.path), after);
    return { rows: landed.records, misshapen: 0, scrutiny: 'trusting', stopped: false };
  }
  const sound = `${landed.path}.sound`;
  const { records, misshapen, crc32: expected } = setAside(landed, sound, mostMisshapen);
  if (misshapen > mostMisshapen) return { rows: 0, misshapen, scrutiny: 'checking', stopped: true };
  const rows = await stage.add(jsonlReading(dataset, sound, records), after);
  if (rows !== records)
    throw new RecordsUnaccounted(`the reader gave ${rows} records, expected ${records} as counted line by line`);
  await refuseExtraKeys(stage, dataset, reader(sound), after);
  refuseAltered(sound, expected, 'the file of its sound records');
  return { rows, misshapen, scrutiny: 'checking', stopped: false };
}

async function stagesAsItIs(stage: Stage, dataset: Dataset, landed: LandedText, after: number): Promise<boolean> {
  try {
    const rows = await stage.add(jsonlReading(dataset, landed.path, landed.records), after);
    if (rows === landed.records) return true;
  } catch (error) {
    if (isAccountedFor(error)) throw error;
    return false;
  }
  await stage.undo(after);
  return false;
}

/** Copies the lines that the reader can take; not to the end where there are too many others. */
function setAside(landed: LandedText, sound: string, most: number): SetAside {
  const fd = openSync(sound, 'w');
  try {
    let records = 0;
    let misshapen = 0;
    let checksum = 0;
    const newline = Buffer.from('\n');
    for (const { raw, problem } of recordsOf(landed.path, landed.format, 'checking')) {
      if (problem !== null) {
        misshapen += 1;
        if (misshapen > most) break;
        continue;
      }
      records += 1;
      for (const bytes of [raw, newline]) {
        checksum = crc32(bytes, checksum);
        for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      }
    }
    return { records, misshapen, crc32: crc32Text(checksum) };
  } finally {
    closeSync(fd);
  }
}

const reader = (path: string) =>
  `read_ndjson_objects(${text(path)}, ignore_errors = true, maximum_object_size = ${MAX_RECORD_BYTES.jsonl})`;

/** A JSON pointer: unlike a path it has no wildcards, so a column may be called `*`. */
const pointer = (name: string) => text(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);

function jsonlReading(dataset: Dataset, path: string, records: number): Reading {
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
  };
}

/**
 * The typed value of a JSON member. Its JSON type has to fit: `"5"` is no number, `1` no boolean and `5.0` no integer. A decimal may be
 * a string too, which is how exact ones are sent.
 */
function typedJson(column: Column, name: string, source: string, kind: string): string {
  const only = (kinds: string, value: string) => `CASE WHEN ${kind} IN (${kinds}) THEN ${value} END`;
  switch (column.type) {
    case 'string':
      return only(`'VARCHAR'`, source);
    case 'timestamp':
    case 'date':
      return only(`'VARCHAR'`, typedText(column, source));
    case 'boolean':
      return only(`'BOOLEAN'`, typedText(column, source));
    case 'integer':
      return only(`'BIGINT', 'UBIGINT'`, typedText(column, source));
    case 'double':
      return only(`'BIGINT', 'UBIGINT', 'DOUBLE'`, typedText(column, source));
    case 'decimal': {
      // The parser keeps a fraction as a double: its digits have to come from the line itself. That the two are the same number makes
      // sure that it is this member's literal and not one of the same name further inside.
      const literal = `regexp_extract(_rollcall_json::VARCHAR, ${text(`"${escapeRe2(name)}"\\s*:\\s*(-?[0-9.]+)\\s*[,}]`)}, 1)`;
      const same = `TRY_CAST(${literal} AS DOUBLE) = TRY_CAST(${source} AS DOUBLE)`;
      return (
        `CASE WHEN ${kind} IN ('BIGINT', 'UBIGINT', 'VARCHAR') THEN ${typedText(column, source)} ` +
        `WHEN ${kind} = 'DOUBLE' AND ${same} THEN ${typedText(column, literal)} END`
      );
    }
  }
}

function escapeRe2(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * Where the definition does not ignore them, keys that it does not name are a schema that has changed.
 * @throws SchemaMismatch naming them
 */
async function refuseExtraKeys({ database }: Stage, dataset: Dataset, from: string, after: number): Promise<void> {
  if ((await database.count(`SELECT count(*) FROM ${STAGE} WHERE ${RN} > ${after} AND ${hasExtraKeys}`)) === 0) return;
  const names = Object.keys(dataset.columns);
  const found = await database.rows(
    `SELECT DISTINCT unnest(json_keys(json)) AS name FROM ${from} WHERE json_type(json) = 'OBJECT'`,
  );
  const extra = found.map(({ name }) => String(name)).filter((name) => !names.includes(name));
  compareColumns(dataset, [...names, ...extra]);
}
