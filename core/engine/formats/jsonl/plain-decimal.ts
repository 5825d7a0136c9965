const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** Characters that a number may have, zeros and all. */
const MOST_LITERAL = 1000;
const PLAIN = /^-?\d+(?:\.\d*[1-9])?$/;
/** No decimal has more digits than 38 before the point or behind it: zeros that an exponent stands for are written up to here. */
const MOST_DIGITS = 80;

/**
 * A number of JSON as its digits without exponent and without zeros that say nothing: `1.50e-1` is `0.15`. Null for what is none, or has
 * more digits than any decimal.
 */
export function plainDecimal(literal: string): string | null {
  // Most have no exponent, and no zero at their end.
  if (literal.length < MOST_DIGITS && PLAIN.test(literal)) return literal;
  if (literal.length > MOST_LITERAL) return null;
  const [, sign = '', before = '', behind = '', exponent = '0'] = NUMBER.exec(literal) ?? [];
  const digits = `${before}${behind}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (before === '' || significant.length > MOST_DIGITS) return null;
  if (significant === '') return '0';
  // Of the digits that count, so many stand behind the point; fewer than none are zeros before it.
  const scale = behind.length - Number(exponent) - (digits.length - significant.length);
  if (Math.abs(scale) > MOST_DIGITS) return null;
  if (scale <= 0) return `${sign}${significant}${'0'.repeat(-scale)}`;
  const padded = significant.padStart(scale + 1, '0');
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}
