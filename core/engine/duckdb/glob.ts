/** Longest GLOB that a pattern becomes, in characters it matches. */
const MOST_CHARACTERS = 64;

/** A letter, a digit, or a sign that means itself in RE2 and in GLOB alike. */
const LITERAL = '[A-Za-z0-9_:/@#%&=~,;<> -]';
const CLASS = String.raw`\[(?:[A-Za-z0-9](?:-[A-Za-z0-9])?)+\]`;
const PIECE = new RegExp(String.raw`(${LITERAL}|${CLASS})(?:\{(\d{1,3})\})?`, 'y');

/**
 * The same pattern as a GLOB, where it has a fixed length and is made of ASCII literals and classes only (`[A-Z]{3}`, `F[0-9]{9}`): that
 * is matched in about half the time of a regular expression. Undefined for any other.
 */
export function globOf(pattern: string): string | undefined {
  const pieces: string[] = [];
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < pattern.length) {
    const match = PIECE.exec(pattern);
    if (match === null) return undefined;
    const [, piece = '', times] = match;
    if (isReversed(piece)) return undefined;
    const count = Number(times ?? 1);
    if (count === 0 || pieces.length + count > MOST_CHARACTERS) return undefined;
    for (let i = 0; i < count; i += 1) pieces.push(piece);
  }
  return pieces.length === 0 ? undefined : pieces.join('');
}

/** Whether a class has a range that runs backwards, which RE2 refuses and GLOB takes. */
function isReversed(piece: string): boolean {
  return [...piece.matchAll(/(.)-(.)/g)].some(([, from = '', to = '']) => from > to);
}
