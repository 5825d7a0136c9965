import { stat } from 'node:fs/promises';
import type { Dataset } from '../../contracts/dataset/dataset';
import { RecordsUnaccounted } from '../../contracts/errors';
import { ENGINE_OPTIONS } from '../../domain/batch/engine-options';
import { briefly } from '../duckdb/briefly';
import { columnsOf, type TypedColumn } from '../duckdb/typed-columns';
import type { Database } from '../duckdb/database';
import { crc32Of } from '../bytes/file-checksum';
import { parquetRecords } from '../bytes/parquet-footer';
import { acceptedHash, readBack, sumOf } from './read-back';
import { passesThrough, RESULT, withResult } from './result';
import { isSound, type Rule } from '../stage/rules';
import { identifier, text } from '../duckdb/sql';
import { HASH, hashOf, RN, STAGE } from '../stage/stage';
import { DUPLICATES, LATER, type LeftOut } from '../stage/later-records';
import { keyHash, orderColumns } from '../stage/unique-keys';

/** A file that a batch has made, still on this machine. */
export interface LocalFile {
  readonly path: string;
  readonly records: number;
  readonly bytes: number;
  /** CRC-32 of its bytes, taken before its records were read back: who sends it has to send these bytes. */
  readonly crc32: string;
}

/** Writes the accepted records in their order; null when there is none. */
export async function writeAccepted(
  database: Database,
  dataset: Dataset,
  rules: readonly Rule[],
  leftOut: LeftOut,
  path: string,
): Promise<LocalFile | null> {
  const columns = Object.keys(dataset.columns).map(identifier).join(', ');
  const from = `${STAGE} WHERE ${accepted(rules, leftOut)}`;
  const file = await copyToParquet(database, `SELECT ${columns} FROM ${from}`, path);
  await readBack(database, path, acceptedHash(dataset, rules), await sumOf(database, HASH, from));
  return file.records === 0 ? null : file;
}

/**
 * Writes the hash and number of the record that is kept of each key, and what orders it, by which batches of one partition are compared.
 * Those that say that their key is gone are among them: they take the records of other batches with them.
 */
export async function writeUniqueKeys(
  database: Database,
  dataset: Dataset,
  rules: readonly Rule[],
  { duplicates }: LeftOut,
  path: string,
): Promise<LocalFile | null> {
  const { high, low } = keyHash(dataset);
  const order = orderColumns(dataset).map(({ name, inFile }) => `${identifier(name)} AS ${inFile}`);
  const selected = [`${high} AS high`, `${low} AS low`, `${RN} AS row_number`, ...order];
  const kept = duplicates === 0 ? isSound(rules) : `${isSound(rules)} AND ${RN} NOT IN (${DUPLICATES})`;
  return writeParquet(database, `SELECT ${selected.join(', ')} FROM ${STAGE} WHERE ${kept}`, path);
}

/** SQL for the accepted records; the anti-join only where there is something to leave out. */
function accepted(rules: readonly Rule[], { duplicates, deleted }: LeftOut): string {
  const sound = isSound(rules);
  return duplicates + deleted === 0 ? sound : `${sound} AND ${RN} NOT IN (SELECT ${RN} FROM ${LATER})`;
}

/**
 * Writes a query's records to a file, and reads it back: what is in it are the records that the query gave, in number and content.
 * @returns null when there is no record; then there is no file to keep either
 * @throws RecordsUnaccounted when records are missing, and when a value does not survive Parquet (which has no 128-bit integers, for
 *   one), naming its column
 */
export async function writeParquet(database: Database, query: string, path: string): Promise<LocalFile | null> {
  const file = (await writePassing(database, query, path)) ?? (await writeResult(database, query, path));
  return file.records === 0 ? null : file;
}

/**
 * Writes a query's records without keeping them, and asks the query a second time what they should be.
 * @returns undefined where the query is too dear for that, or where the two differ: what it gives may not be the same each time
 *   (`random()`), a value may not survive, or the file may have been altered; the other way tells
 */
async function writePassing(database: Database, query: string, path: string): Promise<LocalFile | undefined> {
  if (!(await passesThrough(database, query))) return undefined;
  const from = `(\n${query}\n)`;
  const columns = await columnsOf(database, from);
  const file = await copyToParquet(database, query, path);
  const made = await sumOf(database, hashOf(columns.map(({ name }) => identifier(name))), from);
  const found = await sumOf(database, hashOf(await turnedBack(database, columns, path)), source(path));
  return made.records === found.records && made.hashes === found.hashes ? file : undefined;
}

async function writeResult(database: Database, query: string, path: string): Promise<LocalFile> {
  return withResult(database, query, async (made, columns) => {
    const names = columns.map(({ name }) => identifier(name)).join(', ');
    const file = await copyToParquet(database, `SELECT ${names} FROM ${RESULT}`, path);
    const values = await turnedBack(database, columns, path);
    await readBack(database, path, hashOf(values), await sumOf(database, HASH, RESULT)).catch(
      async (error: unknown) => {
        const changed = await changedColumns(database, path, columns, values);
        if (changed.length === 0) throw error;
        throw new RecordsUnaccounted(
          `values are not the same in Parquet: ${changed.join(', ')}; cast them to a type that it has (BIGINT, DECIMAL, DOUBLE, VARCHAR)`,
          { cause: error },
        );
      },
    );
    if (file.records !== made)
      throw new RecordsUnaccounted(`wrote ${file.records} records, expected the ${made} that the query gave`);
    return file;
  });
}

/** The columns of a file as SQL. Where Parquet has no such type it holds another: the values have to be the same when they are turned back. */
async function turnedBack(database: Database, columns: readonly TypedColumn[], path: string): Promise<string[]> {
  const inFile = new Map((await columnsOf(database, source(path))).map(({ name, type }) => [name, type]));
  return columns.map(({ name, type }) =>
    inFile.get(name) === type ? identifier(name) : `TRY_CAST(${identifier(name)} AS ${type})`,
  );
}

/** Columns that hold other values in the file than in the result, where Parquet has given them another type. */
async function changedColumns(
  database: Database,
  path: string,
  columns: readonly TypedColumn[],
  values: readonly string[],
): Promise<string[]> {
  const changed: string[] = [];
  for (const [i, { name, type }] of columns.entries()) {
    const value = values[i]!;
    if (value === identifier(name)) continue;
    const made = await sumOf(database, hashOf([identifier(name)]), RESULT);
    const found = await sumOf(database, hashOf([value]), source(path));
    if (made.hashes !== found.hashes) changed.push(`${JSON.stringify(name)} (${type})`);
  }
  return changed;
}

const source = (path: string) => `read_parquet(${text(path)})`;

/** Writes a query's records, reads the file's footer by other means than DuckDB and compares the counts. */
async function copyToParquet(database: Database, query: string, path: string): Promise<LocalFile> {
  const written = await database.count(`COPY (\n${query}\n) TO ${text(path)} (${ENGINE_OPTIONS.parquet})`);
  const crc32 = crc32Of(path);
  const records = await parquetRecords(path).catch((cause: unknown) => {
    throw new RecordsUnaccounted(`the file that was written is none: ${briefly(cause)}`, { cause });
  });
  if (records !== written)
    throw new RecordsUnaccounted(`wrote ${written} records, but the file's footer says ${records}`);
  return { path, records, bytes: (await stat(path)).size, crc32 };
}
