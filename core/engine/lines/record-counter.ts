import type { LineLayout, Shape } from './layout';

const LF = 10;

/**
 * Counts the records of a text object while its bytes pass by, without parsing them: what the reader gives is held against this.
 * Records are lines that are not blank; where a column may hold line feeds, line ends inside quotes do not count.
 */
export class RecordCounter {
  /** So far; the record that has begun is not counted. */
  records = 0;
  /** Bytes of the record that has begun. */
  private bytes = 0;
  /** Whether that has a byte that makes it a record. */
  private filled = false;
  private quoted = false;
  private hard = false;
  /** Of the record that has begun in a piece before, or is long. */
  private shape: Shape | undefined;

  constructor(private readonly layout: LineLayout) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = this.nextEnd(chunk, 0); end !== -1; end = this.nextEnd(chunk, start)) {
      this.look(chunk, start, end, true);
      this.advance(chunk, start, end);
      this.bytes += 1;
      this.endRecord();
      start = end + 1;
    }
    this.look(chunk, start, chunk.length, false);
    this.advance(chunk, start, chunk.length);
  }

  /**
   * The counts, after the last chunk.
   * @returns isHard: whether a record is longer, deeper or fuller than a reader is to be given
   */
  end(): { records: number; isHard: boolean } {
    if (this.bytes > 0) this.endRecord();
    return { records: this.records, isHard: this.hard };
  }

  /** Looks at the shape of a record that is not certain to be harmless by its length alone. */
  private look(chunk: Buffer, start: number, end: number, isWhole: boolean): void {
    const { shape } = this.layout;
    if (shape === null || this.hard) return;
    if (this.shape === undefined && isWhole && end - start < shape.fromBytes) return;
    this.shape ??= shape.begin();
    this.shape.push(chunk, start, end);
  }

  /** Where the record that goes on at `from` ends in this chunk, or -1. */
  private nextEnd(chunk: Buffer, from: number): number {
    let end = chunk.indexOf(LF, from);
    if (this.layout.quote === null) return end;
    for (let at = from; ;) {
      const quote = chunk.indexOf(this.layout.quote, at);
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
      this.filled = !this.layout.blanks.includes(chunk[at]!);
    }
  }

  private endRecord(): void {
    if (this.filled || this.layout.blankIsRecord) this.records += 1;
    if (this.shape !== undefined) {
      this.hard ||= this.shape.problem() !== null;
      this.shape = undefined;
    }
    this.hard ||= this.bytes > this.layout.maxBytes;
    this.filled = false;
    this.bytes = 0;
  }
}
