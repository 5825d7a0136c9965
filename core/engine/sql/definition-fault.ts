import type { Dataset } from '../../contracts/dataset/dataset';
import { DefinitionFault, RollcallError } from '../../contracts/errors';
import type { SettingValue } from '../../contracts/run/run-settings';
import { sensitiveColumns } from '../../domain/batch/sensitive';
import { briefly, isOutOfMemory, kindOf } from '../duckdb/briefly';
import { columnsOf } from '../duckdb/typed-columns';
import type { Database } from '../duckdb/database';
import { identifier } from '../duckdb/sql';

/** What an error of DuckDB's says, as far as it may be shown. */
export type Tell = (error: unknown) => string;

/** Whether what DuckDB says of values may be shown: its sentences quote them. */
export function maySayValues(dataset: Dataset, settings: readonly Pick<SettingValue, 'sensitive'>[]): boolean {
  return sensitiveColumns(dataset).length === 0 && !settings.some(({ sensitive }) => sensitive);
}

/** Where a dataset or its settings hold sensitive values only the kind of an error is shown. */
export function tellOf(dataset: Dataset, settings: readonly Pick<SettingValue, 'sensitive'>[]): Tell {
  return maySayValues(dataset, settings) ? briefly : kindOf;
}

/** Errors whose cause is known already, or is no fault of the dataset's SQL. */
export function isAccountedFor(error: unknown): boolean {
  return error instanceof RollcallError || isOutOfMemory(error);
}

/**
 * The fault of a transform in SQL that failed on its records: what DuckDB says, and the columns of the result that fail by themselves.
 * @param query the transform; its records can be read, so that it is to blame
 */
export async function faultOfTransform(
  database: Database,
  dataset: Dataset,
  query: string,
  error: unknown,
  tell: Tell,
): Promise<DefinitionFault> {
  const columns = await failingColumns(database, query);
  const where = columns.length === 0 ? '' : ` in ${columns.map((name) => JSON.stringify(name)).join(', ')}`;
  return new DefinitionFault(`the transform of ${dataset.name} failed${where}: ${tell(error)}`, {
    details: { columns },
    // What text may not be shown may not be logged either.
    ...(tell === briefly ? { cause: error } : {}),
  });
}

/** Columns of a query that cannot be computed by themselves; none where that can be said of all. */
async function failingColumns(database: Database, query: string): Promise<readonly string[]> {
  const from = `(\n${query}\n)`;
  const names = await columnsOf(database, from).catch((error: unknown) => {
    if (isAccountedFor(error)) throw error;
    return [];
  });
  const failing: string[] = [];
  for (const { name } of names) if (await fails(database, identifier(name), from)) failing.push(name);
  return failing.length === names.length && names.length > 1 ? [] : failing;
}

async function fails(database: Database, column: string, from: string): Promise<boolean> {
  try {
    await database.rows(`SELECT max(hash(${column})) FROM ${from}`);
    return false;
  } catch (error) {
    if (isAccountedFor(error)) throw error;
    return true;
  }
}
