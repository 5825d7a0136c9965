import { join } from 'node:path';
import type { Dataset } from '../../contracts/dataset/dataset';
import { uniqueOf } from '../../contracts/dataset/unique';
import { Database, type Limits } from '../duckdb/database';
import { allButLast } from '../stage/later-records';
import { orderColumns, type OrderColumn } from '../stage/unique-keys';
import { text } from '../duckdb/sql';
import { writeParquet, type LocalFile } from './outputs';

/** The file with the hashes of one batch's unique keys. */
export interface KeysOfBatch {
  readonly index: number;
  readonly path: string;
}

/** Records of a batch of whose unique key another batch has the one that is kept: their numbers, in a file. */
export interface Omissions extends LocalFile {
  readonly index: number;
}

/**
 * Finds the records of whose unique key another batch has the one that is kept: an earlier batch, or the one with the last. Within a batch
 * keys are unique already.
 * @param batches in the order of the partition's objects
 * @returns one file per batch that has to leave something out
 */
export async function duplicatesAcross(
  dataset: Dataset,
  batches: readonly KeysOfBatch[],
  workDir: string,
  limits: Limits,
): Promise<Omissions[]> {
  const database = await Database.open(workDir, limits);
  try {
    const order = orderColumns(dataset);
    await readKeys(database, batches, order);
    const doubled = `FROM keys k JOIN (SELECT high, low, min(batch) AS first FROM keys GROUP BY high, low HAVING count(*) > 1) d
       ON k.high = d.high AND k.low = d.low`;
    const later =
      uniqueOf(dataset)?.keep === 'last'
        ? allButLast(
            ['k.batch', 'k.row_number'],
            doubled,
            ['k.high', 'k.low'],
            [...order.map(({ inFile }) => `k.${inFile}`), 'k.batch'],
          )
        : `SELECT k.batch, k.row_number ${doubled} WHERE k.batch > d.first`;
    await database.run(`CREATE TEMP TABLE later AS ${later}`);
    const omissions: Omissions[] = [];
    for (const { index } of batches) {
      const query = `SELECT row_number FROM later WHERE batch = ${index} ORDER BY row_number`;
      const file = await writeParquet(database, query, join(workDir, `omit-${index}.parquet`));
      if (file !== null) omissions.push({ index, ...file });
    }
    return omissions;
  } finally {
    database.close();
  }
}

/**
 * Counts the keys that more than one batch has: one for each batch beyond the first. What a batch repeats within itself does not count.
 */
export async function repeatedAcross(
  batches: readonly KeysOfBatch[],
  workDir: string,
  limits: Limits,
): Promise<number> {
  const database = await Database.open(workDir, limits);
  try {
    await readKeys(database, batches, []);
    return await database.count(
      `SELECT coalesce(sum(in_batches - 1), 0)
       FROM (SELECT count(DISTINCT batch) AS in_batches FROM keys GROUP BY high, low HAVING min(batch) < max(batch))`,
    );
  } finally {
    database.close();
  }
}

async function readKeys(
  database: Database,
  batches: readonly KeysOfBatch[],
  order: readonly OrderColumn[],
): Promise<void> {
  const columns = [
    ...['high', 'low'].map((inFile) => ({ inFile, type: 'UBIGINT' })),
    { inFile: 'row_number', type: 'BIGINT' },
    ...order,
  ];
  const declared = columns.map(({ inFile, type }) => `${inFile} ${type}`).join(', ');
  const names = columns.map(({ inFile }) => inFile).join(', ');
  await database.run(`CREATE TEMP TABLE keys (batch INTEGER, ${declared})`);
  for (const { index, path } of batches)
    await database.run(`INSERT INTO keys SELECT ${index}, ${names} FROM read_parquet(${text(path)})`);
}
