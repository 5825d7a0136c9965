import { number } from '../../text/numbers';
import { secrets, sentence, type ColumnDraft } from './column-draft';
import { decimalOf, epochOf, guessTexts, ofShape, type Guessed, type TypeGuess } from './guess';
import { shapeOf, STYLES } from './number-styles';
import type { Tally } from './tally';
import { isNamedLikeTime } from './words';

const PLAIN = STYLES[0] ?? { decimal: '.', group: null };

export interface JsonOptions {
  readonly name: string;
  /** Whether text of digits is a number: DynamoDB writes all numbers so. */
  readonly textIsNumber: boolean;
}

/** Puts a member of JSON objects into words. */
export function jsonColumn(tally: Tally, { name, textIsNumber }: JsonOptions): ColumnDraft {
  const records = tally.records;
  const present = records - tally.absent - tally.nulls;
  const guessed = present === 0 ? ANYTHING : typeOf(tally, name, textIsNumber);
  const words = guessed.sure?.words ?? { type: 'string' };
  const saw = guessed.sure === null ? [] : [guessed.sure.saw];
  const missing: string[] = [];
  if (tally.absent > 0) missing.push(`absent from ${number(tally.absent)}`);
  if (tally.nulls > 0) missing.push(`null in ${number(tally.nulls)}`);
  saw.push(missing.length === 0 ? `0 of ${number(records)} empty` : `${missing.join(', ')} of ${number(records)}`);
  return {
    name,
    words: { ...words, ...(missing.length > 0 ? { nullable: true } : {}) },
    saw,
    maybe: [...guessed.maybe.map(sentence), ...secrets(words, tally)],
  };
}

const ANYTHING: Guessed = {
  sure: { words: { type: 'json' }, saw: 'nothing but null, so the type is a guess' },
  maybe: [],
};

function typeOf(tally: Tally, name: string, textIsNumber: boolean): Guessed {
  const texts = [...tally.quoted.keys()];
  const numbers = [...tally.numbers.keys()];
  const kinds = [texts.length, numbers.length, tally.booleans, tally.nested].filter((n) => n > 0).length;
  if (kinds > 1) {
    const both = texts.length + numbers.length > 0 && tally.booleans + tally.nested === 0;
    const digits = both ? guessTexts([...new Set([...texts, ...numbers])], { name: '' }).sure : null;
    const readable = digits === null ? null : withQuotes(digits, [...texts, ...numbers], textIsNumber);
    if (readable !== null)
      return { sure: { words: readable, saw: `numbers, some in quotes; ${digits?.saw ?? ''}` }, maybe: [] };
    return { sure: { words: { type: 'json' }, saw: mixture(tally) }, maybe: [] };
  }
  if (tally.nested > 0) return { sure: { words: { type: 'json' }, saw: 'objects or lists' }, maybe: [] };
  if (tally.booleans > 0) return { sure: { words: { type: 'boolean' }, saw: 'true or false' }, maybe: [] };
  return numbers.length > 0 ? ofNumbers(numbers, name) : ofTexts(texts, name, textIsNumber);
}

/** The words that read numbers of which some are text: of a member of the record itself text is no integer and no double, but a decimal. */
function withQuotes(guess: TypeGuess, all: readonly string[], textIsNumber: boolean): TypeGuess['words'] | null {
  if (!isNumeric(guess)) return null;
  if (textIsNumber || guess.words['type'] === 'decimal') return guess.words;
  const shape = guess.words['type'] === 'integer' ? shapeOf(all) : null;
  return shape === null ? null : decimalOf(shape);
}

function isNumeric({ words }: TypeGuess): boolean {
  return ['integer', 'decimal', 'double'].includes(String(words['type']));
}

function mixture(tally: Tally): string {
  const kinds = Object.entries({
    strings: tally.texts,
    numbers: [...tally.numbers.values()].reduce((sum, n) => sum + n, 0),
    booleans: tally.booleans,
    'objects or lists': tally.nested,
  }).filter(([, n]) => n > 0);
  return `values of several kinds: ${kinds.map(([kind, n]) => `${number(n)} ${kind}`).join(', ')}`;
}

function ofNumbers(numbers: readonly string[], name: string): Guessed {
  const shape = shapeOf(numbers);
  if (shape === null) return ANYTHING;
  const guess = ofShape(shape, PLAIN, null);
  if (guess === null) {
    if (!shape.integers || shape.whole > 38)
      return { sure: { words: { type: 'json' }, saw: 'numbers with more digits than a decimal has' }, maybe: [] };
    return {
      sure: { words: decimalOf(shape), saw: `up to ${shape.whole} digits, more than an integer has` },
      maybe: [],
    };
  }
  const epoch = epochOf(shape);
  if (epoch === null) return { sure: guess, maybe: [] };
  return isNamedLikeTime(name) ? { sure: epoch, maybe: [guess] } : { sure: guess, maybe: [epoch] };
}

/** A string of JSON is meant as one; what JSON has no type for, dates and times, is read as such. */
function ofTexts(texts: readonly string[], name: string, textIsNumber: boolean): Guessed {
  const filled = texts.filter((text) => text !== '');
  const { sure, maybe } = guessTexts(filled, { name });
  if (filled.length < texts.length) {
    return {
      sure: null,
      maybe: [...(sure === null ? maybe : [{ ...sure, saw: `all but the empty strings: ${sure.saw}` }])],
    };
  }
  if (sure === null) return { sure, maybe };
  const isTime = sure.words['type'] === 'timestamp' || sure.words['type'] === 'date';
  const isBare = texts.every((text) => /^\d+$/.test(text));
  if ((isTime && !isBare) || (textIsNumber && isNumeric(sure))) return { sure, maybe };
  return { sure: null, maybe: [sure, ...maybe] };
}
