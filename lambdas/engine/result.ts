import type { Database } from './database';
import { HASH } from './stage';

/** Table of a query's records on their way to a file. */
export const RESULT = '_rollcall_result';

/**
 * Does some work with a query's records in the table {@link RESULT}, each with its hash. The query runs once, because asked again it might
 * give others (`random()`, ties in an ORDER BY).
 * @param work gets the number of records, and their columns without the hash
 */
export async function withResult<T>(
  database: Database,
  query: string,
  work: (made: number, columns: readonly TypedColumn[]) => Promise<T>,
): Promise<T> {
  const made = await database.count(
    `CREATE TEMP TABLE ${RESULT} AS SELECT *, hash(*COLUMNS(*)) AS ${HASH} FROM (\n${query}\n)`,
  );
  try {
    const columns = (await columnsOf(database, RESULT)).filter(({ name }) => name !== HASH);
    return await work(made, columns);
  } finally {
    await database.run(`DROP TABLE ${RESULT}`);
  }
}

/** A column, with DuckDB's name for its type. */
export interface TypedColumn {
  readonly name: string;
  readonly type: string;
}

/** The columns of what can stand after FROM. */
export async function columnsOf(database: Database, from: string): Promise<TypedColumn[]> {
  const rows = await database.rows(`DESCRIBE SELECT * FROM ${from}`);
  return rows.map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }));
}
