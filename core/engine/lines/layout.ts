/** How the records of a text lie in its lines: all that has to be known to count them and to tell them apart. */
export interface LineLayout {
  /** Physical lines before the first record, as a header. */
  readonly linesBefore: number;
  /** Physical lines of the object that are not in its file, all of them before the first record. Default none. */
  readonly linesAbsent?: number;
  /** Bytes of which a line is blank that has no others. */
  readonly blanks: readonly number[];
  /** Whether a blank line is a record all the same. */
  readonly blankIsRecord: boolean;
  /** The byte inside two of which a line end ends no record; null where each record is one line. */
  readonly quote: number | null;
  /** Longest record that a reader is given. */
  readonly maxBytes: number;
  /** What is looked at in records of so many bytes or more, which may be more than a reader can take; null where only the length counts. */
  readonly shape: { readonly fromBytes: number; readonly begin: () => Shape } | null;
}

/** How deep and how full a record is, found a piece at a time. */
export interface Shape {
  push(bytes: Buffer, from: number, to: number): void;
  /** What keeps it from being given to a reader; null for nothing. */
  problem(): string | null;
}

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

/** A line that holds no record: nothing but blanks. */
export function isBlank(bytes: Buffer, { blanks }: Pick<LineLayout, 'blanks'>): boolean {
  for (const byte of bytes) if (!blanks.includes(byte)) return false;
  return true;
}
