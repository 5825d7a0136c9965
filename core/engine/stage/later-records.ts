import type { Dataset } from '../../contracts/dataset/dataset';
import { uniqueOf, type Unique } from '../../contracts/dataset/unique';
import { DefinitionFault, RecordsUnaccounted } from '../../contracts/errors';
import type { Database } from '../duckdb/database';
import { isAccountedFor, type Tell } from '../sql/definition-fault';
import { isSound, mentionedColumns, type Rule } from './rules';
import { identifier, text } from '../duckdb/sql';
import { HASH, RN, STAGE } from './stage';

/**
 * Table of the numbers and hashes of sound records that are left out: because another one has their unique key and is kept, or because they
 * say that their key is gone.
 */
export const LATER = '_rollcall_later';
/** Column of it: whether a record is the last of a key that is gone, and no duplicate. */
const IS_DELETED = '_rollcall_deleted';

/** SQL for the numbers of the duplicates. */
export const DUPLICATES = `SELECT ${RN} FROM ${LATER} WHERE NOT ${IS_DELETED}`;

export const UNIQUE_RULE = 'unique';

/** The rule that a record breaks where another one has its unique key and is kept. */
export function uniqueRule(dataset: Dataset): Rule {
  return { name: UNIQUE_RULE, warns: dataset.duplicates === 'warn', columns: uniqueOf(dataset)?.columns ?? [] };
}

/** A Parquet file with the numbers of the records that a batch has to leave out. */
export interface OmitFile {
  readonly path: string;
  readonly records: number;
}

/** How many records are left out, and why. */
export interface LeftOut {
  readonly duplicates: number;
  readonly deleted: number;
}

/** Makes the table {@link LATER}, empty. */
export async function createLater(database: Database): Promise<void> {
  await database.run(`CREATE TEMP TABLE ${LATER} (${RN} BIGINT, ${HASH} UBIGINT, ${IS_DELETED} BOOLEAN)`);
}

/**
 * Finds the records that are left out among the sound ones: of several with one key all but the first, or all but the last; then the last
 * ones that say that their key is gone. Missing values are equal to each other here, as in GROUP BY.
 * @param omit numbers of records of whose key another batch has the one that is kept
 * @throws RecordsUnaccounted when a record to omit is not one that would be accepted
 * @throws DefinitionFault when `unique.deleted` fails on a record
 */
export async function findLaterRecords(
  database: Database,
  dataset: Dataset,
  rules: readonly Rule[],
  omit: OmitFile | null,
  tell: Tell,
): Promise<LeftOut> {
  await createLater(database);
  const unique = uniqueOf(dataset);
  if (unique === undefined) return { duplicates: 0, deleted: 0 };
  const sound = isSound(rules);
  const duplicates = await findDuplicates(database, unique, sound);
  const omitted = omit === null ? 0 : await leaveOut(database, omit, sound);
  // Last: a record that is left out for another batch says nothing any more.
  const deleted = unique.deleted === null ? 0 : await findDeleted(database, dataset, unique.deleted, sound, tell);
  return { duplicates: duplicates + omitted, deleted };
}

async function findDuplicates(database: Database, { columns, keep, by }: Unique, sound: string): Promise<number> {
  const key = columns.map(identifier);
  // Only keys that stand more than once get into the join, and they are few.
  await database.run(
    `CREATE TEMP TABLE _rollcall_doubled AS
     SELECT ${key.join(', ')}, min(${RN}) AS _rollcall_first FROM ${STAGE} WHERE ${sound}
     GROUP BY ${key.join(', ')} HAVING count(*) > 1`,
  );
  const same = key.map((column) => `s.${column} IS NOT DISTINCT FROM d.${column}`).join(' AND ');
  const doubled = `FROM ${STAGE} s JOIN _rollcall_doubled d ON ${same} WHERE ${sound}`;
  const later =
    keep === 'first'
      ? `SELECT s.${RN}, s.${HASH} ${doubled} AND s.${RN} > d._rollcall_first`
      : allButLast(
          [`s.${RN}`, `s.${HASH}`],
          doubled,
          key.map((column) => `s.${column}`),
          [...by.map((column) => `s.${identifier(column)}`), `s.${RN}`],
        );
  return database.count(`INSERT INTO ${LATER} SELECT ${RN}, ${HASH}, false FROM (${later})`);
}

/**
 * SQL for the records of each key but its last. A window spills to disk, which an aggregate over texts does not; and values are compared as
 * what they are, NULL as the oldest.
 * @param selected columns of the result
 * @param from FROM and WHERE
 * @param order values by which the records of a key are ordered, of which the last tells any two apart
 */
export function allButLast(
  selected: readonly string[],
  from: string,
  key: readonly string[],
  order: readonly string[],
): string {
  const newest = order.map((value) => `${value} DESC NULLS LAST`).join(', ');
  const place = `row_number() OVER (PARTITION BY ${key.join(', ')} ORDER BY ${newest})`;
  return `SELECT * EXCLUDE (_rollcall_place)
     FROM (SELECT ${selected.join(', ')}, ${place} AS _rollcall_place ${from}) WHERE _rollcall_place > 1`;
}

async function leaveOut(database: Database, omit: OmitFile, sound: string): Promise<number> {
  // After the others: a record that is left out for another batch is still the one that is kept of its key in this one.
  const omitted = await database.count(
    `INSERT INTO ${LATER}
     SELECT s.${RN}, s.${HASH}, false FROM read_parquet(${text(omit.path)}) o JOIN ${STAGE} s ON s.${RN} = o.row_number
     WHERE ${sound} AND o.row_number NOT IN (SELECT ${RN} FROM ${LATER})`,
  );
  if (omitted !== omit.records)
    throw new RecordsUnaccounted(`left out ${omitted} records for other batches, expected ${omit.records}`);
  return omitted;
}

async function findDeleted(
  database: Database,
  dataset: Dataset,
  condition: string,
  sound: string,
  tell: Tell,
): Promise<number> {
  // Asked of every sound record, so that it does not depend on others whether it fails; and without TRY: a record of which it cannot be said
  // is no record that is there.
  const isDeleted = `CASE WHEN ${sound} THEN coalesce(CAST((\n${condition}\n) AS BOOLEAN), false) ELSE false END`;
  const asked = `SELECT ${RN}, ${HASH}, ${isDeleted} AS ${IS_DELETED} FROM ${STAGE}`;
  try {
    return await database.count(
      `INSERT INTO ${LATER}
       SELECT * FROM (${asked}) WHERE ${IS_DELETED} AND ${RN} NOT IN (SELECT ${RN} FROM ${LATER})`,
    );
  } catch (error) {
    if (isAccountedFor(error)) throw error;
    // If the records can be read, it is the condition.
    await database.row(`SELECT max(${HASH}) FROM ${STAGE}`);
    const columns = mentionedColumns(dataset, condition);
    const of = columns.length === 0 ? '' : ` (over ${columns.map((column) => JSON.stringify(column)).join(', ')})`;
    throw new DefinitionFault(`unique.deleted of ${dataset.name}${of} failed: ${tell(error)}`, {
      details: { columns },
    });
  }
}
