/**
 * An encoding other than UTF-8. Text is decoded before it is divided into lines. Bytes that are not of the encoding are written as
 * escapes, which are no UTF-8 either: so their record is set aside by the same code that finds bad UTF-8, and gets its bytes back.
 */
export interface Codec {
  /** A decoder for one object. */
  decoder(): TextToUtf8;
  /** The bytes of a run of text without escapes. */
  encode(text: Buffer): Buffer;
}

export interface TextToUtf8 {
  /** The text of the next bytes; what may be the beginning of a character is kept for the next. Memory is bounded. */
  push(chunk: Buffer): Buffer;
  /** What was kept. */
  end(): Buffer;
}

/** Never part of UTF-8. Two bytes follow, of which each holds half of the byte. */
const ESCAPE = 0xff;

/**
 * Writes a byte as an escape.
 * @returns where the next byte goes
 */
export function escapeByte(byte: number, into: Buffer, at: number): number {
  into[at] = ESCAPE;
  into[at + 1] = 0x80 | (byte >> 4);
  into[at + 2] = 0x80 | (byte & 15);
  return at + 3;
}

/** The bytes of decoded text as they came. */
export function asItCame(decoded: Buffer, { encode }: Pick<Codec, 'encode'>): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = decoded.indexOf(ESCAPE); at !== -1; at = decoded.indexOf(ESCAPE, from)) {
    if (at > from) pieces.push(encode(decoded.subarray(from, at)));
    const [high, low] = decoded.subarray(at + 1, at + 3);
    // A record that is too long is cut anywhere.
    if (high !== undefined && low !== undefined) pieces.push(Buffer.of(((high & 15) << 4) | (low & 15)));
    from = at + 3;
  }
  if (from < decoded.length) pieces.push(encode(decoded.subarray(from)));
  return Buffer.concat(pieces);
}
