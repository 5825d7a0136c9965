/** One CSV record, parsed as strictly as DuckDB's strict reader, so that both agree on what a record is. */

export interface CsvRecord {
  /** Null where the field is empty, quoted or not. */
  readonly fields: readonly (string | null)[];
  /** Indices of fields with a line feed inside. */
  readonly multiline: readonly number[];
}

/** A record, or what keeps the text from being one. */
export type ParsedCsv = CsvRecord | { readonly problem: string };

const BARE_CR = 'a carriage return outside quotes';

/**
 * Parses the text of one record, without its line end. Spaces around a quoted field are no part of it, and a quote inside an unquoted
 * field is a character like any other: so DuckDB reads them.
 */
export function parseCsvRecord(text: string, delimiter: string): ParsedCsv {
  if (!text.includes('"')) {
    if (text.includes('\r')) return { problem: BARE_CR };
    return { fields: text.split(delimiter).map((field) => (field === '' ? null : field)), multiline: [] };
  }
  const fields: (string | null)[] = [];
  const multiline: number[] = [];
  let at = 0;
  for (;;) {
    const field = QUOTED_START.exec(text.slice(at, at + MAX_PADDING)) === null ? unquoted() : quoted();
    if (typeof field === 'object' && field !== null) return field;
    fields.push(field === '' ? null : field);
    if (at >= text.length) return { fields, multiline };
    at += delimiter.length;
  }

  function unquoted(): string | { problem: string } {
    const end = text.indexOf(delimiter, at);
    const field = text.slice(at, end === -1 ? text.length : end);
    if (/[\r\n]/.test(field)) return { problem: BARE_CR };
    at = end === -1 ? text.length : end;
    return field;
  }

  function quoted(): string | { problem: string } {
    let from = text.indexOf('"', at) + 1;
    let value = '';
    for (;;) {
      const quote = text.indexOf('"', from);
      if (quote === -1) return { problem: 'a quote that is not closed' };
      value += text.slice(from, quote);
      if (text[quote + 1] !== '"') {
        at = quote + 1;
        break;
      }
      value += '"';
      from = quote + 2;
    }
    while (text[at] === ' ' && delimiter !== ' ') at += 1;
    if (at < text.length && !text.startsWith(delimiter, at)) return { problem: 'text after a closing quote' };
    if (value.includes('\n')) multiline.push(fields.length);
    return value;
  }
}

/** A field begins with a quote, perhaps after some spaces. */
const QUOTED_START = /^ *"/;
const MAX_PADDING = 64;

/** A delimiter at the end of each line is common and harmless: one empty field more is no fault. */
export function fieldsProblem(fields: readonly (string | null)[], expected: number): string | null {
  if (fields.length === expected || (fields.length === expected + 1 && fields[expected] === null)) return null;
  return `${fields.length} fields, expected ${expected}`;
}

/** The text of a record that DuckDB's strict reader takes without question. */
export function formatCsvRecord(fields: readonly (string | null)[], delimiter: string): string {
  // A record of one empty field would be a blank line.
  if (fields.length === 1 && fields[0] === null) return '""';
  return fields
    .map((field) => {
      if (field === null) return '';
      return field.includes(delimiter) || /["\r\n]|^ | $/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
    })
    .join(delimiter);
}
