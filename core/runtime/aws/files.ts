import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Readable } from 'node:stream';
import { InternalError, RecordsUnaccounted } from '../../contracts/errors';
import { OUTPUT_FORMATS } from '../../contracts/dataset/output';
import { crc32Text } from '../../domain/batch/crc32-text';
import { askingPlatform } from './classify';
import { Store } from '../store/store';

/** Files up to this size are sent in one request; larger ones in parts, so that no more than two parts are in memory. */
const PART_BYTES = 16 * 1024 * 1024;

export const PARQUET_TYPE = OUTPUT_FORMATS.parquet.contentType;

/** Runs some work with an empty directory of its own under /tmp, and removes the directory whatever happens. */
export async function withWorkDir<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'rollcall-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A file as it was when its records were read back. */
export interface CheckedFile {
  readonly path: string;
  readonly bytes: number;
  /** CRC-32, as base64. */
  readonly crc32: string;
}

/**
 * Writes a file to S3: the bytes that were checked, or none that count. S3 computes the checksum of what it got and refuses another one
 * than the file had when its records were read back; then it is asked what it has.
 * @throws PlatformFault when S3 got other bytes (`BadDigest`: the step is done again, from the source); RecordsUnaccounted when it has others
 */
export async function uploadFile(
  s3: S3Client,
  bucket: string,
  key: string,
  file: CheckedFile,
  contentType: string,
): Promise<void> {
  const where = `s3://${bucket}/${key}`;
  const target = { Bucket: bucket, Key: key, ContentType: contentType, ChecksumAlgorithm: 'CRC32' as const };
  if (file.bytes <= PART_BYTES) {
    // A Buffer, never a stream: the SDK does not retry streams.
    const body = await readFile(file.path);
    await askingPlatform(where, () =>
      s3.send(new PutObjectCommand({ ...target, Body: body, ChecksumCRC32: file.crc32 })),
    );
  } else {
    // Parts are buffered before they are sent, so each can be sent again. S3 makes one checksum of all of theirs.
    const upload = new Upload({
      client: s3,
      params: { ...target, ChecksumType: 'FULL_OBJECT', Body: createReadStream(file.path) },
      partSize: PART_BYTES,
      queueSize: 2,
      leavePartsOnError: false,
    });
    await askingPlatform(where, () => upload.done());
  }
  const written = await new Store(s3, bucket).head(key);
  const problem = lakeProblem(written, { bytes: file.bytes, crc32: file.crc32 });
  if (problem !== null) throw new RecordsUnaccounted(`${where} ${problem}`);
}

/** What is wrong with a file in the lake, compared with what was written: null when nothing is. */
export function lakeProblem(
  found: { readonly size: number; readonly crc32: string | null } | undefined,
  expected: { readonly bytes: number; readonly crc32?: string | undefined },
): string | null {
  if (found === undefined) return 'is not in the lake any more';
  if (found.size !== expected.bytes) return `has ${found.size} bytes in the lake, expected ${expected.bytes}`;
  if (expected.crc32 === undefined || found.crc32 === expected.crc32) return null;
  return `has ${found.crc32 === null ? 'no CRC-32' : `the CRC-32 ${found.crc32}`} in the lake, expected ${expected.crc32}`;
}

/**
 * Brings an object of ours to disk.
 * @throws InternalError when it is not there or has another size or hash than expected; RecordsUnaccounted when it has another CRC-32
 */
export async function downloadFile(
  s3: S3Client,
  bucket: string,
  key: string,
  path: string,
  expected: { sha256?: string; bytes?: number; crc32?: string | undefined } = {},
): Promise<void> {
  const where = `s3://${bucket}/${key}`;
  const hash = createHash('sha256');
  let bytes = 0;
  let checksum = 0;
  await askingPlatform(where, async () => {
    const response = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (response.Body === undefined) throw new InternalError(`${where}: response without body`);
    await pipeline(
      response.Body as Readable,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          checksum = crc32(chunk, checksum);
          bytes += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(path),
    );
  });
  const sha256 = hash.digest('hex');
  const found = crc32Text(checksum);
  if (expected.crc32 !== undefined && found !== expected.crc32)
    throw new RecordsUnaccounted(
      `${where}: has the CRC-32 ${found}, expected ${expected.crc32}: it was altered in the lake`,
    );
  if (expected.bytes !== undefined && bytes !== expected.bytes)
    throw new InternalError(`${where}: has ${bytes} bytes, expected ${expected.bytes}`);
  if (expected.sha256 !== undefined && sha256 !== expected.sha256)
    throw new InternalError(`${where}: has the SHA-256 ${sha256}, expected ${expected.sha256}`);
}
