import { SchemaMismatch, SourceCorrupt } from '../../../contracts/errors';
import { renderValue } from '../../../contracts/problems';
import { isOfLiteral } from '../jsonl/member-finder';

/** Is given the bytes of records as they pass by. */
export interface RecordTaker {
  /** Some bytes of the record that has begun, after those before. */
  piece(chunk: Buffer, from: number, to: number): void;
  /** @param line the physical line on which it began, from 1 */
  end(line: number): void;
}

/** What may come next. */
type State =
  /** A document, or the end. */
  | 'document'
  /** In a list: a value or its end; a value; a comma or its end. */
  | 'first value'
  | 'value'
  | 'after value'
  /** In an object on the way to the records: a key or its end; a key; more of a key; a colon; a value; a comma or its end. */
  | 'first key'
  | 'key'
  | 'in key'
  | 'colon'
  | 'member'
  | 'after member'
  /** More of a value. */
  | 'in value'
  | 'in string'
  | 'in literal';

/** An object or a list that is walked through, and not passed over as a value. */
type Frame =
  { readonly kind: 'documents' | 'records' } | { readonly kind: 'object'; readonly depth: number; found: boolean };

const [LF, QUOTE, COMMA, COLON, BACKSLASH] = [10, 34, 44, 58, 92];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [91, 93, 123, 125];
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
/** Bytes that are kept of a literal, and of a key: no name in a path is longer, however it is written. */
const MAX_LITERAL = 400;
const MAX_KEY = 4096;
/** Objects and lists inside of each other of which it is known which they are. A record that is deeper is none. */
const MAX_KINDS = 1024;
/** Between documents: RFC 7464 puts it before each. */
const RECORD_SEPARATOR = 30;

/**
 * Finds the records in documents of JSON, which come one behind the other or in a list, a piece at a time: values of documents, or those of
 * the list that each document has at a path. It knows tokens and brackets; whether what is in a record is right it leaves to its reader.
 */
export class DocumentScanner {
  private state: State = 'document';
  private readonly frames: Frame[] = [];
  private line = 1;
  private offset = 0;
  /** Of the value that has begun: whether it is a record, and where it began. */
  private isRecord = false;
  private valueLine = 1;
  private depth = 0;
  private readonly kinds = new Uint8Array(MAX_KINDS);
  private quoted = false;
  private escaped = false;
  /** Of a literal or a key. */
  private kept = '';

  /** @param path of the list of records in each document; null where each document is a record */
  constructor(
    private readonly path: readonly string[] | null,
    private readonly taker: RecordTaker,
  ) {}

  /** @throws SourceCorrupt for what is no JSON, SchemaMismatch for a document without its list; both say where */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.state === 'in value') at = this.inValue(chunk, at);
      else if (this.state === 'in string') at = this.inString(chunk, at);
      else if (this.state === 'in literal') at = this.inLiteral(chunk, at);
      else if (this.state === 'in key') at = this.inKey(chunk, at);
      else at = this.between(chunk, at);
    }
    this.offset += chunk.length;
  }

  /** After the last piece. @throws as `push` */
  end(): void {
    if (this.state === 'in literal') this.endLiteral(0);
    if (this.state === 'document') return;
    const what = this.state.startsWith('in ') ? `in a value that begins on line ${this.valueLine}` : 'in a document';
    throw this.corrupt(0, `it ends ${what}`);
  }

  /** One byte between values. */
  private between(chunk: Buffer, at: number): number {
    const byte = chunk[at]!;
    if (byte === LF) this.line += 1;
    if (byte === 32 || byte === LF || byte === 13 || byte === 9) return at + 1;
    switch (this.state) {
      case 'document':
        if (byte === RECORD_SEPARATOR) return at + 1;
        if (byte === OPEN_BRACKET) return this.enter({ kind: 'documents' }, 'first value', at);
        return this.document(chunk, at);
      case 'first value':
        if (byte === CLOSE_BRACKET) return this.leave(at);
        return this.listed(chunk, at);
      case 'value':
        return this.listed(chunk, at);
      case 'after value':
        if (byte === CLOSE_BRACKET) return this.leave(at);
        return this.expect(chunk, at, COMMA, 'value', 'a comma or ]');
      case 'first key':
        if (byte === CLOSE_BRACE) return this.leave(at);
        return this.beginKey(chunk, at);
      case 'key':
        return this.beginKey(chunk, at);
      case 'colon':
        return this.expect(chunk, at, COLON, 'member', 'a colon');
      case 'member':
        return this.member(chunk, at);
      case 'after member':
        if (byte === CLOSE_BRACE) return this.leave(at);
        return this.expect(chunk, at, COMMA, 'key', 'a comma or }');
      default:
        throw new TypeError(`expected a state between values, got ${this.state}`);
    }
  }

  private expect(chunk: Buffer, at: number, byte: number, next: State, expected: string): number {
    if (chunk[at] !== byte) throw this.unexpected(chunk, at, expected);
    this.state = next;
    return at + 1;
  }

  private enter(frame: Frame, state: State, at: number): number {
    this.frames.push(frame);
    this.state = state;
    return at + 1;
  }

  /** The list or object that is walked through ends at this byte. */
  private leave(at: number): number {
    const frame = this.frames.pop();
    const outer = this.frames.at(-1);
    if (frame?.kind === 'object' && !frame.found) throw this.withoutList(at);
    if (frame?.kind !== 'documents' && outer?.kind === 'object') outer.found = true;
    this.valueEnded();
    return at + 1;
  }

  private valueEnded(): void {
    const kind = this.frames.at(-1)?.kind;
    this.state = kind === undefined ? 'document' : kind === 'object' ? 'after member' : 'after value';
  }

  private listed(chunk: Buffer, at: number): number {
    return this.frames.at(-1)?.kind === 'records' ? this.beginValue(chunk, at, true) : this.document(chunk, at);
  }

  private document(chunk: Buffer, at: number): number {
    if (this.path === null) return this.beginValue(chunk, at, true);
    this.valueLine = this.line;
    if (chunk[at] === OPEN_BRACE) return this.enter({ kind: 'object', depth: 0, found: false }, 'first key', at);
    if (chunk[at] !== OPEN_BRACKET && chunk[at] !== QUOTE && !isOfLiteral(chunk[at]!))
      throw this.unexpected(chunk, at, 'a document');
    throw this.withoutList(at);
  }

  private beginKey(chunk: Buffer, at: number): number {
    if (chunk[at] !== QUOTE) throw this.unexpected(chunk, at, 'a key');
    this.kept = '';
    this.state = 'in key';
    return at + 1;
  }

  private inKey(chunk: Buffer, from: number): number {
    const end = this.endOfString(chunk, from);
    if (this.kept.length < MAX_KEY) this.kept += chunk.toString('latin1', from, end === -1 ? chunk.length : end - 1);
    if (end === -1) return chunk.length;
    this.state = 'colon';
    return end;
  }

  /** The value of a member of an object on the way. */
  private member(chunk: Buffer, at: number): number {
    const frame = this.frames.at(-1);
    const path = this.path ?? [];
    if (frame?.kind !== 'object' || nameOf(this.kept) !== path[frame.depth]) return this.beginValue(chunk, at, false);
    if (frame.found) throw new SchemaMismatch(`${this.where(at)}: more than one ${inline(path)} in one document`);
    if (frame.depth === path.length - 1) {
      if (chunk[at] !== OPEN_BRACKET) throw this.withoutList(at);
      return this.enter({ kind: 'records' }, 'first value', at);
    }
    if (chunk[at] !== OPEN_BRACE) throw this.withoutList(at);
    return this.enter({ kind: 'object', depth: frame.depth + 1, found: false }, 'first key', at);
  }

  private beginValue(chunk: Buffer, at: number, isRecord: boolean): number {
    const byte = chunk[at]!;
    this.isRecord = isRecord;
    this.valueLine = this.line;
    this.depth = 0;
    this.quoted = false;
    this.escaped = false;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.state = 'in value';
      return at;
    }
    if (byte === QUOTE) {
      if (isRecord) this.taker.piece(chunk, at, at + 1);
      this.state = 'in string';
      return at + 1;
    }
    if (!isOfLiteral(byte)) throw this.unexpected(chunk, at, 'a value');
    this.kept = '';
    this.state = 'in literal';
    return at;
  }

  /** Goes on in an object or a list, up to its end. */
  private inValue(chunk: Buffer, from: number): number {
    const { kinds } = this;
    let { depth, quoted, escaped, line } = this;
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at]!;
      if (quoted) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) quoted = false;
        if (byte === LF) line += 1;
        continue;
      }
      if (byte === QUOTE) quoted = true;
      else if (byte === LF) line += 1;
      // `[` and `{`, `]` and `}` differ in one bit.
      else if ((byte & 0xdf) === 0x5b) {
        if (depth < MAX_KINDS) kinds[depth] = byte;
        depth += 1;
      } else if ((byte & 0xdf) === 0x5d) {
        depth -= 1;
        if (depth < MAX_KINDS && kinds[depth] !== byte - 2) {
          Object.assign(this, { line });
          throw this.unexpected(chunk, at, kinds[depth] === OPEN_BRACE ? 'a comma or }' : 'a comma or ]');
        }
        if (depth === 0) break;
      }
    }
    Object.assign(this, { depth, quoted, escaped, line });
    const ended = at < chunk.length;
    const to = ended ? at + 1 : at;
    if (this.isRecord) this.taker.piece(chunk, from, to);
    if (ended) this.endValue();
    return to;
  }

  private inString(chunk: Buffer, from: number): number {
    const end = this.endOfString(chunk, from);
    const to = end === -1 ? chunk.length : end;
    if (this.isRecord) this.taker.piece(chunk, from, to);
    if (end !== -1) this.endValue();
    return to;
  }

  /** Where a string ends that goes on at `from`, behind its quote; -1 where it does not in this piece. */
  private endOfString(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at]!;
      if (byte === LF) this.line += 1;
      if (this.escaped) this.escaped = false;
      else if (byte === BACKSLASH) this.escaped = true;
      else if (byte === QUOTE) return at + 1;
    }
    return -1;
  }

  private inLiteral(chunk: Buffer, from: number): number {
    let to = from;
    while (to < chunk.length && isOfLiteral(chunk[to]!)) to += 1;
    this.kept += chunk.toString('latin1', from, Math.min(to, from + MAX_LITERAL - this.kept.length));
    if (this.isRecord) this.taker.piece(chunk, from, to);
    if (to < chunk.length) this.endLiteral(to);
    return to;
  }

  private endLiteral(at: number): void {
    // One that is longer is some number, or no record: its reader sees to that.
    if (this.kept.length < MAX_LITERAL && !LITERAL.test(this.kept))
      throw this.corrupt(at, `expected JSON, found ${renderValue(this.kept)}`);
    this.endValue();
  }

  private endValue(): void {
    if (this.isRecord) this.taker.end(this.valueLine);
    this.valueEnded();
  }

  private where(at: number): string {
    return `line ${this.line}, byte ${this.offset + at + 1}`;
  }

  private corrupt(at: number, problem: string): SourceCorrupt {
    return new SourceCorrupt(`no JSON at ${this.where(at)}: ${problem}`);
  }

  private unexpected(chunk: Buffer, at: number, expected: string): SourceCorrupt {
    return this.corrupt(at, `expected ${expected}, found ${renderValue(chunk.toString('latin1', at, at + 1))}`);
  }

  private withoutList(at: number): SchemaMismatch {
    const path = this.path ?? [];
    return new SchemaMismatch(`${this.where(at)}: a document without a list at ${inline(path)} (json.records)`, {
      details: { missing: [inline(path)], extra: [], doubled: [] },
    });
  }
}

const inline = (path: readonly string[]) => `[${path.map((name) => `'${name}'`).join(', ')}]`;

/** A key from its bytes between the quotes. */
function nameOf(bytes: string): string | null {
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  if (!text.includes('\\')) return text;
  try {
    return String(JSON.parse(`"${text}"`));
  } catch (error) {
    // No string of JSON, or cut: it is none of the names.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
