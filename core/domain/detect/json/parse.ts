/** JSON that may be cut off, stand one document behind the other, and has numbers whose digits matter. */

/** A number as it was written. */
export class JsonNumber {
  constructor(readonly literal: string) {}
}
export type Json = string | boolean | null | JsonNumber | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

export interface Parsed {
  readonly value: Json;
  /** Where it ends: behind its last character. */
  readonly end: number;
  /** Lists and objects that the end of the text cut off, outermost first; none where the value is whole. */
  readonly open: readonly Json[];
}

/** The text is no JSON here. */
export class NotJson extends Error {
  override readonly name = 'NotJson';
  constructor(
    readonly at: number,
    readonly why: string,
  ) {
    super(why);
  }
}

const MOST_DEPTH = 200;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANKS = /[ \t\r\n]*/y;
const PLAIN_STRING = /"[^"\\\u0000-\u001f]*"/y; // oxlint-disable-line no-control-regex -- JSON has none of them in strings
const ANY_STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y; // oxlint-disable-line no-control-regex

/** The end of the text, before that of the value. */
const CUT = Symbol('cut');

/**
 * The value that begins at `at`, or behind blanks there.
 * @throws NotJson
 */
export function parseAt(text: string, at: number): Parsed {
  const open: Json[] = [];
  let position = at;
  const value = read(0);
  if (value === CUT) return { value: open[0] ?? null, end: text.length, open };
  return { value, end: position, open: [] };

  function fail(why: string): never {
    throw new NotJson(position, why);
  }

  function match(pattern: RegExp): string | null {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    if (found === null) return null;
    position = pattern.lastIndex;
    return found[0];
  }

  function read(depth: number): Json | typeof CUT {
    match(BLANKS);
    const character = text[position];
    if (character === undefined) return CUT;
    if (depth > MOST_DEPTH) fail(`nested more than ${MOST_DEPTH} deep`);
    if (character === '{') return readObject(depth);
    if (character === '[') return readList(depth);
    if (character === '"') return readString();
    for (const [word, value] of WORDS) {
      if (text.startsWith(word, position)) {
        position += word.length;
        return value;
      }
      if (text.length - position < word.length && word.startsWith(text.slice(position))) return CUT;
    }
    const number = match(NUMBER);
    if (number === null)
      return text.length - position === 1 && character === '-'
        ? CUT
        : fail(`${JSON.stringify(character)} begins no value`);
    // A number at the very end may go on, but for the outermost.
    if (position === text.length && depth > 0) return CUT;
    return new JsonNumber(number);
  }

  function readString(): string | typeof CUT {
    const plain = match(PLAIN_STRING);
    if (plain !== null) return plain.slice(1, -1);
    const literal = match(ANY_STRING);
    if (literal !== null) return String(JSON.parse(literal));
    if (isOpenString(text, position)) return CUT;
    return fail('a string that is none of JSON');
  }

  function readObject(depth: number): JsonObject | typeof CUT {
    const object: JsonObject = new Map();
    open.push(object);
    position += 1;
    match(BLANKS);
    if (text[position] === '}') position += 1;
    else
      for (;;) {
        match(BLANKS);
        if (position >= text.length) return CUT;
        if (text[position] !== '"') fail('a member without a name in quotes');
        const name = readString();
        if (name === CUT) return CUT;
        match(BLANKS);
        if (position >= text.length) return CUT;
        if (text[position] !== ':') fail('a name without a colon behind it');
        position += 1;
        const nested = open.length;
        const value = read(depth + 1);
        if (value === CUT) {
          const partial = open[nested];
          if (partial !== undefined) object.set(name, partial);
          return CUT;
        }
        object.set(name, value);
        match(BLANKS);
        const next = text[position];
        if (next === undefined) return CUT;
        position += 1;
        if (next === '}') break;
        if (next !== ',') fail(`${JSON.stringify(next)} between two members`);
      }
    open.pop();
    return object;
  }

  function readList(depth: number): Json[] | typeof CUT {
    const list: Json[] = [];
    open.push(list);
    position += 1;
    match(BLANKS);
    if (text[position] === ']') position += 1;
    else
      for (;;) {
        const nested = open.length;
        const value = read(depth + 1);
        if (value === CUT) {
          const partial = open[nested];
          if (partial !== undefined) list.push(partial);
          return CUT;
        }
        list.push(value);
        match(BLANKS);
        const next = text[position];
        if (next === undefined) return CUT;
        position += 1;
        if (next === ']') break;
        if (next !== ',') fail(`${JSON.stringify(next)} between two values`);
      }
    open.pop();
    return list;
  }
}

const WORDS: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** Whether nothing but the end of the text keeps what begins here from being a string. */
function isOpenString(text: string, at: number): boolean {
  for (let i = at + 1; i < text.length; i += 1) {
    const character = text[i];
    if (character === '\\') i += 1;
    else if (character === '"' || character === '\n') return false;
  }
  return true;
}

/** What is at a path of members; undefined for nothing. */
export function memberAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  let found = value;
  for (const name of path) {
    if (!(found instanceof Map)) return undefined;
    found = found.get(name);
  }
  return found;
}
