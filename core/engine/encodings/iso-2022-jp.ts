import { escapeByte, type Codec, type TextToUtf8 } from './codec';
import { decodeOr } from './single-byte';

/**
 * ISO-2022-JP, whose bytes mean what the escape sequence before them says. A line is decoded by itself: it begins and has to end in
 * ASCII, as RFC 1468 has it. One that does not, or is not of the encoding, is escaped as a whole.
 */
export const ISO_2022_JP: Codec = {
  decoder: () => new LineDecoder(),
  encode: (text) => text,
};

const [LF, CR, ESC] = [10, 13, 27];
/** Longer lines are no records in any format that has lines. */
const MOST_LINE_BYTES = 4 * 1024 * 1024;

class LineDecoder implements TextToUtf8 {
  private readonly decoder = new TextDecoder('iso-2022-jp', { fatal: true });
  private kept: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer {
    const bytes = Buffer.concat([this.kept, chunk]);
    const end = bytes.length > MOST_LINE_BYTES ? bytes.length : bytes.lastIndexOf(LF) + 1;
    this.kept = bytes.subarray(end);
    return this.lines(bytes.subarray(0, end));
  }

  end(): Buffer {
    return this.lines(this.kept);
  }

  private lines(bytes: Buffer): Buffer {
    const lines: Buffer[] = [];
    for (let from = 0; from < bytes.length;) {
      const end = bytes.indexOf(LF, from) + 1;
      lines.push(this.line(bytes.subarray(from, end === 0 ? undefined : end)));
      from = end === 0 ? bytes.length : end;
    }
    return Buffer.concat(lines);
  }

  private line(bytes: Buffer): Buffer {
    const last = bytes.lastIndexOf(ESC);
    const endsInAscii = last === -1 || ['(B', '(J'].includes(bytes.toString('latin1', last + 1, last + 3));
    const text = endsInAscii ? decodeOr(this.decoder, bytes) : null;
    if (text !== null) return Buffer.from(text, 'utf8');
    const out = Buffer.allocUnsafe(3 * bytes.length);
    let used = 0;
    for (const byte of bytes) {
      if (byte === LF || byte === CR) out[used++] = byte;
      else used = escapeByte(byte, out, used);
    }
    return out.subarray(0, used);
  }
}
