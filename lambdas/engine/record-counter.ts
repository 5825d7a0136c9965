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
  private quoted = false;
  /** Whether the current record has a byte that makes it one. */
  private filled = false;
  /** Bytes of the current line that would only count if more followed (CR of CRLF; whitespace of JSONL). */
  private any = false;
  private readonly spanning: boolean;
  private readonly keepBlank: boolean;
  private readonly json: boolean;

  constructor(format: TextFormat) {
    this.spanning = maySpanLines(format);
    this.keepBlank = blankIsRecord(format);
    this.json = format.kind === 'jsonl';
  }

  push(chunk: Buffer): void {
    if (this.spanning) this.pushQuoted(chunk);
    else this.pushLines(chunk);
  }

  /** The count, after the last chunk. */
  end(): number {
    if (this.any) this.endRecord();
    return this.records;
  }

  private pushLines(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      if (!this.filled) this.filled = this.fills(chunk, start, end);
      this.endRecord();
      start = end + 1;
    }
    if (start < chunk.length) {
      this.any = true;
      if (!this.filled) this.filled = this.fills(chunk, start, chunk.length);
    }
  }

  private fills(chunk: Buffer, start: number, end: number): boolean {
    for (let at = start; at < end; at += 1) {
      const byte = chunk[at]!;
      if (byte !== CR && !(this.json && (byte === 32 || byte === 9))) return true;
    }
    return false;
  }

  private pushQuoted(chunk: Buffer): void {
    let { quoted, filled, any } = this;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at]!;
      if (byte === LF && !quoted) {
        if (filled || this.keepBlank) this.records += 1;
        filled = false;
        any = false;
        continue;
      }
      any = true;
      if (byte === QUOTE) quoted = !quoted;
      if (byte !== CR) filled = true;
    }
    this.quoted = quoted;
    this.filled = filled;
    this.any = any;
  }

  private endRecord(): void {
    if (this.filled || this.keepBlank) this.records += 1;
    this.filled = false;
    this.any = false;
  }
}
