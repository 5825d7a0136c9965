import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Dataset } from '../../contracts/dataset/dataset';
import { ObjectTooLarge, RollcallError, SchemaMismatch, TransientError } from '../../contracts/errors';
import type { SourceObject } from '../../contracts/batch/plan';
import { crc32Text } from '../../domain/batch/crc32-text';
import { readHeader } from '../lines/csv-header';
import { inflate } from './inflate';
import type { ObjectReader } from './objects';
import { RecordCounter } from './record-counter';
import { csvFormat, type TextFormat } from '../lines/text-format';

/** How much all objects of a batch may hold, and how much of it those before took. */
export class Budget {
  private bytes = 0;
  private records = 0;

  constructor(
    private readonly mostBytes: number,
    private readonly mostRecords: number,
  ) {}

  /**
   * Takes bytes of an object's content.
   * @throws ObjectTooLarge when there is no more room
   */
  takeBytes(bytes: number, object: Pick<SourceObject, 'size'>): void {
    this.refuseBytes(bytes, object);
    this.bytes += bytes;
  }

  /** @throws ObjectTooLarge when there is no room for so many more bytes */
  refuseBytes(bytes: number, { size }: Pick<SourceObject, 'size'>): void {
    if (this.bytes + bytes <= this.mostBytes) return;
    throw new ObjectTooLarge(
      `inflates to more than ${this.mostBytes} bytes, which is all that a batch may have (${size} bytes as stored); ` +
        'have the source write smaller objects, or raise batchBytes and /tmp for the app',
      { details: { bytes: size, limit: this.mostBytes } },
    );
  }

  /**
   * Takes records of an object.
   * @param records of it so far, or in all
   * @param isAll whether no more will come
   * @throws ObjectTooLarge when there is no more room
   */
  takeRecords(records: number, { size }: Pick<SourceObject, 'size'>, isAll: boolean): void {
    if (this.records + records > this.mostRecords)
      throw new ObjectTooLarge(
        `with it the batch has more than ${this.mostRecords} records, which is all that a batch may have (${size} bytes as stored); ` +
          'lower batchBytes for the app, so that fewer objects make a batch, or have the source write smaller ones',
        { details: { bytes: size, limit: this.mostRecords } },
      );
    if (isAll) this.records += records;
  }
}

/** A text object on disk: inflated, without byte order mark, its envelope verified and its records counted. */
export interface LandedText {
  readonly path: string;
  readonly format: TextFormat;
  /** Records, counted by the bytes alone. */
  readonly records: number;
  /** Whether a record is longer, deeper or fuller than the readers are told to take: what they do with it is not the same every time. */
  readonly isHard: boolean;
  /** CRC-32 of what went into the file, taken from the same bytes that were counted. */
  readonly crc32: string;
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const LF = 10;
/** Longest header line. */
const MAX_HEADER_BYTES = 1024 * 1024;

/**
 * Brings a CSV or JSONL object to disk in one pass over its bytes.
 * @throws SourceCorrupt, SourceChanged, ObjectTooLarge, SchemaMismatch, TransientError, each naming the object
 */
export async function landText(
  dataset: Dataset,
  object: SourceObject,
  reader: ObjectReader,
  path: string,
  budget: Budget,
): Promise<LandedText> {
  return naming(object, async () => {
    const chunks = withinBudget(inflate(wholeObject(object, reader), dataset.source.compression), object, budget);
    const file = await open(path, 'w');
    try {
      const { head, rest } = await splitHead(chunks, dataset.source.format === 'csv');
      const format: TextFormat =
        dataset.source.format === 'csv' ? csvFormat(dataset, readHeader(dataset, head)) : { kind: 'jsonl' };
      let checksum = crc32(head);
      await file.appendFile(head);
      const counter = new RecordCounter(format);
      for await (const chunk of rest) {
        counter.push(chunk);
        budget.takeRecords(counter.records, object, false);
        checksum = crc32(chunk, checksum);
        await file.appendFile(chunk);
      }
      const { records, isHard } = counter.end();
      budget.takeRecords(records, object, true);
      return { path, format, records, isHard, crc32: crc32Text(checksum) };
    } finally {
      await file.close();
    }
  });
}

/**
 * Brings a Parquet object to disk as it is.
 * @returns the CRC-32 of its bytes
 * @throws SourceChanged, ObjectTooLarge, TransientError, each naming the object
 */
export async function landBinary(
  object: SourceObject,
  reader: ObjectReader,
  path: string,
  budget: Budget,
): Promise<string> {
  return naming(object, async () => {
    const file = await open(path, 'w');
    try {
      let checksum = 0;
      for await (const chunk of withinBudget(wholeObject(object, reader), object, budget)) {
        checksum = crc32(chunk, checksum);
        await file.appendFile(chunk);
      }
      return crc32Text(checksum);
    } finally {
      await file.close();
    }
  });
}

/** An object's bytes, and an error if fewer or more came than were listed. */
async function* wholeObject(object: SourceObject, reader: ObjectReader): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of await reader.read(object)) {
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes !== object.size)
    throw new TransientError(`got ${bytes} bytes, expected ${object.size} as listed`, { details: { bytes } });
}

async function* withinBudget(
  chunks: AsyncIterable<Buffer>,
  object: SourceObject,
  budget: Budget,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    budget.takeBytes(chunk.length, object);
    yield chunk;
  }
}

/** Takes off the byte order mark, and for CSV the first line. */
async function splitHead(
  chunks: AsyncGenerator<Buffer>,
  wantsLine: boolean,
): Promise<{ head: Buffer; rest: AsyncIterable<Buffer> }> {
  let begun: Buffer = Buffer.alloc(0);
  let end = -1;
  const enough = () => (wantsLine ? end !== -1 || begun.length > MAX_HEADER_BYTES : begun.length >= BOM.length);
  while (!enough()) {
    const next = await chunks.next();
    if (next.done === true) break;
    begun = begun.length === 0 ? next.value : Buffer.concat([begun, next.value]);
    end = begun.indexOf(LF);
  }
  const from = begun.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
  if (!wantsLine) return { head: Buffer.alloc(0), rest: prepend(begun.subarray(from), chunks) };
  if (begun.length === from) throw new SchemaMismatch('got an empty object, expected a header line');
  if (end === -1 && begun.length > MAX_HEADER_BYTES)
    throw new SchemaMismatch(`got no line end in the first ${MAX_HEADER_BYTES} bytes, expected a header line`);
  const head = begun.subarray(from, end === -1 ? begun.length : end + 1);
  if (!isUtf8(head)) throw new SchemaMismatch('got a header line that is not UTF-8');
  return { head, rest: prepend(end === -1 ? Buffer.alloc(0) : begun.subarray(end + 1), chunks) };
}

async function* prepend(first: Buffer, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* chunks;
}

/** Errors of ours say which object they are about. */
export async function naming<T>(object: SourceObject, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RollcallError) || 'object' in error.details) throw error;
    const Class = error.constructor as new (message: string, options: object) => RollcallError;
    throw new Class(`s3://${object.bucket}/${object.key}: ${error.message}`, {
      details: { ...error.details, object: object.key },
      cause: error.cause ?? error,
    });
  }
}
