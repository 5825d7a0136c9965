/**
 * What strptime's specifiers stand for in text, as RE2: DuckDB's `try_strptime` by itself passes over blanks around a value, takes
 * `infinity` for a time, one digit of a year for four, and a single digit where two would run into the next number.
 */

/** A way of reading texts of one format. */
export interface TimeShape {
  /** Pattern of the whole text. */
  readonly pattern: string;
  /** What is changed in the text before it is parsed by `format`; null for nothing. */
  readonly rewrite: { readonly pattern: string; readonly replacement: string } | null;
  readonly format: string;
  /** Whether what DuckDB makes of it is an instant, for the text has an offset. */
  readonly hasOffset: boolean;
  /** Pattern with one group, of the name of a time zone in the text; null where it has none. The text that is parsed has UTC in its place. */
  readonly zone: string | null;
  /** Parts of a date that DuckDB lets run over into the next year: a pattern with one group, and the part. */
  readonly checks: readonly { readonly pattern: string; readonly part: 'doy' | 'week' }[];
}

interface Piece {
  readonly pattern: string;
  /** As it stands in the format. */
  readonly format: string;
  /** The letter of a specifier; empty for text. */
  readonly letter: string;
}

const COMPOSITES: Readonly<Record<string, string>> = { c: '%Y-%m-%d %H:%M:%S', x: '%Y-%m-%d', X: '%H:%M:%S' };
/** Most digits of numbers. */
const DIGITS: Readonly<Record<string, number>> = {
  ...Object.fromEntries('dHImMSUWVy'.split('').map((letter) => [letter, 2])),
  j: 3,
  Y: 4,
  G: 4,
  u: 1,
  w: 1,
  f: 6,
  g: 3,
  n: 9,
};
/** Numbers that have all of their digits, and fractions, which may have fewer wherever they stand. */
const WHOLE: ReadonlySet<string> = new Set('yYG');
const FRACTIONS: ReadonlySet<string> = new Set('fgn');
const NAMES: Readonly<Record<string, string>> = {
  a: '[A-Za-z]+',
  A: '[A-Za-z]+',
  b: '[A-Za-z]+',
  B: '[A-Za-z]+',
  p: '[AaPp][Mm]',
};
const OFFSET = '[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?';
const ZONE_NAME = '[A-Za-z][A-Za-z0-9_+/-]*';

/**
 * The ways of reading texts of a format, of which at most one fits a text.
 * @param isDate whether only the day is wanted: it is the one that is written, whatever the offset
 */
export function shapesOf(format: string, isDate: boolean): TimeShape[] {
  const pieces = piecesOf(format);
  if (!pieces.some(({ letter }) => letter === 'z')) return [shapeOf(pieces, isDate ? 'drop' : 'keep')];
  return isDate ? [shapeOf(pieces, 'drop')] : [shapeOf(pieces, 'keep'), shapeOf(pieces, 'utc')];
}

/** @param offset what becomes of `%z`: it counts, is a `Z`, which DuckDB does not know, or does not count */
function shapeOf(pieces: readonly Piece[], offset: 'keep' | 'utc' | 'drop'): TimeShape {
  const offsets = { keep: OFFSET, utc: 'Z', drop: `(?:Z|${OFFSET})` };
  const patterns = pieces.map(({ pattern, letter }) => (letter === 'z' ? offsets[offset] : pattern));
  const changed = pieces.map(({ letter }, i) => {
    if (letter === 'z' && offset !== 'keep') return { pattern: patterns[i] ?? '', replacement: '+00' };
    if (letter === 'Z') return { pattern: ZONE_NAME, replacement: 'UTC' };
    return null;
  });
  // Nanoseconds are cut, downwards: in the text, for a cast would round.
  const isChanged = changed.some((change) => change !== null) || pieces.some(({ letter }) => letter === 'n');
  let groups = 0;
  const group = (pattern: string) => ({ pattern: `(${pattern})`, replacement: `\\${++groups}` });
  const rewritten = joinedKept(pieces, changed, patterns).map((part) => {
    if (part.kind === 'change') return part;
    if (part.kind === 'keep') return group(part.pattern);
    const kept = group('[0-9]{1,6}');
    return { pattern: `${kept.pattern}[0-9]*`, replacement: kept.replacement };
  });
  const around = (letters: string) => {
    const at = pieces.findIndex(({ letter }) => letters.includes(letter) && letter !== '');
    if (at === -1) return null;
    return `^${patterns.map((pattern, i) => (i === at ? `(${pattern})` : pattern)).join('')}$`;
  };
  const checks = (['doy', 'week'] as const).flatMap((part) => {
    const pattern = around(part === 'doy' ? 'j' : 'V');
    return pattern === null ? [] : [{ pattern, part }];
  });
  return {
    pattern: patterns.join(''),
    rewrite: isChanged
      ? {
          pattern: `^${rewritten.map(({ pattern }) => pattern).join('')}$`,
          replacement: rewritten.map(({ replacement }) => replacement).join(''),
        }
      : null,
    format: pieces.map((piece) => (piece.letter === 'n' ? '%f' : piece.format)).join(''),
    hasOffset: pieces.some(({ letter }) => letter === 'z'),
    zone: around('Z'),
    checks,
  };
}

type Part =
  | { readonly kind: 'keep'; readonly pattern: string }
  | { readonly kind: 'nanoseconds' }
  | { readonly kind: 'change'; readonly pattern: string; readonly replacement: string };

/** Pieces that stay as they are, next to each other, as one: RE2 counts nine groups. */
function joinedKept(
  pieces: readonly Piece[],
  changed: readonly ({ readonly pattern: string; readonly replacement: string } | null)[],
  patterns: readonly string[],
): Part[] {
  const parts: Part[] = [];
  pieces.forEach(({ letter }, i) => {
    const change = changed[i] ?? null;
    const last = parts.at(-1);
    if (change !== null) parts.push({ kind: 'change', ...change });
    else if (letter === 'n') parts.push({ kind: 'nanoseconds' });
    else if (last?.kind === 'keep')
      parts.splice(-1, 1, { kind: 'keep', pattern: `${last.pattern}${patterns[i] ?? ''}` });
    else parts.push({ kind: 'keep', pattern: patterns[i] ?? '' });
  });
  return parts;
}

function piecesOf(format: string): Piece[] {
  const plain = format.replace(/%-?[^]/g, (all) => COMPOSITES[all.slice(1)] ?? all);
  const tokens = plain.match(/%-?[^]|\s+|[^%\s]/gu) ?? [];
  const isNumber = (token: string | undefined) =>
    token !== undefined &&
    (/^[0-9]$/.test(token) || (token.startsWith('%') && DIGITS[token.at(-1) ?? ''] !== undefined));
  return tokens.map((token, i) => {
    const letter = token.at(-1) ?? '';
    if (!token.startsWith('%')) return { pattern: textPattern(token), format: token, letter: '' };
    if (letter === '%') return { pattern: '%', format: token, letter: '' };
    const most = DIGITS[letter];
    if (most === undefined) return { pattern: NAMES[letter] ?? ZONE_NAME, format: token, letter };
    const touches = isNumber(tokens[i - 1]) || isNumber(tokens[i + 1]);
    const isFull = (WHOLE.has(letter) || (touches && !FRACTIONS.has(letter))) && !token.startsWith('%-');
    return { pattern: isFull || most === 1 ? `[0-9]{${most}}` : `[0-9]{1,${most}}`, format: token, letter };
  });
}

function textPattern(text: string): string {
  return /^\s/.test(text) ? '\\s+' : text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}
