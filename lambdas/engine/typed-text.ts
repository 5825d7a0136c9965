import type { Column } from '../contracts/dataset';

/**
 * Text → typed value. DuckDB's casts are lenient (1.7 becomes 2, `0x1F` 31, `epoch` a time, `2001-01-01garbage` a date; engine.md), so
 * each type is a shape *and* a TRY_CAST: NULL where either refuses. All patterns are RE2 and match the whole text.
 */

const INTEGER = '[+-]?[0-9]+';
const FLOAT = '[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?';
const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
/** Microseconds at most, because more digits would be cut off; hour 24 and offsets that no place has are refused. */
const TIMESTAMP =
  `${DATE}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]{1,6})?)?` +
  '(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?';

/** DuckDB's type for a column. */
export function sqlType(column: Column): string {
  switch (column.type) {
    case 'string':
      return 'VARCHAR';
    case 'integer':
      return 'BIGINT';
    case 'double':
      return 'DOUBLE';
    case 'decimal':
      return `DECIMAL(${column.precision}, ${column.scale})`;
    case 'boolean':
      return 'BOOLEAN';
    case 'timestamp':
      return 'TIMESTAMPTZ';
    case 'date':
      return 'DATE';
  }
}

/** SQL for the typed value of a text expression; NULL when the text is not of the type. */
export function typedText(column: Column, source: string): string {
  const shaped = (pattern: string) =>
    `CASE WHEN regexp_full_match(${source}, '${pattern}') THEN TRY_CAST(${source} AS ${sqlType(column)}) END`;
  switch (column.type) {
    case 'string':
      return source;
    case 'integer': {
      const cast = `TRY_CAST(${source} AS BIGINT)`;
      // A value that prints back as it was needs no pattern, which is the dearer test; only `+5` and `007` come to it.
      return `CASE WHEN CAST(${cast} AS VARCHAR) = ${source} THEN ${cast} WHEN regexp_full_match(${source}, '${INTEGER}') THEN ${cast} END`;
    }
    case 'double': {
      const cast = `TRY_CAST(${source} AS DOUBLE)`;
      return `CASE WHEN regexp_full_match(${source}, '${FLOAT}') AND isfinite(${cast}) THEN ${cast} END`;
    }
    case 'decimal':
      return shaped(column.scale === 0 ? INTEGER : `[+-]?[0-9]+(?:\\.[0-9]{1,${column.scale}})?`);
    case 'boolean':
      return `CASE WHEN ${source} IN ('true', 'True', 'TRUE') THEN true WHEN ${source} IN ('false', 'False', 'FALSE') THEN false END`;
    case 'timestamp': {
      // DuckDB wants seconds before an offset; ISO 8601 does not.
      const withSeconds = `left(${source}, 16) || ':00' || substr(${source}, 17)`;
      const cast = `coalesce(TRY_CAST(${source} AS TIMESTAMPTZ), TRY_CAST(${withSeconds} AS TIMESTAMPTZ))`;
      return `CASE WHEN regexp_full_match(${source}, '${TIMESTAMP}') THEN ${cast} END`;
    }
    case 'date':
      return shaped(DATE);
  }
}
