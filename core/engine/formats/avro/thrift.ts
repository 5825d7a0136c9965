/** Writes Thrift's compact protocol, in which Parquet says what is in a file. Only what that needs. */
export class Thrift {
  private readonly parts: Buffer[] = [];
  /** The number of the field before, of each struct that is not ended. */
  private readonly last: number[] = [0];

  get bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  int32(field: number, value: number): this {
    return this.field(field, 5).zigzag(value);
  }

  int64(field: number, value: number): this {
    return this.field(field, 6).zigzag(value);
  }

  text(field: number, value: string): this {
    return this.field(field, 8).string(value);
  }

  struct(field: number, inside: (thrift: this) => void): this {
    return this.field(field, 12).members(inside);
  }

  structs<T>(field: number, items: readonly T[], inside: (item: T, thrift: this) => void): this {
    this.list(field, 12, items.length);
    for (const item of items) this.members(() => inside(item, this));
    return this;
  }

  int32s(field: number, items: readonly number[]): this {
    this.list(field, 5, items.length);
    for (const item of items) this.zigzag(item);
    return this;
  }

  texts(field: number, items: readonly string[]): this {
    this.list(field, 8, items.length);
    for (const item of items) this.string(item);
    return this;
  }

  end(): this {
    return this.byte(0);
  }

  private members(inside: (thrift: this) => void): this {
    this.last.push(0);
    inside(this);
    this.last.pop();
    return this.end();
  }

  private field(field: number, type: number): this {
    const before = this.last.pop() ?? 0;
    this.last.push(field);
    return this.byte(((field - before) << 4) | type);
  }

  private list(field: number, type: number, items: number): void {
    this.field(field, 9);
    if (items < 15) this.byte((items << 4) | type);
    else this.byte(0xf0 | type).parts.push(varint(items));
  }

  private string(value: string): this {
    const bytes = Buffer.from(value);
    this.parts.push(varint(bytes.length), bytes);
    return this;
  }

  private zigzag(value: number): this {
    this.parts.push(varint(value < 0 ? -2 * value - 1 : 2 * value));
    return this;
  }

  private byte(value: number): this {
    this.parts.push(Buffer.of(value));
    return this;
  }
}

/** A number in groups of seven bits, the lowest first. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return Buffer.of(...bytes, left);
}
