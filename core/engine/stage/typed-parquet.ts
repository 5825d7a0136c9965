import type { Column } from '../../contracts/dataset/dataset';
import { sqlType } from './typed-text';

/** Parquet value → typed value. */

const SMALL_INTEGERS = ['TINYINT', 'SMALLINT', 'INTEGER', 'UTINYINT', 'USMALLINT', 'UINTEGER'];
const INTEGERS = [...SMALL_INTEGERS, 'BIGINT', 'UBIGINT'];
const INSTANTS = ['TIMESTAMP WITH TIME ZONE', 'TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS'];

/** Structs, lists and maps. */
export const NESTED = /^STRUCT\(|^MAP\(|\]$/;

/** SQL for a struct, list or map as JSON text; NULL for one with NaN or an infinity inside, which JSON cannot hold. */
function jsonText(source: string, type: string): string {
  const json = `to_json(${source})`;
  if (!/FLOAT|DOUBLE/.test(type)) return `${json}::VARCHAR`;
  const numbers = `list_filter(list_zip(json_type(${json}, '$..*'), json_extract_string(${json}, '$..*')), lambda one: one[1] = 'DOUBLE')`;
  const isNone = `len(list_filter(${numbers}, lambda one: one[2] IN ('NaN', 'Infinity', '-Infinity'))) > 0`;
  return `CASE WHEN NOT ${isNone} THEN ${json}::VARCHAR END`;
}

/** SQL for a value of DuckDB's type `type` as the declared one: NULL where the single value does not fit; null where the type does not. */
export function typedParquet(column: Column, source: string, type: string): string | null {
  const exact = `TRY_CAST(${source} AS ${sqlType(column)})`;
  const roundTrip = `CASE WHEN TRY_CAST(${exact} AS ${type}) = ${source} THEN ${exact} END`;
  switch (column.type) {
    case 'string':
      return type === 'VARCHAR' ? source : null;
    case 'json':
      if (type === 'JSON') return `CASE WHEN json_valid(${source}) THEN ${source}::VARCHAR END`;
      return NESTED.test(type) ? jsonText(source, type) : null;
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
      return 'a struct, a list, a map or JSON';
    case 'boolean':
      return 'a boolean';
    case 'timestamp':
      return 'a timestamp';
    case 'date':
      return 'a date';
  }
}
