import type { Line } from './lines';
import type { TextFormat } from './text-format';

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

export const NOT_UTF8 = 'bytes that are not UTF-8';

/** A delimiter at the end of each line is common and harmless: one empty field more is no fault. */
export function fieldsProblem(fields: readonly (string | null)[], expected: number): string | null {
  if (fields.length === expected || (fields.length === expected + 1 && fields[expected] === null)) return null;
  return `${fields.length} fields, expected ${expected}`;
}

/** A line without its line end. */
export function contentOf(line: Line): Buffer {
  return line.raw.subarray(0, line.length);
}

export function tooLong(bytes: number, maxBytes: number): string {
  return `a record of ${bytes} bytes, expected at most ${maxBytes}`;
}

/** A line that holds no record: nothing but carriage returns, or in JSONL nothing but what JSON calls whitespace. */
export function isBlank(bytes: Buffer, kind: TextFormat['kind']): boolean {
  for (const byte of bytes) if (byte !== 13 && !(kind === 'jsonl' && (byte === 32 || byte === 9))) return false;
  return true;
}
