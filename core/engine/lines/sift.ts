import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { crc32Text } from '../../domain/batch/crc32-text';
import type { Sifted } from '../formats/format';
import type { RawRecord } from './layout';

/** Bytes that are written at a time. */
const PIECE_BYTES = 1 << 20;

/**
 * Writes the records of a text to a file, and counts what is no record.
 * @param path of the file
 * @param head what stands before the first record
 * @param rewrite the text of a record (and the line on which it begins) as the reader takes it, without line end; null where it is none after all
 * @param most how many may be no record: with one more it ends
 */
export function sift(
  records: Iterable<RawRecord>,
  path: string,
  head: string,
  rewrite: (raw: Buffer, line: number) => string | Buffer | null,
  most: number,
): Sifted {
  const file = new PieceWriter(path);
  let sound = 0;
  let misshapen = 0;
  try {
    file.write(head);
    for (const { raw, problem, line } of records) {
      const text = problem === null ? rewrite(raw, line) : null;
      if (text === null) {
        misshapen += 1;
        if (misshapen > most) break;
        continue;
      }
      sound += 1;
      file.write(text);
      file.write('\n');
    }
    file.flush();
  } finally {
    file.close();
  }
  return { path, crc32: file.crc32, records: sound, misshapen };
}

/** Writes small texts to a file in pieces of a megabyte, synchronously. */
class PieceWriter {
  private readonly fd: number;
  private readonly piece = Buffer.allocUnsafe(PIECE_BYTES);
  private used = 0;
  private checksum = 0;

  constructor(path: string) {
    this.fd = openSync(path, 'w');
  }

  /** CRC-32 of what was flushed. */
  get crc32(): string {
    return crc32Text(this.checksum);
  }

  write(text: string | Buffer): void {
    const longest = typeof text === 'string' ? 3 * text.length : text.length;
    if (this.used + longest > PIECE_BYTES) this.flush();
    if (longest > PIECE_BYTES) this.put(Buffer.from(text));
    else if (typeof text === 'string') this.used += this.piece.write(text, this.used);
    else this.used += text.copy(this.piece, this.used);
  }

  flush(): void {
    this.put(this.piece.subarray(0, this.used));
    this.used = 0;
  }

  close(): void {
    closeSync(this.fd);
  }

  private put(bytes: Buffer): void {
    this.checksum = crc32(bytes, this.checksum);
    for (let at = 0; at < bytes.length;) at += writeSync(this.fd, bytes, at);
  }
}
