import { RecordsUnaccounted } from '../../../contracts/errors';
import { longOf } from './decoder';

const BITS_28 = 2 ** 28;
/** Of 53 bits those above the lowest 28. */
const MOST_HIGH = 2 ** 25;

/** A place in the bytes of a block whose records were walked over: what is read there is there. */
export class Cursor {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;

  /** An int or long: a number where that is exact, else a bigint. */
  long(): number | bigint {
    const { bytes } = this;
    let at = this.at;
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[at++]!;
      low |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      this.at = at;
      return (low >>> 1) ^ -(low & 1);
    }
    return this.longer(low, at);
  }

  /** A number of which it is known that it is a small one. */
  small(): number {
    return Number(this.long());
  }

  /** The length of a text or of bytes, of which it is looked whether they are there. */
  length(): number {
    const length = this.small();
    if (length < 0 || length > this.bytes.length - this.at) throw altered();
    return length;
  }

  passNumber(): void {
    while (this.bytes[this.at]! >= 0x80) this.at += 1;
    this.at += 1;
  }

  refuseEnd(): void {
    if (this.at > this.bytes.length) throw altered();
  }

  private longer(low: number, from: number): number | bigint {
    const { bytes } = this;
    let high = 0;
    let at = from;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[at++]!;
      high |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (high >= MOST_HIGH) break;
      this.at = at;
      const value = high * BITS_28 + low;
      return (low & 1) === 0 ? value / 2 : -(value + 1) / 2;
    }
    const begin = this.at;
    this.passNumber();
    return longOf(bytes.subarray(begin, this.at));
  }
}

const altered = () => new RecordsUnaccounted('records that were walked over do not end where they did');
