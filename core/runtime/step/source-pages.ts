import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { SourceObject } from '../../contracts/batch/plan';
import type { Source } from '../../contracts/dataset/source';
import { InternalError } from '../../contracts/errors';
import { classifySourceError } from '../aws/source-errors';

/** What of a source a listing needs: whose bucket. */
export type Place = Pick<Source, 'bucket' | 'account'>;

export interface PageOptions {
  /** Only what lies in the prefix's own folder: deeper folders are named, not entered. */
  readonly flat?: boolean;
  readonly most?: number;
}

/** Pages of a source's listing. Every error is one of `contracts/errors.ts`. */
export class SourcePages {
  constructor(
    private readonly s3: S3Client,
    private readonly ownerField: string,
  ) {}

  /** Every object under a prefix, in key order. */
  async *objects(place: Place, prefix: string, options: PageOptions = {}): AsyncGenerator<SourceObject> {
    let token: string | undefined;
    do {
      const page = await this.page(place, prefix, options, token);
      yield* page.objects;
      token = page.next;
    } while (token !== undefined);
  }

  /** One page of a listing: its objects, and with `flat` the folders beside them. */
  async page(
    { bucket, account }: Place,
    prefix: string,
    { flat = false, most }: PageOptions = {},
    token?: string,
  ): Promise<{ readonly objects: SourceObject[]; readonly folders: string[]; readonly next: string | undefined }> {
    const page = await this.list(bucket, prefix, account, {
      ...(flat ? { Delimiter: '/' } : {}),
      ...(most === undefined ? {} : { MaxKeys: most }),
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    const plain = (text: string) =>
      page.EncodingType === 'url' ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
    const objects = (page.Contents ?? []).map(({ Key, ETag, Size, LastModified }) => {
      if (Key === undefined || ETag === undefined || Size === undefined || LastModified === undefined)
        throw new InternalError(`s3://${bucket}/${prefix}: listing without key, ETag, size or time`);
      return { bucket, key: plain(Key), etag: ETag, size: Size, lastModified: LastModified.toISOString() };
    });
    const folders = (page.CommonPrefixes ?? []).flatMap(({ Prefix }) => (Prefix === undefined ? [] : [plain(Prefix)]));
    return { objects, folders, next: page.IsTruncated === true ? page.NextContinuationToken : undefined };
  }

  private async list(
    bucket: string,
    prefix: string,
    expectedOwner: string | undefined,
    more: { Delimiter?: string; MaxKeys?: number; ContinuationToken?: string },
  ) {
    try {
      return await this.s3.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          // Keys may hold characters that XML cannot.
          EncodingType: 'url',
          ...(expectedOwner === undefined ? {} : { ExpectedBucketOwner: expectedOwner }),
          ...more,
        }),
      );
    } catch (error) {
      throw classifySourceError(error, { bucket, prefix, expectedOwner, ownerField: this.ownerField });
    }
  }
}
