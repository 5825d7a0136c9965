/** Which characters bytes are. */

export interface Encoding {
  /** The word of a definition: `utf-8`, `utf-16`, `utf-16be`, `windows-1252`. */
  readonly name: string;
  /** What TextDecoder calls it. */
  readonly decoder: string;
  /** Bytes of its byte-order mark; 0 for none. */
  readonly mark: number;
  /** Why it is this one, for people. */
  readonly saw: string;
  /** Whether it can hardly be another. */
  readonly sure: boolean;
}

const UTF8: Encoding = { name: 'utf-8', decoder: 'utf-8', mark: 0, saw: 'every byte is of UTF-8', sure: true };
/** Characters of two bytes, of which one is zero, that make UTF-16 of what has no byte-order mark. */
const ZEROS = 0.2;
/** Share of control characters from which bytes are no text. */
const CONTROLS = 0.02;

/**
 * The encoding of the first bytes of a text; null for bytes that are none.
 * @param cut whether there are more bytes, so that the last character may be cut in two
 */
export function encodingOf(bytes: Uint8Array, cut: boolean): Encoding | null {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { ...UTF8, mark: 3, saw: 'a byte-order mark of UTF-8' };
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return null;
  if (a === 0xff && b === 0xfe) return utf16('utf-16', 'utf-16le', 2, 'a byte-order mark of UTF-16');
  if (a === 0xfe && b === 0xff) return utf16('utf-16', 'utf-16be', 2, 'a byte-order mark of UTF-16');
  const zeros = zerosOf(bytes);
  if (zeros !== null) return zeros === 'binary' ? null : utf16(zeros, zeros, 0, 'every other byte is zero');
  if (controlsOf(bytes) > CONTROLS) return null;
  const broken = brokenUtf8(bytes, cut);
  if (broken.bad === 0) return broken.good === 0 ? { ...UTF8, saw: 'nothing but ASCII' } : UTF8;
  if (broken.good > 5 * broken.bad)
    return {
      ...UTF8,
      saw: `${broken.good} characters outside ASCII are UTF-8, ${broken.bad} bytes are not`,
      sure: false,
    };
  return singleBytes(bytes, broken.bad);
}

/** Whether bytes further on are of the encoding that the first ones had. */
export function fits(bytes: Uint8Array, encoding: Encoding): boolean {
  return encoding.decoder !== 'utf-8' || brokenUtf8(bytes, true).bad === 0;
}

/** The text of bytes. What is not of the encoding becomes U+FFFD. */
export function decode(bytes: Uint8Array, encoding: Encoding, cut: boolean): string {
  return new TextDecoder(encoding.decoder, { ignoreBOM: true }).decode(bytes.subarray(encoding.mark), { stream: cut });
}

function utf16(name: string, decoder: string, mark: number, saw: string): Encoding {
  return { name, decoder, mark, saw, sure: true };
}

function zerosOf(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | 'binary' | null {
  let even = 0;
  let odd = 0;
  for (let i = 0; i < bytes.length; i += 1)
    if (bytes[i] === 0) {
      if (i % 2 === 0) even += 1;
      else odd += 1;
    }
  if (even + odd === 0) return null;
  const pairs = bytes.length / 2;
  if (odd / pairs > ZEROS && even < odd / 20) return 'utf-16le';
  if (even / pairs > ZEROS && odd < even / 20) return 'utf-16be';
  // Single zeros are found in broken exports; the reader refuses their lines.
  return (even + odd) / bytes.length > 0.001 ? 'binary' : null;
}

/** Control characters that text does not have. `\x01` and `\x1c` to `\x1f` separate values in some. */
function controlsOf(bytes: Uint8Array): number {
  let controls = 0;
  for (const byte of bytes) if ((byte > 1 && byte < 9) || (byte > 13 && byte < 27) || byte === 127) controls += 1;
  return controls / bytes.length;
}

/** Characters outside ASCII that are UTF-8, and bytes that are not. */
function brokenUtf8(bytes: Uint8Array, cut: boolean): { good: number; bad: number } {
  let good = 0;
  let bad = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x80) continue;
    const more =
      byte >= 0xc2 && byte < 0xe0 ? 1 : byte >= 0xe0 && byte < 0xf0 ? 2 : byte >= 0xf0 && byte < 0xf5 ? 3 : 0;
    let found = 0;
    while (found < more && ((bytes[i + found + 1] ?? 0) & 0xc0) === 0x80) found += 1;
    const isCut = cut && i + found + 1 >= bytes.length;
    if (more === 0 || (found < more && !isCut)) bad += 1;
    else good += 1;
    i += found;
  }
  return { good, bad };
}

/** Bytes that windows-1252 has no character for. */
const UNDEFINED = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

/** One byte a character: which of the many, no byte says. Western Europe's is by far the most common. */
function singleBytes(bytes: Uint8Array, bad: number): Encoding {
  let undefinedBytes = 0;
  let high = 0;
  let letters = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x80) continue;
    high += 1;
    if (UNDEFINED.has(byte)) undefinedBytes += 1;
    // In Western text letters of it stand alone between those of ASCII.
    if (byte >= 0xc0 && !((bytes[i + 1] ?? 0) >= 0xc0 && (bytes[i + 2] ?? 0) >= 0xc0)) letters += 1;
  }
  const western = undefinedBytes === 0 && (letters > high / 3 || high < 20);
  const saw = `${bad} bytes are not UTF-8`;
  return {
    name: 'windows-1252',
    decoder: 'windows-1252',
    mark: 0,
    saw: western ? `${saw}; as windows-1252 they are ${exampleOf(bytes)}` : `${saw}, and hardly windows-1252 either`,
    sure: western,
  };
}

/** Some of the characters, so that whoever knows the data sees whether they are right. */
function exampleOf(bytes: Uint8Array): string {
  const characters = new Set<string>();
  const decoder = new TextDecoder('windows-1252');
  for (const byte of bytes) {
    if (byte >= 0x80) characters.add(decoder.decode(Uint8Array.of(byte)));
    if (characters.size === 6) break;
  }
  return [...characters].join(' ');
}
