import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { InternalError } from '../../contracts/errors';
import { askingPlatform } from '../aws/classify';
import { readingOf, type Unreadable } from './reading';

/** A document as it stood before. */
export interface Earlier<T> {
  readonly kind: 'found';
  readonly value: T;
  readonly json: unknown;
  readonly lastModified: Date;
  /** Unreadable versions that came after it, the newest included. */
  readonly after: number;
}

/** Whatever spoils an object again and again has then had a day of sweeps for it. */
const MOST_VERSIONS = 150;

/** An object, and whether an older version than what some release of Rollcall wrote, and this one can't read, is as good. */
interface Wanted {
  readonly key: string;
  readonly mayBeOld: boolean;
}

/**
 * The newest version of an object that can be read. `none`: there is none, or it is forgotten already. Of what must not be old, an
 * unreadable version that some release of Rollcall wrote ends the search: what came before it is not the truth any more.
 */
export async function newestReadable<S extends z.ZodType>(
  s3: S3Client,
  bucket: string,
  { key, mayBeOld }: Wanted,
  schema: S,
): Promise<Earlier<z.output<S>> | Unreadable | { readonly kind: 'none' }> {
  let after = 0;
  for await (const { versionId, lastModified } of versionsOf(s3, bucket, key)) {
    if (after === MOST_VERSIONS) break;
    const found = await textOf(s3, bucket, key, versionId);
    const reading = readingOf({ bucket, key, etag: found.etag }, found.text, schema);
    if (reading.kind === 'found')
      return { kind: 'found', value: reading.value, json: reading.json, lastModified, after };
    if (reading.ofSomeRelease && !mayBeOld) return reading;
    after += 1;
  }
  return { kind: 'none' };
}

/** The versions of an object, the newest first. What was removed in between is passed over: nothing that is looked for here ever is. */
async function* versionsOf(
  s3: S3Client,
  bucket: string,
  key: string,
): AsyncGenerator<{ readonly versionId: string; readonly lastModified: Date }> {
  let from: Marker | undefined = {};
  while (from !== undefined) {
    const request: ListObjectVersionsCommand = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key, ...from });
    const page: ListObjectVersionsCommandOutput = await askingPlatform(`s3://${bucket}/${key}`, () => s3.send(request));
    for (const { Key, VersionId, LastModified } of page.Versions ?? []) {
      // Keys of which this one is the beginning come after it.
      if (Key !== key) return;
      if (VersionId === undefined || LastModified === undefined)
        throw new InternalError(`s3://${bucket}/${key}: version without id or time`);
      yield { versionId: VersionId, lastModified: LastModified };
    }
    from = nextOf(page);
  }
}

interface Marker {
  readonly KeyMarker?: string;
  readonly VersionIdMarker?: string;
}

function nextOf({
  IsTruncated,
  NextKeyMarker,
  NextVersionIdMarker,
}: ListObjectVersionsCommandOutput): Marker | undefined {
  if (IsTruncated !== true || NextKeyMarker === undefined) return undefined;
  return {
    KeyMarker: NextKeyMarker,
    ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }),
  };
}

async function textOf(
  s3: S3Client,
  bucket: string,
  key: string,
  versionId: string,
): Promise<{ text: string; etag: string }> {
  return askingPlatform(`s3://${bucket}/${key}`, async () => {
    const response = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
    if (response.Body === undefined || response.ETag === undefined)
      throw new InternalError(`s3://${bucket}/${key}: response without body or ETag`);
    return { text: await response.Body.transformToString(), etag: response.ETag };
  });
}
