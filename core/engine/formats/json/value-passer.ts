import { isOfLiteral } from '../jsonl/member-finder';

const [LF, QUOTE, BACKSLASH, OPEN_BRACE] = [10, 34, 92, 123];
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
/** Bytes that are kept of a literal. */
const MAX_LITERAL = 400;
/** Objects and lists inside of each other of which it is known which they are. A record that is deeper is none. */
const MAX_KINDS = 1024;

/** Passes over a value of JSON, a piece at a time: an object or a list by its brackets, a string by its quotes, or a literal. */
export class ValuePasser {
  /** Line ends in the piece that was passed last. */
  lines = 0;
  hasEnded = false;
  /** Where a bracket is not of the kind that was opened: what was expected in its place. */
  expected: string | null = null;
  private isLiteral = false;
  private depth = 0;
  private readonly kinds = new Uint8Array(MAX_KINDS);
  private quoted = false;
  private escaped = false;
  private literal = '';

  /** @returns whether a value may begin with this byte, which is still to be passed */
  begin(byte: number): boolean {
    this.isLiteral = isOfLiteral(byte);
    this.depth = 0;
    this.quoted = false;
    this.escaped = false;
    this.literal = '';
    return this.isLiteral || byte === QUOTE || (byte & 0xdf) === 0x5b;
  }

  /** Whether what was passed is whole if nothing follows. */
  get mayEnd(): boolean {
    return this.isLiteral;
  }

  /** @returns the place behind the value, or behind the piece where it goes on; that of a bracket that was not expected */
  pass(chunk: Buffer, from: number): number {
    this.lines = 0;
    return this.isLiteral ? this.passLiteral(chunk, from) : this.passTokens(chunk, from);
  }

  /** A literal that is none of JSON; one that is very long is some number, or no record: its reader sees to that. */
  wrongLiteral(): string | null {
    const { literal, isLiteral } = this;
    return !isLiteral || literal.length >= MAX_LITERAL || LITERAL.test(literal) ? null : literal;
  }

  private passLiteral(chunk: Buffer, from: number): number {
    let to = from;
    while (to < chunk.length && isOfLiteral(chunk[to]!)) to += 1;
    this.literal += chunk.toString('latin1', from, Math.min(to, from + MAX_LITERAL - this.literal.length));
    this.hasEnded = to < chunk.length;
    return to;
  }

  private passTokens(chunk: Buffer, from: number): number {
    const { kinds } = this;
    let { depth, quoted, escaped, lines } = this;
    let at = from;
    this.hasEnded = false;
    for (; at < chunk.length && !this.hasEnded; at += 1) {
      const byte = chunk[at]!;
      if (byte === LF) lines += 1;
      if (quoted) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          quoted = false;
          if (depth === 0) this.hasEnded = true;
        }
      } else if (byte === QUOTE) quoted = true;
      // `[` and `{`, `]` and `}` differ in one bit.
      else if ((byte & 0xdf) === 0x5b) {
        if (depth < MAX_KINDS) kinds[depth] = byte;
        depth += 1;
      } else if ((byte & 0xdf) === 0x5d) {
        depth -= 1;
        if (depth < MAX_KINDS && kinds[depth] !== byte - 2) {
          this.expected = kinds[depth] === OPEN_BRACE ? 'a comma or }' : 'a comma or ]';
          break;
        }
        if (depth === 0) this.hasEnded = true;
      }
    }
    Object.assign(this, { depth, quoted, escaped, lines });
    return at;
  }
}
