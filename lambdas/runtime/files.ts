import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Readable } from 'node:stream';
import { InternalError, RecordsUnaccounted } from '../contracts/errors';
import { askingPlatform } from './classify';
import { Store } from './store';

/** Files up to this size are sent in one request; larger ones in parts, so that no more than two parts are in memory. */
const PART_BYTES = 16 * 1024 * 1024;

export const PARQUET_TYPE = 'application/vnd.apache.parquet';

/** Runs some work with an empty directory of its own under /tmp, and removes the directory whatever happens. */
export async function withWorkDir<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'rollcall-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Writes a file to S3 and asks for its size back.
 * @throws RecordsUnaccounted when S3 has another size than the file
 */
export async function uploadFile(
  s3: S3Client,
  bucket: string,
  key: string,
  path: string,
  contentType: string,
): Promise<void> {
  const { size } = await stat(path);
  const store = new Store(s3, bucket);
  if (size <= PART_BYTES) await store.put(key, await readFile(path), contentType);
  else {
    // Parts are buffered before they are sent, so each can be sent again.
    const upload = new Upload({
      client: s3,
      params: { Bucket: bucket, Key: key, Body: createReadStream(path), ContentType: contentType },
      partSize: PART_BYTES,
      queueSize: 2,
      leavePartsOnError: false,
    });
    await askingPlatform(`s3://${bucket}/${key}`, () => upload.done());
  }
  const written = await store.head(key);
  if (written?.size !== size)
    throw new RecordsUnaccounted(`s3://${bucket}/${key}: has ${written?.size ?? 'no'} bytes, expected ${size}`);
}

/**
 * Brings an object of ours to disk.
 * @throws InternalError when it is not there or has another hash than expected
 */
export async function downloadFile(
  s3: S3Client,
  bucket: string,
  key: string,
  path: string,
  expected: { sha256?: string; bytes?: number } = {},
): Promise<void> {
  const where = `s3://${bucket}/${key}`;
  const hash = createHash('sha256');
  let bytes = 0;
  await askingPlatform(where, async () => {
    const response = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (response.Body === undefined) throw new InternalError(`${where}: response without body`);
    await pipeline(
      response.Body as Readable,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(path),
    );
  });
  const sha256 = hash.digest('hex');
  if (expected.bytes !== undefined && bytes !== expected.bytes)
    throw new InternalError(`${where}: has ${bytes} bytes, expected ${expected.bytes}`);
  if (expected.sha256 !== undefined && sha256 !== expected.sha256)
    throw new InternalError(`${where}: has the SHA-256 ${sha256}, expected ${expected.sha256}`);
}
