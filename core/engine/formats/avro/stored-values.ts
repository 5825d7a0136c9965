import { varint } from './thrift';

/** How the values of a column are kept for the reader: as types of Parquet. */
export type StoredAs =
  | { readonly kind: 'long' | 'double' | 'boolean' | 'text' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number };

/** Values of a column, of some records that follow each other. NULL takes no room among them. */
export abstract class StoredValues {
  /** Records, those with NULL included. */
  rows = 0;
  protected count = 0;
  /** Of each record whether it has a value. */
  private present = new Uint8Array(256);

  /** Bytes that its values take. */
  abstract readonly size: number;
  /** What stands for a value that the column cannot hold. */
  abstract unfit(): void;
  /** The values in Parquet's encoding PLAIN. Valid until the next is added. */
  protected abstract plain(): Uint8Array;

  null(): void {
    this.mark(0);
  }

  /** Content of a page of Parquet: which are there, and these. */
  page(): readonly Uint8Array[] {
    const { rows, count } = this;
    const levels =
      count === rows
        ? Buffer.concat([varint(rows << 1), Buffer.of(1)])
        : Buffer.concat([varint((Math.ceil(rows / 8) << 1) | 1), bits(this.present, rows)]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(levels.length);
    return [length, levels, this.plain()];
  }

  clear(): void {
    this.rows = 0;
    this.count = 0;
  }

  protected add(): void {
    this.count += 1;
    this.mark(1);
  }

  private mark(isThere: 0 | 1): void {
    if (this.rows === this.present.length) this.present = grown(this.present, new Uint8Array(2 * this.rows));
    this.present[this.rows++] = isThere;
  }
}

/** Whole numbers of 64 bits. */
export class StoredLongs extends StoredValues {
  private words = new Int32Array(512);

  get size(): number {
    return 8 * this.count;
  }

  unfit(): void {
    this.put(0);
  }

  /** Takes a whole number; one that has more than 64 bits is not fit. */
  put(value: number | bigint): boolean {
    const place = 2 * this.count;
    if (place === this.words.length) this.words = grown(this.words, new Int32Array(2 * place));
    this.add();
    if (typeof value === 'number') {
      this.words[place] = value;
      this.words[place + 1] = Math.floor(value / 2 ** 32);
      return true;
    }
    this.words[place] = Number(BigInt.asIntN(32, value));
    this.words[place + 1] = Number(BigInt.asIntN(32, value >> 32n));
    return BigInt.asIntN(64, value) === value;
  }

  protected plain(): Uint8Array {
    return new Uint8Array(this.words.buffer, 0, this.size);
  }
}

export class StoredDoubles extends StoredValues {
  private doubles = new Float64Array(256);

  get size(): number {
    return 8 * this.count;
  }

  unfit(): void {
    this.put(0);
  }

  put(value: number): void {
    if (this.count === this.doubles.length) this.doubles = grown(this.doubles, new Float64Array(2 * this.count));
    this.doubles[this.count] = value;
    this.add();
  }

  protected plain(): Uint8Array {
    return new Uint8Array(this.doubles.buffer, 0, this.size);
  }
}

export class StoredBooleans extends StoredValues {
  private flags = new Uint8Array(256);

  get size(): number {
    return this.count;
  }

  unfit(): void {
    this.put(0);
  }

  put(value: number): void {
    if (this.count === this.flags.length) this.flags = grown(this.flags, new Uint8Array(2 * this.count));
    this.flags[this.count] = value;
    this.add();
  }

  protected plain(): Uint8Array {
    return bits(this.flags, this.count);
  }
}

/** Texts that are looked at byte by byte, which for short ones is faster. */
const SHORT = 24;

export class StoredTexts extends StoredValues {
  private bytes = Buffer.allocUnsafe(1 << 12);
  private used = 0;

  get size(): number {
    return this.used;
  }

  unfit(): void {
    this.put('?');
  }

  put(text: string): void {
    const length = Buffer.byteLength(text);
    this.begin(length);
    this.bytes.write(text, this.used);
    this.used += length;
  }

  /** Takes bytes that are UTF-8. */
  copy(bytes: Buffer, from: number, to: number): void {
    const length = to - from;
    this.begin(length);
    const { bytes: own, used } = this;
    if (length <= SHORT) for (let i = 0; i < length; i += 1) own[used + i] = bytes[from + i]!;
    else bytes.copy(own, used, from, to);
    this.used += length;
  }

  override clear(): void {
    super.clear();
    this.used = 0;
    // One that was long is not kept.
    if (this.bytes.length > MOST_KEPT) this.bytes = Buffer.allocUnsafe(1 << 12);
  }

  protected plain(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  private begin(length: number): void {
    const needed = this.used + 4 + length;
    if (needed > this.bytes.length)
      this.bytes = grown(this.bytes, Buffer.allocUnsafe(Math.max(needed, 2 * this.bytes.length)));
    this.bytes.writeUInt32LE(length, this.used);
    this.used += 4;
    this.add();
  }
}

const MOST_KEPT = 8 * 1024 * 1024;

/** The larger one with what the smaller one has. */
function grown<T extends Uint8Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Eight flags in a byte, the lowest first. */
function bits(flags: Uint8Array, count: number): Uint8Array {
  const packed = new Uint8Array(Math.ceil(count / 8));
  for (let i = 0; i < count; i += 1) packed[i >> 3]! |= flags[i]! << (i & 7);
  return packed;
}
