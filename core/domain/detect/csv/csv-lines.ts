/** A reader of CSV that goes on whatever it meets: for looking at files of which nothing is known yet. */

export interface Dialect {
  readonly delimiter: string;
  readonly quote: string | null;
  readonly escape: 'double' | 'backslash';
  readonly comment: string | null;
}

export interface CsvLine {
  readonly texts: readonly string[];
  /** Which of them were in quotes. Null where none was. */
  readonly quoted: readonly boolean[] | null;
  /** Physical line on which it begins, from 1. */
  readonly line: number;
  readonly problem: 'a quote that never closes' | 'text behind a closing quote' | null;
}

/** Physical lines that a quoted value may go on for before its quote is taken for a stray one. */
const MOST_LINES = 200;
const MOST_LENGTH = 1 << 20;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

export interface Start {
  readonly skipLines: number;
  /** Whether the text goes on, so that its last line may be cut and is left out. */
  readonly cut: boolean;
}

/** The records of a text, blank lines and comments left out. One that is broken is the line where it begins. */
export function* csvLines(text: string, dialect: Dialect, { skipLines, cut }: Start): Generator<CsvLine> {
  let at = 0;
  let line = 1;
  for (; line <= skipLines && at < text.length; line += 1) at = lineEnd(text, at) + 1;
  while (at < text.length) {
    const end = lineEnd(text, at);
    if (cut && end === text.length) return;
    const isComment = dialect.comment !== null && text.startsWith(dialect.comment, at);
    if (isComment || isBlank(text, at, end)) {
      at = end + 1;
      line += 1;
      continue;
    }
    const fields = fieldsOf(text, at, dialect, cut);
    if (fields === 'cut') return;
    yield { texts: fields.texts, quoted: fields.quoted, line, problem: fields.problem };
    at = fields.next;
    line += fields.lines;
  }
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

function isBlank(text: string, at: number, end: number): boolean {
  return end === at || (end === at + 1 && text[at] === '\r');
}

interface Fields {
  readonly texts: string[];
  readonly quoted: boolean[] | null;
  readonly problem: CsvLine['problem'];
  readonly next: number;
  readonly lines: number;
}

/** One record from `start` on. `cut` where the text ends before a quoted value does, and there is more of the file. */
function fieldsOf(text: string, start: number, dialect: Dialect, cut: boolean): Fields | 'cut' {
  const { delimiter, quote, escape } = dialect;
  const end = lineEnd(text, start);
  const plainEnd = text[end - 1] === '\r' ? end - 1 : end;
  const line = text.slice(start, plainEnd);
  const isPlain = (quote === null || !line.includes(quote)) && (escape === 'double' || !line.includes('\\'));
  if (isPlain) return { texts: line.split(delimiter), quoted: null, problem: null, next: end + 1, lines: 1 };
  const texts: string[] = [];
  const quoted: boolean[] = [];
  let at = start;
  let lines = 1;
  const broken = (problem: CsvLine['problem']): Fields => ({
    texts: line.split(delimiter),
    quoted: null,
    problem,
    next: end + 1,
    lines: 1,
  });
  for (;;) {
    const field =
      quote !== null && text[at] === quote ? quotedField(text, at, quote, escape) : bareField(text, at, dialect);
    if (field === null) return cut && text.length - start < MOST_LENGTH ? 'cut' : broken('a quote that never closes');
    lines += field.lines;
    if (lines > MOST_LINES) return broken('a quote that never closes');
    at = field.end;
    texts.push(field.text);
    quoted.push(field.quoted);
    if (field.quoted) while (text[at] === ' ' && delimiter !== ' ') at += 1;
    if (
      at >= text.length ||
      text[at] === '\n' ||
      text.startsWith('\r\n', at) ||
      (text[at] === '\r' && at + 1 === text.length)
    ) {
      const next = at >= text.length ? at : text.indexOf('\n', at) + 1 || text.length;
      return { texts, quoted, problem: null, next, lines };
    }
    // A value that went on to another line: its quote was a stray one, which another closed by chance.
    if (!text.startsWith(delimiter, at))
      return broken(field.lines > 0 ? 'a quote that never closes' : 'text behind a closing quote');
    at += delimiter.length;
  }
}

interface Field {
  readonly text: string;
  readonly quoted: boolean;
  readonly end: number;
  readonly lines: number;
}

function quotedField(text: string, start: number, quote: string, escape: Dialect['escape']): Field | null {
  let value = '';
  let at = start + 1;
  let lines = 0;
  for (let from = at; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\n') {
      lines += 1;
      if (lines > MOST_LINES || at - start > MOST_LENGTH) return null;
    } else if (escape === 'backslash' && character === '\\') {
      value += text.slice(from, at) + (ESCAPED[text[at + 1] ?? ''] ?? text[at + 1] ?? '');
      at += 1;
      from = at + 1;
    } else if (character === quote) {
      value += text.slice(from, at);
      if (escape === 'backslash' || text[at + 1] !== quote) return { text: value, quoted: true, end: at + 1, lines };
      value += quote;
      at += 1;
      from = at + 1;
    }
  }
  return null;
}

/** NULL is decided before a backslash falls away, so `\N` stays what it is. */
function bareField(text: string, start: number, { delimiter, escape }: Dialect): Field {
  const lineEnds = lineEnd(text, start);
  if (escape === 'double') {
    const stop = text.indexOf(delimiter, start);
    const end =
      stop === -1 || stop > lineEnds ? (text[lineEnds - 1] === '\r' ? Math.max(start, lineEnds - 1) : lineEnds) : stop;
    return { text: text.slice(start, end), quoted: false, end, lines: 0 };
  }
  let value = '';
  let at = start;
  let lines = 0;
  for (; at < text.length && text[at] !== '\n' && !text.startsWith(delimiter, at); at += 1) {
    if (text[at] === '\r' && text[at + 1] === '\n') break;
    if (text[at] !== '\\') {
      value += text[at];
      continue;
    }
    at += 1;
    if (text[at] === '\n') lines += 1;
    value += ESCAPED[text[at] ?? ''] ?? text[at] ?? '';
  }
  const raw = text.slice(start, at);
  return { text: raw === '\\N' ? raw : value, quoted: false, end: at, lines };
}
