import { writeThrough } from '../bytes/land';
import type { Landing } from '../formats/format';
import type { LineLayout } from './layout';
import { RecordCounter } from './record-counter';

/** A text on disk, its records counted by its bytes alone. */
export interface LandedLines {
  readonly crc32: string;
  readonly records: number;
  /** Whether a record is longer, deeper or fuller than the readers are told to take: what they do with it is not the same every time. */
  readonly isHard: boolean;
}

/** Counts records while their bytes pass by; {@link RecordCounter} is one. */
export interface Counter {
  /** So far. */
  readonly records: number;
  push(chunk: Buffer): void;
  end(): { readonly records: number; readonly isHard: boolean };
}

/**
 * Writes a text to its file, and counts its records while the bytes pass by.
 * @param head the lines before the first record (`layout.linesBefore`)
 * @param rest all that follows
 */
export async function landLines(
  { path, budget, object }: Landing,
  layout: LineLayout,
  head: Buffer,
  rest: AsyncIterable<Buffer>,
  counter: Counter = new RecordCounter(layout),
): Promise<LandedLines> {
  let isHead = true;
  const crc32 = await writeThrough(path, prepend(head, rest), (chunk) => {
    if (!isHead) {
      counter.push(chunk);
      budget.takeRecords(counter.records, object, false);
    }
    isHead = false;
  });
  const { records, isHard } = counter.end();
  budget.takeRecords(records, object, true);
  return { crc32, records, isHard };
}

/** Some bytes, empty or not, and what follows. */
export async function* prepend(first: Buffer, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* chunks;
}
