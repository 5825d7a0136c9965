import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { crc32, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib';
import { identifier, text } from '../../core/engine/duckdb/sql';
import { zipOf } from '../core/engine/bytes/zip';
import type { SharedDatabase } from './shared-database';

/** What happens to one record. */
export const DEEDS = ['dropped', 'doubled', 'altered'] as const;
export type Deed = (typeof DEEDS)[number];
export type Random = (below: number) => number;

/** Drops, doubles or alters one line; the first `header` lines are left alone. */
function alterLines(content: Buffer, header: number, deed: Deed, random: Random): Buffer {
  // latin1: byte by byte, whatever they mean.
  const lines = content.toString('latin1').split('\n');
  const last = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  const at = header + random(last - header);
  const line = lines[at]!;
  if (deed === 'dropped') lines.splice(at, 1);
  else if (deed === 'doubled') lines.splice(at, 0, line);
  else {
    const letters = Array.from(line.matchAll(/[0-9a-z]/g), ({ index }) => index);
    const where = letters[random(letters.length)]!;
    lines[at] = line.slice(0, where) + (line[where] === '7' ? '8' : '7') + line.slice(where + 1);
  }
  return Buffer.from(lines.join('\n'), 'latin1');
}

export function alterTextFile(path: string, header: number, deed: Deed, random: Random): void {
  writeFileSync(path, alterLines(readFileSync(path), header, deed, random));
}

/** Drops, doubles or alters one byte of a file that has no lines. */
export function alterBytes(path: string, deed: Deed, random: Random): void {
  const content = readFileSync(path);
  const at = random(content.length);
  const kept = { dropped: [], doubled: [content[at]!, content[at]!], altered: [content[at]! ^ (1 + random(255))] }[
    deed
  ];
  writeFileSync(path, Buffer.concat([content.subarray(0, at), Buffer.from(kept), content.subarray(at + 1)]));
}

export function alterGzipFile(path: string, deed: Deed, random: Random): void {
  writeFileSync(path, gzipSync(alterLines(gunzipSync(readFileSync(path)), 0, deed, random)));
}

/** Of an archive of one deflated entry, whose directory goes on to say what it was. */
export function alterZipFile(path: string, header: number, deed: Deed, random: Random): void {
  const archive = readFileSync(path);
  const from = 30 + archive.readUInt16LE(26) + archive.readUInt16LE(28);
  const was = inflateRawSync(archive.subarray(from, from + archive.readUInt32LE(18)));
  const said = { size: was.length, crc32: crc32(was) };
  writeFileSync(path, zipOf([{ name: 'orders.csv', content: alterLines(was, header, deed, random), said }]));
}

/** SQL for another value of a column. */
function another(column: string, type: string): string {
  const name = identifier(column);
  if (type === 'VARCHAR') return `coalesce(${name}, '') || 'x'`;
  if (type === 'DATE') return `coalesce(${name}, DATE '2001-01-01') + 1`;
  if (type.startsWith('TIMESTAMP')) return `coalesce(${name}, TIMESTAMPTZ '2001-01-01') + INTERVAL 1 SECOND`;
  // Whatever the type, the result stays in it.
  return `CASE WHEN ${name} IS NULL OR ${name} < 5 THEN coalesce(${name}, 0) + 1 ELSE ${name} - 1 END`;
}

/** Does something to one row of a table. */
export async function alterTable(
  database: SharedDatabase,
  table: string,
  columns: readonly { readonly name: string; readonly type: string }[],
  deed: Deed,
  random: Random,
): Promise<void> {
  const rows = await database.quietly(`SELECT count(*) FROM ${table}`);
  if (rows === 0) throw new Error(`there is nothing to alter in ${table}`);
  const where = `WHERE rowid = (SELECT rowid FROM ${table} ORDER BY rowid LIMIT 1 OFFSET ${random(rows)})`;
  const { name, type } = columns[random(columns.length)]!;
  const done =
    deed === 'dropped'
      ? await database.quietly(`DELETE FROM ${table} ${where}`)
      : deed === 'doubled'
        ? await database.quietly(`INSERT INTO ${table} SELECT * FROM ${table} ${where}`)
        : await database.quietly(`UPDATE ${table} SET ${identifier(name)} = ${another(name, type)} ${where}`);
  if (done !== 1) throw new Error(`${deed} ${done} rows of ${table}`);
}

/** Writes a Parquet file anew with one record dropped, doubled or altered, but for some columns. */
export async function alterParquet(
  database: SharedDatabase,
  path: string,
  deed: Deed,
  random: Random,
  spared: readonly string[] = [],
): Promise<void> {
  const table = '_conservation';
  await database.quietly(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT * FROM read_parquet(${text(path)})`);
  const columns = (await database.columnsOf(table)).filter(({ name }) => !spared.includes(name));
  await alterTable(database, table, columns, deed, random);
  await database.quietly(`COPY ${table} TO ${text(`${path}.new`)} (FORMAT parquet, COMPRESSION zstd)`);
  renameSync(`${path}.new`, path);
  await database.quietly(`DROP TABLE ${table}`);
}
