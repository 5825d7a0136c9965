import type { Dataset } from '../../contracts/dataset/dataset';
import { uniqueOf } from '../../contracts/dataset/unique';
import { RecordsUnaccounted } from '../../contracts/errors';
import type { Database } from '../duckdb/database';
import { isSound, type Rule } from './rules';
import { identifier, text } from '../duckdb/sql';
import { HASH, RN, STAGE } from './stage';

/** Table of the numbers and hashes of sound records that are left out because an earlier one has their unique key. */
export const LATER = '_rollcall_later';

export const UNIQUE_RULE = 'unique';

/** The rule that a record with the unique key of an earlier one breaks. */
export function uniqueRule(dataset: Dataset): Rule {
  return { name: UNIQUE_RULE, warns: dataset.duplicates === 'warn', columns: uniqueOf(dataset)?.columns ?? [] };
}

/** A Parquet file with the numbers of the records that a batch has to leave out. */
export interface OmitFile {
  readonly path: string;
  readonly records: number;
}

/** Makes the table {@link LATER}, empty. */
export async function createLater(database: Database): Promise<void> {
  await database.run(`CREATE TEMP TABLE ${LATER} (${RN} BIGINT, ${HASH} UBIGINT)`);
}

/**
 * Finds the later records of each unique key among the sound ones: of several with one key the first is kept. Missing values are equal
 * to each other here, as in GROUP BY.
 * @param omit numbers of records whose key an earlier batch has
 * @returns how many there are
 * @throws RecordsUnaccounted when a record to omit is not one that would be accepted
 */
export async function findLaterRecords(
  database: Database,
  dataset: Dataset,
  rules: readonly Rule[],
  omit: OmitFile | null,
): Promise<number> {
  await createLater(database);
  const unique = uniqueOf(dataset);
  if (unique === undefined) return 0;
  const key = unique.columns.map(identifier);
  const sound = isSound(rules);
  // Only keys that stand more than once get into the join, and they are few.
  await database.run(
    `CREATE TEMP TABLE _rollcall_doubled AS
     SELECT ${key.join(', ')}, min(${RN}) AS _rollcall_first FROM ${STAGE} WHERE ${sound}
     GROUP BY ${key.join(', ')} HAVING count(*) > 1`,
  );
  const same = key.map((column) => `s.${column} IS NOT DISTINCT FROM d.${column}`).join(' AND ');
  const later = await database.count(
    `INSERT INTO ${LATER}
     SELECT s.${RN}, s.${HASH} FROM ${STAGE} s JOIN _rollcall_doubled d ON ${same} WHERE s.${RN} > d._rollcall_first AND ${sound}`,
  );
  // After the others: a record that is left out for an earlier batch is still the first of its key in this one.
  let omitted = 0;
  if (omit !== null) {
    omitted = await database.count(
      `INSERT INTO ${LATER}
       SELECT s.${RN}, s.${HASH} FROM read_parquet(${text(omit.path)}) o JOIN ${STAGE} s ON s.${RN} = o.row_number
       WHERE ${sound} AND o.row_number NOT IN (SELECT ${RN} FROM ${LATER})`,
    );
    if (omitted !== omit.records)
      throw new RecordsUnaccounted(`left out ${omitted} records for earlier batches, expected ${omit.records}`);
  }
  return later + omitted;
}

/**
 * SQL for 128 bits of a unique key, as two numbers, which Parquet can hold. Lengths keep ('a', 'bc') and ('ab', 'c') apart.
 */
export function keyHash(dataset: Dataset): { high: string; low: string } {
  const parts = (uniqueOf(dataset)?.columns ?? []).map((name) => {
    const type = dataset.columns[name]?.type;
    const column = identifier(name);
    const value = type === 'timestamp' ? `epoch_us(${column})::VARCHAR` : `${column}::VARCHAR`;
    return `coalesce(strlen(${value}) || ':' || ${value}, '-')`;
  });
  const all = parts.join(` || ',' || `);
  return { high: `md5_number_upper(${all})`, low: `md5_number_lower(${all})` };
}
