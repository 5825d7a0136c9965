import type { Column } from '../../contracts/dataset/dataset';
import { jsonText } from './json-text';
import { once } from './computed-once';

/**
 * Text → typed value. DuckDB's casts are lenient (1.7 becomes 2, `0x1F` 31, `epoch` a time, `2001-01-01garbage` a date;
 * `docs/engine.md` §6), so each type is a shape *and* a TRY_CAST: NULL where either refuses. All patterns are RE2 and match the whole text.
 */

const INTEGER = '[+-]?[0-9]+';
const FLOAT = '[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?';
const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
/** A time without an offset. Microseconds at most, because more digits would be cut off; hour 24 is refused. */
export const ISO_LOCAL = `${DATE}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]{1,6})?)?`;
/** Offsets that no place has are refused. */
const TIMESTAMP = `${ISO_LOCAL}(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?`;

/** The commonest shape of a timestamp, seconds and `Z`, for GLOB, which is twice as fast as the pattern; hour 24 is refused here too. */
const COMMON_TIMESTAMPS = ['[01][0-9]', '2[0-3]'].map(
  (hour) => `[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T${hour}:[0-5][0-9]:[0-5][0-9]Z`,
);

/** DuckDB's type for a column. */
export function sqlType(column: Column): string {
  switch (column.type) {
    case 'string':
    case 'json':
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

/** SQL for DuckDB's own cast of a text expression, which is lenient; null where the text is the value. */
export function castText(column: Column, source: string): string | null {
  return ['string', 'json', 'boolean'].includes(column.type) ? null : `TRY_CAST(${source} AS ${sqlType(column)})`;
}

/**
 * SQL for the typed value of a text expression; NULL when the text is not of the type.
 * @param cast what `castText` gives, or the name of a column that holds it: for many records it should be computed once
 */
export function typedText(column: Column, source: string, cast: string = castText(column, source) ?? source): string {
  const shaped = (pattern: string) => `CASE WHEN regexp_full_match(${source}, '${pattern}') THEN ${cast} END`;
  switch (column.type) {
    case 'string':
      return source;
    case 'json':
      return jsonText(source);
    case 'integer':
      // A value that prints back as it was needs no pattern, which is the dearer test; only `+5` and `007` come to it.
      return `CASE WHEN CAST(${cast} AS VARCHAR) = ${source} THEN ${cast} WHEN regexp_full_match(${source}, '${INTEGER}') THEN ${cast} END`;
    case 'double':
      return `CASE WHEN isfinite(${cast}) AND regexp_full_match(${source}, '${FLOAT}') THEN ${cast} END`;
    case 'decimal':
      return decimalText(column.scale, source, cast, sqlType(column));
    case 'boolean':
      return `CASE WHEN ${source} IN ('true', 'True', 'TRUE') THEN true WHEN ${source} IN ('false', 'False', 'FALSE') THEN false END`;
    case 'timestamp': {
      const common = COMMON_TIMESTAMPS.map((glob) => `WHEN ${source} GLOB '${glob}' THEN ${cast}`).join(' ');
      // DuckDB wants seconds before an offset; ISO 8601 does not.
      const withSeconds = `TRY_CAST(left(${source}, 16) || ':00' || substr(${source}, 17) AS TIMESTAMPTZ)`;
      return `CASE ${common} WHEN regexp_full_match(${source}, '${TIMESTAMP}') THEN coalesce(${cast}, ${withSeconds}) END`;
    }
    case 'date':
      return shaped(DATE);
  }
}

/**
 * SQL for the decimal of a text whose exact value fits. The commonest form is asked about first; `.5`, `1.` and zeros at the end are cast as
 * they are, and exponents, of which DuckDB's cast makes 0 where they are small, are written out before.
 */
function decimalText(scale: number, source: string, cast: string, type: string): string {
  const plain = scale === 0 ? INTEGER : `[+-]?[0-9]+(?:\\.[0-9]{1,${scale}})?`;
  const wide = `[+-]?(?:[0-9]+(?:\\.[0-9]{0,${scale}}0*)?|\\.[0-9]{${Math.min(1, scale)},${scale}}0*)`;
  const exponents = `WHEN length(${source}) <= ${MOST_LITERAL} AND regexp_full_match(${source}, '${EXPONENT}')
    THEN ${once(withoutExponent(source), '_rollcall_plain', (text) => `CASE WHEN regexp_full_match(${text}, '${wide}') THEN TRY_CAST(${text} AS ${type}) END`)}`;
  return `CASE WHEN regexp_full_match(${source}, '${plain}') THEN ${cast} WHEN regexp_full_match(${source}, '${wide}') THEN ${cast} ${exponents} END`;
}

/** Characters that a number with an exponent may have. */
const MOST_LITERAL = 1000;
const EXPONENT = '[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)[eE][+-]?0*[0-9]{1,9}';

/** SQL for the digits of a number with an exponent. */
function withoutExponent(source: string): string {
  const parts = `regexp_extract(${source}, '^([+-]?)0*([0-9]*)\\.?([0-9]*)[eE]([+-]?)0*([0-9]*)$', ['sign', 'whole', 'rest', 'down', 'power'])`;
  return once(parts, '_rollcall_parts', (part) => {
    const digits = `${part}.whole || ${part}.rest`;
    /** Digits before the point. */
    const before = `length(${part}.whole) + CAST(${part}.down || '0' || ${part}.power AS INTEGER)`;
    const all = `struct_pack(digits := ${digits}, before := ${before}, many := length(${digits}))`;
    return once(all, '_rollcall_digits', (number) => {
      const [own, at, many] = ['digits', 'before', 'many'].map((field) => `${number}.${field}`);
      return `CASE WHEN ltrim(${own}, '0') = '' THEN '0'
        WHEN ${at} NOT BETWEEN -${MOST_LITERAL} AND ${MOST_LITERAL} THEN NULL
        WHEN ${at} <= 0 THEN ${part}.sign || '0.' || repeat('0', -${at}) || ${own}
        WHEN ${at} >= ${many} THEN ${part}.sign || ${own} || repeat('0', ${at} - ${many})
        ELSE ${part}.sign || ${own}[1:${at}] || '.' || ${own}[${at} + 1:] END`;
    });
  });
}
