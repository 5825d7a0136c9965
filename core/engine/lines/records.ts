import { isUtf8 } from 'node:buffer';
import { isBlank, type LineLayout, type RawRecord, type Scrutiny } from './layout';
import { linesOf } from './lines';
import { contentOf, NOT_UTF8, tooLong } from './raw-record';

/**
 * The records of a text in order, where each is one line.
 * @param problemOf why text of UTF-8 is no record; null for a record
 * @param isNone whether a line is none besides blank ones, and nothing is wrong with it
 */
export function* singleLineRecords(
  path: string,
  layout: LineLayout,
  scrutiny: Scrutiny,
  problemOf: (raw: Buffer) => string | null,
  isNone: (raw: Buffer) => boolean = () => false,
): Generator<RawRecord> {
  const { maxBytes, linesBefore, linesAbsent = 0, blankIsRecord } = layout;
  const look = (raw: Buffer) => (scrutiny === 'trusting' ? null : isUtf8(raw) ? problemOf(raw) : NOT_UTF8);
  for (const line of linesOf(path, maxBytes)) {
    if (line.number <= linesBefore) continue;
    const raw = contentOf(line);
    if (isNone(raw) || (!blankIsRecord && isBlank(raw, layout))) continue;
    yield { line: line.number + linesAbsent, raw, problem: line.tooLong ? tooLong(line.length, maxBytes) : look(raw) };
  }
}
