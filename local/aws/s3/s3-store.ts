import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32Text } from '../../../core/domain/batch/crc32-text';
import type { VirtualClock } from '../../clock';

/** An error as S3 answers it. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  /** With quotes, as on the wire. */
  readonly etag: string;
  /** Whole seconds, as S3 reports it. */
  readonly lastModified: number;
  /** content-type, content-encoding …, x-amz-meta-*, x-amz-checksum-*: lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Conditions of a write or read: `If-Match` and `If-None-Match`. */
export interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, { readonly body: Buffer; readonly etag: string }>;
}

export interface Listing {
  readonly objects: readonly StoredObject[];
  readonly commonPrefixes: readonly string[];
  /** The last key or prefix listed, where there is more. */
  readonly next: string | undefined;
}

/** An object as it was written once; ids grow with time. */
interface Version {
  readonly id: string;
  readonly object: StoredObject;
}

export interface VersionListing {
  readonly versions: readonly (Version & { readonly isLatest: boolean })[];
  /** The last one listed, where there is more. */
  readonly next: Version | undefined;
}

/** Versions of an object that are kept, and of what size: documents of the ledger, and few enough for a long-lived world in memory. */
const KEPT_VERSIONS = 40;
const KEPT_BYTES = 1024 * 1024;

/** Buckets in memory. Every method is synchronous, so a check and the write after it are one step. */
export class S3Store {
  readonly #buckets = new Map<string, Map<string, StoredObject>>();
  readonly #sorted = new Map<string, string[]>();
  readonly #uploads = new Map<string, Upload>();
  /** By bucket and key, the newest first. A removal leaves them, as in a versioned bucket. */
  readonly #versions = new Map<string, Map<string, Version[]>>();
  #nextUpload = 1;
  #nextVersion = 1;

  constructor(readonly clock: VirtualClock) {}

  createBucket(name: string): void {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
      throw new S3Error(400, 'InvalidBucketName', `The specified bucket is not valid: ${name}`);
    }
    if (!this.#buckets.has(name)) this.#buckets.set(name, new Map());
  }

  /** Removes a bucket with everything in it; it need not exist. */
  dropBucket(name: string): void {
    this.#buckets.delete(name);
    this.#sorted.delete(name);
    this.#versions.delete(name);
  }

  hasBucket(name: string): boolean {
    return this.#buckets.has(name);
  }

  buckets(): string[] {
    return [...this.#buckets.keys()].sort();
  }

  /** The keys of a bucket in the order of their UTF-8 bytes, as S3 lists them. */
  keys(bucket: string): readonly string[] {
    const objects = this.#bucket(bucket);
    let keys = this.#sorted.get(bucket);
    if (keys === undefined) {
      keys = [...objects.keys()].sort(compareKeys);
      this.#sorted.set(bucket, keys);
    }
    return keys;
  }

  /** Writes an object if the conditions hold; `at` is its time where it is not now. */
  put(
    bucket: string,
    key: string,
    body: Buffer,
    headers: Readonly<Record<string, string>> = {},
    conditions: Conditions = {},
    as: { readonly etag?: string; readonly lastModified?: number } = {},
  ): StoredObject {
    const objects = this.#bucket(bucket);
    this.#checkWrite(objects.get(key), conditions);
    const object: StoredObject = {
      key,
      body,
      etag: as.etag ?? `"${createHash('md5').update(body).digest('hex')}"`,
      lastModified: as.lastModified ?? Math.floor(this.clock.now() / 1000) * 1000,
      headers,
    };
    if (!objects.has(key)) this.#sorted.delete(bucket);
    objects.set(key, object);
    this.#keepVersion(bucket, object);
    return object;
  }

  #keepVersion(bucket: string, object: StoredObject): void {
    const ofBucket = this.#versions.get(bucket) ?? new Map<string, Version[]>();
    this.#versions.set(bucket, ofBucket);
    const before = (ofBucket.get(object.key) ?? []).filter((one) => one.object.body.length <= KEPT_BYTES);
    const version = { id: `v${this.#nextVersion++}`, object };
    ofBucket.set(object.key, [version, ...before.slice(0, KEPT_VERSIONS - 1)]);
  }

  /** A version of an object, or NoSuchVersion. */
  version(bucket: string, key: string, id: string): StoredObject {
    this.#bucket(bucket);
    const found = this.#versions
      .get(bucket)
      ?.get(key)
      ?.find((one) => one.id === id);
    if (found === undefined) throw new S3Error(404, 'NoSuchVersion', 'The specified version does not exist.');
    return found.object;
  }

  /** One page of versions after a mark: by key, the newest first. Removals are not among them. */
  versions(
    bucket: string,
    prefix: string,
    after: { readonly key: string; readonly id: string | undefined },
    limit: number,
  ): VersionListing {
    const objects = this.#bucket(bucket);
    const found = [...(this.#versions.get(bucket) ?? [])]
      .filter(([key]) => key.startsWith(prefix) && (after.key === '' || compareKeys(key, after.key) >= 0))
      .toSorted(([a], [b]) => compareKeys(a, b))
      .flatMap(([key, versions]) => {
        if (key !== after.key) return versions;
        const marked = versions.findIndex(({ id }) => id === after.id);
        return after.id === undefined || marked < 0 ? [] : versions.slice(marked + 1);
      });
    const page = found.slice(0, limit);
    return {
      versions: page.map((one) => ({ ...one, isLatest: objects.get(one.object.key) === one.object })),
      next: found.length > limit ? page.at(-1) : undefined,
    };
  }

  /** The object, or NoSuchBucket / NoSuchKey. */
  get(bucket: string, key: string): StoredObject {
    const object = this.#bucket(bucket).get(key);
    if (object === undefined) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
    return object;
  }

  hasKey(bucket: string, key: string): boolean {
    return this.#bucket(bucket).has(key);
  }

  delete(bucket: string, key: string): void {
    if (this.#bucket(bucket).delete(key)) this.#sorted.delete(bucket);
  }

  /** One page of keys after `after`, at most `limit` keys and common prefixes together. */
  list(bucket: string, prefix: string, delimiter: string, after: string, limit: number): Listing {
    const keys = this.keys(bucket);
    const objects: StoredObject[] = [];
    const commonPrefixes: string[] = [];
    let last = after;
    for (let index = firstAfter(keys, after, prefix); index < keys.length; index += 1) {
      const key = keys[index] as string;
      if (!key.startsWith(prefix)) break;
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const common = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
      if (common !== undefined && (common === commonPrefixes.at(-1) || common === after)) continue;
      if (objects.length + commonPrefixes.length >= limit) return { objects, commonPrefixes, next: last };
      if (common === undefined) objects.push(this.get(bucket, key));
      else commonPrefixes.push(common);
      last = common ?? key;
    }
    return { objects, commonPrefixes, next: undefined };
  }

  createUpload(bucket: string, key: string, headers: Readonly<Record<string, string>>): string {
    this.#bucket(bucket);
    const id = `upload-${this.#nextUpload++}`;
    this.#uploads.set(id, { bucket, key, headers, parts: new Map() });
    return id;
  }

  putPart(uploadId: string, part: number, body: Buffer): string {
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    this.#upload(uploadId).parts.set(part, { body, etag });
    return etag;
  }

  completeUpload(
    uploadId: string,
    parts: readonly { part: number; etag: string }[],
    conditions: Conditions,
  ): StoredObject {
    const upload = this.#upload(uploadId);
    const bodies: Buffer[] = [];
    const digests: Buffer[] = [];
    for (const [index, wanted] of parts.entries()) {
      const part = upload.parts.get(wanted.part);
      if (part === undefined || unquote(part.etag) !== unquote(wanted.etag)) {
        throw new S3Error(400, 'InvalidPart', 'One or more of the specified parts could not be found.');
      }
      if (index > 0 && (parts[index - 1]?.part ?? 0) >= wanted.part) {
        throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
      }
      if (index < parts.length - 1 && part.body.length < 5 * 1024 * 1024) {
        throw new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
      }
      bodies.push(part.body);
      digests.push(createHash('md5').update(part.body).digest());
    }
    const etag = `"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${parts.length}"`;
    const body = Buffer.concat(bodies);
    // Without this type S3 keeps a checksum of the parts' checksums, which no code here asks for.
    const whole = upload.headers['x-amz-checksum-type'] === 'FULL_OBJECT';
    const headers = whole ? { ...upload.headers, 'x-amz-checksum-crc32': checksumOf('crc32', body) } : upload.headers;
    const object = this.put(upload.bucket, upload.key, body, headers, conditions, { etag });
    this.#uploads.delete(uploadId);
    return object;
  }

  abortUpload(uploadId: string): void {
    this.#upload(uploadId);
    this.#uploads.delete(uploadId);
  }

  #bucket(name: string): Map<string, StoredObject> {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
    return bucket;
  }

  #upload(id: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload === undefined) throw new S3Error(404, 'NoSuchUpload', 'The specified multipart upload does not exist.');
    return upload;
  }

  /** As AWS: `If-None-Match: *` on an existing key 412; `If-Match` on a missing key 404, on another ETag 412. */
  #checkWrite(current: StoredObject | undefined, { ifMatch, ifNoneMatch }: Conditions): void {
    if (ifNoneMatch !== undefined) {
      if (ifNoneMatch !== '*') throw new S3Error(501, 'NotImplemented', 'If-None-Match on a write takes only *');
      if (current !== undefined) throw preconditionFailed();
    }
    if (ifMatch !== undefined) {
      if (current === undefined) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
      if (ifMatch !== '*' && unquote(ifMatch) !== unquote(current.etag)) throw preconditionFailed();
    }
  }
}

/** A checksum of a body as S3 writes it. */
export function checksumOf(algorithm: 'crc32' | 'sha1' | 'sha256', body: Buffer): string {
  return algorithm === 'crc32' ? crc32Text(crc32(body)) : createHash(algorithm).update(body).digest('base64');
}

export function preconditionFailed(): S3Error {
  return new S3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}

export function unquote(etag: string): string {
  return etag.replaceAll('"', '');
}

/** UTF-8 byte order, which is not JavaScript's order where surrogates meet the end of the BMP. */
function compareKeys(a: string, b: string): number {
  return /[\ud800-\uffff]/.test(a + b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : a < b ? -1 : a > b ? 1 : 0;
}

function firstAfter(keys: readonly string[], after: string, prefix: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const key = keys[middle] as string;
    const before = compareKeys(key, prefix) < 0 || (after !== '' && compareKeys(key, after) <= 0);
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}
