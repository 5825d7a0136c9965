import { text } from '../../duckdb/sql';

/** A file of lines as DuckDB reads it: CSV of one field, which is always quoted. */

const QUOTE = 34;

/** Column of the line. */
export const LINE = '_rollcall_line';

/** A line as that field. */
export function quotedLine(raw: Buffer): string | Buffer {
  // Most lines of logs have quotes: found and doubled faster in bytes than in text.
  const quoted = Buffer.allocUnsafe(2 * raw.length + 2);
  let used = quoted.writeUInt8(QUOTE);
  let from = 0;
  for (let at = raw.indexOf(QUOTE); at !== -1; at = raw.indexOf(QUOTE, from)) {
    used += raw.copy(quoted, used, from, at + 1);
    quoted[used++] = QUOTE;
    from = at + 1;
  }
  used += raw.copy(quoted, used, from);
  quoted[used++] = QUOTE;
  return quoted.subarray(0, used);
}

/**
 * The lines of a file, in their order.
 * @param maxBytes longest line as it came: quotes make it three times as long at most
 */
export function lineReader(path: string, maxBytes: number): string {
  return `read_csv(${text(path)}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', strict_mode = true,
    max_line_size = ${3 * maxBytes}, buffer_size = ${16 * maxBytes}, columns = {'${LINE}': 'VARCHAR'})`;
}
