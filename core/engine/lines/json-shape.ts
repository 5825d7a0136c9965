/** How deep and how full a line of JSON is, found without parsing it: what a parser would do with it is not the same for all of them. */

/** Objects and arrays inside of each other. Parsers that go down by calling themselves end somewhere behind this. */
export const MAX_JSON_DEPTH = 1000;
/** Values in one record, of all depths: DuckDB's parser takes 16 bytes for each, several times over. */
export const MAX_JSON_VALUES = 250_000;
/** Shorter lines cannot be too deep: as many bytes as levels. @alias */
export const MIN_HARD_BYTES = MAX_JSON_DEPTH;

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;

/** What keeps a line from being given to a parser; null for nothing. */
export function jsonShapeProblem(line: Buffer): string | null {
  const shape = new JsonShape();
  shape.push(line, 0, line.length);
  return shape.problem();
}

/** Looks at a line a piece at a time. */
export class JsonShape {
  private depth = 0;
  private deepest = 0;
  private values = 0;
  private quoted = false;
  private escaped = false;

  push(bytes: Buffer, from: number, to: number): void {
    let { depth, deepest, values, quoted, escaped } = this;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at]!;
      if (quoted) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) quoted = false;
        continue;
      }
      if (byte === QUOTE) quoted = true;
      else if (byte === COMMA) values += 1;
      // `[` and `{`, `]` and `}` differ in one bit.
      else if ((byte & 0xdf) === 0x5b) {
        values += 1;
        depth += 1;
        if (depth > deepest) deepest = depth;
      } else if ((byte & 0xdf) === 0x5d) depth -= 1;
    }
    Object.assign(this, { depth, deepest, values, quoted, escaped });
  }

  problem(): string | null {
    if (this.deepest > MAX_JSON_DEPTH) return `JSON nested more than ${MAX_JSON_DEPTH} deep`;
    return this.values > MAX_JSON_VALUES ? `more than ${MAX_JSON_VALUES} values in one record` : null;
  }
}
