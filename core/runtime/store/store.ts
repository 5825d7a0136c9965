import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { InternalError, LedgerContention } from '../../contracts/errors';
import { carryOver } from '../../domain/carry-over';
import { askingPlatform, describeForeign, platformError } from '../aws/classify';
import { QuickGet } from './quick-get';
import { foundOrThrow, readingOf, type Reading, type Stored, type Unreadable } from './reading';
import { newestReadable, type Earlier } from './versions';

export type { Reading, Stored, Unreadable } from './reading';

/** Condition of a write: only if nothing is there, or only if the object is still the one that was read. */
export type Condition = { readonly absent: true } | { readonly etag: string };

/** One entry of a listing. */
export interface Listed {
  readonly key: string;
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: Date;
}

/** Two writes that meet again and again are no accident. */
const MAX_CONFLICTS = 5;

/** One bucket of ours (ledger or lake). What S3 answers comes out as it is, temporary errors as `PlatformFault`; callers that know better translate. */
export class Store {
  constructor(
    private readonly s3: S3Client,
    readonly bucket: string,
    private readonly quick?: QuickGet,
  ) {}

  /** The same bucket for code that reads thousands of small objects. */
  forManyReads(): Store {
    return new Store(this.s3, this.bucket, new QuickGet(this.s3, this.bucket));
  }

  /** The document under a key: found, absent, or unreadable. What is unreadable costs its own subject something and nothing else. */
  async read<S extends z.ZodType>(key: string, schema: S): Promise<Reading<z.output<S>>> {
    const found = await this.getText(key);
    if (found === undefined) return { kind: 'absent' };
    return readingOf({ bucket: this.bucket, key, etag: found.etag }, found.text, schema);
  }

  /**
   * The document under a key; undefined when there is none. Only for what belongs to the caller's own run, and ends it: code
   * that works for others as well takes {@link read}.
   * @throws InternalError when it is unreadable
   */
  async getJson<S extends z.ZodType>(key: string, schema: S): Promise<Stored<z.output<S>> | undefined> {
    return foundOrThrow(await this.read(key, schema));
  }

  /** What a document was before it became unreadable (`versions.ts`). The ledger keeps old versions for 30 days. */
  newestReadable<S extends z.ZodType>(
    key: string,
    schema: S,
    mayBeOld: boolean,
  ): Promise<Earlier<z.output<S>> | Unreadable | { readonly kind: 'none' }> {
    return newestReadable(this.s3, this.bucket, { key, mayBeOld }, schema);
  }

  /** The text under a key; undefined when there is none. */
  async getText(key: string): Promise<{ text: string; etag: string } | undefined> {
    const quickly = await this.quick?.get(key);
    if (quickly !== undefined) return quickly === 'nothing' ? undefined : quickly;
    try {
      return await this.ask(key, async () => {
        const response = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
        if (response.Body === undefined || response.ETag === undefined)
          throw new InternalError(`s3://${this.bucket}/${key}: response without body or ETag`);
        return { text: await response.Body.transformToString(), etag: response.ETag };
      });
    } catch (error) {
      if (describeForeign(error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  /** The bytes under a key as a stream, whose own errors are not translated; undefined when there is none. */
  async getStream(key: string): Promise<{ body: Readable; size: number; etag: string } | undefined> {
    try {
      const response = await this.ask(key, () => this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key })));
      if (response.Body === undefined || response.ETag === undefined)
        throw new InternalError(`s3://${this.bucket}/${key}: response without body or ETag`);
      return { body: response.Body as Readable, size: response.ContentLength ?? 0, etag: response.ETag };
    } catch (error) {
      if (describeForeign(error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  /** Size, ETag and, where it was written with one, the CRC-32 of an object; undefined when there is none. */
  async head(key: string): Promise<{ size: number; etag: string; crc32: string | null } | undefined> {
    try {
      const response = await this.ask(key, () =>
        this.s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key, ChecksumMode: 'ENABLED' })),
      );
      return { size: response.ContentLength ?? 0, etag: response.ETag ?? '', crc32: response.ChecksumCRC32 ?? null };
    } catch (error) {
      // HEAD has no body, so the error has no code: only the status says what it is.
      if (describeForeign(error).status === 404) return undefined;
      throw error;
    }
  }

  /**
   * Writes JSON. With a condition, `undefined` means that it did not hold (412): read again and decide again. After a lost response the
   * SDK's own retry can meet a 412 for its own first attempt, so "undefined" never means "another": callers compare what is
   * there with what they wanted.
   * @throws LedgerContention when S3 answers again and again that another write came at the same moment (409)
   */
  async putJson(key: string, value: unknown, condition?: Condition): Promise<{ etag: string } | undefined> {
    return this.put(key, Buffer.from(JSON.stringify(value)), 'application/json', condition);
  }

  /**
   * Swaps a document that was read for the next one, and takes along what only another release knows of (`domain/carry-over.ts`). Gives
   * what stands then; undefined as in {@link putJson}.
   */
  async swapJson<T>(
    key: string,
    read: Stored<T>,
    next: T,
    maps: readonly string[] = [],
  ): Promise<Stored<T> | undefined> {
    const json = carryOver(read, next, maps);
    const swapped = await this.putJson(key, json, { etag: read.etag });
    return swapped && { value: next, etag: swapped.etag, json };
  }

  /** Writes bytes; condition and result as in {@link putJson}. A Buffer, never a stream: the SDK does not retry streams. */
  async put(
    key: string,
    body: Buffer,
    contentType: string,
    condition?: Condition,
  ): Promise<{ etag: string } | undefined> {
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.tryPut(key, body, contentType, condition);
      if (outcome !== 'conflict') return outcome;
      // S3 saw another write at the same moment and decided nothing. Not the same as a condition that does not hold: nothing may be there.
      if (tries === MAX_CONFLICTS)
        throw new LedgerContention(`s3://${this.bucket}/${key}: ${tries} conflicts in a row`);
    }
  }

  private async tryPut(
    key: string,
    body: Buffer,
    contentType: string,
    condition: Condition | undefined,
  ): Promise<{ etag: string } | undefined | 'conflict'> {
    try {
      const response = await this.s3.send(
        new PutObjectCommand({
          Bucket: this.bucket,
          Key: key,
          Body: body,
          ContentType: contentType,
          ...(condition === undefined
            ? {}
            : 'absent' in condition
              ? { IfNoneMatch: '*' }
              : { IfMatch: condition.etag }),
        }),
      );
      return { etag: response.ETag ?? '' };
    } catch (error) {
      const { name, status } = describeForeign(error);
      if (condition !== undefined && (status === 412 || name === 'PreconditionFailed')) return undefined;
      if (condition !== undefined && status === 409) return 'conflict';
      // If-Match on an object that is gone answers 404.
      if (condition !== undefined && 'etag' in condition && name === 'NoSuchKey') return undefined;
      throw platformError(error, `s3://${this.bucket}/${key}`);
    }
  }

  /** Removes an object; nothing happens when there is none. */
  async delete(key: string): Promise<void> {
    await this.ask(key, () => this.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key })));
  }

  /** Everything under a prefix (after a key, where one is given), page by page, in key order. */
  async *list(prefix: string, after?: string): AsyncGenerator<Listed> {
    let token: string | undefined;
    do {
      const request = new ListObjectsV2Command({
        Bucket: this.bucket,
        Prefix: prefix,
        ...(after === undefined ? {} : { StartAfter: after }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const page = await this.ask(prefix, () => this.s3.send(request));
      for (const { Key, ETag, Size, LastModified } of page.Contents ?? []) {
        if (Key === undefined || ETag === undefined || LastModified === undefined) {
          throw new InternalError(`s3://${this.bucket}/${prefix}: listing without key, ETag or time`);
        }
        yield { key: Key, etag: ETag, size: Size ?? 0, lastModified: LastModified };
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  private ask<T>(key: string, request: () => Promise<T>): Promise<T> {
    return askingPlatform(`s3://${this.bucket}/${key}`, request);
  }
}
