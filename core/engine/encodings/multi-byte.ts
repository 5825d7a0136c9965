import { TextDecoder } from 'node:util';
import { escapeByte, type Codec, type TextToUtf8 } from './codec';
import { decodeOr } from './single-byte';

/** Encodings of East Asia, of one to four bytes a character, by a table that Node's decoder fills. */
export function multiByte(name: string): Codec {
  const table = new Table(name);
  return { decoder: () => new MultiByte(table), encode: (text) => table.encode(text) };
}

/** Longest sequence in bytes, and in bytes of UTF-8. */
const MOST_BYTES = 4;
const MOST_UTF8 = 6;
/** Sequences of three and four bytes that are remembered. */
const MOST_REMEMBERED = 10_000;
const LF = 10;
/** Longer lines are no records in any format that has lines. */
const MOST_LINE_BYTES = 4 * 1024 * 1024;
/** Shift_JIS has some characters three times; those that start so nobody writes. */
const isSecondary = (lead: number) => lead === 0xed || lead === 0xee;

class Table {
  private readonly decoder: TextDecoder;
  /** By byte, and by two bytes. */
  private readonly singles: readonly (Buffer | null)[];
  private readonly pairs = new Map<number, Buffer>();
  private readonly longer = new Map<string, Buffer | null>();
  /** The sequence of a character: the first, where it has several. */
  private readonly sequences = new Map<string, Buffer>();

  constructor(name: string) {
    this.decoder = new TextDecoder(name, { fatal: true, ignoreBOM: true });
    this.singles = Array.from({ length: 256 }, (_, byte) => this.decode(Buffer.of(byte)));
    const leads = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => this.singles[byte] === null);
    for (const lead of [...leads].sort((a, b) => Number(isSecondary(a)) - Number(isSecondary(b)) || a - b))
      for (let trail = 0x30; trail < 0xff; trail += 1) {
        const text = this.decode(Buffer.of(lead, trail));
        if (text !== null) this.pairs.set((lead << 8) | trail, text);
      }
  }

  /**
   * The character that begins at a place.
   * @returns null where none does: the byte is not of the encoding; 'more' where more bytes have to be known
   */
  at(bytes: Buffer, at: number, isEnd: boolean): { readonly text: Buffer; readonly length: number } | null | 'more' {
    const first = bytes[at]!;
    const single = this.singles[first];
    if (single !== null && single !== undefined) return { text: single, length: 1 };
    if (at + 1 < bytes.length) {
      const pair = this.pairs.get((first << 8) | bytes[at + 1]!);
      if (pair !== undefined) return { text: pair, length: 2 };
    }
    if (!isEnd && bytes.length - at < MOST_BYTES) return 'more';
    for (let length = 3; length <= MOST_BYTES && at + length <= bytes.length; length += 1) {
      const text = this.long(bytes.subarray(at, at + length));
      if (text !== null) return { text, length };
    }
    return null;
  }

  encode(text: Buffer): Buffer {
    return Buffer.concat(
      // ASCII is itself: Node's Shift_JIS exchanges some control characters.
      Array.from(text.toString('utf8'), (character) =>
        character < '\x80' ? Buffer.from(character) : (this.sequences.get(character) ?? Buffer.from(character)),
      ),
    );
  }

  /** Whether a character would be written back as these bytes. */
  isFirst(text: Buffer, bytes: Buffer, at: number, length: number): boolean {
    return this.encode(text).equals(bytes.subarray(at, at + length));
  }

  /** Only what can be one is asked for: a sequence that is none costs an exception. */
  private long(bytes: Buffer): Buffer | null {
    if (bytes.subarray(1).some((byte) => byte < 0x30)) return null;
    const isAscii = (byte: number | undefined) => byte !== undefined && byte < 0x80;
    if (bytes.length === 3 ? isAscii(bytes[1]) || isAscii(bytes[2]) : !isAscii(bytes[1]) || isAscii(bytes[2]))
      return null;
    const key = bytes.toString('latin1');
    const known = this.longer.get(key);
    if (known !== undefined) return known;
    const text = this.decode(bytes);
    if (this.longer.size >= MOST_REMEMBERED) this.longer.clear();
    this.longer.set(key, text);
    return text;
  }

  /** One character's text, which is remembered as its. */
  private decode(bytes: Buffer): Buffer | null {
    const text = decodeOr(this.decoder, bytes);
    if (text === null || text === '') return null;
    const utf8 = Buffer.from(text, 'utf8');
    if (utf8.length > MOST_UTF8) return null;
    if (!this.sequences.has(text)) this.sequences.set(text, Buffer.from(bytes));
    return utf8;
  }
}

/** Divides into lines what it decodes: one with bytes that are not of the encoding is decoded so that all of its bytes come back. */
class MultiByte implements TextToUtf8 {
  private kept: Buffer = Buffer.alloc(0);

  constructor(private readonly table: Table) {}

  push(chunk: Buffer): Buffer {
    const bytes = this.kept.length === 0 ? chunk : Buffer.concat([this.kept, chunk]);
    const isLong = bytes.length > MOST_LINE_BYTES;
    // No character has the byte of a line feed in it.
    const end = isLong ? bytes.length : bytes.lastIndexOf(LF) + 1;
    const { text, length } = this.decode(bytes.subarray(0, end), !isLong);
    this.kept = Buffer.from(bytes.subarray(length));
    return text;
  }

  end(): Buffer {
    return this.decode(this.kept, true).text;
  }

  /** @returns the text, and of how many of the bytes it is */
  private decode(bytes: Buffer, isEnd: boolean): { readonly text: Buffer; readonly length: number } {
    const out = Buffer.allocUnsafe(3 * bytes.length + MOST_UTF8);
    let used = 0;
    let at = 0;
    let line = { at, used, isBroken: false };
    while (at < bytes.length) {
      const byte = bytes[at]!;
      if (byte < 0x80) {
        out[used++] = byte;
        at += 1;
        if (byte === LF) line = { at, used, isBroken: false };
        continue;
      }
      const found = this.table.at(bytes, at, isEnd);
      if (found === 'more') break;
      if (found === null && !line.isBroken) {
        // Again, because characters before it may be written in two ways.
        ({ at, used } = line);
        line = { at, used, isBroken: true };
      } else if (found === null || (line.isBroken && !this.table.isFirst(found.text, bytes, at, found.length))) {
        const end = at + (found?.length ?? 1);
        for (; at < end; at += 1) used = escapeByte(bytes[at]!, out, used);
      } else {
        used += found.text.copy(out, used);
        at += found.length;
      }
    }
    return { text: out.subarray(0, used), length: at };
  }
}
