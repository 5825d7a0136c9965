import type { CsvDialect } from '../../../contracts/dataset/formats/csv';

/** One CSV record, parsed as `docs/csv.md` defines it. */

export interface CsvRecord {
  /** Null where the field is one of the dialect's nulls. */
  readonly fields: readonly (string | null)[];
  /** Indices of fields with a line feed inside that no backslash stands before. */
  readonly multiline: readonly number[];
  /** Whether nothing at all stands in the last field. */
  readonly endsEmpty: boolean;
}

/** A record, or what keeps the text from being one. */
export type ParsedCsv = CsvRecord | { readonly problem: string };

/** What the values of a record depend on, besides its text. */
export type FieldDialect = Pick<CsvDialect, 'delimiter' | 'quote' | 'escape' | 'nullValues' | 'emptyQuoted'>;

const NO_NULLS: readonly (readonly string[])[] = [];
const BARE_CR = 'a carriage return outside quotes';
const LONE_BACKSLASH = 'a backslash with nothing after it';
export const UNCLOSED = 'a quote that is not closed';

/**
 * Parses the text of one record, without its line end. What comes out depends on nothing else.
 * @param rawNulls per field, further values that are NULL, quoted or not, compared before backslashes are undone
 */
export function parseCsvRecord(
  text: string,
  dialect: FieldDialect,
  rawNulls: readonly (readonly string[])[] = NO_NULLS,
): ParsedCsv {
  const { delimiter, quote, nullValues } = dialect;
  const backslash = dialect.escape === 'backslash';
  if ((quote === null || !text.includes(quote)) && (!backslash || !text.includes('\\'))) {
    if (/[\r\n]/.test(text)) return { problem: BARE_CR };
    const fields = text.split(delimiter);
    const endsEmpty = fields.at(-1) === '';
    const isNull = (field: string, i: number) => nullValues.includes(field) || rawNulls[i]?.includes(field) === true;
    return { fields: fields.map((field, i) => (isNull(field, i) ? null : field)), multiline: [], endsEmpty };
  }
  const fields: (string | null)[] = [];
  const multiline: number[] = [];
  let at = 0;
  for (;;) {
    const start = at;
    const field = quote !== null && text.startsWith(quote, at) ? quoted(quote) : unquoted();
    if (typeof field === 'object' && field !== null) return field;
    fields.push(field);
    if (at >= text.length) return { fields, multiline, endsEmpty: start >= text.length };
    at += delimiter.length;
  }

  function unquoted(): string | null | { problem: string } {
    const start = at;
    at = backslash ? escapedEnd(delimiter) : text.indexOf(delimiter, at);
    if (at === -1) at = text.length;
    if (at > text.length) return { problem: LONE_BACKSLASH };
    const raw = text.slice(start, at);
    // Before escapes are undone, so that `\N` can be NULL and `\\N` is text.
    if (nullValues.includes(raw) || rawNulls[fields.length]?.includes(raw) === true) return null;
    if (/[\r\n]/.test(backslash ? raw.replace(ESCAPED, '') : raw)) return { problem: BARE_CR };
    return backslash ? unescaped(raw) : raw;
  }

  function quoted(mark: string): string | null | { problem: string } {
    at += mark.length;
    const start = at;
    const value = backslash ? escapedValue(mark) : doubledValue(mark);
    if (value === null) return { problem: UNCLOSED };
    const isNull = rawNulls[fields.length]?.includes(text.slice(start, at - mark.length)) === true;
    // A blank is never padding where a delimiter begins with it.
    while (text[at] === ' ' && !text.startsWith(delimiter, at)) at += 1;
    if (at < text.length && !text.startsWith(delimiter, at)) return { problem: 'text after a closing quote' };
    return isNull || (value === '' && dialect.emptyQuoted === 'null') ? null : value;
  }

  function doubledValue(mark: string): string | null {
    let value = '';
    for (let from = at; ;) {
      const end = text.indexOf(mark, from);
      if (end === -1) return null;
      value += text.slice(from, end);
      at = end + mark.length;
      if (!text.startsWith(mark, at)) break;
      value += mark;
      from = at + mark.length;
    }
    if (value.includes('\n')) multiline.push(fields.length);
    return value;
  }

  function escapedValue(mark: string): string | null {
    const start = at;
    const end = escapedEnd(mark);
    if (end === -1 || end > text.length) return null;
    const raw = text.slice(start, end);
    at = end + mark.length;
    if (raw.replace(ESCAPED, '').includes('\n')) multiline.push(fields.length);
    return unescaped(raw);
  }

  /** Where the next mark is that no backslash stands before; -1 for nowhere, more than the length if a backslash is the last character. */
  function escapedEnd(mark: string): number {
    for (let from = at; from < text.length; from += 1) {
      if (text[from] === '\\') {
        from += 1;
        if (from >= text.length) return from + 1;
      } else if (text.startsWith(mark, from)) return from;
    }
    return -1;
  }
}

const ESCAPED = /\\(\r\n|[^])/gu;
const LETTERS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unescaped(raw: string): string {
  return raw.includes('\\') ? raw.replace(ESCAPED, (_all, escaped: string) => LETTERS[escaped] ?? escaped) : raw;
}

/** The text of a record that the reader of the canonical form takes: commas, `"` doubled, nothing for NULL and `""` for an empty text. */
export function formatCsvRecord(fields: readonly (string | null)[], delimiter: string): string {
  return fields
    .map((field) => {
      if (field === null) return '';
      return field === '' || field.includes(delimiter) || /["\r\n]|^ | $/.test(field)
        ? `"${field.replaceAll('"', '""')}"`
        : field;
    })
    .join(delimiter);
}
