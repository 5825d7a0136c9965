import type { Dataset } from '../../contracts/dataset/dataset';
import { uniqueOf } from '../../contracts/dataset/unique';
import { identifier } from '../duckdb/sql';
import { sqlType } from './typed-text';

/** What batches of a partition are told of each other's records: a hash of the key, and the values by which the records of one are ordered. */

/**
 * SQL for 128 bits of a unique key, as two numbers, which Parquet can hold. Lengths keep ('a', 'bc') and ('ab', 'c') apart.
 */
export function keyHash(dataset: Dataset): { high: string; low: string } {
  const parts = (uniqueOf(dataset)?.columns ?? []).map((name) => {
    const value = keyText(identifier(name), dataset.columns[name]?.type);
    return `coalesce(strlen(${value}) || ':' || ${value}, '-')`;
  });
  const all = parts.join(` || ',' || `);
  return { high: `md5_number_upper(${all})`, low: `md5_number_lower(${all})` };
}

function keyText(column: string, type: string | undefined): string {
  if (type === 'timestamp') return `epoch_us(${column})::VARCHAR`;
  // -0 and 0 are one value, as in GROUP BY, and two texts.
  return type === 'double' ? `(${column} + 0)::VARCHAR` : `${column}::VARCHAR`;
}

/** A column by which the records of a key are ordered. */
export interface OrderColumn {
  readonly name: string;
  /** DuckDB's. */
  readonly type: string;
  /** Its name in a file of keys. */
  readonly inFile: string;
}

/** The columns by which the records of a key are ordered, the weightiest first; none where the first that is read is kept. */
export function orderColumns(dataset: Dataset): OrderColumn[] {
  return (uniqueOf(dataset)?.by ?? []).flatMap((name, i) => {
    const column = dataset.columns[name];
    return column === undefined ? [] : [{ name, type: sqlType(column), inFile: `by${i}` }];
  });
}
