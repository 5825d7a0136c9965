import { readSync } from 'node:fs';
import type { SourceObject } from '../../../contracts/batch/plan';
import { ObjectTooLarge, RecordsUnaccounted, SourceCorrupt } from '../../../contracts/errors';
import { AvroBytes, BadAvro, CutAvro } from '../../../domain/avro/bytes';
import { readAvroHead, SYNC_BYTES, type AvroHead } from '../../../domain/avro/head';
import { codecOf } from './codecs';
import { ByteQueue } from './byte-queue';

/** Most bytes of one block, stored or inflated: a block is in memory as a whole. Writers begin a new one after some ten kilobytes. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024;
/** Most bytes of a head: of its schema, nearly all. */
const MAX_HEAD_BYTES = 4 * 1024 * 1024;
/** A number takes no more, so that two are a block's beginning. */
const MAX_NUMBER_BYTES = 10;

/** Some records, inflated. */
export interface Block {
  /** Of the file: where it begins. */
  readonly offset: number;
  readonly records: number;
  readonly content: Buffer;
  /** Bytes of the content as stored. */
  readonly stored: number;
}

/** Reads an Avro file's head and its blocks, one after the other. What comes of the content of a block is not its matter. */
export class BlockReader {
  private readonly queue: ByteQueue;

  constructor(
    chunks: AsyncIterable<Buffer>,
    private readonly object: SourceObject,
  ) {
    this.queue = new ByteQueue(chunks);
  }

  /** @throws SourceCorrupt */
  async head(): Promise<AvroHead> {
    for (let wanted = 1 << 12; ; wanted *= 4) {
      const isAll = !(await this.queue.fill(wanted));
      try {
        const head = readAvroHead(this.queue.bytes);
        this.queue.pass(head.bytes);
        return head;
      } catch (error) {
        if (!(error instanceof BadAvro)) throw error;
        if (error instanceof CutAvro && !isAll && wanted < MAX_HEAD_BYTES) continue;
        const { length } = this.queue.bytes;
        if (!(error instanceof CutAvro)) throw corrupt(`no Avro file: ${error.message}`, error);
        if (!isAll) throw corrupt(`no Avro file: its head does not end within ${MAX_HEAD_BYTES} bytes`, error);
        throw corrupt(
          length === 0 ? 'no Avro file: it has 0 bytes' : `it ends in its head, after ${length} bytes`,
          error,
        );
      }
    }
  }

  /** @throws SourceCorrupt, ObjectTooLarge */
  async *blocks({ codec, sync }: AvroHead): AsyncGenerator<Block> {
    const inflate = codecOf(codec);
    const { queue } = this;
    for (let number = 1; await queue.fill(1); number += 1) {
      const offset = queue.passed;
      const at = (what: string, cause?: unknown) => corrupt(`block ${number}, at byte ${offset}: ${what}`, cause);
      await queue.fill(2 * MAX_NUMBER_BYTES);
      const { records, size, bytes } = this.beginning(at);
      if (size > MAX_BLOCK_BYTES) throw this.tooLarge(number, offset, `${size} bytes`);
      const isThere = await queue.fill(bytes + size + SYNC_BYTES);
      if (!isThere)
        throw at(`it is cut off: ${queue.bytes.length} of its ${bytes + size + SYNC_BYTES} bytes are there`);
      const stored = queue.bytes.subarray(bytes, bytes + size);
      const mark = queue.bytes.subarray(bytes + size, bytes + size + SYNC_BYTES);
      if (!mark.equals(sync)) throw at(`behind its ${size} bytes stands ${mark.toString('hex')}, not the sync marker`);
      const content = inflated(stored, inflate, at);
      if (content === null) throw this.tooLarge(number, offset, `${size} bytes that are inflated to more`);
      queue.pass(bytes + size + SYNC_BYTES);
      yield { offset, records, content, stored: size };
    }
  }

  async close(): Promise<void> {
    await this.queue.close();
  }

  /** How many records a block has, how many bytes they take, and how many these two numbers. */
  private beginning(at: (what: string, cause?: unknown) => SourceCorrupt) {
    const reader = new AvroBytes(this.queue.bytes);
    try {
      const records = reader.long();
      const size = reader.long();
      if (records < 0) throw at(`it says that it has ${records} records`);
      if (size < 0) throw at(`it says that it has ${size} bytes`);
      return { records, size, bytes: reader.at };
    } catch (error) {
      if (!(error instanceof BadAvro)) throw error;
      throw at(error instanceof CutAvro ? 'it is cut off in its first numbers' : error.message, error);
    }
  }

  private tooLarge(number: number, offset: number, has: string): ObjectTooLarge {
    return new ObjectTooLarge(
      `block ${number}, at byte ${offset}, has ${has}, which is more than the ${MAX_BLOCK_BYTES} that one may have; ` +
        'have the source write smaller blocks',
      { details: { bytes: this.object.size, limit: MAX_BLOCK_BYTES } },
    );
  }
}

function inflated(
  stored: Buffer,
  inflate: ReturnType<typeof codecOf>,
  at: (what: string, cause?: unknown) => SourceCorrupt,
): Buffer | null {
  try {
    return inflate(stored, MAX_BLOCK_BYTES);
  } catch (error) {
    throw error instanceof SourceCorrupt ? at(error.message, error.cause) : error;
  }
}

const corrupt = (what: string, cause?: unknown) => new SourceCorrupt(what, { cause });

/** A block whose records were walked over. */
export interface WalkedBlock extends Omit<Block, 'stored'> {
  /** Whether each of its records surely is one that can be taken. */
  readonly isSound: boolean;
  /** Whether one of them has a long that may be beyond what a double can say. */
  readonly hasWide: boolean;
}

/** What stands before each block in the file of an object: its place in that, its records, its bytes, what is known of it. */
const MARK_BYTES = 18;
/** Bytes that are written at a time, where blocks are small. */
const PIECE_BYTES = 1 << 18;

/** Blocks as they are kept on this machine, inflated. */
export async function* packed(blocks: AsyncIterable<WalkedBlock>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let bytes = 0;
  for await (const { offset, records, content, isSound, hasWide } of blocks) {
    const mark = Buffer.allocUnsafe(MARK_BYTES);
    mark.writeDoubleLE(offset, 0);
    mark.writeUInt32LE(records, 8);
    mark.writeUInt32LE(content.length, 12);
    mark.writeUInt8(Number(isSound), 16);
    mark.writeUInt8(Number(hasWide), 17);
    // A copy: the piece of the object that it is part of would be kept.
    pieces.push(mark, Buffer.from(content));
    bytes += MARK_BYTES + content.length;
    if (bytes < PIECE_BYTES) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(pieces);
}

/** The blocks of such a file, read synchronously. The content is valid until the next one is asked for. */
export function* unpacked(fd: number): Generator<WalkedBlock> {
  const mark = Buffer.alloc(MARK_BYTES);
  let buffer = Buffer.alloc(0);
  for (;;) {
    const marked = readSync(fd, mark);
    if (marked === 0) return;
    const length = marked < MARK_BYTES ? Infinity : mark.readUInt32LE(12);
    if (length > MAX_BLOCK_BYTES) throw altered();
    if (length > buffer.length) buffer = Buffer.allocUnsafe(length);
    for (let at = 0; at < length;) {
      const read = readSync(fd, buffer, at, length - at, null);
      if (read === 0) throw altered();
      at += read;
    }
    yield {
      offset: mark.readDoubleLE(0),
      records: mark.readUInt32LE(8),
      content: buffer.subarray(0, length),
      isSound: mark.readUInt8(16) === 1,
      hasWide: mark.readUInt8(17) === 1,
    };
  }
}

const altered = () => new RecordsUnaccounted('the blocks of an object were altered on this machine');
