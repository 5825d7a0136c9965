/** SQL text from values: the only places where a name or a value of a definition becomes part of a statement. */

/** A quoted identifier. Quotes are doubled, so that no name can end the identifier. */
export function identifier(name: string): string {
  refuseNul(name);
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal. DuckDB's standard strings know no backslash escapes, so doubling quotes is all it takes. */
export function text(value: string): string {
  refuseNul(value);
  return `'${value.replaceAll("'", "''")}'`;
}

/** A list of string literals in parentheses, for IN. */
export function textList(values: readonly string[]): string {
  return `(${values.map(text).join(', ')})`;
}

/** A number literal. `String(number)` round-trips, and DuckDB reads all of its forms. */
export function number(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`got ${value}, expected a finite number`);
  return value < 0 ? `(${value})` : String(value);
}

/** DuckDB reads statements as C strings: a NUL would cut one short, and what remains might still be valid. */
function refuseNul(value: string): void {
  if (value.includes('\0')) throw new RangeError('got text with a NUL character, which SQL cannot hold');
}
