import type { Marks } from './layout';

/** What goes on with the next line: a value in quotes or one without, or null for nothing, so that the record ends. */
export interface Open {
  readonly inside: 'quoted' | 'unquoted' | null;
  /** Whether the line end stands behind a backslash that escapes it. */
  readonly escaped: boolean;
}

export const CLOSED: Open = { inside: null, escaped: false };
const BACKSLASH = 92;

/**
 * What is open at the end of a line. A quote opens a value as its first character only: inside an unquoted one it is a character like any
 * other.
 * @param line without its line end
 * @param before what is open at its beginning
 */
export function openAtEnd(line: Buffer, before: Open, { delimiter, quote, backslash }: Marks): Open {
  if (before.inside !== 'quoted' && !backslash && (quote === null || !line.includes(quote))) return CLOSED;
  let inside = before.inside;
  let at = 0;
  for (;;) {
    if (inside === null && quote !== null && line[at] === quote) {
      inside = 'quoted';
      at += 1;
    }
    for (; at < line.length; at += 1) {
      const byte = line[at];
      if (backslash && byte === BACKSLASH) {
        if (at + 1 >= line.length) return { inside: inside ?? 'unquoted', escaped: true };
        at += 1;
      } else if (inside === 'quoted') {
        if (byte !== quote) continue;
        if (!backslash && line[at + 1] === quote) at += 1;
        else inside = 'unquoted';
      } else if (byte === delimiter[0] && isAt(line, at, delimiter)) break;
    }
    if (at >= line.length) return inside === 'quoted' ? { inside, escaped: false } : CLOSED;
    at += delimiter.length;
    inside = null;
  }
}

function isAt(line: Buffer, at: number, mark: Buffer): boolean {
  return mark.length === 1 || line.compare(mark, 0, mark.length, at, Math.min(line.length, at + mark.length)) === 0;
}
