import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { jsonShapeProblem, MIN_HARD_BYTES } from '../../lines/json-shape';
import type { RawRecord } from '../../lines/layout';
import { NOT_UTF8, tooLong } from '../../lines/raw-record';
import { MAX_JSON_BYTES } from '../jsonl/exact-records';
import { DocumentScanner, type RecordTaker } from './document-scanner';

const CHUNK = 1 << 20;

/** Keeps the bytes of records until they are asked for: of those that are too long their beginning. */
class Kept implements RecordTaker {
  private pieces: Buffer[] = [];
  private length = 0;
  readonly records: { readonly line: number; readonly raw: Buffer; readonly length: number }[] = [];

  piece(chunk: Buffer, from: number, to: number): void {
    const room = Math.max(0, MAX_JSON_BYTES + 1 - this.length);
    if (room > 0) this.pieces.push(chunk.subarray(from, Math.min(to, from + room)));
    this.length += to - from;
  }

  end(line: number): void {
    const [only, ...more] = this.pieces;
    const raw = only !== undefined && more.length === 0 ? only : Buffer.concat(this.pieces);
    this.records.push({ line, raw, length: this.length });
    this.pieces = [];
    this.length = 0;
  }

  /** Before the piece of the file that these are parts of is read over. */
  copy(): void {
    this.pieces = this.pieces.length === 0 ? [] : [Buffer.from(Buffer.concat(this.pieces))];
  }
}

/**
 * The records of a file of documents, in order. It reads synchronously.
 * @param path of the list of records in each document; null where each is one
 * @param problemOf why text of UTF-8 is no record; null for one that is
 */
export function* documentRecords(
  file: string,
  path: readonly string[] | null,
  problemOf: (raw: Buffer) => string | null,
): Generator<RawRecord> {
  const kept = new Kept();
  const scanner = new DocumentScanner(path, kept);
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (let size = readSync(fd, buffer); ; size = readSync(fd, buffer)) {
      if (size === 0) scanner.end();
      else scanner.push(buffer.subarray(0, size));
      for (const { line, raw, length } of kept.records) {
        const problem = length > MAX_JSON_BYTES ? tooLong(length, MAX_JSON_BYTES) : look(raw, problemOf);
        yield { line, raw, problem };
      }
      kept.records.length = 0;
      kept.copy();
      if (size === 0) return;
    }
  } finally {
    closeSync(fd);
  }
}

function look(raw: Buffer, problemOf: (raw: Buffer) => string | null): string | null {
  if (!isUtf8(raw)) return NOT_UTF8;
  return (raw.length < MIN_HARD_BYTES ? null : jsonShapeProblem(raw)) ?? problemOf(raw);
}
