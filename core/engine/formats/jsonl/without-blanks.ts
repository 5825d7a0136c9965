import { isBlankByte, isOfLiteral } from './member-finder';

const [LF, CR, BLANK, QUOTE, BACKSLASH] = [10, 13, 32, 34, 92];

/**
 * JSON without the blanks and line ends between its tokens, so that it is one line; all else as it came. What is no JSON before is none
 * after: two numbers do not become one.
 * @returns null where a line end stands inside a string, or one never ends: that is no JSON
 */
export function withoutBlanks(bytes: Buffer): Buffer | null {
  const kept = Buffer.allocUnsafe(bytes.length);
  let used = 0;
  let quoted = false;
  let afterBlank = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    if (quoted) {
      if (byte === LF || byte === CR) return null;
      if (byte === QUOTE) quoted = false;
      else if (byte === BACKSLASH) {
        kept[used++] = byte;
        at += 1;
        if (at === bytes.length || bytes[at] === LF || bytes[at] === CR) return null;
      }
      kept[used++] = bytes[at]!;
      continue;
    }
    if (isBlankByte(byte)) {
      afterBlank = true;
      continue;
    }
    if (afterBlank && used > 0 && isOfLiteral(byte) && isOfLiteral(kept[used - 1]!)) kept[used++] = BLANK;
    afterBlank = false;
    if (byte === QUOTE) quoted = true;
    kept[used++] = byte;
  }
  return quoted ? null : kept.subarray(0, used);
}
