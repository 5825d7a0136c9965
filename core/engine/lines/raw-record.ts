import type { Line } from './lines';

export const NOT_UTF8 = 'bytes that are not UTF-8';

/** A line without its line end. */
export function contentOf(line: Line): Buffer {
  return line.raw.subarray(0, line.length);
}

export function tooLong(bytes: number, maxBytes: number): string {
  return `a record of ${bytes} bytes, expected at most ${maxBytes}`;
}
