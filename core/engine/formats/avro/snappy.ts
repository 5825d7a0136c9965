import { crc32 } from 'node:zlib';

/** Snappy's raw format, as Avro uses it: <https://github.com/google/snappy/blob/main/format_description.txt>. */

/** What is no snappy. */
class BadSnappy extends Error {
  override readonly name = 'BadSnappy';
}

const CRC_BYTES = 4;
const LITERAL = 0;

/**
 * Inflates one block and its CRC-32. Written here because snappyjs, and hyparquet's copy of it, go backwards on a literal of more than 2³¹
 * bytes and never end.
 * @returns null where it says that it has more than `most` bytes
 * @throws BadSnappy
 */
export function unsnappy(bytes: Buffer, most: number): Buffer | null {
  const end = bytes.length - CRC_BYTES;
  if (end < 1) throw new BadSnappy('it ends too early');
  const { size, from } = sizeOf(bytes, end);
  if (size > most) return null;
  // Three bytes give 64 at most: what says more than that is not made room for.
  if (size > 22 * end) throw new BadSnappy(`${end} bytes cannot be ${size}`);
  const out = Buffer.allocUnsafe(size);
  let used = 0;
  for (let at = from; at < end;) {
    const tag = bytes[at++]!;
    const kind = tag & 3;
    if (kind === LITERAL) {
      let length = (tag >> 2) + 1;
      if (length > 60) {
        const more = length - 60;
        if (at + more > end) throw new BadSnappy('it ends in a length');
        length = bytes.readUIntLE(at, more) + 1;
        at += more;
      }
      if (length > end - at || length > size - used) throw new BadSnappy('a piece that is too long');
      bytes.copy(out, used, at, at + length);
      at += length;
      used += length;
      continue;
    }
    const offsetBytes = kind === 3 ? 4 : kind;
    if (at + offsetBytes > end) throw new BadSnappy('it ends in an offset');
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const offset = bytes.readUIntLE(at, offsetBytes) + (kind === 1 ? (tag >> 5) << 8 : 0);
    at += offsetBytes;
    if (offset === 0 || offset > used || length > size - used) throw new BadSnappy('a copy of what is not there');
    if (offset >= length) out.copyWithin(used, used - offset, used - offset + length);
    else for (let i = 0; i < length; i += 1) out[used + i] = out[used + i - offset]!;
    used += length;
  }
  if (used !== size) throw new BadSnappy(`it has ${used} bytes, and says ${size}`);
  if (crc32(out) !== bytes.readUInt32BE(end)) throw new BadSnappy('its CRC-32 is another');
  return out;
}

function sizeOf(bytes: Buffer, end: number): { readonly size: number; readonly from: number } {
  let size = 0;
  for (let at = 0; at < Math.min(end, 5); at += 1) {
    size += (bytes[at]! & 0x7f) * 2 ** (7 * at);
    if (bytes[at]! < 0x80) return { size, from: at + 1 };
  }
  throw new BadSnappy('no size at its beginning');
}
