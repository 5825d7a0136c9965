import { closeSync, openSync, readSync } from 'node:fs';
import { isBlank, type LineLayout, type RawRecord } from './layout';

const CHUNK = 1 << 20;
const [LF, CR] = [10, 13];

/**
 * Finds single records by number in a file that the strict reader took whole, and in which a record is a line. The lines between them are
 * only counted: going through all of them (`singleLineRecords`) takes several times as long. It reads synchronously.
 */
export class TrustedLines {
  private readonly fd: number;
  private buffer: Buffer;
  /** The part of the buffer that is read and not yet passed. */
  private from = 0;
  private to = 0;
  private ended = false;
  private line = 0;
  private record = 0;

  constructor(
    path: string,
    private readonly layout: LineLayout,
    chunkBytes = CHUNK,
  ) {
    this.buffer = Buffer.allocUnsafe(chunkBytes);
    this.fd = openSync(path, 'r');
    for (let before = layout.linesBefore; before > 0; before -= 1) this.passLine();
  }

  /**
   * A record by its number, from 1; each has to be later than the one before. Its `raw` is valid until the next is asked for. Undefined
   * where the file has no such record.
   */
  find(number: number): RawRecord | undefined {
    for (;;) {
      const start = this.passLine();
      if (start === -1) return undefined;
      if (!this.layout.blankIsRecord && this.mayBeBlank(start) && isBlank(this.content(start), this.layout)) continue;
      this.record += 1;
      if (this.record === number)
        return { line: this.line + (this.layout.linesAbsent ?? 0), raw: this.content(start), problem: null };
    }
  }

  close(): void {
    closeSync(this.fd);
  }

  /** Passes a line, up to `from`, and says where in the buffer it starts; -1 when there is none. */
  private passLine(): number {
    let end = this.from < this.to ? this.buffer.indexOf(LF, this.from) : -1;
    while (end === -1 || end >= this.to) {
      const read = this.to - this.from;
      if (this.ended) {
        if (read === 0) return -1;
        end = this.to - 1;
        break;
      }
      this.fill();
      end = this.buffer.indexOf(LF, this.from + read);
    }
    const start = this.from;
    this.from = end + 1;
    this.line += 1;
    return start;
  }

  /** Reads on, behind what is not yet passed, which it moves to the front. */
  private fill(): void {
    const rest = this.to - this.from;
    const target = rest > this.buffer.length / 2 ? Buffer.allocUnsafe(2 * this.buffer.length) : this.buffer;
    this.buffer.copy(target, 0, this.from, this.to);
    this.buffer = target;
    this.from = 0;
    this.to = rest + readSync(this.fd, target, rest, target.length - rest, null);
    this.ended = this.to === rest;
  }

  /** By its first byte; most lines are not. */
  private mayBeBlank(start: number): boolean {
    const first = this.buffer[start]!;
    return first === LF || first === CR || this.layout.blanks.includes(first);
  }

  /** The line that starts here and was passed last, without its end. */
  private content(start: number): Buffer {
    let end = this.from;
    if (this.buffer[end - 1] === LF) end -= 1;
    if (end > start && this.buffer[end - 1] === CR) end -= 1;
    return this.buffer.subarray(start, end);
  }
}
