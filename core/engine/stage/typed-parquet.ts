import type { Column } from '../../contracts/dataset/dataset';
import { sqlType } from './typed-text';

/** Parquet value → typed value. */

const SMALL_INTEGERS = ['TINYINT', 'SMALLINT', 'INTEGER', 'UTINYINT', 'USMALLINT', 'UINTEGER'];
const INTEGERS = [...SMALL_INTEGERS, 'BIGINT', 'UBIGINT'];
const INSTANTS = ['TIMESTAMP WITH TIME ZONE', 'TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS'];

/** SQL for a value of DuckDB's type `type` as the declared one: NULL where the single value does not fit; null where the type does not. */
export function typedParquet(column: Column, source: string, type: string): string | null {
  const exact = `TRY_CAST(${source} AS ${sqlType(column)})`;
  const roundTrip = `CASE WHEN TRY_CAST(${exact} AS ${type}) = ${source} THEN ${exact} END`;
  switch (column.type) {
    case 'string':
      return type === 'VARCHAR' ? source : null;
    case 'json':
      return null;
    case 'boolean':
      return type === 'BOOLEAN' ? source : null;
    case 'date':
      return type === 'DATE' ? source : null;
    case 'integer':
      return INTEGERS.includes(type) ? exact : null;
    case 'double':
      if (type === 'FLOAT' || type === 'DOUBLE') return `CASE WHEN isfinite(${source}) THEN ${exact} END`;
      if (SMALL_INTEGERS.includes(type)) return exact;
      return INTEGERS.includes(type) ? roundTrip : null;
    case 'decimal':
      if (INTEGERS.includes(type)) return exact;
      return type.startsWith('DECIMAL(') ? roundTrip : null;
    case 'timestamp':
      if (!INSTANTS.includes(type)) return null;
      if (type !== 'TIMESTAMP_NS') return `CASE WHEN isfinite(${source}) THEN ${exact} END`;
      return `CASE WHEN epoch_ns(${source}) % 1000 = 0 THEN ${exact} END`;
  }
}

/** What a column of a Parquet file may be, for people. */
export function acceptedTypes(column: Column): string {
  switch (column.type) {
    case 'string':
      return 'a UTF-8 string';
    case 'integer':
      return 'an integer';
    case 'double':
      return 'a floating-point number or an integer';
    case 'decimal':
      return 'a decimal or an integer';
    case 'json':
      return 'no column of Parquet';
    case 'boolean':
      return 'a boolean';
    case 'timestamp':
      return 'a timestamp';
    case 'date':
      return 'a date';
  }
}
