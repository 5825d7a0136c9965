import { blankIsRecord, maySpanLines, type TextFormat } from './text-format';

const LF = 10;
const CR = 13;
const QUOTE = 34;

/**
 * Counts the records of a text object while its bytes pass by, without parsing them: what the reader gives is held against this.
 * Records are lines that are not blank; where a column may hold line feeds, line ends inside quotes do not count.
 */
export class RecordCounter {
  private records = 0;
  /** Bytes of the longest record so far, its line end included. */
  private longestBytes = 0;
  /** Bytes of the record that has begun. */
  private bytes = 0;
  /** Whether that has a byte that makes it a record. */
  private filled = false;
  private quoted = false;
  private readonly spanning: boolean;
  private readonly keepBlank: boolean;
  private readonly json: boolean;

  constructor(format: TextFormat) {
    this.spanning = maySpanLines(format);
    this.keepBlank = blankIsRecord(format);
    this.json = format.kind === 'jsonl';
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = this.nextEnd(chunk, 0); end !== -1; end = this.nextEnd(chunk, start)) {
      this.advance(chunk, start, end);
      this.bytes += 1;
      this.endRecord();
      start = end + 1;
    }
    this.advance(chunk, start, chunk.length);
  }

  /** The counts, after the last chunk. */
  end(): { records: number; longestBytes: number } {
    if (this.bytes > 0) this.endRecord();
    return { records: this.records, longestBytes: this.longestBytes };
  }

  /** Where the record that goes on at `from` ends in this chunk, or -1. */
  private nextEnd(chunk: Buffer, from: number): number {
    let end = chunk.indexOf(LF, from);
    if (!this.spanning) return end;
    for (let at = from; ;) {
      const quote = chunk.indexOf(QUOTE, at);
      if (this.quoted) {
        if (quote === -1) return -1;
        this.quoted = false;
        at = quote + 1;
        if (end !== -1 && end < at) end = chunk.indexOf(LF, at);
      } else {
        if (quote === -1 || (end !== -1 && end < quote)) return end;
        this.quoted = true;
        at = quote + 1;
      }
    }
  }

  private advance(chunk: Buffer, start: number, end: number): void {
    this.bytes += end - start;
    for (let at = start; at < end && !this.filled; at += 1) {
      const byte = chunk[at]!;
      this.filled = byte !== CR && !(this.json && (byte === 32 || byte === 9));
    }
  }

  private endRecord(): void {
    if (this.filled || this.keepBlank) this.records += 1;
    this.longestBytes = Math.max(this.longestBytes, this.bytes);
    this.filled = false;
    this.bytes = 0;
  }
}
