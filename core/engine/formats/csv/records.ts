import type { RawRecord, Scrutiny } from '../../lines/layout';
import { singleLineRecords } from '../../lines/records';
import { fieldsProblem, isComment, type CsvLayout } from './layout';
import { parseCsvRecord } from './record';
import { spanningRecords } from './spanning-records';

/** The records of a CSV file in order. Its header is none, nor are comments. */
export function csvRecords(path: string, layout: CsvLayout, scrutiny: Scrutiny): Generator<RawRecord> {
  if (layout.quote !== null || layout.marks.backslash) return spanningRecords(path, layout, scrutiny);
  return singleLineRecords(
    path,
    layout,
    scrutiny,
    (raw) => {
      const parsed = parseCsvRecord(raw.toString('utf8'), layout.dialect);
      return 'problem' in parsed ? parsed.problem : fieldsProblem(parsed, layout);
    },
    (raw) => isComment(raw, layout.marks),
  );
}
