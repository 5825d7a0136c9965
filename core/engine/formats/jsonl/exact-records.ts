import type { Column, Dataset } from '../../../contracts/dataset/dataset';
import { originOf } from '../../../contracts/dataset/formats/origin';
import { tooLong } from '../../lines/raw-record';
import { ExactLine } from './exact-line';
import { MemberFinder, type MemberPath } from './member-finder';
import { plainDecimal } from './plain-decimal';

/** Longest record: a quarter of the reader's default of 16 MiB, because its buffers are a multiple of it. */
export const MAX_JSON_BYTES = 4 * 1024 * 1024;
/** Longest line of the reader where values stand beside the record: as text of JSON one may take twice its bytes. */
export const MAX_EXACT_BYTES = 3 * MAX_JSON_BYTES;
export const NO_RECORD = 'one JSON object with each key once';

/** What `{"r":`, `,"x":[`, the line and `]}` take; and a decimal at most: its digits, quotes, comma. */
const ENVELOPE_BYTES = 40;
const DECIMAL_BYTES = 90;

/** A column of which the reader does not give what came: it makes doubles of fractions, and writes values anew. */
export interface ExactColumn {
  readonly name: string;
  readonly type: 'decimal' | 'json';
  readonly path: MemberPath;
}

/** The path of names to a column's member; none for one that is no member. */
export function pathOf(name: string, column: Column): MemberPath {
  const origin = originOf(name, column);
  return origin.kind === 'source' ? origin.path : [];
}

/** The columns of a dataset whose values have to be taken from the bytes. */
export function exactColumns({ columns }: Pick<Dataset, 'columns'>): ExactColumn[] {
  return Object.entries(columns).flatMap(([name, column]) =>
    column.type === 'decimal' || column.type === 'json'
      ? [{ name, type: column.type, path: pathOf(name, column) }]
      : [],
  );
}

/**
 * Writes records with the values of some columns beside them as text: `{"r":<the record>,"x":["12.50",null,"{\"a\":1}"]}`. Numbers have no
 * exponent; JSON has no blanks between its tokens, and `false` stands for what is none. Behind them stands the record's line, if it is wanted.
 */
export class ExactRecords {
  private readonly finder: MemberFinder;
  private readonly out = new ExactLine();

  constructor(
    private readonly columns: readonly ExactColumn[],
    private readonly hasLine = false,
  ) {
    this.finder = new MemberFinder(columns.map(({ path }) => path));
  }

  /** Looks into a record: why it is none that can be written so; null where it can. */
  problem(record: Buffer): string | null {
    if (!this.finder.find(record)) return `not ${NO_RECORD}`;
    const bytes = this.bytes(record);
    return bytes > MAX_EXACT_BYTES ? tooLong(bytes, MAX_EXACT_BYTES) : null;
  }

  /**
   * The line for the record that was looked into last; valid until the next.
   * @param number of the physical line on which it begins
   */
  line(record: Buffer, number: number): Buffer {
    const { starts, ends } = this.finder;
    const { out } = this;
    out.begin(this.bytes(record));
    out.text('{"r":');
    out.copy(record);
    out.text(',"x":[');
    this.columns.forEach(({ type }, i) => {
      const [start, end] = [starts[i]!, ends[i]!];
      if (i > 0) out.text(',');
      if (start === -1 || isNull(record, start, end)) out.text('null');
      else if (type === 'json') out.quoted(record, start, end);
      else if (!isNumber(record[start]!)) out.text('null');
      else out.text(JSON.stringify(plainDecimal(record.toString('latin1', start, end))));
    });
    if (this.hasLine) out.text(`${this.columns.length > 0 ? ',' : ''}"${number}"`);
    out.text(']}');
    return out.end();
  }

  /** What a line takes at most. */
  private bytes(record: Buffer): number {
    return record.length + this.columns.reduce((sum, { type }, i) => sum + this.most(type, i), ENVELOPE_BYTES);
  }

  private most(type: ExactColumn['type'], i: number): number {
    const start = this.finder.starts[i]!;
    return DECIMAL_BYTES + (type === 'decimal' || start === -1 ? 0 : 2 * (this.finder.ends[i]! - start));
  }
}

const isNull = (record: Buffer, start: number, end: number) => end - start === 4 && record[start] === 110;
const isNumber = (first: number) => first === 45 || (first >= 48 && first <= 57);
