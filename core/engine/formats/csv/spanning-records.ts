import { isUtf8 } from 'node:buffer';
import { SourceCorrupt } from '../../../contracts/errors';
import { isBlank, type RawRecord, type Scrutiny } from '../../lines/layout';
import { linesOf, type Line } from '../../lines/lines';
import { contentOf, NOT_UTF8, tooLong } from '../../lines/raw-record';
import { fieldsProblem, isComment, type CsvLayout } from './layout';
import { CLOSED, openAtEnd, type Open } from './open-at-end';
import { parseCsvRecord, UNCLOSED } from './record';

/** Lines that one record may take, and unclosed quotes that are looked into before the object is given up as damaged. */
const MAX_LINES_PER_RECORD = 1000;
const MAX_UNCLOSED_QUOTES = 10_000;

/**
 * The records of a CSV file in which some values may hold line feeds: one ends with the line at whose end no quoted value is open, if such
 * may hold line feeds, and no backslash stands.
 */
export function* spanningRecords(path: string, layout: CsvLayout, scrutiny: Scrutiny): Generator<RawRecord> {
  const splitter = new Splitter(layout, scrutiny);
  for (const line of linesOf(path, layout.maxBytes)) {
    if (line.number <= layout.linesBefore) continue;
    yield* splitter.feed({ ...line, raw: Buffer.from(line.raw) });
  }
  yield* splitter.end();
}

class Splitter {
  /** Lines of the record that has begun. */
  private pending: Line[] = [];
  private pendingBytes = 0;
  private open: Open = CLOSED;
  /** Lines that are to be looked at (again). */
  private queue: Line[] = [];
  private unclosed = 0;

  constructor(
    private readonly layout: CsvLayout,
    private readonly scrutiny: Scrutiny,
  ) {}

  *feed(next: Line): Generator<RawRecord> {
    this.queue.push(next);
    yield* this.drain();
  }

  private *drain(): Generator<RawRecord> {
    for (let line = this.queue.shift(); line !== undefined; line = this.queue.shift()) {
      if (this.pending.length === 0 && this.isNone(contentOf(line))) continue;
      this.pending.push(line);
      this.pendingBytes += line.raw.length;
      this.open = openAtEnd(contentOf(line), this.open, this.layout.marks);
      if (!this.goesOn()) yield this.close(null);
      else if (this.givesUp()) yield this.close(UNCLOSED);
    }
  }

  /** What is left at the end of the file. */
  *end(): Generator<RawRecord> {
    while (this.pending.length > 0) {
      yield this.close(UNCLOSED);
      yield* this.drain();
    }
  }

  private isNone(line: Buffer): boolean {
    return isComment(line, this.layout.marks) || (!this.layout.blankIsRecord && isBlank(line, this.layout));
  }

  private goesOn(): boolean {
    return this.open.escaped || (this.open.inside === 'quoted' && this.layout.quote !== null);
  }

  private givesUp(): boolean {
    if (this.scrutiny === 'trusting') return false;
    return this.pendingBytes > this.layout.maxBytes || this.pending.length >= MAX_LINES_PER_RECORD;
  }

  /** Ends the record that has begun. If it is none, only its first line is at fault: a stray quote must not take others along. */
  private close(known: string | null): RawRecord {
    const lines = this.pending;
    const first = lines[0]!;
    const raw = Buffer.concat(lines.map((line, i) => (i === lines.length - 1 ? contentOf(line) : line.raw)));
    const problem = known ?? this.problemOf(raw, lines);
    this.pending = [];
    this.pendingBytes = 0;
    this.open = CLOSED;
    if (problem === UNCLOSED && this.layout.quote !== null && ++this.unclosed > MAX_UNCLOSED_QUOTES)
      throw new SourceCorrupt(`quotes that are not closed in more than ${MAX_UNCLOSED_QUOTES} places`);
    const line = first.number + (this.layout.linesAbsent ?? 0);
    if (problem === null) return { line, raw, problem };
    this.queue.unshift(...lines.slice(1));
    return { line, raw: contentOf(first), problem };
  }

  private problemOf(raw: Buffer, lines: readonly Line[]): string | null {
    if (this.scrutiny === 'trusting') return null;
    const length = lines.length === 1 ? lines[0]!.length : raw.length;
    if (length > this.layout.maxBytes) return tooLong(length, this.layout.maxBytes);
    if (!isUtf8(raw)) return NOT_UTF8;
    const parsed = parseCsvRecord(raw.toString('utf8'), this.layout.dialect);
    if ('problem' in parsed) return parsed.problem;
    const wrong = fieldsProblem(parsed, this.layout);
    if (wrong !== null) return wrong;
    const at = parsed.multiline.find((field) => this.layout.multiline[field] !== true);
    return at === undefined ? null : `a line feed in ${this.layout.labels[at]}, which is not declared multiline`;
  }
}
