import type { TypedColumn } from '../duckdb/typed-columns';
import { identifier, text } from '../duckdb/sql';

/**
 * How the values of a column stand in JSONL and CSV, and how they become the same values again.
 *
 * Numbers, booleans and nested values are as DuckDB writes them; times are ISO 8601, in UTC with `Z` where the column is an instant.
 */
export interface TextColumn extends TypedColumn {
  /** SQL for the value that COPY writes, over the typed column. */
  readonly written: string;
  /** Type as which a JSON reader takes the member. */
  readonly jsonType: string;
  /** SQL for the typed value over what a reader gave under this expression. */
  readonly restored: (read: string) => string;
  /** SQL that is true for a value that the format has no way to say; null where it has one for all. */
  readonly unsayable: string | null;
}

const NUMBERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\))$/;
const SCALARS = /^(?:BOOLEAN|VARCHAR|DATE|TIME|UUID|ENUM\(.*\))$/s;
const TIMESTAMP = /^TIMESTAMP(?:_S|_MS|_NS)?$/;
const INSTANT = 'TIMESTAMP WITH TIME ZONE';
const NESTED = /^(?:.*\]|STRUCT\(.*\)|MAP\(.*\))$/s;

/** What a format of text has for the values of a column. */
export interface TextValues {
  readonly name: string;
  /** SQL for the typed value over what the reader gave for a number or boolean: it may have the type already. */
  readonly restored: (read: string, type: string) => string;
  /** Most digits of a number that survive; a decimal with more is written as text. */
  readonly mostDigits: number;
  /** Whether it has lists, structs and maps. */
  readonly hasNested: boolean;
  /** What to do with columns that it has no values for. */
  readonly advice: string;
}

/** SQL for the typed value over a text. */
export const fromText = (read: string, type: string) => (type === 'VARCHAR' ? read : `TRY_CAST(${read} AS ${type})`);

/**
 * How a column of a type is written.
 * @returns undefined where the format has no values of this type
 */
export function textColumn(format: TextValues, { name, type }: TypedColumn): TextColumn | undefined {
  const value = identifier(name);
  const restored = (read: string) => fromText(read, type);
  const column = { name, type, written: value, jsonType: 'VARCHAR', restored, unsayable: null };
  const asItIs = { ...column, jsonType: type, restored: (read: string) => format.restored(read, type) };
  const notFinite = `NOT isfinite(${value})`;
  if (type === INSTANT || TIMESTAMP.test(type)) {
    const local = type === INSTANT ? `${value} AT TIME ZONE 'UTC'` : value;
    const layout = `%Y-%m-%dT%H:%M:%S.${type === 'TIMESTAMP_NS' ? '%n' : '%f'}${type === INSTANT ? 'Z' : ''}`;
    return { ...column, written: `strftime(${local}, ${text(layout)})`, unsayable: notFinite };
  }
  if (NUMBERS.test(type)) {
    const digits = Number(/^DECIMAL\((\d+)/.exec(type)?.[1] ?? 0);
    if (digits > format.mostDigits) return { ...column, written: `CAST(${value} AS VARCHAR)` };
    return { ...asItIs, unsayable: type === 'FLOAT' || type === 'DOUBLE' ? notFinite : null };
  }
  if (type === 'BOOLEAN') return asItIs;
  if (type === 'DATE') return { ...column, unsayable: notFinite };
  if (SCALARS.test(type)) return column;
  if (!format.hasNested || !NESTED.test(type)) return undefined;
  return { ...asItIs, unsayable: unsayableInside(value, type) };
}

/** SQL that is true for a nested value with NaN or an infinity somewhere inside, which COPY would write bare; texts are taken out first. */
function unsayableInside(value: string, type: string): string | null {
  if (!/FLOAT|DOUBLE/.test(type)) return null;
  return `regexp_matches(regexp_replace(to_json(${value})::VARCHAR, '"(?:[^"\\\\]|\\\\.)*"', '', 'g'), 'NaN|Inf')`;
}

/**
 * Columns whose types a format does not have.
 * @returns what is to be said of them; null when there are none
 */
export function foreignColumns(format: TextValues, columns: readonly TypedColumn[]): string | null {
  const foreign = columns.filter((column) => textColumn(format, column) === undefined);
  if (foreign.length === 0) return null;
  const named = foreign.map(({ name, type }) => `${JSON.stringify(name)} (${type})`);
  return `${format.name} has no way to write ${named.join(', ')}: ${format.advice}`;
}
