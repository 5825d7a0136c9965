import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Store } from '../../core/runtime/store/store';

/** Thrown by every call of a process that was killed. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** One call that reached the store. */
export interface Call {
  readonly operation: 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'LIST' | 'LIST VERSIONS';
  readonly key: string;
}

/**
 * What happens to a call instead of being answered. `lose response`: it had its effect, and its process dies. `repeat`: it had its effect, its
 * answer got lost, and the SDK asks again, so that a conditional write meets itself.
 */
export type Fault = (call: Call, index: number) => Error | 'lose response' | 'repeat' | undefined;

interface Entry {
  readonly body: Buffer;
  readonly etag: string;
  readonly at: Date;
  /** As it was sent; base64. */
  readonly crc32: string | undefined;
}

/** Without a stack: it is never read, thousands are made, and of all that a request in memory does it takes the longest. */
function s3Error(name: string, status: number): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The objects by their paths. Sweeps list thousands of keys a hundred times a day: what is sorted stays so until a key comes or goes. */
class Objects extends Map<string, Entry> {
  private sorted: readonly string[] | undefined;

  override set(path: string, entry: Entry): this {
    if (!this.has(path)) this.sorted = undefined;
    return super.set(path, entry);
  }

  override delete(path: string): boolean {
    this.sorted = undefined;
    return super.delete(path);
  }

  override clear(): void {
    this.sorted = undefined;
    super.clear();
  }

  /** The paths that begin with `start`, in order. */
  under(start: string): readonly string[] {
    this.sorted ??= [...this.keys()].sort();
    const from = lowerBound(this.sorted, start);
    let to = from;
    while (this.sorted[to]?.startsWith(start) === true) to += 1;
    return this.sorted.slice(from, to);
  }
}

/** Where the first text stands that does not come before `text`. */
function lowerBound(sorted: readonly string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Versioned buckets in memory with conditional writes and pages as S3 has them. Each `client()` is a process with faults of its own.
 */
export class MemoryS3 {
  readonly objects = new Objects();
  /** Every version of each object that was ever written, the newest last. */
  readonly versions = new Map<string, Entry[]>();
  /** Keys in a page of a listing: few, so that code that reads the first page only fails. S3 has 1,000. */
  pageKeys = 3;
  /** When what is written now was last modified. */
  now = new Date(0);
  private version = 0;

  /** A client whose calls run into `fault` before they are answered, or after they had their effect. */
  client(fault?: Fault): { s3: S3Client; calls: Call[] } {
    const calls: Call[] = [];
    const send = async (command: { input: object }): Promise<unknown> => {
      // A real call gives others the chance to run.
      await Promise.resolve();
      const call = describe(command);
      calls.push(call);
      const failure = fault?.(call, calls.length - 1);
      if (failure instanceof Error) throw failure;
      const answer = this.answer(command);
      if (failure === 'lose response') throw new Killed('lost response');
      return failure === 'repeat' ? this.answer(command) : answer;
    };
    return { s3: { send } as unknown as S3Client, calls };
  }

  store(bucket: string, fault?: Fault): Store {
    return new Store(this.client(fault).s3, bucket);
  }

  /** JSON as it stands, for `toMatchObject` and for changing it. */
  // oxlint-disable-next-line typescript/no-explicit-any
  json(bucket: string, key: string): any {
    const entry = this.objects.get(`${bucket}/${key}`);
    return entry === undefined ? undefined : JSON.parse(entry.body.toString());
  }

  text(bucket: string, key: string): string | undefined {
    return this.objects.get(`${bucket}/${key}`)?.body.toString();
  }

  put(bucket: string, key: string, body: unknown): void {
    const buffer = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    this.keep(`${bucket}/${key}`, { body: buffer, etag: this.nextEtag(), at: this.now, crc32: undefined });
  }

  private keep(path: string, entry: Entry): void {
    this.objects.set(path, entry);
    const versions = this.versions.get(path);
    if (versions === undefined) this.versions.set(path, [entry]);
    else versions.push(entry);
  }

  keys(bucket: string, prefix = ''): string[] {
    return this.objects.under(`${bucket}/${prefix}`).map((path) => path.slice(bucket.length + 1));
  }

  private nextEtag(): string {
    this.version += 1;
    return `"${this.version}"`;
  }

  /** The first page of what is listed, and the first thing that it has no room for. */
  private page<T>(all: readonly T[]): { readonly page: readonly T[]; readonly next: T | undefined } {
    return { page: all.slice(0, this.pageKeys), next: all[this.pageKeys] };
  }

  private answer(command: { input: object }): unknown {
    const { Bucket, Key } = command.input as { Bucket: string; Key: string };
    const path = `${Bucket}/${Key}`;
    const found = this.objects.get(path);
    if (command instanceof GetObjectCommand) {
      const { IfMatch, VersionId } = command.input;
      const wanted = VersionId === undefined ? found : this.versions.get(path)?.find(({ etag }) => etag === VersionId);
      if (wanted === undefined) throw s3Error(VersionId === undefined ? 'NoSuchKey' : 'NoSuchVersion', 404);
      if (IfMatch !== undefined && IfMatch !== wanted.etag) throw s3Error('PreconditionFailed', 412);
      const transformToString = async () => wanted.body.toString();
      const Body = Object.assign(Readable.from([wanted.body]), { transformToString });
      return { Body, ContentLength: wanted.body.length, ETag: wanted.etag };
    }
    if (command instanceof HeadObjectCommand) {
      if (found === undefined) throw s3Error('NotFound', 404);
      return { ContentLength: found.body.length, ETag: found.etag, ChecksumCRC32: found.crc32 };
    }
    if (command instanceof PutObjectCommand) {
      const { IfMatch, IfNoneMatch, Body, ChecksumCRC32: crc32 } = command.input;
      if (IfNoneMatch === '*' && found !== undefined) throw s3Error('PreconditionFailed', 412);
      if (IfMatch !== undefined && found === undefined) throw s3Error('NoSuchKey', 404);
      if (IfMatch !== undefined && found?.etag !== IfMatch) throw s3Error('PreconditionFailed', 412);
      const entry = { body: Buffer.from(Body as Buffer), etag: this.nextEtag(), at: this.now, crc32 };
      this.keep(path, entry);
      return { ETag: entry.etag };
    }
    if (command instanceof DeleteObjectCommand) {
      this.objects.delete(path);
      return {};
    }
    if (command instanceof ListObjectsV2Command) {
      const { Prefix, StartAfter = '', ContinuationToken: token } = command.input;
      const after = token === undefined ? StartAfter : Buffer.from(token, 'base64').toString();
      const { page, next } = this.page(this.keys(Bucket, Prefix).filter((key) => key > after));
      const Contents = page.map((key) => {
        const entry = this.objects.get(`${Bucket}/${key}`);
        return { Key: key, ETag: entry?.etag, Size: entry?.body.length, LastModified: entry?.at };
      });
      if (next === undefined) return { Contents, IsTruncated: false };
      return { Contents, IsTruncated: true, NextContinuationToken: Buffer.from(page.at(-1) ?? '').toString('base64') };
    }
    if (command instanceof ListObjectVersionsCommand) {
      const { Prefix = '', KeyMarker = '', VersionIdMarker } = command.input;
      const all = [...this.versions]
        .filter(([at]) => at.startsWith(`${Bucket}/${Prefix}`))
        .flatMap(([at, versions]) => versions.toReversed().map((one) => ({ Key: at.slice(Bucket.length + 1), one })))
        .toSorted((a, b) => (a.Key < b.Key ? -1 : a.Key > b.Key ? 1 : 0));
      const marked = all.findIndex(({ Key: key, one }) => key === KeyMarker && one.etag === VersionIdMarker);
      const { page, next } = this.page(all.slice(marked + 1));
      const Versions = page.map(({ Key: key, one }) => ({ Key: key, VersionId: one.etag, LastModified: one.at }));
      const last = page.at(-1);
      if (next === undefined) return { Versions, IsTruncated: false };
      return { Versions, IsTruncated: true, NextKeyMarker: last?.Key, NextVersionIdMarker: last?.one.etag };
    }
    throw new Error(`MemoryS3 does not know ${command.constructor.name}`);
  }
}

function describe(command: { input: object }): Call {
  const { Key = '', Prefix = '' } = command.input as { Key?: string; Prefix?: string };
  const operation =
    command instanceof GetObjectCommand
      ? 'GET'
      : command instanceof HeadObjectCommand
        ? 'HEAD'
        : command instanceof PutObjectCommand
          ? 'PUT'
          : command instanceof DeleteObjectCommand
            ? 'DELETE'
            : command instanceof ListObjectVersionsCommand
              ? 'LIST VERSIONS'
              : 'LIST';
  return { operation, key: Key === '' ? Prefix : Key };
}
