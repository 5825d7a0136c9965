import type { RawRecord, Scrutiny } from '../../lines/layout';
import { singleLineRecords } from '../../lines/records';
import type { CsvLayout } from './layout';
import { fieldsProblem, parseCsvRecord } from './record';
import { spanningRecords } from './spanning-records';

/** The records of a CSV file in order. Its header is none. */
export function csvRecords(path: string, layout: CsvLayout, scrutiny: Scrutiny): Generator<RawRecord> {
  if (layout.quote !== null) return spanningRecords(path, layout, scrutiny);
  return singleLineRecords(path, layout, scrutiny, (raw) => {
    const parsed = parseCsvRecord(raw.toString('utf8'), layout.delimiter);
    return 'problem' in parsed ? parsed.problem : fieldsProblem(parsed.fields, layout.header.length);
  });
}
