import { SourceCorrupt } from '../../contracts/errors';
import { number } from '../../domain/text/numbers';

/**
 * Node's zstd decoder stops after the first frame and drops what follows without a word (Node 24), although `cat a.zst b.zst` and
 * parallel compressors make files of several. So the frames are told apart here, by RFC 8878, and each is decoded on its own.
 */

const MAGIC = 0xfd2fb528;
/** 0x184D2A50 to 0x184D2A5F: a frame that carries no data. */
const isSkippable = (magic: number) => (magic & 0xfffffff0) >>> 0 === 0x184d2a50;

export class ZstdFrames {
  private readonly chunks: AsyncIterator<Buffer>;
  private chunk: Buffer = Buffer.alloc(0);
  /** That came so far. */
  private bytes = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /** Goes to the next frame that carries data; false at the end. */
  async next(): Promise<boolean> {
    while (await this.fill()) {
      const magic = await this.take(4);
      const kind = magic.readUInt32LE();
      if (kind === MAGIC) return true;
      if (!isSkippable(kind)) throw new SourceCorrupt('bytes that are no zstd frame');
      const size = (await this.take(4)).readUInt32LE();
      for await (const _ of this.pass(size));
    }
    return false;
  }

  /** The bytes of the frame that `next()` went to, in pieces. */
  async *frame(): AsyncGenerator<Buffer> {
    const magic = Buffer.alloc(4);
    magic.writeUInt32LE(MAGIC);
    yield magic;
    const descriptor = (await this.take(1))[0]!;
    const single = (descriptor & 0x20) !== 0;
    const contentSizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
    yield Buffer.from([descriptor]);
    yield await this.take((single ? 0 : 1) + dictionaryBytes + contentSizeBytes);
    for (let last = false; !last;) {
      const header = await this.take(3);
      yield header;
      const block = header.readUIntLE(0, 3);
      last = (block & 1) === 1;
      // A block of type 1 (run length) has one byte, whatever its size says.
      yield* this.pass(((block >> 1) & 3) === 1 ? 1 : block >> 3);
    }
    if ((descriptor & 4) !== 0) yield await this.take(4);
  }

  /** Makes sure that there is a byte; false at the end. */
  private async fill(): Promise<boolean> {
    while (this.chunk.length === 0) {
      const next = await this.chunks.next();
      if (next.done === true) return false;
      this.chunk = next.value;
      this.bytes += next.value.length;
    }
    return true;
  }

  private async *pass(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0;) {
      if (!(await this.fill()))
        throw new SourceCorrupt(`the zstd stream is truncated after ${number(this.bytes)} bytes`);
      const piece = this.chunk.subarray(0, left);
      this.chunk = this.chunk.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  private async take(bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.pass(bytes)) pieces.push(piece);
    return Buffer.concat(pieces);
  }
}
