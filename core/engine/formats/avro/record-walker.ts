import { isUtf8 } from 'node:buffer';
import type { AvroType } from '../../../domain/avro/schema';
import { MAX_JSON_DEPTH, MAX_JSON_VALUES } from '../../lines/json-shape';
import { NOT_UTF8, tooLong } from '../../lines/raw-record';
import { MAX_JSON_BYTES } from '../jsonl/exact-records';

/** Bytes that are no record of the schema, so that where the next one begins is not known. */
export class BadRecord extends Error {
  override readonly name = 'BadRecord';
}

/** A record, an array or a map in which the walker is. */
interface Frame {
  type: AvroType;
  /** Of a record the field that comes next, else the items that still come in this block of it. */
  n: number;
}

/** Where a record's end is looked for no further: its place would take more memory than the record. */
const MOST_FRAMES = 100_000;
/** Texts that are looked at byte by byte, which for short ones is faster. */
const SHORT = 24;

/**
 * Finds where each record ends, without making anything of it: what is given to avsc has ended within its block, and is not too deep, too
 * long or too full. It does not call itself, so that nesting does not end it.
 */
export class RecordWalker {
  /** Values in the record that was walked over last, those without a byte included. */
  values = 0;
  /** Whether it has a long that may be beyond what a double can say. */
  hasWide = false;
  private at = 0;
  private bytes: Buffer = Buffer.alloc(0);
  private end = 0;
  private depth = 0;
  private isUtf8 = true;
  private readonly frames: Frame[] = [];
  /** Of types whose values have no bytes: how many values each is. */
  private readonly empty = new Map<AvroType, number | null>();

  constructor(private readonly root: AvroType) {}

  /**
   * Walks over a record.
   * @returns where it ends
   * @throws BadRecord
   */
  walk(bytes: Buffer, from: number): number {
    this.bytes = bytes;
    this.at = from;
    this.end = bytes.length;
    this.values = 0;
    this.depth = 0;
    this.isUtf8 = true;
    this.hasWide = false;
    let used = 0;
    let deepest = 0;
    for (let type: AvroType | null = this.root; type !== null;) {
      const inner: AvroType | null = this.enter(type);
      if (inner !== null) {
        type = inner;
        continue;
      }
      if (type.kind === 'record' || type.kind === 'array' || type.kind === 'map') {
        if (this.emptyValues(type) === null) {
          const frame = (this.frames[used] ??= { type, n: 0 });
          frame.type = type;
          frame.n = 0;
          used += 1;
          if (used > MOST_FRAMES) throw new BadRecord(`nested more than ${MOST_FRAMES} deep`);
          if (used > deepest) deepest = used;
        }
      }
      type = null;
      while (used > 0 && type === null) {
        type = this.next(this.frames[used - 1]!);
        if (type === null) used -= 1;
      }
    }
    this.depth = deepest;
    return this.at;
  }

  /** Why the record that was walked over last is none that can be taken; null for one that can. */
  problem(length: number): string | null {
    if (length > MAX_JSON_BYTES) return tooLong(length, MAX_JSON_BYTES);
    if (this.depth > MAX_JSON_DEPTH) return `nested more than ${MAX_JSON_DEPTH} deep`;
    if (this.values > MAX_JSON_VALUES) return `more than ${MAX_JSON_VALUES} values in one record`;
    return this.isUtf8 ? null : NOT_UTF8;
  }

  /** Passes over a value that has no others inside. Of a union it gives the type that it is. */
  private enter(type: AvroType): AvroType | null {
    switch (type.kind) {
      case 'union':
        return type.branches[this.index(type.branches.length, 'a branch of a union')]!;
      case 'null':
        this.values += 1;
        return null;
      case 'boolean': {
        this.values += 1;
        this.pass(1);
        const value = this.bytes[this.at - 1]!;
        if (value > 1) throw new BadRecord(`a boolean of ${value}`);
        return null;
      }
      case 'int':
        this.values += 1;
        this.number(5);
        return null;
      case 'long':
        this.values += 1;
        this.wide();
        return null;
      case 'float':
        this.values += 1;
        this.pass(4);
        return null;
      case 'double':
        this.values += 1;
        this.pass(8);
        return null;
      case 'fixed':
        this.values += 1;
        this.pass(type.size);
        return null;
      case 'enum':
        this.values += 1;
        this.index(type.symbols.length, 'a symbol of an enum');
        return null;
      case 'bytes':
        this.values += 1;
        this.pass(this.count());
        return null;
      case 'string':
        this.values += 1;
        this.text();
        return null;
      case 'record':
        this.values += this.emptyValues(type) ?? 1;
        return null;
      case 'array':
      case 'map':
        this.values += 1;
        return null;
    }
  }

  /** The type of what comes next inside of a record, array or map; null at its end. */
  private next(frame: Frame): AvroType | null {
    const { type } = frame;
    if (type.kind === 'record') return frame.n < type.fields.length ? type.fields[frame.n++]!.type : null;
    if (type.kind !== 'array' && type.kind !== 'map') return null;
    const items = type.kind === 'array' ? type.items : type.values;
    while (frame.n === 0) {
      let count = this.long();
      if (count === 0) return null;
      if (count < 0) {
        count = -count;
        this.count();
      }
      const empty = type.kind === 'array' ? this.emptyValues(items) : null;
      if (empty === null) {
        // Each of them has a byte.
        if (count > this.end - this.at) throw new BadRecord(`${count} items in ${this.end - this.at} bytes`);
        frame.n = count;
      } else this.values += count * empty;
    }
    frame.n -= 1;
    if (type.kind === 'map') this.text();
    return items;
  }

  /** How many values a value of the type is, where it has no bytes; null where it may have some. */
  private emptyValues(type: AvroType): number | null {
    if (type.kind === 'null' || (type.kind === 'fixed' && type.size === 0)) return 1;
    if (type.kind !== 'record') return null;
    const known = this.empty.get(type);
    if (known !== undefined) return known;
    let values: number | null = 1;
    for (const field of type.fields) {
      const more: number | null = values === null ? null : this.emptyValues(field.type);
      values = values === null || more === null ? null : values + more;
    }
    this.empty.set(type, values);
    return values;
  }

  private text(): void {
    const length = this.count();
    const from = this.at;
    this.pass(length);
    if (!this.isUtf8) return;
    const { bytes, at } = this;
    if (length <= SHORT) {
      let i = from;
      while (i < at && bytes[i]! < 0x80) i += 1;
      if (i === at) return;
    }
    this.isUtf8 = isUtf8(bytes.subarray(from, at));
  }

  private pass(length: number): void {
    if (length > this.end - this.at)
      throw new BadRecord(`a value of ${length} bytes, of which ${this.end - this.at} are there`);
    this.at += length;
  }

  private index(most: number, what: string): number {
    const index = this.long();
    if (index < 0 || index >= most) throw new BadRecord(`${what} with the number ${index}, of ${most}`);
    return index;
  }

  private count(): number {
    const length = this.long();
    if (length < 0) throw new BadRecord(`a length of ${length}`);
    return length;
  }

  /** A number of which the value matters. */
  private long(): number {
    const from = this.at;
    this.number(10);
    const { bytes } = this;
    let value = 0;
    for (let i = from, scale = 1; i < this.at; i += 1, scale *= 128) value += (bytes[i]! & 0x7f) * scale;
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Zigzag: of 53 bits one is the sign. */
  private wide(): void {
    const from = this.at;
    this.number(10);
    const length = this.at - from;
    if (length > 8 || (length === 8 && this.bytes[this.at - 1]! > 15)) this.hasWide = true;
  }

  private number(most: number): void {
    const { bytes } = this;
    const limit = Math.min(this.end, this.at + most);
    for (let i = this.at; i < limit; i += 1) {
      if (bytes[i]! < 0x80) {
        this.at = i + 1;
        return;
      }
    }
    throw new BadRecord(limit === this.end ? 'it ends in a number' : `a number of more than ${most} bytes`);
  }
}
