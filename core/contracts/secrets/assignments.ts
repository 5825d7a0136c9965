import { asciiLower, endOf, isNameCharacter, isWord, type Span } from './spans';

/* Secrets that are named: `password=…`, `"client_secret": "…"`, `--token …`, `password is …`, `Authorization: …`. */

/** What the name of a secret ends with. Fixed texts, so that looking for them takes time in proportion to the text. */
const NAMES =
  /passw(?:or)?d|passphrase|passcode|pass|pwd|secret|token|credentials?|api[ _-]?keys?|private[ _-]?key|access[ _-]?key|account[ _-]?key|auth[ _-]?key|signature|sig|authorization|cookie/g;
/** Those that are parts of other words: "bypass", "design". */
const WHOLE_WORDS = new Set(['pass', 'sig', 'signature', 'cookie', 'authorization']);
/** What may stand between the name and its value's separator. */
const SUFFIX =
  /^(?:[_-]?(?:value|string|text|plain|hash|base64|b64|key|old|new|prod|dev|test|stage|staging|db|admin|root))?[_-]?\d{0,3}(?![A-Za-z0-9_-])/;
const LONGEST_SUFFIX = 24;

/** Words that say something about a secret and are none. */
const NO_SECRETS = new Set(
  (
    'a all already also always an and are as at be been being by cannot correct denied deprecated different empty ' +
    'expired expiring false for from given gone has here in incorrect invalid is it left longer malformed missing ' +
    'needed never nil no none not now null of off ok on only optional or present redacted refused rejected required ' +
    'reset revoked rotated set shorter still stored taken that the there this to too true undefined unknown unset ' +
    'used valid what where which with without wrong yes'
  ).split(' '),
);

const LONGEST_WORD = 20;

/** Something that is filled in later, a structure, the name of a secret, what was redacted before. Asked first, so that none is read twice. */
const NO_VALUE = /^(?:\$\{|[{[(]|arn:|secretsmanager:)/;

const SPACE = (code: number): boolean => code === 32 || code === 9;
/** What ends a value without quotes. */
const VALUE_ENDS = new Set(' \t\r\n\v\f,;&}])<>"\'`|\\\u00a0'.split(''));

/** The quote that closes a name in JSON, in JSON inside JSON, or an index in brackets. */
const CLOSING = new Set(['"', "'", '`', ']']);
const STOPS = new Set(['.', '!', '?', ':']);
const LINE_ENDS = new Set(['\r', '\n', '"', "'", '`']);

export function assignedSecrets(text: string): Span[] {
  const lower = asciiLower(text);
  const arns = arnRanges(lower);
  const spans: Span[] = [];
  let [from, arn] = [0, 0];
  for (const match of lower.matchAll(NAMES)) {
    const [name] = match;
    if (match.index < from) continue;
    // An ARN names a secret, and holds none.
    while ((arns[arn]?.end ?? Number.POSITIVE_INFINITY) <= match.index) arn += 1;
    if ((arns[arn]?.start ?? Number.POSITIVE_INFINITY) <= match.index) continue;
    const span = valueOf(text, lower, match.index, name);
    if (span === undefined) continue;
    spans.push(span);
    from = span.end;
  }
  return spans;
}

function valueOf(text: string, lower: string, index: number, name: string): Span | undefined {
  if (WHOLE_WORDS.has(name) && index > 0 && isLetterOrDigit(text.charCodeAt(index - 1))) return undefined;
  const after = index + name.length;
  const suffix = SUFFIX.exec(lower.slice(after, after + LONGEST_SUFFIX))?.[0];
  if (suffix === undefined) return undefined;
  const nameEnd = after + suffix.length;
  const separator = separatorEnd(text, lower, nameEnd, isOption(text, index));
  if (separator === undefined) return undefined;
  const start = endOf(text, separator.end, SPACE);
  if (name === 'authorization' || name === 'cookie') return headerValue(text, start);
  const quote = openingQuote(text, start);
  const first = quote === undefined ? start : quote.at + 1;
  if (NO_VALUE.test(text.slice(first, first + 16))) return undefined;
  const plain = quote === undefined ? plainEnd(text, start, separator.isWord) : 0;
  const { inside, end } = quote === undefined ? { inside: plain, end: plain } : closing(text, quote);
  return isSecret(text.slice(first, inside)) ? { start, end, instead: '[redacted]' } : undefined;
}

const isLetterOrDigit = (code: number): boolean => isWord(code) && code !== 95;

/** `--db-password hunter2`: the name of an option of a command. */
function isOption(text: string, index: number): boolean {
  let start = index;
  while (start > 0 && index - start < 40 && isNameCharacter(text.charCodeAt(start - 1))) start -= 1;
  return text.startsWith('--', start);
}

/** Where `=`, `:`, `=>`, ` is ` … end after a name; undefined where none follows. */
function separatorEnd(
  text: string,
  lower: string,
  nameEnd: number,
  option: boolean,
): { readonly end: number; readonly isWord: boolean } | undefined {
  let at = endOf(text, nameEnd, (code) => code === 92);
  if (CLOSING.has(text.charAt(at))) at += 1;
  at = endOf(text, at, SPACE);
  const spaces = at > nameEnd;
  const sign = /^(?:=>|:=|==|=|:|%3d)/.exec(lower.slice(at, at + 3))?.[0];
  if (sign !== undefined) return { end: at + sign.length, isWord: false };
  if (option && spaces) return { end: at, isWord: false };
  const word = /^(?:is|was|are|were) /.exec(lower.slice(at, at + 5))?.[0];
  return spaces && word !== undefined ? { end: at + word.length, isWord: true } : undefined;
}

interface Quote {
  readonly at: number;
  readonly mark: string;
  /** Backslashes before it: quotes of JSON inside JSON. */
  readonly escapes: number;
}

function openingQuote(text: string, start: number): Quote | undefined {
  const at = endOf(text, start, (code) => code === 92);
  const mark = text.charAt(at);
  return mark === '"' || mark === "'" || mark === '`' ? { at, mark, escapes: at - start } : undefined;
}

/** Where what is in quotes ends, and where the quote that closes does; both the text's end where none does. */
function closing(text: string, { at, mark, escapes }: Quote): { readonly inside: number; readonly end: number } {
  for (let from = at + 1; ;) {
    const next = text.indexOf(mark, from);
    if (next === -1) return { inside: text.length, end: text.length };
    let before = next;
    while (before > at + 1 && text.charAt(before - 1) === '\\') before -= 1;
    if (next - before <= escapes) return { inside: before, end: next + 1 };
    from = next + 1;
  }
}

function plainEnd(text: string, start: number, sentence: boolean): number {
  let end = start;
  while (end < text.length && !VALUE_ENDS.has(text.charAt(end))) end += 1;
  // The full stop of a sentence is not part of the word before it.
  while (sentence && end > start && STOPS.has(text.charAt(end - 1))) end -= 1;
  return end;
}

/** The rest of a header's line, but for the name of its scheme. */
function headerValue(text: string, from: number): Span | undefined {
  const quote = openingQuote(text, from);
  const first = quote === undefined ? from : quote.at + 1;
  const [scheme] = /^(?:(?:bearer|basic|digest|token|negotiate|aws4-hmac-sha256) +)?/i.exec(
    text.slice(first, first + 40),
  ) ?? [''];
  const start = first + scheme.length;
  if (NO_VALUE.test(text.slice(start, start + 16))) return undefined;
  const end = quote === undefined ? lineEnd(text, start) : Math.max(start, closing(text, quote).inside);
  return isSecret(text.slice(start, end)) ? { start, end, instead: '[redacted]' } : undefined;
}

function lineEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && !LINE_ENDS.has(text.charAt(end))) end += 1;
  return end;
}

function isSecret(value: string): boolean {
  if (/^[\s.:*…-]*$/.test(value)) return false;
  // Only what is no longer than a word: the time for a longer value would not be linear.
  return value.length > LONGEST_WORD || !NO_SECRETS.has(value.toLowerCase().replace(/[.!?:]+$/, ''));
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** ARNs, and actions of Secrets Manager in policies. */
function arnRanges(lower: string): Range[] {
  const ranges: Range[] = [];
  for (const match of lower.matchAll(/arn:[a-z]|secretsmanager:[a-z]/g)) {
    if (match.index < (ranges.at(-1)?.end ?? 0)) continue;
    const end = endOf(
      lower,
      match.index,
      (code) => isNameCharacter(code) || ':/+=.@*?'.includes(String.fromCharCode(code)),
    );
    ranges.push({ start: match.index, end });
  }
  return ranges;
}
