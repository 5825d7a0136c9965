import { columnsOf, type TypedColumn } from '../duckdb/typed-columns';
import type { Database } from '../duckdb/database';
import { HASH } from '../stage/stage';

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

/** Operators that look at one record after the other. */
const PASSING = ['PROJECTION', 'FILTER', 'READ_PARQUET'];

interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
}

/**
 * Whether DuckDB only passes the records of a file through expressions and conditions to get a query's: then asking twice is cheaper than
 * a table of what came of it.
 */
export async function passesThrough(database: Database, query: string): Promise<boolean> {
  const row = await database.row(`EXPLAIN (FORMAT json)\n${query}`);
  const passes = ({ name, children }: PlanNode): boolean => PASSING.includes(name.trim()) && children.every(passes);
  return (JSON.parse(String(row['explain_value'])) as PlanNode[]).every(passes);
}
