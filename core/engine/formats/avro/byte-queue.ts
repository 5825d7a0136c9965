/** Bytes of a stream, as many in one piece as are asked for. */
export class ByteQueue {
  /** What is there. Valid until more is asked for. */
  bytes: Buffer = Buffer.alloc(0);
  /** Bytes before these. */
  passed = 0;
  private readonly chunks: AsyncIterator<Buffer>;
  private ended = false;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /**
   * Makes sure that so many are there.
   * @returns false where the stream has ended before
   */
  async fill(wanted: number): Promise<boolean> {
    if (this.bytes.length >= wanted) return true;
    const pieces = [this.bytes];
    let length = this.bytes.length;
    while (length < wanted && !this.ended) {
      const next = await this.chunks.next();
      if (next.done === true) this.ended = true;
      else {
        pieces.push(next.value);
        length += next.value.length;
      }
    }
    if (pieces.length > 1) this.bytes = Buffer.concat(pieces);
    return length >= wanted;
  }

  /** Asks for no more. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  pass(bytes: number): void {
    this.bytes = this.bytes.subarray(bytes);
    this.passed += bytes;
  }
}
