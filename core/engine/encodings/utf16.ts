import { escapeByte, type Codec, type TextToUtf8 } from './codec';

/** UTF-16. What is not of it are halves of a pair of surrogates alone, and a byte at the end. */
export function utf16(isBigEndian: boolean): Codec {
  return {
    decoder: () => new Utf16(isBigEndian),
    encode: (text) => {
      const units = Buffer.from(text.toString('utf8'), 'utf16le');
      return isBigEndian ? units.swap16() : units;
    },
  };
}

const isHigh = (unit: number) => (unit & 0xfc00) === 0xd800;
const isLow = (unit: number) => (unit & 0xfc00) === 0xdc00;

class Utf16 implements TextToUtf8 {
  private kept: Buffer = Buffer.alloc(0);

  constructor(private readonly isBigEndian: boolean) {}

  push(chunk: Buffer): Buffer {
    // A copy: its bytes may be swapped, and a buffer of its own begins at an even place.
    const bytes = Buffer.concat([this.kept, chunk]);
    let end = bytes.length & ~1;
    if (end >= 2 && isHigh(this.unit(bytes, end - 2))) end -= 2;
    this.kept = Buffer.from(bytes.subarray(end));
    return this.decode(bytes.subarray(0, end));
  }

  end(): Buffer {
    const whole = this.kept.length & ~1;
    const rest = this.decode(this.kept.subarray(0, whole));
    if (whole === this.kept.length) return rest;
    const escaped = Buffer.alloc(3);
    escapeByte(this.kept[whole]!, escaped, 0);
    return Buffer.concat([rest, escaped]);
  }

  private unit(bytes: Buffer, at: number): number {
    return this.isBigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
  }

  private decode(units: Buffer): Buffer {
    if (this.isBigEndian) units.swap16();
    const text = units.toString('utf16le');
    return text.isWellFormed() ? Buffer.from(text, 'utf8') : this.decodeBroken(text);
  }

  private decodeBroken(text: string): Buffer {
    const out = Buffer.allocUnsafe(6 * text.length);
    let used = 0;
    let from = 0;
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (isHigh(unit) && isLow(text.charCodeAt(at + 1))) at += 1;
      else if (isHigh(unit) || isLow(unit)) {
        used += out.write(text.slice(from, at), used, 'utf8');
        const [first, second] = this.isBigEndian ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8];
        used = escapeByte(second, out, escapeByte(first, out, used));
        from = at + 1;
      }
    }
    used += out.write(text.slice(from), used, 'utf8');
    return out.subarray(0, used);
  }
}
