import { isUtf8 } from 'node:buffer';
import { SourceCorrupt } from '../contracts/errors';
import { parseCsvRecord } from './csv-record';
import { linesOf, type Line } from './lines';
import { blankIsRecord, MAX_RECORD_BYTES, maySpanLines, type CsvFormat, type TextFormat } from './text-format';

/** One record as it came. */
export interface RawRecord {
  /** The physical line on which it begins, from 1. */
  readonly line: number;
  /** Its bytes without the last line end; cut if the record is too long. Valid until the next record is asked for. */
  readonly raw: Buffer;
  /** Why it is no record at all; null for a record. */
  readonly problem: string | null;
}

/**
 * How records are told apart. `trusting` is for a file that the strict reader took whole: only boundaries have to be found. `checking`
 * parses each record, so that what the strict reader would stumble over is found line by line.
 */
export type Scrutiny = 'trusting' | 'checking';

/** Lines that one record may take, and unclosed quotes that are looked into before the object is given up as damaged. */
const MAX_LINES_PER_RECORD = 1000;
const MAX_UNCLOSED_QUOTES = 10_000;
const QUOTE = 34;

/** The records of a text file in order. The header of a CSV file is none. */
export function recordsOf(path: string, format: TextFormat, scrutiny: Scrutiny): Generator<RawRecord> {
  return maySpanLines(format)
    ? spanningRecords(path, format as CsvFormat, scrutiny)
    : singleLineRecords(path, format, scrutiny);
}

function* singleLineRecords(path: string, format: TextFormat, scrutiny: Scrutiny): Generator<RawRecord> {
  const maxBytes = MAX_RECORD_BYTES[format.kind];
  const problemOf = scrutiny === 'trusting' ? () => null : format.kind === 'csv' ? csvProblem(format) : jsonProblem;
  const keepBlank = blankIsRecord(format);
  for (const line of linesOf(path, maxBytes)) {
    if (format.kind === 'csv' && line.number === 1) continue;
    const raw = content(line);
    if (!keepBlank && isBlank(raw, format.kind)) continue;
    yield { line: line.number, raw, problem: line.tooLong ? tooLong(line.length, maxBytes) : problemOf(raw) };
  }
}

function csvProblem(format: CsvFormat): (raw: Buffer) => string | null {
  return (raw) => {
    if (!isUtf8(raw)) return 'bytes that are not UTF-8';
    const parsed = parseCsvRecord(raw.toString('utf8'), format.delimiter);
    if ('problem' in parsed) return parsed.problem;
    return fieldsProblem(parsed.fields, format.header.length);
  };
}

/** A delimiter at the end of each line is common and harmless: one empty field more is no fault. */
function fieldsProblem(fields: readonly (string | null)[], expected: number): string | null {
  if (fields.length === expected || (fields.length === expected + 1 && fields[expected] === null)) return null;
  return `${fields.length} fields, expected ${expected}`;
}

function jsonProblem(raw: Buffer): string | null {
  return isUtf8(raw) ? null : 'bytes that are not UTF-8';
}

/** Records that may take several lines: a record ends at the line end at which all quotes are closed. */
function* spanningRecords(path: string, format: CsvFormat, scrutiny: Scrutiny): Generator<RawRecord> {
  const maxBytes = MAX_RECORD_BYTES.csv;
  let pending: { line: Line; quotes: number }[] = [];
  let pendingQuotes = 0;
  let pendingBytes = 0;
  let unclosed = 0;
  const take = (lines: number): void => {
    for (const { line, quotes } of pending.slice(0, lines)) {
      pendingQuotes -= quotes;
      pendingBytes -= line.raw.length;
    }
    pending = pending.slice(lines);
  };
  const givesUp = () => scrutiny === 'checking' && (pendingBytes > maxBytes || pending.length >= MAX_LINES_PER_RECORD);

  /** Takes records off the front of `pending`; at the end of the file, all of them. */
  const drain = function* (ended: boolean): Generator<RawRecord> {
    while (pending.length > 0) {
      const first = pending[0]!.line;
      if (isBlank(content(first), 'csv') && !blankIsRecord(format)) {
        take(1);
        continue;
      }
      const closing = closingLine(pending);
      if (closing === -1 && !ended && !givesUp()) return;
      const lines = pending.slice(0, closing === -1 ? 1 : closing + 1);
      const raw = Buffer.concat(lines.map(({ line }, i) => (i === lines.length - 1 ? content(line) : line.raw)));
      const problem = closing === -1 ? UNCLOSED : problemOf(raw, lines);
      // A stray quote must not take the lines after it along: its own line is at fault, the others are looked at again.
      yield { line: first.number, raw: problem === null ? raw : content(first), problem };
      take(problem === null ? lines.length : 1);
      if (problem === UNCLOSED && ++unclosed > MAX_UNCLOSED_QUOTES)
        throw new SourceCorrupt(`quotes that are not closed in more than ${MAX_UNCLOSED_QUOTES} places`);
    }
  };

  const problemOf = (raw: Buffer, lines: readonly { line: Line }[]): string | null => {
    const long = lines.find(({ line }) => line.tooLong);
    if (long !== undefined) return tooLong(long.line.length, maxBytes);
    if (scrutiny === 'trusting') return null;
    if (raw.length > maxBytes) return tooLong(raw.length, maxBytes);
    if (!isUtf8(raw)) return 'bytes that are not UTF-8';
    const parsed = parseCsvRecord(raw.toString('utf8'), format.delimiter);
    if ('problem' in parsed) return parsed.problem;
    const wrong = fieldsProblem(parsed.fields, format.header.length);
    if (wrong !== null) return wrong;
    const at = parsed.multiline.find((field) => format.multiline[field] !== true);
    return at === undefined ? null : `a line feed in ${format.header[at]}, which is not declared multiline`;
  };

  for (const line of linesOf(path, maxBytes)) {
    if (line.number === 1) continue;
    const quotes = countQuotes(line.raw);
    pending.push({ line: { ...line, raw: Buffer.from(line.raw) }, quotes });
    pendingQuotes += quotes;
    pendingBytes += line.raw.length;
    // While a quote is open nothing can end, so that a value of many lines is not looked at again with each of them.
    if (pendingQuotes % 2 === 0 || givesUp()) yield* drain(false);
  }
  yield* drain(true);
}

const UNCLOSED = 'a quote that is not closed';

/** The index of the first line at whose end all quotes are closed, or -1. */
function closingLine(pending: readonly { readonly quotes: number }[]): number {
  let quotes = 0;
  return pending.findIndex((line) => (quotes += line.quotes) % 2 === 0);
}

function countQuotes(bytes: Buffer): number {
  let quotes = 0;
  for (let at = bytes.indexOf(QUOTE); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) quotes += 1;
  return quotes;
}

function content(line: Line): Buffer {
  return line.raw.subarray(0, line.length);
}

function tooLong(bytes: number, maxBytes: number): string {
  return `a record of ${bytes} bytes, expected at most ${maxBytes}`;
}

/** A line that holds no record: nothing but carriage returns, or in JSONL nothing but what JSON calls whitespace. */
function isBlank(bytes: Buffer, kind: TextFormat['kind']): boolean {
  for (const byte of bytes) if (byte !== 13 && !(kind === 'jsonl' && (byte === 32 || byte === 9))) return false;
  return true;
}
