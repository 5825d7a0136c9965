import { SchemaMismatch } from '../../../contracts/errors';
import { prepend } from '../../lines/land-lines';

const LF = 10;

/** Takes lines off the beginning of a text. */
export class LineTaker {
  /** How many were taken. */
  lines = 0;
  private begun: Buffer = Buffer.alloc(0);
  private hasEnded = false;

  constructor(
    private readonly chunks: AsyncGenerator<Buffer>,
    private readonly maxBytes: number,
  ) {}

  /**
   * A line with its end.
   * @returns null at the end of the text
   * @throws SchemaMismatch where it is too long
   */
  async takeLine(): Promise<Buffer | null> {
    const end = await this.lineEnd();
    if (end === -1 && this.begun.length > this.maxBytes)
      throw new SchemaMismatch(`got no line end in the first ${this.maxBytes} bytes, expected a header line`);
    return this.take(end === -1 ? this.begun.length : end + 1);
  }

  /** Passes a line, however long. Null at the end of the text. */
  async passLine(): Promise<true | null> {
    let end = await this.lineEnd();
    if (end === -1 && this.begun.length === 0) return null;
    while (end === -1 && !this.hasEnded) {
      this.begun = Buffer.alloc(0);
      end = await this.lineEnd();
    }
    this.begun = end === -1 ? Buffer.alloc(0) : this.begun.subarray(end + 1);
    this.lines += 1;
    return true;
  }

  /** The beginning of the text, up to its line end if that is near. */
  async peekLine(): Promise<Buffer> {
    const end = await this.lineEnd();
    return this.begun.subarray(0, end + 1);
  }

  /** All that was not taken. */
  rest(): AsyncIterable<Buffer> {
    return prepend(this.begun, this.chunks);
  }

  private take(bytes: number): Buffer | null {
    if (bytes === 0) return null;
    const line = this.begun.subarray(0, bytes);
    this.begun = this.begun.subarray(bytes);
    this.lines += 1;
    return line;
  }

  /** Reads on until a line ends, or too much has been read; -1 where it does not end. */
  private async lineEnd(): Promise<number> {
    let end = this.begun.indexOf(LF);
    while (end === -1 && this.begun.length <= this.maxBytes && !this.hasEnded) {
      const next = await this.chunks.next();
      if (next.done === true) this.hasEnded = true;
      else {
        this.begun = Buffer.concat([this.begun, next.value]);
        end = this.begun.indexOf(LF);
      }
    }
    return end;
  }
}
