import { TextDecoder } from 'node:util';
import { escapeByte, type Codec } from './codec';

/** An encoding of one byte a character: ASCII, and 128 others of which some may be none. */
export function singleByte(name: string): Codec {
  const decoder = new TextDecoder(name, { fatal: true });
  const texts = Array.from({ length: 256 }, (_, byte) => {
    const character = decodeOr(decoder, Buffer.of(byte));
    if (character !== null) return Buffer.from(character, 'utf8');
    const escaped = Buffer.alloc(3);
    escapeByte(byte, escaped, 0);
    return escaped;
  });
  const bytes = new Map(texts.map((text, byte) => [text.toString('utf8'), byte]));
  const decode = (chunk: Buffer): Buffer => {
    const out = Buffer.allocUnsafe(3 * chunk.length);
    let used = 0;
    for (const byte of chunk) {
      if (byte < 0x80) {
        out[used++] = byte;
        continue;
      }
      const text = texts[byte]!;
      for (let i = 0; i < text.length; i += 1) out[used++] = text[i]!;
    }
    return out.subarray(0, used);
  };
  return {
    decoder: () => ({ push: decode, end: () => Buffer.alloc(0) }),
    encode: (text) => Buffer.from(Array.from(text.toString('utf8'), (character) => bytes.get(character) ?? 0x3f)),
  };
}

/** The text of some bytes; null where they are not of the encoding. */
export function decodeOr(decoder: TextDecoder, bytes: Buffer): string | null {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    // What the standard asks for. By name: Node makes it in a realm of its own.
    if (typeof error === 'object' && error !== null && 'name' in error && error.name === 'TypeError') return null;
    throw error;
  }
}
