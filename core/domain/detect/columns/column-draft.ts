import { number } from '../../text/numbers';
import { guessTexts, shown, TEXT, type Guessed, type TypeGuess } from './guess';
import { textsOf, type Tally } from './tally';
import { isoTimestamp, isIsoDate, readingsOf } from './time-readings';
import { isNumber, STYLES } from './number-styles';
import { NULL_WORDS } from './words';

/** A column as it may stand in a definition, with what speaks for it. */
export interface ColumnDraft {
  readonly name: string;
  readonly words: Readonly<Record<string, unknown>>;
  /** What was seen, for a comment. */
  readonly saw: readonly string[];
  /** What it may be as well, for comments. */
  readonly maybe: readonly string[];
}

export interface TextOptions {
  readonly name: string;
  /** Unquoted values that are NULL in the whole file. */
  readonly nullValues: readonly string[];
  readonly emptyQuoted: 'text' | 'null';
  readonly decimal?: '.' | ',' | undefined;
  /** Whether values may be in quotes, which alone can hold a line feed that has to be allowed. */
  readonly quotes?: boolean;
}

/** What a column of texts holds, before it is put into words. */
export interface TextColumn {
  readonly guessed: Guessed;
  /** Words that are NULL here although the file does not say so. */
  readonly nullWords: readonly string[];
  readonly missing: number;
}

/** The type of a column of texts. A type is sure where every value is of it, but for words that mean nothing. */
export function analyse(tally: Tally, options: TextOptions): TextColumn {
  const { values, missing } = valuesOf(tally, options);
  const hints = { name: options.name, decimal: options.decimal };
  const texts = [...values.keys()];
  const guessed = guessTexts(texts, hints);
  // In a column of no text `""` is NULL, whatever it is in others.
  const emptyQuoted = options.emptyQuoted === 'text' ? (tally.quoted.get('') ?? 0) : 0;
  if (guessed.sure !== null) return { guessed, nullWords: [], missing: missing + emptyQuoted };
  const nullWords = texts.filter((text) => NULL_WORDS.includes(text));
  const others = nullWords.length === 0 ? [] : texts.filter((text) => !nullWords.includes(text));
  const without = others.length === 0 ? TEXT : guessTexts(others, hints);
  if (without.sure === null) return { guessed: guessed.maybe.length > 0 ? guessed : without, nullWords: [], missing };
  const words = nullWords.reduce((sum, word) => sum + (values.get(word) ?? 0), 0);
  return { guessed: without, nullWords, missing: missing + emptyQuoted + words };
}

function valuesOf(
  tally: Tally,
  { nullValues, emptyQuoted }: TextOptions,
): { values: Map<string, number>; missing: number } {
  let missing = tally.nulls + tally.absent;
  const values = new Map<string, number>();
  for (const [text, count] of tally.plain) {
    if (text === '' || nullValues.includes(text)) missing += count;
    else values.set(text, count);
  }
  for (const [text, count] of tally.quoted) {
    if (text !== '') values.set(text, (values.get(text) ?? 0) + count);
    else if (emptyQuoted === 'null') missing += count;
  }
  return { values, missing };
}

/** Puts a column of texts into words. */
export function textColumn(tally: Tally, options: TextOptions): ColumnDraft {
  const { guessed, nullWords, missing } = analyse(tally, options);
  const records = tally.records;
  const words = guessed.sure?.words ?? { type: 'string' };
  const saw: string[] = [];
  const maybe = guessed.maybe.map(sentence);
  if (guessed.sure !== null) saw.push(guessed.sure.saw);
  else if (missing === records) saw.push('nothing but empty values, so the type is a guess');
  else maybe.push(...nearly(tally, options));
  saw.push(emptiness(missing, records));
  if (nullWords.length > 0) saw.push(`${nullWords.map(shown).join(' and ')} taken for NULL`);
  const multiline = options.quotes !== false && words['type'] === 'string' && tally.multiline > 0;
  if (multiline) saw.push(`${number(tally.multiline)} with line feeds`);
  return {
    name: options.name,
    words: {
      ...words,
      ...(missing > 0 ? { nullable: true } : {}),
      ...(multiline ? { multiline: true } : {}),
      ...(nullWords.length > 0 ? { read: { ...readOf(words), nullValues: nullWords } } : {}),
    },
    saw,
    maybe: [...maybe, ...secrets(words, tally)],
  };
}

function readOf(words: Readonly<Record<string, unknown>>): object {
  const read = words['read'];
  return typeof read === 'object' && read !== null ? read : {};
}

/** As `read: { epoch: 'ms' }, type …: why`. */
export function sentence({ words, saw }: TypeGuess): string {
  return `or ${inline(words)}: ${saw}`;
}

/** Words as TypeScript, on one line. */
export function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([key, one]) => `${keyed(key)}: ${inline(one)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** A string of TypeScript in which nothing can end the line or command a terminal. */
export function quoted(text: string): string {
  const json = JSON.stringify(text);
  const single = `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  // As prettier has it: the quotes of which fewer have to be escaped.
  const shorter = text.split("'").length > text.split('"').length ? json : single;
  return shorter.replace(/[\u007f-\u00a0\u00ad\u061c\u200b-\u200f\u2028-\u202f\u205f-\u206f\ufeff]/g, escapedUnit);
}

function escapedUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The key of a member in TypeScript. */
export function keyed(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
}

function emptiness(missing: number, records: number): string {
  return `${number(missing)} of ${number(records)} empty`;
}

/** A type that most values have: those that have not are named, so that somebody can decide. */
function nearly(tally: Tally, options: TextOptions): string[] {
  const { values } = valuesOf(tally, options);
  const kinds: readonly (readonly [string, (text: string) => boolean])[] = [
    ['integer', (text) => /^[+-]?\d+$/.test(text)],
    ['a number', (text) => STYLES.slice(0, 4).some((style) => isNumber(text, style))],
    ['date', isIsoDate],
    ['timestamp', (text) => isoTimestamp(text) !== null],
  ];
  let all = 0;
  for (const n of values.values()) all += n;
  const times = timesAmong([...values.keys()], options.name);
  if (times !== null) return [times];
  for (const [kind, test] of kinds) {
    const others = [...values].filter(([text]) => !test(text));
    const not = others.reduce((sum, [, n]) => sum + n, 0);
    if (not === 0 || not > all * 0.2) continue;
    const examples = others
      .slice(0, 3)
      .map(([text]) => shown(text))
      .join(', ');
    return [`${number(all - not)} of ${number(all)} are ${kind}; not so ${examples}`];
  }
  return [];
}

/** Formats in which at least half of the values are times. */
function timesAmong(texts: readonly string[], name: string): string | null {
  const some = texts.filter((text) => isIsoDate(text) || isoTimestamp(text) !== null || readingsOf(text).length > 0);
  if (some.length === 0 || some.length === texts.length || some.length < texts.length / 2) return null;
  const { sure } = guessTexts(some, { name });
  const other = texts.find((text) => !some.includes(text)) ?? '';
  return sure === null
    ? null
    : `${inline(sure.words)} reads ${number(some.length)} of ${number(texts.length)} values; not ${shown(other)}`;
}

const PERSONAL: readonly (readonly [string, RegExp])[] = [
  ['e-mail addresses', /^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i],
  ['IBANs', /^[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?$/],
];

/** Values of people: hashed in samples and messages where the definition says so. */
export function secrets(words: Readonly<Record<string, unknown>>, tally: Tally): string[] {
  if (words['type'] !== 'string') return [];
  const texts = [...textsOf(tally).keys()].filter((text) => text !== '').slice(0, 200);
  if (texts.length === 0) return [];
  return PERSONAL.filter(([, pattern]) => texts.filter((text) => pattern.test(text)).length > texts.length * 0.8).map(
    ([what]) => `sensitive: true keeps its values out of messages: they look like ${what}`,
  );
}
