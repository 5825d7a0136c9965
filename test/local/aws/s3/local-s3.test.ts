import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { z } from 'zod';
import { Store } from '../../../../core/runtime/store/store';
import { VirtualClock } from '../../../../local/clock';
import { LocalS3 } from '../../../../local/aws/s3/local-s3';
import { dumpBuckets, loadBuckets, loadFolder } from '../../../../local/aws/s3/s3-disk';

const ACCOUNT = '123456789012';
const Bucket = 'ledger';
let clock: VirtualClock;
let s3: LocalS3;
let client: S3Client;

beforeAll(async () => {
  clock = new VirtualClock({ start: '2001-01-02T03:04:05Z', flow: 'frozen' });
  s3 = await LocalS3.start({ clock, account: ACCOUNT });
  const credentials = { accessKeyId: 'LOCAL42', secretAccessKey: 'local' };
  client = new S3Client({ endpoint: s3.url, region: 'us-east-1', credentials });
});
beforeEach(() => {
  s3.reset();
  s3.store.createBucket(Bucket);
});
afterAll(async () => {
  client.destroy();
  clock.stop();
  await s3.stop();
});

const put = (Key: string, Body: string | Buffer, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more: object = {}) => client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const text = async (Key: string, more: object = {}) => (await get(Key, more)).Body?.transformToString();
const refusal = (status: number, name: string) => ({
  name,
  $metadata: expect.objectContaining({ httpStatusCode: status, attempts: 1 }),
});

describe('versions', () => {
  const list = (Prefix: string, more: object = {}) =>
    client.send(new ListObjectVersionsCommand({ Bucket, Prefix, ...more }));

  it('of an object are listed in pages, the newest first, and can be read after it was removed', async () => {
    for (const body of ['one', 'two', 'three']) await put('a & b', body);
    await put('a & b.json', 'another');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a & b' }));
    const seen: string[] = [];
    let page = await list('a & b', { MaxKeys: 2 });
    for (;;) {
      for (const { Key, VersionId } of page.Versions ?? []) seen.push((await text(Key!, { VersionId }))!);
      if (page.IsTruncated !== true) break;
      const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page;
      page = await list('a & b', { MaxKeys: 2, KeyMarker, VersionIdMarker });
    }
    expect(seen).toEqual(['three', 'two', 'one', 'another']);
    expect(page.Versions?.map(({ IsLatest }) => IsLatest)).toEqual([false, true]);
    await expect(get('a & b')).rejects.toMatchObject(refusal(404, 'NoSuchKey'));
    await expect(get('a & b', { VersionId: 'v0' })).rejects.toMatchObject(refusal(404, 'NoSuchVersion'));
  });

  it('are what our own reader finds the newest readable one in', async () => {
    const store = new Store(client, Bucket);
    const schema = z.object({ n: z.number() });
    for (const body of ['{"n":1}', '{"n":2}', 'spoilt', '{"n":"3"}']) await put('doc.json', body);
    expect(await store.newestReadable('doc.json', schema, false)).toMatchObject({ value: { n: 2 }, after: 2 });
    await put('new.json', 'spoilt');
    expect(await store.newestReadable('new.json', schema, false)).toEqual({ kind: 'none' });
  });
});

describe('objects', () => {
  it('keep their body, headers, metadata, ETag and the simulated time', async () => {
    const Body = Buffer.from('grüße\n');
    await put('a b/ü+%.csv', Body, { ContentType: 'text/csv', ContentEncoding: 'gzip', Metadata: { run: '7' } });
    const object = await get('a b/ü+%.csv');
    expect(object).toMatchObject({
      ContentType: 'text/csv',
      ContentEncoding: 'gzip',
      Metadata: { run: '7' },
      ContentLength: Body.length,
    });
    expect(object.LastModified).toEqual(new Date('2001-01-02T03:04:05Z'));
    expect(Buffer.from((await object.Body?.transformToByteArray()) ?? [])).toEqual(Body);
    expect(object.ETag).toBe((await client.send(new HeadObjectCommand({ Bucket, Key: 'a b/ü+%.csv' }))).ETag);
  });

  it('are read by range', async () => {
    await put('k', '0123456789');
    expect(await text('k', { Range: 'bytes=2-4' })).toBe('234');
    expect(await text('k', { Range: 'bytes=-3' })).toBe('789');
    expect((await get('k', { Range: 'bytes=8-99' })).ContentRange).toBe('bytes 8-9/10');
    await expect(get('k', { Range: 'bytes=10-' })).rejects.toMatchObject(refusal(416, 'InvalidRange'));
  });

  it('are missing in the words of S3', async () => {
    await expect(get('none')).rejects.toMatchObject(refusal(404, 'NoSuchKey'));
    await expect(client.send(new GetObjectCommand({ Bucket: 'nowhere', Key: 'k' }))).rejects.toMatchObject(
      refusal(404, 'NoSuchBucket'),
    );
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject(
      refusal(404, 'NotFound'),
    );
  });

  it('are copied and deleted, one or many', async () => {
    await put('a', '1', { Metadata: { kept: 'yes' } });
    await client.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/a` }));
    expect((await get('b')).Metadata).toEqual({ kept: 'yes' });
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    const answer = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'b' }, { Key: 'none' }] } }),
    );
    expect(answer.Deleted).toHaveLength(2);
    expect(s3.store.keys(Bucket)).toEqual([]);
  });

  it('take streams and uploads in parts, of hundreds of megabytes', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 7);
    const Body = Readable.from(Array.from({ length: 210 }, () => chunk));
    const answer = await new Upload({
      client,
      params: { Bucket, Key: 'large', Body },
      partSize: 64 * 1024 * 1024,
    }).done();
    expect(answer.ETag).toMatch(/^"[0-9a-f]{32}-4"$/);
    expect(s3.store.get(Bucket, 'large').body.length).toBe(210 * 1024 * 1024);
    await client.send(
      new PutObjectCommand({ Bucket, Key: 'stream', Body: Readable.from(['ab', 'c']), ContentLength: 3 }),
    );
    expect(await text('stream')).toBe('abc');
  }, 60_000);
});

describe('conditions', () => {
  it('create only what is not there', async () => {
    await put('k', '1', { IfNoneMatch: '*' });
    await expect(put('k', '2', { IfNoneMatch: '*' })).rejects.toMatchObject(refusal(412, 'PreconditionFailed'));
    expect(await text('k')).toBe('1');
  });

  it('replace only what was read', async () => {
    const { ETag } = await put('k', '1');
    await put('k', '2', { IfMatch: ETag });
    await expect(put('k', '3', { IfMatch: ETag })).rejects.toMatchObject(refusal(412, 'PreconditionFailed'));
    await expect(put('none', '3', { IfMatch: ETag })).rejects.toMatchObject(refusal(404, 'NoSuchKey'));
  });

  it('let one of many at the same time through', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => put('k', String(index), { IfNoneMatch: '*' })),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });

  it('hold for reading', async () => {
    const { ETag } = await put('k', '1');
    expect(await text('k', { IfMatch: ETag })).toBe('1');
    await expect(get('k', { IfMatch: '"other"' })).rejects.toMatchObject(refusal(412, 'PreconditionFailed'));
    await expect(get('k', { IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
  });
});

describe('listing', () => {
  it('goes in pages, in the order of bytes', async () => {
    for (let index = 0; index < 2345; index += 1)
      s3.store.put(Bucket, `k/${String(index).padStart(5, '0')}`, Buffer.from('x'));
    for (const key of ['K', 'é', '\u{1F600}', '\uFF5E', 'k0']) s3.store.put(Bucket, key, Buffer.from('x'));
    const keys: string[] = [];
    let pages = 0;
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
      keys.push(...(page.Contents ?? []).map((each) => each.Key ?? ''));
      ContinuationToken = page.NextContinuationToken;
      pages += 1;
    } while (ContinuationToken !== undefined);
    expect(pages).toBe(3);
    expect(keys).toHaveLength(2350);
    expect([keys[0], ...keys.slice(-4)]).toEqual(['K', 'k0', 'é', '\uFF5E', '\u{1F600}']);
  });

  it('knows prefixes, delimiters and where to start', async () => {
    for (const key of ['a/1', 'a/2', 'a/b/3', 'a/b/4', 'a/c/5', 'b']) s3.store.put(Bucket, key, Buffer.from(key));
    const list = async (more: object) => {
      const { Contents, CommonPrefixes, NextContinuationToken } = await client.send(
        new ListObjectsV2Command({ Bucket, ...more }),
      );
      return {
        keys: Contents?.map((each) => each.Key),
        prefixes: CommonPrefixes?.map((each) => each.Prefix),
        next: NextContinuationToken,
      };
    };
    expect(await list({ Prefix: 'a/', Delimiter: '/' })).toMatchObject({
      keys: ['a/1', 'a/2'],
      prefixes: ['a/b/', 'a/c/'],
    });
    const first = await list({ Prefix: 'a/', Delimiter: '/', MaxKeys: 3 });
    expect(await list({ Prefix: 'a/', Delimiter: '/', ContinuationToken: first.next })).toMatchObject({
      keys: undefined,
      prefixes: ['a/c/'],
    });
    expect(await list({ StartAfter: 'a/b/4' })).toMatchObject({ keys: ['a/c/5', 'b'] });
    expect(await list({ Prefix: 'zzz' })).toMatchObject({ keys: undefined, prefixes: undefined });
  });
});

describe('access', () => {
  it('is denied to a bucket or a prefix until it is allowed again', async () => {
    await put('open/k', '1');
    const allow = s3.deny(Bucket, 'secret/');
    await expect(put('secret/k', '1')).rejects.toMatchObject(refusal(403, 'AccessDenied'));
    expect(await text('open/k')).toBe('1');
    allow();
    await put('secret/k', '1');
    s3.deny(Bucket);
    await expect(client.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject(refusal(403, 'AccessDenied'));
  });

  it('is denied where the bucket belongs to another account than expected', async () => {
    await put('k', '1', { ExpectedBucketOwner: ACCOUNT });
    s3.setOwner(Bucket, '999999999999');
    await expect(get('k', { ExpectedBucketOwner: ACCOUNT })).rejects.toMatchObject(refusal(403, 'AccessDenied'));
  });
});

describe('faults', () => {
  it('answer, cut the line before or after the effect, and pass time', async () => {
    const seen: string[] = [];
    s3.before = ({ operation, key, caller }) => {
      seen.push(`${operation} ${key} ${String(caller)}`);
      if (seen.length === 1) return { do: 'answer', status: 503, code: 'SlowDown' };
      if (seen.length === 2) return { do: 'drop', after: true };
      return { do: 'delay', ms: 30_000 };
    };
    // The client tries again, twice: the third attempt meets what the second left behind.
    await expect(put('k', '1', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(seen).toEqual(Array(3).fill('PutObject k LOCAL42'));
    expect(clock.date()).toEqual(new Date('2001-01-02T03:04:35Z'));
    expect(s3.counts.get('PutObject')).toBe(3);
  });
});

describe('the disk', () => {
  it('keeps buckets as files and takes them up again, with ETags and times', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'rollcall-s3-'));
    const keys = ['a', 'a/b.json', '../up', 'x//y', 'runs/2001-01-02T03/r:1?*.json', 'dir/'];
    for (const key of keys) await put(key, `body of ${key}`, { ContentType: 'text/plain' });
    await dumpBuckets(s3.store, folder);
    expect(readFileSync(path.join(folder, Bucket, 'a', 'b.json'), 'utf8')).toBe('body of a/b.json');
    const before = keys.map((key) => s3.store.get(Bucket, key));
    s3.reset();
    await clock.advance(60_000);
    expect(await loadBuckets(s3.store, folder)).toBe(true);
    expect(keys.map((key) => s3.store.get(Bucket, key))).toEqual(before);
    expect(await loadBuckets(s3.store, path.join(folder, 'none'))).toBe(false);
    expect(await loadFolder(s3.store, Bucket, path.join(folder, Bucket, 'a'), { prefix: 'in/' })).toEqual([
      'in/b.json',
    ]);
    rmSync(folder, { recursive: true });
  });

  it('writes only what has changed, removes what is gone, and leaves files of others alone', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'rollcall-s3-'));
    const at = (...parts: string[]) => path.join(folder, Bucket, ...parts);
    for (const key of ['same', 'changed', 'gone/deep/x', 'turns', 'was/a']) await put(key, '1');
    await dumpBuckets(s3.store, folder);
    writeFileSync(at('same'), 'touched by hand');
    writeFileSync(at('gone', 'mine.txt'), 'mine');
    await put('changed', '2');
    for (const key of ['gone/deep/x', 'turns', 'was/a']) s3.store.delete(Bucket, key);
    await put('turns/into/a/folder', '3');
    await put('was', '4');
    await dumpBuckets(s3.store, folder);
    const read = (...parts: string[]) => readFileSync(at(...parts), 'utf8');
    expect([read('same'), read('changed'), read('turns', 'into', 'a', 'folder'), read('was')]).toEqual([
      'touched by hand',
      '2',
      '3',
      '4',
    ]);
    expect([existsSync(at('gone', 'deep')), read('gone', 'mine.txt')]).toEqual([false, 'mine']);
    rmSync(folder, { recursive: true });
  });
});
