import type { Counter } from '../../lines/land-lines';
import type { CsvLayout } from './layout';

const [LF, CR, BACKSLASH] = [10, 13, 92];

/** Counts the records of a dialect that has comments, or a backslash before line ends, without parsing them. */
export class DialectCounter implements Counter {
  records = 0;
  private bytes = 0;
  private filled = false;
  private quoted = false;
  /** What stands behind a backslash: the next byte, and a line feed too if that is a carriage return. */
  private escaped: 'no' | 'next' | 'after CR' = 'no';
  /** Bytes of the comment's beginning that the record begins with; -1 when it begins otherwise. */
  private matched = 0;

  constructor(private readonly layout: CsvLayout) {}

  push(chunk: Buffer): void {
    for (const byte of chunk) this.take(byte);
  }

  /** Long records are no matter: the reader does not get them as they are. */
  end(): { records: number; isHard: boolean } {
    if (this.bytes > 0) this.endLine();
    return { records: this.records, isHard: false };
  }

  private take(byte: number): void {
    const { marks, quote } = this.layout;
    const isInside = this.quoted || this.escaped === 'next' || (this.escaped === 'after CR' && byte === LF);
    if (this.isComment || !isInside) {
      if (byte === LF) return this.endLine();
    }
    this.bytes += 1;
    if (this.isComment) return;
    this.match(byte);
    if (byte !== CR) this.filled = true;
    const wasEscaped = this.escaped;
    this.escaped = 'no';
    if (wasEscaped === 'next') this.escaped = byte === CR ? 'after CR' : 'no';
    else if (wasEscaped === 'after CR' && byte === LF) return;
    else if (marks.backslash && byte === BACKSLASH) this.escaped = 'next';
    else if (byte === quote) this.quoted = !this.quoted;
  }

  private get isComment(): boolean {
    return this.layout.marks.comment !== null && this.matched === this.layout.marks.comment.length;
  }

  private match(byte: number): void {
    const { comment } = this.layout.marks;
    if (comment === null || this.matched === -1) return;
    this.matched = comment[this.matched] === byte ? this.matched + 1 : -1;
  }

  private endLine(): void {
    if (!this.isComment && (this.filled || this.layout.blankIsRecord)) this.records += 1;
    this.bytes = 0;
    this.filled = false;
    this.quoted = false;
    this.escaped = 'no';
    this.matched = 0;
  }
}
