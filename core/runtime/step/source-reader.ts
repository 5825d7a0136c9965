import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Dataset } from '../../contracts/dataset/dataset';
import type { Source } from '../../contracts/dataset/source';
import { InternalError, ObjectTooLarge, TransientError } from '../../contracts/errors';
import type { SourceObject } from '../../contracts/batch/plan';
import type { Found } from '../../domain/source/arrival';
import { compareKeys } from '../../domain/batch/plan-batches';
import { prefixesByLayout, sourceRoots } from '../../domain/partition/calendar';
import { kindOfKey, tableOf } from '../../domain/source/never-data';
import { classifySourceError, type SourceRequest } from '../aws/source-errors';
import { SourcePages } from './source-pages';
import { isTable, SourceSurroundings } from './source-surroundings';

export { classifySourceError } from '../aws/source-errors';

/** Most objects of a partition: 100 pages of a listing, and a plan of about 20 MB that every batch reads. */
const MAX_OBJECTS = 100_000;

/** A source object that is being read. */
export interface SourceBody {
  /** Errors of the stream itself (a lost connection) are not translated: the reader classifies them. */
  readonly body: Readable;
  /** Bytes as stored. */
  readonly size: number;
  readonly etag: string;
}

/** What of a definition says where a partition's objects lie. */
type Listed = Pick<Dataset, 'source' | 'complete'>;

/** Reads and lists source buckets. Every error is one of `contracts/errors.ts`, translated by {@link classifySourceError}. */
export class SourceReader {
  private readonly pages: SourcePages;
  private readonly surroundings: SourceSurroundings;

  /** `ownerField`: the line of the definition that says whose the bucket has to be. */
  constructor(
    private readonly s3: S3Client,
    private readonly ownerField = 'source.account',
  ) {
    this.pages = new SourcePages(s3, ownerField);
    this.surroundings = new SourceSurroundings(this.pages);
  }

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
   * @throws SourceIsTable, SourceBucketNotFound, SourceAccessDenied, TransientError; ObjectTooLarge for more than {@link MAX_OBJECTS}
   */
  async list(dataset: Listed, partition: string): Promise<Found> {
    const found = await this.look(dataset, partition);
    const { source } = dataset;
    const isEmpty = found.objects.length === 0;
    const rootHasObjects =
      !isEmpty ||
      found.leftOut.count > 0 ||
      found.hidden.count > 0 ||
      (await this.hasObjects(source, sourceRoots(source)));
    const nearest = isEmpty ? await this.surroundings.nearest(source, partition) : undefined;
    return { ...found, rootHasObjects, ...(nearest === undefined ? {} : { nearest }) };
  }

  /**
   * The data objects of a partition alone, for who only wants to compare: one LIST for each prefix, unless there are more than 1,000
   * objects, and three more for each dataset. Throws like {@link list}.
   */
  async objects(dataset: Listed, partition: string): Promise<readonly SourceObject[]> {
    return (await this.look(dataset, partition)).objects;
  }

  private async look(dataset: Listed, partition: string): Promise<Omit<Found, 'rootHasObjects' | 'nearest'>> {
    const { source, complete } = dataset;
    // Whatever lies under several of the prefixes counts once.
    const objects = new Map<string, SourceObject>();
    const unmarked: string[] = [];
    const leftOut = new Tally();
    const hidden = new Tally();
    const layouts = prefixesByLayout(source, partition);
    for (const prefixes of layouts) {
      let isMarked = false;
      for (const prefix of prefixes) {
        for await (const object of this.pages.objects(source, prefix)) {
          const table = tableOf(object.key, prefix);
          if (table !== undefined) throw isTable(source.bucket, prefix, table);
          switch (whatItIs(object.key, prefix, source.suffix, complete.marker)) {
            case 'marker':
              isMarked = true;
              break;
            case 'nothing':
              break;
            case 'hidden':
              hidden.add(object.key.slice(prefix.length));
              break;
            case 'left out':
              leftOut.add(object.key.slice(object.key.lastIndexOf('/') + 1));
              break;
            case 'data':
              if (objects.set(object.key, object).size > MAX_OBJECTS) throw tooMany(source.bucket, prefix);
          }
        }
      }
      if (!isMarked) unmarked.push(...prefixes);
    }
    await this.surroundings.refuseTables(source);
    return {
      objects: [...objects.values()].toSorted((a, b) => compareKeys(a.key, b.key)),
      markerFound: unmarked.length === 0,
      ...(layouts.length > 1 ? { unmarked } : {}),
      leftOut,
      hidden,
    };
  }

  /** Whether anything but folders lies under one of the prefixes. */
  private async hasObjects(source: Source, prefixes: readonly string[]): Promise<boolean> {
    for (const prefix of prefixes)
      for await (const { key } of this.pages.objects(source, prefix))
        if (kindOfKey(key, prefix) !== 'folder') return true;
    return false;
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

/** How many there are of something, and the first of them. */
class Tally {
  count = 0;
  example: string | null = null;

  add(name: string): void {
    this.count += 1;
    this.example ??= name;
  }
}

type Kind = 'marker' | 'nothing' | 'hidden' | 'left out' | 'data';

/** What a key under a prefix is for the partition. */
export function whatItIs(key: string, prefix: string, suffix: string | undefined, marker: string | undefined): Kind {
  const kind = kindOfKey(key, prefix);
  if (kind === 'folder') return 'nothing';
  if (marker !== undefined) {
    if (isMarker(key, prefix, marker)) return 'marker';
    // Further down it is neither data nor the sign that all of the partition is there.
    if (key.endsWith(`/${marker}`)) return 'nothing';
  }
  if (kind === 'hidden') return 'hidden';
  return suffix === undefined || key.endsWith(suffix) ? 'data' : 'left out';
}

function isMarker(key: string, prefix: string, marker: string): boolean {
  return key === `${prefix}${marker}` || (!prefix.endsWith('/') && key === `${prefix}/${marker}`);
}

function tooMany(bucket: string, prefix: string): ObjectTooLarge {
  return new ObjectTooLarge(
    `more than ${MAX_OBJECTS} objects lie under s3://${bucket}/${prefix}: expected fewer and larger ones`,
    { details: { bucket, prefix, limit: MAX_OBJECTS } },
  );
}
