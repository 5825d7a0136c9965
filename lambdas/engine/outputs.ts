import { stat } from 'node:fs/promises';
import type { Dataset } from '../contracts/dataset';
import { RecordsUnaccounted } from '../contracts/errors';
import type { Database } from './database';
import { parquetRecords } from './parquet-footer';
import { identifier, text } from './sql';
import { RN, STAGE } from './stage';
import { isSound, keyHash, LATER } from './unique';

/** A file that a batch has made, still on this machine. */
export interface LocalFile {
  readonly path: string;
  readonly records: number;
  readonly bytes: number;
}

/** Writes the accepted records in their order; null when there is none. */
export async function writeAccepted(
  database: Database,
  dataset: Dataset,
  masks: number,
  later: number,
  path: string,
): Promise<LocalFile | null> {
  const columns = Object.keys(dataset.columns).map(identifier).join(', ');
  return writeParquet(database, `SELECT ${columns} FROM ${STAGE} WHERE ${accepted(masks, later)}`, path);
}

/** Writes the hash and number of every accepted record, by which batches of one partition are compared. */
export async function writeUniqueKeys(
  database: Database,
  dataset: Dataset,
  masks: number,
  later: number,
  path: string,
): Promise<LocalFile | null> {
  const { high, low } = keyHash(dataset);
  return writeParquet(
    database,
    `SELECT ${high} AS high, ${low} AS low, ${RN} AS row_number FROM ${STAGE} WHERE ${accepted(masks, later)}`,
    path,
  );
}

/** SQL for the accepted records; the anti-join only where there is something to leave out. */
function accepted(masks: number, later: number): string {
  const sound = isSound(masks);
  return later === 0 ? sound : `${sound} AND ${RN} NOT IN (SELECT ${RN} FROM ${LATER})`;
}

/**
 * Writes a query's records, reads the file's footer back by other means than DuckDB and compares the counts.
 * @returns null when there is no record; then there is no file to keep either
 */
export async function writeParquet(database: Database, query: string, path: string): Promise<LocalFile | null> {
  const written = await database.count(`COPY (\n${query}\n) TO ${text(path)} (FORMAT parquet, COMPRESSION zstd)`);
  const records = await parquetRecords(path);
  if (records !== written)
    throw new RecordsUnaccounted(`wrote ${written} records, but the file's footer says ${records}`);
  return records === 0 ? null : { path, records, bytes: (await stat(path)).size };
}
