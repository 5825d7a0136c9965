import { isNumber, plainly, shapeOf, STYLES, type NumberShape, type NumberStyle } from './number-styles';
import { guessTime } from './guess-time';
import { booleansOf, isNamedLikeTime, MARKS } from './words';

/** A type with its words, and what was seen that speaks for it. */
export interface TypeGuess {
  /** The words of a column: `type`, and what belongs to it. */
  readonly words: Readonly<Record<string, unknown>>;
  readonly saw: string;
}

/** What a column's texts are; null for text. */
export interface Guessed {
  readonly sure: TypeGuess | null;
  /** Types that fit too, or would if it were known that they are meant. */
  readonly maybe: readonly TypeGuess[];
}

export interface Hints {
  readonly name: string;
  /** The mark before fractions that other columns of the file have for certain. */
  readonly decimal?: '.' | ',' | undefined;
}

export const TEXT: Guessed = { sure: null, maybe: [] };
/** Digits that money and quantities have behind the point. With more, numbers are measured ones. */
const DECIMAL_SCALE = 4;
const PLAIN = STYLES[0] ?? { decimal: '.', group: null };

/** What texts are, every one of them; they are different from each other. */
export function guessTexts(texts: readonly string[], hints: Hints): Guessed {
  if (texts.length === 0) return TEXT;
  const words = booleansOf(texts);
  if (words !== null) {
    const read = words.builtIn ? {} : { read: { true: words.true, false: words.false } };
    const guess = { words: { type: 'boolean', ...read }, saw: `only ${texts.slice(0, 4).map(shown).join(', ')}` };
    // What is missing may not be what one thinks: a list of `true` needs both.
    const isComplete = words.builtIn || (words.true.length > 0 && words.false.length > 0);
    return words.sure && isComplete ? { sure: guess, maybe: [] } : { sure: null, maybe: isComplete ? [guess] : [] };
  }
  const numbers = guessNumbers(texts, hints);
  if (numbers.sure !== null || numbers.maybe.length > 0) return numbers;
  return guessTime(texts, hints);
}

function guessNumbers(texts: readonly string[], hints: Hints): Guessed {
  const { bare, strip } = stripped(texts);
  if (strip !== null && strip.length > 1) return TEXT;
  const isPlain = bare.every((text) => isNumber(text, PLAIN));
  const styles = isPlain ? [PLAIN] : STYLES.filter((style) => bare.every((text) => isNumber(text, style)));
  const style = styles[0];
  if (style === undefined) return TEXT;
  const plain = isPlain ? bare : bare.map((text) => plainly(text, style));
  const shape = shapeOf(plain);
  if (shape === null) return TEXT;
  // `1,234`: a thousand, or one and a bit. What other columns of the file do decides, else nobody.
  const others = styles.filter((other) => other !== style && !sameNumbers(bare, plain, other));
  if (others.length > 0) {
    const hinted = styles.find(({ decimal }) => decimal === hints.decimal);
    if (hinted === undefined)
      return { sure: null, maybe: [style, ...others].slice(0, 2).map((one) => styled(bare, one, strip)) };
    return { sure: styled(bare, hinted, strip), maybe: [] };
  }
  if (shape.leadingZeros) return leadingZeros(texts, shape, hints);
  const guess = ofShape(shape, style, strip);
  if (guess === null) return TEXT;
  if (!shape.integers || strip !== null || style !== PLAIN) return { sure: guess, maybe: [] };
  const time = guessTime(texts, hints);
  // Eight digits that are a date each, in a column that is named like one.
  if (time.sure !== null) return { sure: time.sure, maybe: [guess] };
  const epoch = epochOf(shape);
  if (epoch === null) return { sure: guess, maybe: time.maybe };
  return isNamedLikeTime(hints.name) ? { sure: epoch, maybe: [guess] } : { sure: guess, maybe: [epoch] };
}

function leadingZeros(texts: readonly string[], shape: NumberShape, hints: Hints): Guessed {
  // `01012026` may be a date.
  const time = guessTime(texts, hints);
  if (time.sure !== null || !shape.integers) return time;
  return { sure: null, maybe: [{ words: { type: 'integer' }, saw: 'leading zeros would be lost' }] };
}

function styled(bare: readonly string[], style: NumberStyle, strip: readonly string[] | null): TypeGuess {
  const shape = shapeOf(bare.map((text) => plainly(text, style)));
  return (
    (shape && ofShape(shape, style, strip)) ?? { words: { type: 'string' }, saw: 'more digits than a decimal has' }
  );
}

function sameNumbers(bare: readonly string[], plain: readonly string[], style: NumberStyle): boolean {
  return bare.every((text, i) => Number(plainly(text, style)) === Number(plain[i]));
}

/** The type that holds numbers of a shape without a loss; null where text alone does. */
export function ofShape(shape: NumberShape, style: NumberStyle, strip: readonly string[] | null): TypeGuess | null {
  const marks = {
    ...(style.decimal === '.' ? {} : { decimal: style.decimal }),
    ...(style.group === null ? {} : { group: style.group }),
    ...(strip === null ? {} : { strip }),
  };
  const { decimal: _fraction, ...ofIntegers } = marks;
  const read = (words: object) => (Object.keys(words).length === 0 ? {} : { read: words });
  const range = shape.least === shape.most ? shape.least : `${shape.least} to ${shape.most}`;
  if (shape.integers && shape.fitsInteger) return { words: { type: 'integer', ...read(ofIntegers) }, saw: range };
  if (shape.integers) return null;
  const fits = shape.whole + shape.scale <= 38;
  if (shape.scale <= DECIMAL_SCALE && (shape.fixed || shape.scale <= 2) && fits)
    return { words: { ...decimalOf(shape), ...read(marks) }, saw: `${range}, ${digits(shape)}` };
  if (shape.fitsDouble) return { words: { type: 'double', ...read(marks) }, saw: `${range}, ${digits(shape)}` };
  if (!fits) return null;
  return { words: { ...decimalOf(shape), ...read(marks) }, saw: `${range}, more digits than a double keeps` };
}

function digits({ scale, fixed, exponents }: NumberShape): string {
  const all = `${fixed ? '' : 'up to '}${scale} ${scale === 1 ? 'digit' : 'digits'} behind the point`;
  return exponents ? `${all}, exponents` : all;
}

/** With room before the point: a total of tomorrow may be larger. */
export function decimalOf({ whole, scale }: NumberShape): { type: 'decimal'; precision: number; scale: number } {
  return { type: 'decimal', precision: whole + scale > 15 ? 38 : 18, scale };
}

/** Takes what is no part of a number off both ends. Null where there is nothing of that kind. */
function stripped(texts: readonly string[]): { bare: readonly string[]; strip: readonly string[] | null } {
  if (texts.every((text) => /^[+-]?[\d.,]/.test(text) && /\d\.?$/.test(text))) return { bare: texts, strip: null };
  const found = new Set<string>();
  const bare = texts.map((text) => {
    const before = MARKS.find((mark) => text.startsWith(mark));
    const rest = before === undefined ? text : text.slice(before.length).trimStart();
    const after = before === undefined ? MARKS.find((mark) => rest.endsWith(mark)) : undefined;
    const mark = before ?? after;
    if (mark !== undefined) found.add(mark);
    return after === undefined ? rest : rest.slice(0, -after.length).trimEnd();
  });
  return found.size === 0 ? { bare: texts, strip: null } : { bare, strip: [...found] };
}

const EPOCHS = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };
/** Times that people log: 2000 to 2100, in seconds. */
const YEAR_2000 = 946_684_800;
const YEAR_2100 = 4_102_444_800;

/** Integers that are all times of this century if they count seconds, milliseconds or less since 1970. */
export function epochOf({ integers, least, most }: NumberShape): TypeGuess | null {
  if (!integers) return null;
  for (const [epoch, perSecond] of Object.entries(EPOCHS)) {
    const [from, to] = [Number(least) / perSecond, Number(most) / perSecond];
    if (from < YEAR_2000 || to > YEAR_2100) continue;
    const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
    return {
      words: { type: 'timestamp', read: { epoch } },
      saw: `${least} to ${most}, in ${epoch} since 1970: ${day(from)} to ${day(to)}`,
    };
  }
  return null;
}

/** A value as a comment shows it. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
