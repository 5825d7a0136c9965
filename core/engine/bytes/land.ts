import { open, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { SourceObject } from '../../contracts/batch/plan';
import type { Dataset } from '../../contracts/dataset/dataset';
import { errorNamed, RollcallError, TransientError } from '../../contracts/errors';
import { crc32Text } from '../../domain/batch/crc32-text';
import type { Budget } from './budget';
import { inflate } from './inflate';
import type { ObjectReader } from './objects';
import { zipContent } from './zip';

/** An object whose bytes are wanted, and what they are taken from. */
export interface Wanted {
  readonly dataset: Dataset;
  readonly object: SourceObject;
  readonly reader: ObjectReader;
  readonly budget: Budget;
  /** Of the file that is written. What is needed besides has this name with an ending. */
  readonly path: string;
}

/**
 * An object's content: inflated, its envelope verified, within the budget.
 * @throws SourceCorrupt, SourceChanged, ObjectTooLarge, TransientError
 */
export async function* contentOf(wanted: Wanted): AsyncGenerator<Buffer> {
  const { dataset, object, reader, budget } = wanted;
  const { compression } = dataset.source;
  const content = compression === 'zip' ? unzipped(wanted) : inflate(wholeObject(object, reader), compression);
  for await (const chunk of content) {
    budget.takeBytes(chunk.length, object);
    yield chunk;
  }
}

/** An archive is read from its end, so it is brought here first. */
async function* unzipped({ object, reader, budget, path }: Wanted): AsyncGenerator<Buffer> {
  const archive = `${path}.zip`;
  budget.refuseBytes(object.size, object);
  try {
    await writeThrough(archive, wholeObject(object, reader));
    yield* zipContent(archive);
  } finally {
    await rm(archive, { force: true });
  }
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

/**
 * Writes bytes to a file.
 * @param seen is given each piece before it is written
 * @returns their CRC-32
 */
export async function writeThrough(
  path: string,
  chunks: AsyncIterable<Buffer>,
  seen: (chunk: Buffer) => void = () => undefined,
): Promise<string> {
  const file = await open(path, 'w');
  try {
    let checksum = 0;
    for await (const chunk of chunks) {
      seen(chunk);
      checksum = crc32(chunk, checksum);
      await file.appendFile(chunk);
    }
    return crc32Text(checksum);
  } finally {
    await file.close();
  }
}

/** Errors of ours say which object they are about. */
export async function naming<T>(object: SourceObject, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RollcallError ? named(object, error) : error;
  }
}

/** An error of ours that says which object it is about. */
export function named(object: SourceObject, error: RollcallError): RollcallError {
  if ('object' in error.details) return error;
  return errorNamed(error.name, `s3://${object.bucket}/${object.key}: ${error.message}`, {
    details: { ...error.details, object: object.key },
    cause: error.cause ?? error,
  });
}
