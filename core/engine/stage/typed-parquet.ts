import { readOf, type Column } from '../../contracts/dataset/column';
import { text as sqlText, textList } from '../duckdb/sql';
import { once } from './computed-once';
import { readText } from './read-text';
import { firstInstant, instantOfEpoch } from './read-time';
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

/** Whole numbers, also those that writers put into decimals. */
const isWhole = (type: string) => INTEGERS.includes(type) || /^DECIMAL\(\d+,0\)$/.test(type);

/** SQL for the text of a value: bytes without a logical type are text if they are UTF-8. Null where it is none. */
function textOf(source: string, type: string): string | null {
  if (type === 'VARCHAR') return source;
  return type === 'BLOB' ? `TRY(decode(${source}))` : null;
}

/** SQL for a value, NULL where the column calls it so. */
export function parquetWithoutNulls(column: Column, source: string, type: string): string {
  const nulls = readOf(column)?.nullValues;
  if (nulls === undefined) return source;
  const text = textOf(source, type);
  const isNull =
    text === null
      ? `${source} IN (${nulls.map((one) => `TRY_CAST(${sqlText(one)} AS ${type})`).join(', ')})`
      : `${text} IN ${textList(nulls)}`;
  return `CASE WHEN ${isNull} THEN NULL ELSE ${source} END`;
}

/** SQL for a value of DuckDB's type `type` as the declared one: NULL where the single value does not fit; null where the type does not. */
export function typedParquet(column: Column, source: string, type: string): string | null {
  const read = readOf(column);
  const text = textOf(source, type);
  if (read !== undefined && text !== null && column.type !== 'string')
    return type === 'VARCHAR' ? readText(column, text) : once(text, '_rollcall_text', (one) => readText(column, one));
  const digits = isWhole(type) ? `CAST(${source} AS VARCHAR)` : null;
  const exact = `TRY_CAST(${source} AS ${sqlType(column)})`;
  const roundTrip = `CASE WHEN TRY_CAST(${exact} AS ${type}) = ${source} THEN ${exact} END`;
  switch (column.type) {
    case 'string':
      return text;
    case 'json':
      if (type === 'JSON') return `CASE WHEN json_valid(${source}) THEN ${source}::VARCHAR END`;
      return NESTED.test(type) ? jsonText(source, type) : null;
    case 'boolean':
      if (type === 'BOOLEAN') return source;
      return read !== undefined && digits !== null ? readText(column, digits) : null;
    case 'date':
      if (type === 'DATE') return source;
      return column.read?.format !== undefined && digits !== null ? readText(column, digits) : null;
    case 'integer':
      return isWhole(type) ? exact : null;
    case 'double':
      if (type === 'FLOAT' || type === 'DOUBLE') return `CASE WHEN isfinite(${source}) THEN ${exact} END`;
      if (SMALL_INTEGERS.includes(type)) return exact;
      return isWhole(type) ? roundTrip : null;
    case 'decimal':
      if (INTEGERS.includes(type)) return exact;
      return type.startsWith('DECIMAL(') ? roundTrip : null;
    case 'timestamp':
      if (digits !== null && column.read?.epoch !== undefined)
        return instantOfEpoch(column.read.epoch, `TRY_CAST(${source} AS BIGINT)`);
      if (digits !== null && column.read?.format !== undefined) return readText(column, digits);
      return INSTANTS.includes(type) ? instant(source, type, column.read?.timeZone) : null;
  }
}

/** @param timeZone of times that have none by themselves; undefined for UTC */
function instant(source: string, type: string, timeZone: string | undefined): string {
  const isExact = type === 'TIMESTAMP_NS' ? `epoch_ns(${source}) % 1000 = 0` : `isfinite(${source})`;
  const value =
    timeZone === undefined || type === 'TIMESTAMP WITH TIME ZONE'
      ? `TRY_CAST(${source} AS TIMESTAMPTZ)`
      : firstInstant(`TRY_CAST(${source} AS TIMESTAMP)`, sqlText(timeZone));
  return `CASE WHEN ${isExact} THEN ${value} END`;
}

/** What a column of a Parquet file may be, for people. */
export function acceptedTypes(column: Column): string {
  const read = readOf(column);
  if (read === undefined || column.type === 'string') return plainTypes(column);
  const hasNumbers = column.type === 'boolean' || 'format' in read || 'epoch' in read;
  return `${plainTypes(column)}${hasNumbers ? ', an integer' : ''} or text`;
}

function plainTypes(column: Column): string {
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
