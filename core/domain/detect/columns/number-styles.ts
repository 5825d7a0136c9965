/** How numbers are written, and which type holds them. */

export interface NumberStyle {
  readonly decimal: '.' | ',';
  readonly group: string | null;
}

/** A number's digits, whatever its style. */
interface Digits {
  readonly whole: number;
  readonly scale: number;
  readonly significant: number;
  /** Plain form: `-12.5`. */
  readonly text: string;
}

/** What all numbers of a column have in common. */
export interface NumberShape {
  readonly integers: boolean;
  readonly whole: number;
  readonly scale: number;
  /** Whether all that have a fraction have the same number of digits there, and all have one. */
  readonly fixed: boolean;
  readonly exponents: boolean;
  /** `007`: digits that a number would lose. */
  readonly leadingZeros: boolean;
  /** Whether a 64-bit integer holds them. */
  readonly fitsInteger: boolean;
  /** Whether a double prints each as it was. */
  readonly fitsDouble: boolean;
  readonly least: string;
  readonly most: string;
}

/** In the order in which they are tried; of several that read the same numbers the first is taken. */
export const STYLES: readonly NumberStyle[] = [
  { decimal: '.', group: null },
  { decimal: ',', group: null },
  { decimal: '.', group: ',' },
  { decimal: ',', group: '.' },
  { decimal: '.', group: "'" },
  { decimal: '.', group: '’' },
  { decimal: ',', group: ' ' },
  { decimal: ',', group: '\u00a0' },
  { decimal: ',', group: '\u202f' },
  { decimal: '.', group: ' ' },
  { decimal: '.', group: '\u00a0' },
  { decimal: '.', group: '_' },
];

const PATTERNS = new Map(STYLES.map((style) => [style, patternOf(style)]));

function patternOf({ decimal, group }: NumberStyle): RegExp {
  const d = decimal === '.' ? '\\.' : ',';
  const g = group === null ? null : group === '.' ? '\\.' : group;
  const whole = g === null ? '\\d+' : `(?:\\d{1,3}(?:${g}\\d{3})+|\\d+)`;
  return new RegExp(`^[+-]?(?:${whole}(?:${d}\\d*)?|${d}\\d+)(?:[eE][+-]?\\d{1,3})?$`);
}

export function isNumber(text: string, style: NumberStyle): boolean {
  return PATTERNS.get(style)?.test(text) ?? false;
}

/** A number as `.` and digits alone would write it. */
export function plainly(text: string, { decimal, group }: NumberStyle): string {
  const bare = group === null ? text : text.replaceAll(group, '');
  return decimal === '.' ? bare : bare.replace(',', '.');
}

/** What numbers, written plainly, have in common; null for none. */
export function shapeOf(numbers: Iterable<string>): NumberShape | null {
  let any = false;
  let integers = true;
  let whole = 0;
  let scale = 0;
  let fixed = true;
  let exponents = false;
  let leadingZeros = false;
  let fitsInteger = true;
  let fitsDouble = true;
  let least: Digits | undefined;
  let most: Digits | undefined;
  for (const number of numbers) {
    const digits = digitsOf(number);
    const hasExponent = /e/i.test(number);
    exponents ||= hasExponent;
    leadingZeros ||= /^[+-]?0\d/.test(number);
    const isInteger = /^[+-]?\d+$/.test(number);
    integers &&= isInteger;
    if (any && digits.scale !== scale) fixed = false;
    if (digits.scale === 0) fixed = false;
    any = true;
    whole = Math.max(whole, digits.whole);
    scale = Math.max(scale, digits.scale);
    if (isInteger && digits.whole >= 18) fitsInteger &&= isInt64(number);
    if (digits.significant > 15) fitsDouble &&= digitsOf(String(Number(number))).text === digits.text;
    if (least === undefined || compare(digits.text, least.text) < 0) least = digits;
    if (most === undefined || compare(digits.text, most.text) > 0) most = digits;
  }
  if (!any) return null;
  const ends = { least: least?.text ?? '', most: most?.text ?? '' };
  return { integers, whole, scale, fixed, exponents, leadingZeros, fitsInteger, fitsDouble, ...ends };
}

function compare(a: string, b: string): number {
  return Number(a) - Number(b);
}

function isInt64(text: string): boolean {
  const value = BigInt(text.replace('+', ''));
  return value >= -(2n ** 63n) && value < 2n ** 63n;
}

/** The digits of a number that is written plainly, exponent applied. */
function digitsOf(number: string): Digits {
  const [, sign = '', before = '', after = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  // Beyond any decimal's 38 digits it does not matter how far.
  const shift = Math.max(-400, Math.min(400, Number(exponent)));
  let all = before + after;
  let point = before.length + shift;
  if (point < 0) {
    all = '0'.repeat(-point) + all;
    point = 0;
  }
  all = all.padEnd(point, '0');
  const whole = all.slice(0, point).replace(/^0+/, '');
  // `12.50` says two digits, `12.50e0` says none of its own.
  const fraction = exponent === '0' && !/e/i.test(number) ? all.slice(point) : all.slice(point).replace(/0+$/, '');
  const trimmed = fraction.replace(/0+$/, '');
  const significant = (whole + trimmed).replace(/^0+/, '').replace(whole === '' ? /^$/ : /0+$/, '').length;
  const text = `${sign === '-' ? '-' : ''}${whole === '' ? '0' : whole}${trimmed === '' ? '' : `.${trimmed}`}`;
  return { whole: whole.length, scale: fraction.length, significant, text };
}
