/** A part of a text that is a secret, and what is shown instead. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly instead: string;
}

/** Text with its secrets replaced; spans that meet are one. */
export function replaceSpans(text: string, spans: readonly Span[]): string {
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  const parts: string[] = [];
  let done = 0;
  for (const { start, end, instead } of sorted) {
    if (end <= done) continue;
    if (start >= done) parts.push(text.slice(done, start), instead);
    done = end;
  }
  return parts.join('') + text.slice(done);
}

/** What ends a run of characters that belong together, a URL or a password: white space, quotes, brackets of markup, a backslash. */
const RUN_ENDS = new Set([
  ' ',
  '\t',
  '\n',
  '\r',
  '\v',
  '\f',
  '\u00a0',
  '\u2028',
  '\u2029',
  '"',
  "'",
  '`',
  '<',
  '>',
  '|',
  '\\',
]);

/** Whether a run ends before the character at `at`, as it does at the end of the text. */
export function endsRun(text: string, at: number): boolean {
  return at >= text.length || RUN_ENDS.has(text.charAt(at));
}

/** Where the run ends that `from` is in. */
export function runEnd(text: string, from: number): number {
  let end = from;
  while (!endsRun(text, end)) end += 1;
  return end;
}

/** Where the run begins that `at` is in, no sooner than `notBefore`. */
export function runStart(text: string, at: number, notBefore: number): number {
  let start = at;
  while (start > notBefore && !endsRun(text, start - 1)) start -= 1;
  return start;
}

/** Where the characters of a kind end that begin at `from`. */
export function endOf(text: string, from: number, kind: (code: number) => boolean): number {
  let end = from;
  while (end < text.length && kind(text.charCodeAt(end))) end += 1;
  return end;
}

const between = (code: number, first: string, last: string) =>
  code >= first.charCodeAt(0) && code <= last.charCodeAt(0);
export const isDigit = (code: number): boolean => between(code, '0', '9');
export const isUpper = (code: number): boolean => between(code, 'A', 'Z');
export const isLower = (code: number): boolean => between(code, 'a', 'z');
export const isWord = (code: number): boolean => isDigit(code) || isUpper(code) || isLower(code) || code === 95;
/** Letters, digits, `_` and `-`. */
export const isNameCharacter = (code: number): boolean => isWord(code) || code === 45;

/** The same text with A to Z as a to z; of the same length, which `toLowerCase` does not promise. */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
