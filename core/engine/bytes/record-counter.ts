import { JsonShape, MIN_HARD_BYTES } from '../lines/json-shape';
import { blankIsRecord, MAX_RECORD_BYTES, maySpanLines, type TextFormat } from '../lines/text-format';

const LF = 10;
const CR = 13;
const QUOTE = 34;

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
  /** Of the JSON record that has begun in a piece before, or is long. */
  private shape: JsonShape | undefined;
  private readonly spanning: boolean;
  private readonly keepBlank: boolean;
  private readonly json: boolean;

  constructor(private readonly format: TextFormat) {
    this.spanning = maySpanLines(format);
    this.keepBlank = blankIsRecord(format);
    this.json = format.kind === 'jsonl';
  }

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

  /** Looks at the shape of a JSON record that is not certain to be harmless by its length alone. */
  private look(chunk: Buffer, start: number, end: number, isWhole: boolean): void {
    if (!this.json || this.hard) return;
    if (this.shape === undefined && isWhole && end - start < MIN_HARD_BYTES) return;
    this.shape ??= new JsonShape();
    this.shape.push(chunk, start, end);
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
    if (this.shape !== undefined) {
      this.hard ||= this.shape.problem() !== null;
      this.shape = undefined;
    }
    this.hard ||= this.bytes > MAX_RECORD_BYTES[this.format.kind];
    this.filled = false;
    this.bytes = 0;
  }
}
