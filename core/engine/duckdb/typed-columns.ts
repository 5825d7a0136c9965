import type { Database } from './database';

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
