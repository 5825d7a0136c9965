import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { RecordsUnaccounted } from '../../contracts/errors';
import type { TextOutputFormat } from '../../contracts/dataset/output';
import { briefly, kindOf } from '../duckdb/briefly';
import type { Database } from '../duckdb/database';
import { isAccountedFor } from '../sql/definition-fault';
import { sumOf, type Sum } from './read-back';
import { identifier } from '../duckdb/sql';
import { hashOf } from '../stage/stage';
import type { TextColumn } from './text-columns';
import { TEXT_FORMATS } from './text-formats';

/** A file of text in gzip, and what is known of how it was put together. */
export interface WrittenText {
  readonly path: string;
  readonly format: TextOutputFormat;
  readonly columns: readonly TextColumn[];
  /** What stands before the first record. */
  readonly header: Buffer;
  /** Bytes of the pieces after it: where one ends a record ends, whatever line feeds are inside of values. */
  readonly pieces: readonly number[];
}

/**
 * Inflates a file again, and has its records read a piece at a time.
 * @param columns of which the hash of a record is made
 * @param piecePath a file that may be written
 * @throws RecordsUnaccounted when it is not whole, or cannot be read
 */
export async function readBackText(
  database: Database,
  written: WrittenText,
  columns: readonly TextColumn[],
  piecePath: string,
): Promise<Sum> {
  let records = 0;
  let hashes = 0n;
  const hash = hashOf(columns.map(({ name, restored }) => restored(identifier(name))));
  const from = TEXT_FORMATS[written.format].reader({ all: written.columns, wanted: columns }, piecePath);
  try {
    await pipeline(createReadStream(written.path), createGunzip({ chunkSize: 256 * 1024 }), async (chunks) => {
      const bytes = new Cutter(chunks as AsyncIterable<Buffer>);
      const header: Buffer[] = [];
      await bytes.take(written.header.length, async (chunk) => void header.push(chunk));
      if (!Buffer.concat(header).equals(written.header))
        throw new RecordsUnaccounted('the header that was read back is not the one that was written');
      for (const size of written.pieces) {
        const piece = await open(piecePath, 'w');
        try {
          // CSV gets its header again: without one, a byte order mark at the beginning of a value would be taken for the file's.
          await piece.appendFile(written.header);
          await bytes.take(size, (chunk) => append(piece, chunk));
        } finally {
          await piece.close();
        }
        const sum = await sumOfPiece(database, hash, from);
        records += sum.records;
        hashes += BigInt(sum.hashes);
      }
      await bytes.end();
    });
  } catch (error) {
    if (isAccountedFor(error)) throw error;
    throw new RecordsUnaccounted(`what was written cannot be read back: ${briefly(error)}`, { cause: error });
  }
  return { records, hashes: hashes.toString() };
}

const append = (file: FileHandle, chunk: Buffer): Promise<void> => file.appendFile(chunk);

async function sumOfPiece(database: Database, hash: string, from: string): Promise<Sum> {
  return sumOf(database, hash, from).catch((error: unknown) => {
    if (isAccountedFor(error)) throw error;
    // DuckDB quotes the record that it cannot read.
    throw new RecordsUnaccounted(`records that were written cannot be read back: ${kindOf(error)}`);
  });
}

/** Cuts a stream of bytes where it is told. */
class Cutter {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** Hands over the next `size` bytes. */
  async take(size: number, give: (chunk: Buffer) => Promise<void>): Promise<void> {
    for (let missing = size; missing > 0;) {
      if (this.rest.length === 0) {
        const next = await this.chunks.next();
        if (next.done === true) throw new RecordsUnaccounted(`what was read back ends ${missing} bytes early`);
        this.rest = next.value;
      }
      const some = this.rest.subarray(0, missing);
      await give(some);
      missing -= some.length;
      this.rest = this.rest.subarray(some.length);
    }
  }

  /** @throws RecordsUnaccounted when there is more */
  async end(): Promise<void> {
    for (let more = this.rest; ;) {
      if (more.length > 0) throw new RecordsUnaccounted('what was read back has more bytes than were written');
      const next = await this.chunks.next();
      if (next.done === true) return;
      more = next.value;
    }
  }
}
