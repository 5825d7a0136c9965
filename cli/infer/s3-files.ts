import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { RollcallError, TransientError } from '../../core/contracts/errors';
import { describeForeign } from '../../core/runtime/aws/classify';
import { classifySourceError } from '../../core/runtime/aws/source-errors';
import { ANY_ACCOUNT } from '../../core/contracts/dataset/source';
import type { SourceObject } from '../../core/contracts/batch/plan';
import type { PeekedFile } from '../../core/engine/peek/file';
import { Unreadable } from './unreadable';

/** A place in a bucket: an object, or what begins with a prefix. */
export interface S3Place {
  readonly bucket: string;
  readonly key: string;
}

const MOST_LISTED = 5_000;

/** An S3 URI, or the address of an object, as a place; null for what is none. */
export function s3Place(text: string): S3Place | null {
  const uri = /^s3[an]?:\/\/([^/]*)(?:\/(.*))?$/s.exec(text);
  if (uri !== null) return { bucket: uri[1] ?? '', key: uri[2] ?? '' };
  const host = /^https?:\/\/([a-z0-9][a-z0-9.-]+)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com\/([^?#]*)/.exec(text);
  const path = /^https?:\/\/s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com\/([^/]+)\/([^?#]*)/.exec(text);
  const found = host ?? path;
  if (found === null) return null;
  return { bucket: found[1] ?? '', key: decoded(found[2] ?? '') };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return text;
  }
}

/**
 * The keys that a place stands for: itself where there is such an object, else what lies under it.
 * @throws Unreadable
 */
export async function keysAt(s3: S3Client, place: S3Place): Promise<string[]> {
  return (await objectsAt(s3, place)).map(({ key }) => key);
}

/** The same as they are listed. */
export async function objectsAt(s3: S3Client, { bucket, key }: S3Place): Promise<SourceObject[]> {
  const one = key === '' || key.endsWith('/') ? null : await objectAt(s3, bucket, key);
  if (one !== null) return [one];
  const objects: SourceObject[] = [];
  let token: string | undefined;
  do {
    const page = await asked(
      () =>
        s3.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: key,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        ),
      { bucket, prefix: key },
    );
    for (const object of page.Contents ?? [])
      if (object.Key !== undefined)
        objects.push(listedAs(bucket, object.Key, { ...object, ContentLength: object.Size }));
    token = page.NextContinuationToken;
  } while (token !== undefined && objects.length < MOST_LISTED);
  if (objects.length === 0)
    throw new Unreadable(`s3://${bucket}/${key}: there is no such object, and none whose key begins so`);
  return objects;
}

interface Described {
  readonly ETag?: string | undefined;
  readonly ContentLength?: number | undefined;
  readonly LastModified?: Date | undefined;
}

function listedAs(
  bucket: string,
  key: string,
  { ETag = '', ContentLength = 0, LastModified }: Described,
): SourceObject {
  const lastModified = (LastModified ?? new Date(0)).toISOString();
  return { bucket, key, etag: ETag, size: ContentLength, lastModified };
}

/** An object by its key; null where there is none, or where only its listing may be asked. */
async function objectAt(s3: S3Client, bucket: string, key: string): Promise<SourceObject | null> {
  try {
    return listedAs(bucket, key, await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })));
  } catch (error) {
    // A HEAD's answer has no body, so that nothing is known but its status: the listing says more.
    const { status } = describeForeign(error);
    if (status === 404 || status === 403) return null;
    throw said(error, { bucket, key });
  }
}

/**
 * An object, read by ranges, all of the same version.
 * @throws Unreadable
 */
export async function s3File(s3: S3Client, { bucket, key }: S3Place): Promise<PeekedFile> {
  const place = { Bucket: bucket, Key: key };
  const head = await asked(() => s3.send(new HeadObjectCommand(place)), { bucket, key });
  const same = { ...place, ...(head.ETag === undefined ? {} : { IfMatch: head.ETag }) };
  const size = head.ContentLength ?? 0;
  async function* get(from: number, to: number | null): AsyncGenerator<Buffer> {
    const { Body } = await asked(() => s3.send(new GetObjectCommand({ ...same, Range: `bytes=${from}-${to ?? ''}` })), {
      bucket,
      key,
    });
    if (Body === undefined || !(Symbol.asyncIterator in Body))
      throw new Unreadable(`s3://${bucket}/${key}: S3 answered without a body`);
    try {
      for await (const chunk of Body) yield Buffer.from(chunk);
    } catch (error) {
      throw said(error, { bucket, key });
    }
  }
  return {
    name: `s3://${bucket}/${key}`,
    size,
    async read(from, length) {
      const to = Math.min(size, from + length) - 1;
      if (to < from) return Buffer.alloc(0);
      const chunks: Buffer[] = [];
      for await (const chunk of get(from, to)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    async *stream(from) {
      if (from < size) yield* get(from, null);
    },
  };
}

interface Asked {
  readonly bucket: string;
  readonly key?: string;
  readonly prefix?: string;
}

async function asked<T>(request: () => Promise<T>, of: Asked): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw said(error, of);
  }
}

const NO_CREDENTIALS = /CredentialsProviderError|CredentialsError|TokenProviderError/;

/** What an error of S3 means to a person at a terminal. */
function said(error: unknown, of: Asked): unknown {
  const place = `s3://${of.bucket}/${of.key ?? of.prefix ?? ''}`;
  const name = error instanceof Error ? error.name : '';
  if (NO_CREDENTIALS.test(name))
    return new Unreadable(
      `${place}: no AWS credentials were found; run aws sso login or aws configure, or set AWS_PROFILE`,
      { cause: error },
    );
  if (error instanceof Error && error.message.startsWith('Region is missing'))
    return new Unreadable(`${place}: no AWS region is set; set AWS_REGION`, { cause: error });
  if (/^ExpiredToken|^TokenRefreshRequired|^InvalidAccessKeyId|^SignatureDoesNotMatch|^InvalidToken/.test(name))
    return new Unreadable(`${place}: the AWS credentials are wrong or have expired (${name}); sign in again`, {
      cause: error,
    });
  if (describeForeign(error).status === 404 && of.key !== undefined)
    return new Unreadable(`${place}: there is no such object`, { cause: error });
  const meant = classifySourceError(error, { ...of, expectedOwner: ANY_ACCOUNT });
  const waiting = meant instanceof TransientError ? '; try again' : '';
  return meant instanceof RollcallError ? new Unreadable(`${meant.message}${waiting}`, { cause: error }) : error;
}
