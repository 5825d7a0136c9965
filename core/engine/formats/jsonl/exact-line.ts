import { isBlankByte } from './member-finder';

const [BLANK, QUOTE, COMMA, BACKSLASH, CLOSE_BRACKET, CLOSE_BRACE] = [32, 34, 44, 92, 93, 125];
/** Whether a letter is of `NaN` or of an infinity, however they are written: `true`, `false` and `null` have but an `a` of these. */
const isOfNoNumber = (byte: number, before: number) =>
  byte === 73 || byte === 105 || byte === 78 || byte === 65 || (byte === 97 && before !== 102);

/** Bytes of a line that is put together, in a buffer that is used again for the next. */
export class ExactLine {
  private buffer = Buffer.allocUnsafe(1 << 16);
  private used = 0;

  /** @param most bytes that it may take */
  begin(most: number): void {
    if (most > this.buffer.length) this.buffer = Buffer.allocUnsafe(2 * most);
    this.used = 0;
  }

  /** ASCII. */
  text(text: string): void {
    this.used += this.buffer.write(text, this.used, 'latin1');
  }

  copy(bytes: Buffer): void {
    this.used += bytes.copy(this.buffer, this.used);
  }

  /**
   * A value of JSON as a string that holds its text, without the blanks between its tokens. `false` for what DuckDB's parser takes and
   * no other does: `NaN`, infinities, and a comma at the end.
   */
  quoted(bytes: Buffer, from: number, to: number): void {
    const { buffer } = this;
    const start = this.used;
    let used = start;
    let inString = false;
    let last = BLANK;
    buffer[used++] = QUOTE;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at]!;
      if (inString) {
        if (byte === BACKSLASH) {
          buffer[used++] = BACKSLASH;
          buffer[used++] = BACKSLASH;
          at += 1;
          const escaped = bytes[at]!;
          if (escaped === QUOTE || escaped === BACKSLASH) buffer[used++] = BACKSLASH;
          buffer[used++] = escaped;
          continue;
        }
        if (byte === QUOTE) inString = false;
      } else if (isBlankByte(byte)) {
        continue;
      } else if (byte === QUOTE) {
        inString = true;
      } else {
        const isEnd = byte === CLOSE_BRACKET || byte === CLOSE_BRACE;
        if ((isEnd && last === COMMA) || isOfNoNumber(byte, last)) {
          this.used = start;
          this.text('false');
          return;
        }
      }
      last = byte;
      if (byte === QUOTE) buffer[used++] = BACKSLASH;
      buffer[used++] = byte;
    }
    buffer[used++] = QUOTE;
    this.used = used;
  }

  /** Valid until the next one begins. */
  end(): Buffer {
    return this.buffer.subarray(0, this.used);
  }
}
