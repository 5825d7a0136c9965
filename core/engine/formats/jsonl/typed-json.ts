import { readOf, type Column } from '../../../contracts/dataset/column';
import { textList } from '../../duckdb/sql';
import { readText } from '../../stage/read-text';
import { sqlType, typedText } from '../../stage/typed-text';

/** SQL for what the reader says of a member, and, where values stand beside the record, for its text there. */
export interface Member {
  /** Its value as text; of a fraction not what came, but its double. */
  readonly source: string;
  /** What DuckDB calls the type of a JSON value. */
  readonly kind: string;
  readonly exact: { readonly text: string; readonly kind: string } | null;
  /** Whether it is a member of the record itself. */
  readonly isOuter: boolean;
}

/**
 * The typed value of a JSON member. Its JSON type has to fit: `"5"` is no number, `1` no boolean and `5.0` no integer. A decimal may be a
 * string too, which is how exact ones are sent; so may each number inside of a member, for there its name says what it is: DynamoDB
 * writes `{"N": "5"}`, MongoDB `{"$numberLong": "5"}`; and each that has `read`, which is about text. Times and booleans that have it may
 * be whole numbers too.
 */
export function typedJson(column: Column, { source, kind, exact, isOuter }: Member): string {
  const number = `TRY_CAST(${source} AS ${sqlType(column)})`;
  const byKind = (...cases: readonly (readonly [kinds: string, value: string])[]) =>
    `CASE ${cases.map(([kinds, value]) => `WHEN ${kind} IN (${kinds}) THEN ${value}`).join(' ')} END`;
  const read = readOf(column);
  const text = [`'VARCHAR'`, readText(column, source)] as const;
  const textOrNumber = [`'VARCHAR', 'BIGINT', 'UBIGINT'`, text[1]] as const;
  const inner = isOuter && read === undefined ? [] : [text];
  switch (column.type) {
    case 'string':
      return byKind(text);
    case 'timestamp':
    case 'date':
      return byKind(read !== undefined && ('format' in read || 'epoch' in read) ? textOrNumber : text);
    case 'boolean':
      return byKind([`'BOOLEAN'`, typedText(column, source)], ...(read === undefined ? [] : [textOrNumber]));
    case 'integer':
      return byKind([`'BIGINT', 'UBIGINT'`, number], ...inner);
    case 'double':
      return byKind([`'BIGINT', 'UBIGINT', 'DOUBLE'`, `CASE WHEN isfinite(${number}) THEN ${number} END`], ...inner);
    case 'decimal': {
      // A double of up to 15 digits prints as the digits that came, and always with a fraction.
      const value = exact === null ? source : exact.text;
      const behind = column.scale === 0 ? '\\.0' : `\\.[0-9]{1,${column.scale}}`;
      const fits = `regexp_full_match(${value}, '-?[0-9]+(?:${behind})?')`;
      const fraction = `CASE WHEN ${fits} THEN TRY_CAST(${value} AS ${sqlType(column)}) END`;
      return byKind([`'BIGINT', 'UBIGINT'`, number], [`'DOUBLE'`, fraction], text);
    }
    case 'json':
      if (exact === null) throw new TypeError('expected the text of a JSON column beside the record');
      return `CASE WHEN ${exact.kind} = 'VARCHAR' THEN ${exact.text} END`;
  }
}

/**
 * SQL for the text of a member, NULL where the column calls it so. Fractions are compared as numbers: the reader prints them in its own way.
 */
export function memberWithoutNulls(column: Column, source: string, kind: string): string {
  const nulls = readOf(column)?.nullValues ?? [];
  const numbers = nulls
    .filter((one) => one.trim() !== '' && Number.isFinite(Number(one)))
    .map((one) => String(Number(one)));
  const fraction = numbers.length === 0 ? 'false' : `TRY_CAST(${source} AS DOUBLE) IN (${numbers.join(', ')})`;
  return `CASE WHEN CASE WHEN ${kind} = 'DOUBLE' THEN ${fraction} ELSE ${source} IN ${textList(nulls)} END THEN NULL ELSE ${source} END`;
}

/**
 * Text with a number of 16 digits or more that is no whole one of 64 bits, or with one that may be too small for a double: what the reader
 * makes of it need not print as the same number. It also finds some that do, or that stand in strings: then more is looked at than has to
 * be. RE2, too.
 */
export const LONG_NUMBER = new RegExp(
  [
    ...Array.from({ length: 15 }, (_, i) => `[0-9]{${i + 1}}\\.[0-9]{${15 - i}}`),
    '[0-9]{16}[.eE]',
    '[0-9]{20}',
    ':\\s*-?[0-9.]+[eE]-[0-9]{3}',
  ].join('|'),
);

/**
 * SQL for whether the reader may not have kept the digits of a record's decimals; null where there are none.
 * @param record SQL for the record itself
 */
export function losesDigits(record: string, decimals: readonly Member[]): string | null {
  if (decimals.length === 0) return null;
  const isDouble = decimals.map(({ kind }) => `coalesce(${kind} = 'DOUBLE', false)`).join(' OR ');
  const exponents = decimals.map(({ source }) => `coalesce(contains(${source}, 'e'), false)`).join(' OR ');
  return `CASE WHEN ${isDouble} THEN regexp_matches(${record}::VARCHAR, '${LONG_NUMBER.source}') OR ${exponents} ELSE false END`;
}
