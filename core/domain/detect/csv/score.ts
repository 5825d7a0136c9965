import { isNumber, STYLES } from '../columns/number-styles';
import { isIsoDate, isoTimestamp } from '../columns/time-readings';
import { csvLines, type CsvLine, type Dialect } from './csv-lines';

/** How well a dialect fits the first records. */

const FIRST_RECORDS = 300;

export interface Scored {
  readonly dialect: Dialect;
  readonly fields: number;
  readonly share: number;
  readonly score: number;
  readonly records: number;
  readonly broken: number;
}

export type Text = { readonly text: string; readonly cut: boolean };

/** The first records of each text. */
export function* linesOf(texts: readonly Text[], dialect: Dialect, skipLines: number): Generator<CsvLine> {
  for (const { text, cut } of texts) {
    let n = 0;
    for (const line of csvLines(text, dialect, { skipLines, cut })) {
      yield line;
      n += 1;
      if (n === FIRST_RECORDS) break;
    }
  }
}

/** Records that agree, and values that look like some, make a score. */
export function scored(texts: readonly Text[], dialect: Dialect, skipLines: number, prior: number): Scored {
  const counts = new Map<number, number>();
  let records = 0;
  let broken = 0;
  let typed = 0;
  let cells = 0;
  let halves = 0;
  for (const { texts: fields, problem } of linesOf(texts, dialect, skipLines)) {
    records += 1;
    if (problem !== null) {
      broken += 1;
      continue;
    }
    counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1);
    for (const field of fields.slice(0, 50)) {
      if (field === '') continue;
      cells += 1;
      if (isTyped(field)) typed += 1;
      // Half of a quoted value: the delimiter cut it.
      else if (/^"[^"]*$|^[^"]+"$/.test(field)) halves += 1;
    }
  }
  // Of several, the larger: a delimiter that is there separates more than one that is not.
  const [fields = 1, most = 0] = [...counts].sort(([a, n], [b, m]) => m * Math.min(b, 8) - n * Math.min(a, 8))[0] ?? [];
  const share = records === 0 ? 0 : most / records;
  const quality = cells === 0 ? 0.5 : 0.5 + (0.5 * typed) / cells - halves / cells;
  const several = fields === 1 ? 0 : 1 - 0.3 / fields;
  return { dialect, fields, share, records, broken, score: share ** 2 * quality * several * prior };
}

function isTyped(text: string): boolean {
  return (
    STYLES.slice(0, 4).some((style) => isNumber(text, style)) ||
    isIsoDate(text) ||
    isoTimestamp(text) !== null ||
    /^(?:[\w-]{1,30}|\\N|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})$/.test(text)
  );
}
