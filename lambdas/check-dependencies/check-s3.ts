import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Dependency } from '../../core/contracts/dataset/dependency';
import { PlatformFault, TransientError } from '../../core/contracts/errors';
import { classifySourceError } from '../../core/runtime/aws/source-errors';
import { empty, fault, fillIn, unavailable, within, type Asking } from './asking';

/** Longest that S3 is waited for, the SDK's attempts included. */
const S3_MS = 100_000;

/**
 * Whether an object, or enough of them under a prefix, is there. By listing, also for one object: a listing says in words what is wrong,
 * where HEAD has no body, and needs no right to read what is not read.
 */
export async function checkS3(of: S3Dependency, asking: Asking): Promise<void> {
  const { bucket, minObjects, minBytes } = of;
  const place = fillIn(of.key ?? of.prefix ?? '', asking);
  const at = `s3://${bucket}/${place}`;
  const found = await within(of, Math.min(asking.withinMs, S3_MS), (signal) => list(of, asking, place, signal));
  if (found.length < minObjects)
    throw unavailable(
      of,
      of.key === undefined
        ? `${found.length} objects lie under ${at}, expected at least ${minObjects}`
        : `${at} is not there`,
    );
  const small = found.find(({ size }) => size < minBytes);
  if (small !== undefined)
    throw empty(of, `s3://${bucket}/${small.key} has ${small.size} bytes, expected at least ${minBytes}`);
}

/** The object itself, or the first objects under the prefix: as many as are asked for. */
async function list(
  { bucket, account, key, minObjects, kind, name }: S3Dependency,
  { s3 }: Asking,
  place: string,
  signal: AbortSignal,
): Promise<{ key: string; size: number }[]> {
  const found: { key: string; size: number }[] = [];
  let token: string | undefined;
  try {
    do {
      const page = await s3.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: place,
          // Of all keys that begin with it, the key itself is the first.
          ...(key === undefined ? {} : { MaxKeys: 1 }),
          ...(account === undefined ? {} : { ExpectedBucketOwner: account }),
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
        { abortSignal: signal },
      );
      for (const { Key, Size = 0 } of page.Contents ?? []) {
        if (Key === undefined || (key !== undefined && Key !== place)) continue;
        // What consoles leave as a folder is no object.
        if (key === undefined && Key.endsWith('/') && Size === 0) continue;
        found.push({ key: Key, size: Size });
      }
      token = key === undefined && page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined && found.length < minObjects);
  } catch (error) {
    const known = classifySourceError(error, { bucket, prefix: place, expectedOwner: account, ownerField: 'account' });
    // Our own clock or credentials: no fault of the bucket's.
    if (known instanceof PlatformFault) throw known;
    throw known instanceof TransientError
      ? unavailable({ kind, name }, known.message)
      : fault({ kind, name }, known.message);
  }
  return found.slice(0, minObjects);
}
