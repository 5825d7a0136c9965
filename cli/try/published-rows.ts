import type { Dataset } from '../../core/contracts/dataset/dataset';
import { sensitiveColumns, type ShowValue } from '../../core/domain/batch/sensitive';
import { columnsOf, type TypedColumn } from '../../core/engine/duckdb/typed-columns';
import { Database, type Limits } from '../../core/engine/duckdb/database';
import { identifier } from '../../core/engine/duckdb/sql';
import { readerOf } from '../files/published';

/** The first rows of what would be published. */
export interface PublishedRows {
  readonly columns: readonly TypedColumn[];
  /** Each value as the text that DuckDB makes of it; null for NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Reads the first rows of a file as its reader would. Values of sensitive columns are shown as `show` shows them. */
export async function publishedRows(
  dataset: Dataset,
  { path, most, show }: { readonly path: string; readonly most: number; readonly show: ShowValue },
  { workDir, limits }: { readonly workDir: string; readonly limits: Limits },
): Promise<PublishedRows> {
  const database = await Database.open(workDir, limits);
  try {
    const from = readerOf([path]);
    const columns = await columnsOf(database, from);
    const sensitive = new Set(sensitiveColumns(dataset).map((name) => name.toLowerCase()));
    const values = columns.map((column, i) => `CAST(${identifier(column.name)} AS VARCHAR) AS v${i}`).join(', ');
    const found = await database.rows(`SELECT ${values} FROM ${from} LIMIT ${most}`);
    const rows = found.map((row) =>
      columns.map(({ name }, i) => {
        const value = row[`v${i}`] ?? null;
        if (value === null) return null;
        return sensitive.has(name.toLowerCase()) ? show(name, value) : String(value);
      }),
    );
    return { columns, rows };
  } finally {
    database.close();
  }
}
