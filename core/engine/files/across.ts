import { join } from 'node:path';
import { Database, type Limits } from '../duckdb/database';
import { text } from '../duckdb/sql';
import { writeParquet, type LocalFile } from './outputs';

/** The file with the hashes of one batch's unique keys. */
export interface KeysOfBatch {
  readonly index: number;
  readonly path: string;
}

/** Records of a batch whose unique key an earlier batch has: their numbers, in a file. */
export interface Omissions extends LocalFile {
  readonly index: number;
}

/**
 * Finds the records of later batches whose unique key an earlier one has. Within a batch keys are unique already.
 * @param batches in the order of the partition's objects
 * @returns one file per batch that has to leave something out
 */
export async function duplicatesAcross(
  batches: readonly KeysOfBatch[],
  workDir: string,
  limits: Limits,
): Promise<Omissions[]> {
  const database = await Database.open(workDir, limits);
  try {
    await readKeys(database, batches);
    await database.run(
      `CREATE TEMP TABLE later AS
       SELECT k.batch, k.row_number
       FROM keys k JOIN (SELECT high, low, min(batch) AS first FROM keys GROUP BY high, low HAVING count(*) > 1) d
         ON k.high = d.high AND k.low = d.low
       WHERE k.batch > d.first`,
    );
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
    await readKeys(database, batches);
    return await database.count(
      `SELECT coalesce(sum(in_batches - 1), 0)
       FROM (SELECT count(DISTINCT batch) AS in_batches FROM keys GROUP BY high, low HAVING min(batch) < max(batch))`,
    );
  } finally {
    database.close();
  }
}

async function readKeys(database: Database, batches: readonly KeysOfBatch[]): Promise<void> {
  await database.run('CREATE TEMP TABLE keys (batch INTEGER, high UBIGINT, low UBIGINT, row_number BIGINT)');
  for (const { index, path } of batches)
    await database.run(`INSERT INTO keys SELECT ${index}, high, low, row_number FROM read_parquet(${text(path)})`);
}
