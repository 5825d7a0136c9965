import { tooLong } from '../../lines/raw-record';
import { MAX_EXACT_BYTES } from '../jsonl/exact-records';
import type { PlacedColumn } from './columns';
import type { FoundRecord } from './records';

/** A value is no longer as text: digits of a decimal, or of a double. */
const LONGEST_VALUE = 1100;
/** A byte of text is no longer: a quote in a `json` column. */
const LONGEST_BYTE = 8;

/** Refuses records whose columns together are longer than those of any other format may be: a short one may have many long names. */
export class ColumnLengths {
  private readonly longestName: number;

  /** @param names of all fields, for the length of values that have others inside */
  constructor(
    private readonly columns: readonly PlacedColumn[],
    names: readonly string[],
  ) {
    this.longestName = Math.max(0, ...names.map((name) => name.length));
  }

  /** Why a record is none, or one whose columns are too long; null for others. */
  problem(record: FoundRecord, decode: (record: FoundRecord) => unknown): string | null {
    if (record.problem !== null || !this.mayBeTooLong(record)) return record.problem;
    const value = decode(record);
    const bytes = this.columns.reduce((sum, { text }) => sum + Buffer.byteLength(text(value) ?? ''), 0);
    return bytes > MAX_EXACT_BYTES ? tooLong(bytes, MAX_EXACT_BYTES) : null;
  }

  /** Whether it has to be looked at for how long its columns are. */
  mayBeTooLong({ from, to, values }: Pick<FoundRecord, 'from' | 'to' | 'values'>): boolean {
    const most = LONGEST_BYTE * (to - from) + values * (LONGEST_BYTE * this.longestName + LONGEST_VALUE);
    return this.columns.length * most >= MAX_EXACT_BYTES;
  }
}
