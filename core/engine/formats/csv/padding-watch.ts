const [SPACE, LF] = [32, 10];

/**
 * Looks, while the bytes of an object pass by, for blanks between the beginning of a field and a quote. DuckDB's reader takes a single one for padding
 * and two for data (`docs/csv.md`), so it is not given such an object as it is. Inside quotes it may see one where none is: that costs time only.
 */
export class PaddingWatch {
  hasFound = false;
  private readonly pair: Buffer;
  /** What came last, but for blanks; and whether blanks came after it. */
  private last = LF;
  private endsBlank = false;

  constructor(
    private readonly delimiter: number,
    private readonly quote: number,
  ) {
    this.pair = Buffer.from([SPACE, quote]);
  }

  push(chunk: Buffer): void {
    if (this.hasFound || chunk.length === 0) return;
    if (this.endsBlank && chunk[0] === this.quote && this.begins(this.last)) this.hasFound = true;
    for (let at = chunk.indexOf(this.pair); at !== -1 && !this.hasFound; at = chunk.indexOf(this.pair, at + 2))
      this.hasFound = this.begins(this.before(chunk, at));
    this.last = this.before(chunk, chunk.length - 1);
    this.endsBlank = chunk[chunk.length - 1] === SPACE;
  }

  /** The last byte up to `at` that is no blank. */
  private before(chunk: Buffer, at: number): number {
    let end = at;
    while (end >= 0 && chunk[end] === SPACE) end -= 1;
    return chunk[end] ?? this.last;
  }

  private begins(byte: number): boolean {
    return byte === this.delimiter || byte === LF;
  }
}
