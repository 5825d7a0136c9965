import { tooLong } from '../../lines/raw-record';
import { MAX_EXACT_BYTES } from '../jsonl/exact-records';
import type { PlacedColumn } from './columns';
import type { FoundRecord } from './records';

/** What stands for a value that its column cannot hold. */
const UNFIT = '"?"';
/** A value is no longer in its line: digits of a decimal, or of a double. */
const LONGEST_VALUE = 1100;
/** A byte of text is no longer: a quote in a `json` column. */
const LONGEST_BYTE = 8;

/**
 * Records for the reader, one a line: a list of the columns' values, and of those that do not fit (`,0,3,`, or null). Only what is declared
 * is in it.
 */
export class RecordLines {
  private readonly longestName: number;

  /** @param names of all fields, for the length of values that have others inside */
  constructor(
    private readonly columns: readonly PlacedColumn[],
    names: readonly string[],
  ) {
    this.longestName = Math.max(0, ...names.map((name) => name.length));
  }

  line(value: unknown): string {
    let text = '[';
    let unfit = '';
    this.columns.forEach((column, i) => {
      const one = column.text(value);
      text += one ?? UNFIT;
      text += ',';
      if (one === undefined) unfit += `,${i}`;
    });
    return unfit === '' ? `${text}null]` : `${text}"${unfit},"]`;
  }

  /** Why a record is none, or one of which the columns are too long for the reader; null for others. */
  problem(record: FoundRecord, decode: (record: FoundRecord) => unknown): string | null {
    if (record.problem !== null || !this.mayBeTooLong(record)) return record.problem;
    const bytes = Buffer.byteLength(this.line(decode(record)));
    return bytes > MAX_EXACT_BYTES ? tooLong(bytes, MAX_EXACT_BYTES) : null;
  }

  /** Whether it has to be looked at for how long its columns are. */
  mayBeTooLong({ from, to, values }: Pick<FoundRecord, 'from' | 'to' | 'values'>): boolean {
    const most = LONGEST_BYTE * (to - from) + values * (LONGEST_BYTE * this.longestName + LONGEST_VALUE);
    return this.columns.length * most >= MAX_EXACT_BYTES;
  }
}
