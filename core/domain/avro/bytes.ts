/** The bytes are no Avro file, or what they say of themselves is wrong. */
export class BadAvro extends Error {
  override readonly name = 'BadAvro';
}

/** The bytes end too early. */
export class CutAvro extends BadAvro {}

/** Reads what Avro's binary encoding is made of. */
export class AvroBytes {
  constructor(
    private readonly bytes: Uint8Array,
    public at = 0,
  ) {}

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** @throws CutAvro where there are not so many; BadAvro for a number below zero */
  take(n: number): Uint8Array {
    if (n < 0) throw new BadAvro(`a length of ${n} bytes`);
    if (n > this.bytes.length - this.at) throw new CutAvro('it ends too early');
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }

  /** Zigzag, seven bits a byte. A number beyond 2⁵³ counts nothing that a file can have. */
  long(): number {
    let value = 0;
    for (let shift = 0; shift < 53; shift += 7) {
      const [byte = 0] = this.take(1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new BadAvro('a number of more than 53 bits');
  }

  text(): string {
    return new TextDecoder().decode(this.take(this.long()));
  }
}
