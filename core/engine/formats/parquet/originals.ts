import { RecordsUnaccounted } from '../../../contracts/errors';
import { columnsOf } from '../../duckdb/typed-columns';
import type { Database } from '../../duckdb/database';
import { identifier, text } from '../../duckdb/sql';
import type { Originals } from '../format';

const [VALUES, IN_FILE] = ['_rollcall_values', '_rollcall_in_file'];

/** The values of records, with all columns of the file, as DuckDB writes them: going through JavaScript's numbers would alter large integers. */
export async function parquetOriginals(database: Database, path: string): Promise<Originals> {
  const fields = (await columnsOf(database, `read_parquet(${text(path)})`)).map(({ name, type }) => {
    const column = identifier(name);
    return `${column} := ${jsonValue(`_rollcall_file.${column}`, type)}`;
  });
  return {
    // Side by side, because both have the same records in the same order: a join would keep one of them in memory.
    beside: {
      select: `to_json(struct_pack(${fields.join(', ')}))::VARCHAR AS ${VALUES}, _rollcall_file.file_row_number + 1 AS ${IN_FILE}`,
      join: `POSITIONAL JOIN read_parquet(${text(path)}, file_row_number = true) _rollcall_file`,
    },
    find: (number, row) => {
      if (Number(row[IN_FILE]) !== number)
        throw new RecordsUnaccounted(`beside record ${number} is record ${String(row[IN_FILE])} of the file`);
      const json = String(row[VALUES]);
      return {
        line: null,
        came: { json },
        problem: null,
        values: () => new Map<string, unknown>(Object.entries(JSON.parse(json) as object)),
      };
    },
    passMisshapen: () => undefined,
    close: () => undefined,
  };
}

/** SQL for a value as JSON can hold it: NaN and the infinities as text, which `to_json` would write bare. */
function jsonValue(value: string, type: string): string {
  if (type === 'FLOAT' || type === 'DOUBLE')
    return `CASE WHEN isfinite(${value}) THEN to_json(${value}) ELSE to_json(${value}::VARCHAR) END`;
  return /FLOAT|DOUBLE/.test(type) ? `${value}::VARCHAR` : value;
}
