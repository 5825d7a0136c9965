import { SchemaMismatch, SourceCorrupt } from '../../../contracts/errors';
import { renderValue } from '../../../contracts/problems';
import { isOfLiteral } from '../jsonl/member-finder';
import { ValuePasser } from './value-passer';

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
  | 'in value';

/** An object or a list that is walked through, and not passed over as a value. */
type Frame =
  { readonly kind: 'documents' | 'records' } | { readonly kind: 'object'; readonly depth: number; found: boolean };

const [LF, QUOTE, COMMA, COLON] = [10, 34, 44, 58];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [91, 93, 123, 125];
/** Bytes that are kept of a key: no name in a path is longer, however it is written. */
const MAX_KEY = 4096;
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
  private readonly value = new ValuePasser();
  /** The bytes of a key, with its quotes. */
  private key = '';

  /** @param path of the list of records in each document; null where each document is a record */
  constructor(
    private readonly path: readonly string[] | null,
    private readonly taker: RecordTaker,
  ) {}

  /** @throws SourceCorrupt for what is no JSON, SchemaMismatch for a document without its list; both say where */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.state === 'in value') at = this.inValue(chunk, at);
      else if (this.state === 'in key') at = this.inKey(chunk, at);
      else at = this.between(chunk, at);
    }
    this.offset += chunk.length;
  }

  /** After the last piece. @throws as `push` */
  end(): void {
    if (this.state === 'in value' && this.value.mayEnd) this.endValue(0);
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
    this.value.begin(QUOTE);
    this.key = '';
    this.state = 'in key';
    return at;
  }

  private inKey(chunk: Buffer, from: number): number {
    const to = this.value.pass(chunk, from);
    this.line += this.value.lines;
    if (this.key.length < MAX_KEY) this.key += chunk.toString('latin1', from, to);
    if (this.value.hasEnded) this.state = 'colon';
    return to;
  }

  /** The value of a member of an object on the way. */
  private member(chunk: Buffer, at: number): number {
    const frame = this.frames.at(-1);
    const path = this.path ?? [];
    if (frame?.kind !== 'object' || nameOf(this.key) !== path[frame.depth]) return this.beginValue(chunk, at, false);
    if (frame.found) throw new SchemaMismatch(`${this.where(at)}: more than one ${inline(path)} in one document`);
    if (frame.depth === path.length - 1) {
      if (chunk[at] !== OPEN_BRACKET) throw this.withoutList(at);
      return this.enter({ kind: 'records' }, 'first value', at);
    }
    if (chunk[at] !== OPEN_BRACE) throw this.withoutList(at);
    return this.enter({ kind: 'object', depth: frame.depth + 1, found: false }, 'first key', at);
  }

  private beginValue(chunk: Buffer, at: number, isRecord: boolean): number {
    if (!this.value.begin(chunk[at]!)) throw this.unexpected(chunk, at, 'a value');
    this.isRecord = isRecord;
    this.valueLine = this.line;
    this.state = 'in value';
    return at;
  }

  private inValue(chunk: Buffer, from: number): number {
    const { value } = this;
    const to = value.pass(chunk, from);
    this.line += value.lines;
    if (value.expected !== null) throw this.unexpected(chunk, to, value.expected);
    if (this.isRecord) this.taker.piece(chunk, from, to);
    if (value.hasEnded) this.endValue(to);
    return to;
  }

  private endValue(at: number): void {
    const wrong = this.value.wrongLiteral();
    if (wrong !== null) throw this.corrupt(at, `expected JSON, found ${renderValue(wrong)}`);
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

/** A key from its bytes. */
function nameOf(bytes: string): string | null {
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  if (!text.includes('\\')) return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch (error) {
    // No string of JSON, or cut: it is none of the names.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
