import { isUtf8 } from 'node:buffer';
import { parseCsvRecord } from './csv-record';
import { jsonShapeProblem, MIN_HARD_BYTES } from './json-shape';
import { linesOf } from './lines';
import { contentOf, fieldsProblem, isBlank, NOT_UTF8, tooLong, type RawRecord, type Scrutiny } from './raw-record';
import { spanningRecords } from './spanning-records';
import { blankIsRecord, MAX_RECORD_BYTES, maySpanLines, type CsvFormat, type TextFormat } from './text-format';

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
    const raw = contentOf(line);
    if (!keepBlank && isBlank(raw, format.kind)) continue;
    yield { line: line.number, raw, problem: line.tooLong ? tooLong(line.length, maxBytes) : problemOf(raw) };
  }
}

function csvProblem(format: CsvFormat): (raw: Buffer) => string | null {
  return (raw) => {
    if (!isUtf8(raw)) return NOT_UTF8;
    const parsed = parseCsvRecord(raw.toString('utf8'), format.delimiter);
    if ('problem' in parsed) return parsed.problem;
    return fieldsProblem(parsed.fields, format.header.length);
  };
}

function jsonProblem(raw: Buffer): string | null {
  if (!isUtf8(raw)) return NOT_UTF8;
  return raw.length < MIN_HARD_BYTES ? null : jsonShapeProblem(raw);
}
