import type { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { Dataset } from '../../contracts/dataset/dataset';
import { InternalError, ObjectTooLarge, TransientError } from '../../contracts/errors';
import type { SourceObject } from '../../contracts/batch/plan';
import type { Found } from '../../domain/source/arrival';
import { compareKeys } from '../../domain/batch/batches';
import { sourcePrefixes, sourceRoots } from '../../domain/partition/calendar';
import { classifySourceError, type SourceRequest } from '../aws/source-errors';

export { classifySourceError } from '../aws/source-errors';

/** Most objects of a partition: 100 pages of a listing, and a plan of about 20 MB that every batch reads. */
export const MAX_OBJECTS = 100_000;

/** A source object that is being read. */
export interface SourceBody {
  /** Errors of the stream itself (a lost connection) are not translated: the reader classifies them. */
  readonly body: Readable;
  /** Bytes as stored. */
  readonly size: number;
  readonly etag: string;
}

/** Reads and lists source buckets. Every error is one of `contracts/errors.ts`, translated by {@link classifySourceError}. */
export class SourceReader {
  /** `ownerField`: the line of the definition that says whose the bucket has to be. */
  constructor(
    private readonly s3: S3Client,
    private readonly ownerField = 'source.account',
  ) {}

  /**
   * Reads an object, if it is still the one that was listed.
   * @throws SourceChanged when it was replaced or is gone; SourceAccessDenied, SourceKeyDenied, SourceArchived, TransientError
   */
  async getObject(
    bucket: string,
    key: string,
    { ifMatch, expectedOwner }: { readonly ifMatch: string; readonly expectedOwner?: string | undefined },
  ): Promise<SourceBody> {
    return this.ask({ bucket, key, expectedOwner }, async () => {
      const response = await this.s3.send(
        new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: ifMatch, ...owner(expectedOwner) }),
      );
      if (response.Body === undefined || response.ContentLength === undefined)
        throw new InternalError(`s3://${bucket}/${key}: response without body or length`);
      return { body: response.Body as Readable, size: response.ContentLength, etag: response.ETag ?? ifMatch };
    });
  }

  /**
   * Reads listed objects for the engine: each as {@link getObject} does, the errors of its stream translated too. A body that ends
   * before the listed size is a lost connection, never a shorter object.
   */
  objectsOf(expectedOwner: string | undefined): { read(object: SourceObject): Promise<AsyncIterable<Buffer>> } {
    return {
      read: async (object) => {
        const { bucket, key, etag, size } = object;
        const { body } = await this.getObject(bucket, key, { ifMatch: etag, expectedOwner });
        return whole(body, { bucket, key, expectedOwner, ownerField: this.ownerField }, size);
      },
    };
  }

  /**
   * What lies in a dataset's source for one partition.
   * @throws SourceBucketNotFound, SourceAccessDenied, TransientError; ObjectTooLarge for more than {@link MAX_OBJECTS} objects
   */
  async list(dataset: Pick<Dataset, 'source' | 'complete'>, partition: string): Promise<Found> {
    const found = await this.look(dataset, partition);
    const { objects, markerFound, leftOut } = found;
    const { source } = dataset;
    const rootHasObjects =
      objects.length > 0 || markerFound || leftOut.count > 0 || (await this.hasObjects(source, sourceRoots(source)));
    return { ...found, rootHasObjects };
  }

  /** The data objects of a partition alone, for who only wants to compare: one LIST, unless there are more than 1,000. Throws like {@link list}. */
  async objects(dataset: Pick<Dataset, 'source' | 'complete'>, partition: string): Promise<readonly SourceObject[]> {
    return (await this.look(dataset, partition)).objects;
  }

  private async look(
    { source, complete }: Pick<Dataset, 'source' | 'complete'>,
    partition: string,
  ): Promise<Omit<Found, 'rootHasObjects'>> {
    const objects: SourceObject[] = [];
    let markerFound = false;
    let leftOut: Found['leftOut'] = { count: 0, example: null };
    for (const prefix of sourcePrefixes(source, partition)) {
      for await (const object of this.pages(source, prefix)) {
        const name = object.key.slice(object.key.lastIndexOf('/') + 1);
        if (isDirectory(object)) continue;
        if (complete.marker !== undefined && isMarker(object.key, prefix, complete.marker)) {
          markerFound = true;
        } else if (complete.marker !== undefined && object.key.endsWith(`/${complete.marker}`)) {
          // Further down it is neither data nor the sign that all of the partition is there.
          continue;
        } else if (source.suffix !== undefined && !object.key.endsWith(source.suffix)) {
          if (!/^[_.]/.test(name)) leftOut = { count: leftOut.count + 1, example: leftOut.example ?? name };
        } else if (objects.push(object) > MAX_OBJECTS) {
          throw new ObjectTooLarge(
            `more than ${MAX_OBJECTS} objects lie under s3://${source.bucket}/${prefix}: expected fewer and larger ones`,
            { details: { bucket: source.bucket, prefix, limit: MAX_OBJECTS } },
          );
        }
      }
    }
    return { objects: objects.toSorted((a, b) => compareKeys(a.key, b.key)), markerFound, leftOut };
  }

  /** Whether any object but directory keys lies under one of the prefixes. */
  private async hasObjects(source: Dataset['source'], prefixes: readonly string[]): Promise<boolean> {
    for (const prefix of prefixes)
      for await (const object of this.pages(source, prefix)) if (!isDirectory(object)) return true;
    return false;
  }

  private async *pages(source: Dataset['source'], prefix: string): AsyncGenerator<SourceObject> {
    const { bucket, account } = source;
    let token: string | undefined;
    do {
      const page = await this.ask({ bucket, prefix, expectedOwner: account }, () =>
        this.s3.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            // Keys may hold characters that XML cannot.
            EncodingType: 'url',
            ...owner(account),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        ),
      );
      for (const { Key, ETag, Size, LastModified } of page.Contents ?? []) {
        if (Key === undefined || ETag === undefined || Size === undefined || LastModified === undefined)
          throw new InternalError(`s3://${bucket}/${prefix}: listing without key, ETag, size or time`);
        const key = page.EncodingType === 'url' ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key;
        yield { bucket, key, etag: ETag, size: Size, lastModified: LastModified.toISOString() };
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  private async ask<T>(request: SourceRequest, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw classifySourceError(error, { ...request, ownerField: this.ownerField });
    }
  }
}

async function* whole(body: Readable, request: SourceRequest, size: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw classifySourceError(error, request);
  }
  if (bytes !== size)
    throw new TransientError(`s3://${request.bucket}/${request.key ?? ''} ended after ${bytes} of ${size} bytes`, {
      details: { bucket: request.bucket, object: request.key },
    });
}

function owner(account: string | undefined): { ExpectedBucketOwner?: string } {
  return account === undefined ? {} : { ExpectedBucketOwner: account };
}

/** What consoles and tools leave as "folders": a key that ends in a slash, without content. */
function isDirectory({ key, size }: SourceObject): boolean {
  return key.endsWith('/') && size === 0;
}

function isMarker(key: string, prefix: string, marker: string): boolean {
  return key === `${prefix}${marker}` || (!prefix.endsWith('/') && key === `${prefix}/${marker}`);
}
