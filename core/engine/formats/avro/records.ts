import { closeSync, openSync } from 'node:fs';
import { SourceCorrupt } from '../../../contracts/errors';
import type { AvroType } from '../../../domain/avro/schema';
import { unpacked, type Block, type WalkedBlock } from './blocks';
import { BadRecord, RecordWalker } from './record-walker';

/** One record in the bytes of a block. */
export interface FoundRecord {
  /** Of the file: where its block begins. */
  readonly block: number;
  /** Its number in the block, from 1. */
  readonly number: number;
  readonly content: Buffer;
  readonly from: number;
  readonly to: number;
  /** Values in it, those without a byte included. */
  readonly values: number;
  /** Whether it has a long that may be beyond what a double can say. */
  readonly hasWide: boolean;
  /** Why it is none that can be taken; null for one that can. */
  readonly problem: string | null;
}

/**
 * The records of a block, in order. Each is valid until the next block is asked for.
 * @throws SourceCorrupt where they are not as many as it says, and all of its bytes
 */
export function* recordsOf(
  { offset, records, content }: Pick<Block, 'offset' | 'records' | 'content'>,
  walker: RecordWalker,
): Generator<FoundRecord> {
  let from = 0;
  for (let number = 1; number <= records; number += 1) {
    let to: number;
    try {
      to = walker.walk(content, from);
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error;
      throw new SourceCorrupt(
        `record ${number} of ${records} in the block at byte ${offset} is not of the schema: ${error.message}`,
        { cause: error },
      );
    }
    const { values, hasWide } = walker;
    yield { block: offset, number, content, from, to, values, hasWide, problem: walker.problem(to - from) };
    from = to;
  }
  if (from !== content.length)
    throw new SourceCorrupt(
      `the block at byte ${offset} has ${content.length - from} bytes more than its ${records} records take`,
    );
}

/** The records of an object as it was landed, in order. It reads synchronously. */
export function* landedRecords(path: string, schema: AvroType): Generator<FoundRecord> {
  const walker = new RecordWalker(schema);
  for (const block of landedBlocks(path)) yield* recordsOf(block, walker);
}

/** The blocks of an object as it was landed, in order. Each is valid until the next is asked for. */
export function* landedBlocks(path: string): Generator<WalkedBlock> {
  const fd = openSync(path, 'r');
  try {
    yield* unpacked(fd);
  } finally {
    closeSync(fd);
  }
}
