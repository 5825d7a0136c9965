import type { CsvDialect } from '../../../contracts/dataset/formats/csv';
import { SourceCorrupt } from '../../../contracts/errors';
import { parseCsvRecord } from './record';

type Trailer = NonNullable<CsvDialect['trailer']>;

/** Longer lines are no trailers. */
const MAX_TRAILER_BYTES = 1024 * 1024;
const [LF, CR] = [10, 13];

/** Takes the last line that is not blank off a text, with the blank ones after it, if it begins as a trailer. */
export class TrailerTaker {
  /** The trailer; null where there is none, and until the text has passed. */
  line: Buffer | null = null;
  private held: Buffer = Buffer.alloc(0);
  /** Whether what is held begins in the middle of a line. */
  private isCut = false;

  constructor(private readonly trailer: Trailer) {}

  async *without(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      const all = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
      const start = beginningOfLast(all);
      if (start > 0) {
        this.isCut = false;
        yield all.subarray(0, start);
      }
      // Copied, since a chunk may be used again.
      this.held = Buffer.from(all.subarray(start));
      if (this.held.length <= MAX_TRAILER_BYTES) continue;
      yield this.held;
      this.isCut = this.held.at(-1) !== LF;
      this.held = Buffer.alloc(0);
    }
    if (!this.isCut && this.held.subarray(0, Buffer.byteLength(this.trailer.prefix)).toString() === this.trailer.prefix)
      this.line = this.held;
    else if (this.held.length > 0) yield this.held;
  }

  /**
   * Holds the trailer against the number of records.
   * @throws SourceCorrupt where it is missing, or has another number
   */
  check(records: number, dialect: CsvDialect): void {
    const { prefix, count } = this.trailer;
    const details = { counted: records };
    if (this.line === null)
      throw new SourceCorrupt(
        `the last line is no trailer, expected one that begins with ${JSON.stringify(prefix)}; ${records} records before it were counted`,
        { details },
      );
    if (count === null) return;
    const parsed = parseCsvRecord(this.line.toString('utf8').replace(/[\r\n]+$/, ''), dialect);
    const said = 'problem' in parsed ? null : (parsed.fields[count - 1] ?? null);
    if (said === null || !/^ *[0-9]+ *$/.test(said))
      throw new SourceCorrupt(
        `field ${count} of the trailer is ${JSON.stringify(said)}, expected the number of records; ${records} were counted`,
        { details: { ...details, trailer: said } },
      );
    if (BigInt(said) !== BigInt(records))
      throw new SourceCorrupt(`the trailer says ${said.trim()} records, ${records} were counted`, {
        details: { ...details, trailer: said },
      });
  }
}

/** Where the last line begins that is not blank; 0 where there is no other. */
function beginningOfLast(bytes: Buffer): number {
  let end = bytes.length - 1;
  while (end >= 0 && (bytes[end] === LF || bytes[end] === CR)) end -= 1;
  return end < 0 ? 0 : bytes.lastIndexOf(LF, end) + 1;
}
