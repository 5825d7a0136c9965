import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { mockClient, type AwsClientStub } from 'aws-sdk-client-mock';
import { infer } from '../../../cli/infer/infer';
import { s3Place } from '../../../cli/infer/s3-files';
import { definitionOf } from '../../../core/domain/infer/draft';

let s3: AwsClientStub<S3Client>;
beforeEach(() => {
  s3 = mockClient(S3Client);
});
afterEach(() => s3.restore());

/** Puts objects into the bucket, which answers to ranges and in pages of two keys. */
function bucketOf(objects: Readonly<Record<string, string | Buffer>>): void {
  const bodies = new Map(Object.entries(objects).map(([key, body]) => [key, Buffer.from(body)]));
  s3.on(HeadObjectCommand).callsFake(({ Key }: { Key: string }) => {
    const body = bodies.get(Key);
    if (body === undefined) throw failure('NotFound', 404);
    return { ContentLength: body.length, ETag: '"e"' };
  });
  s3.on(GetObjectCommand).callsFake(({ Key, Range, IfMatch }: { Key: string; Range: string; IfMatch: string }) => {
    expect(IfMatch).toBe('"e"');
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(Range) ?? [];
    return { Body: Readable.from([bodies.get(Key)!.subarray(Number(from), to === '' ? undefined : Number(to) + 1)]) };
  });
  s3.on(ListObjectsV2Command).callsFake(
    ({ Prefix, ContinuationToken }: { Prefix: string; ContinuationToken?: string }) => {
      const keys = [...bodies.keys()].filter((key) => key.startsWith(Prefix)).sort();
      const from = Number(ContinuationToken ?? 0);
      const next = from + 2 < keys.length ? { NextContinuationToken: String(from + 2) } : {};
      return { Contents: keys.slice(from, from + 2).map((Key) => ({ Key })), ...next };
    },
  );
}

function failure(name: string, status?: number, message = name): Error {
  return Object.assign(new Error(message), {
    name,
    ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }),
  });
}

const look = async (...uris: readonly string[]) => {
  const { draft, notes } = await infer(uris, { s3: () => new S3Client({ region: 'us-east-1' }), today: '2026-01-20' });
  return { definition: definitionOf(draft.entries), notes };
};
const said = (uri: string) =>
  look(uri).then(
    () => 'no error',
    (error: Error) => error.message,
  );

describe('rollcall infer of S3', () => {
  it('reads an object by ranges, and takes bucket, prefix and suffix from its URI', async () => {
    bucketOf({ 'orders/2026/01/20/05/a.csv.gz': gzipSync('id,v\n1,a\n2,b\n') });
    expect((await look('s3://vendor/orders/2026/01/20/05/a.csv.gz')).definition).toMatchObject({
      name: 'orders',
      cadence: 'hourly',
      calendar: { firstPartition: '2026-01-20T05' },
      source: { bucket: 'vendor', prefix: 'orders/{yyyy}/{MM}/{dd}/{HH}/', suffix: '.csv.gz', compression: 'gzip' },
    });
  });

  it('looks at what lies under a prefix', async () => {
    bucketOf({
      'logs/eu/2026/01/20/a.jsonl': '{"id":1}\n',
      'logs/us/2026/01/20/b.jsonl': '{"id":2,"v":"x"}\n',
      'logs/us/2026/01/20/c.jsonl': '{"id":3}\n',
      'logs/us/2026/01/20/_SUCCESS': '',
    });
    const { definition, notes } = await look('s3://vendor/logs/');
    expect(definition).toMatchObject({
      source: { prefix: ['logs/eu/{yyyy}/{MM}/{dd}/', 'logs/us/{yyyy}/{MM}/{dd}/'], format: 'jsonl' },
      columns: { id: { type: 'integer' }, v: { type: 'string', optional: true } },
    });
    expect(notes).toEqual(['1 of 4 files are never data by their names (such as _SUCCESS): not looked at']);
  });

  it.each<[string, Error, RegExp]>([
    ['no credentials', failure('CredentialsProviderError'), /no AWS credentials were found; run aws sso login/],
    [
      'old credentials',
      failure('ExpiredToken', 400),
      /the AWS credentials are wrong or have expired \(ExpiredToken\); sign in again$/,
    ],
    ['no region', failure('Error', undefined, 'Region is missing'), /no AWS region is set; set AWS_REGION$/],
    ['no bucket', failure('NoSuchBucket', 404), /the bucket vendor does not exist \(NoSuchBucket\)$/],
    ['another region', failure('PermanentRedirect', 301), /the bucket vendor exists, but not in this region/],
    [
      'no right to list',
      failure('AccessDenied', 403),
      /Most likely the policies of the bucket and of the role do not allow it/,
    ],
    ['a connection', Object.assign(failure('Error'), { code: 'ECONNRESET' }), /; try again$/],
  ])('says what is wrong: %s', async (_what, error, says) => {
    s3.on(HeadObjectCommand).rejects(failure('NotFound', 404));
    s3.on(ListObjectsV2Command).rejects(error);
    expect(await said('s3://vendor/orders/')).toMatch(says);
  });

  it('says what is wrong with an object', async () => {
    bucketOf({});
    expect(await said('s3://vendor/nothing.csv')).toBe(
      's3://vendor/nothing.csv: there is no such object, and none whose key begins so',
    );
    bucketOf({ 'a.csv': 'id\n1\n' });
    s3.on(GetObjectCommand).rejects(failure('InvalidObjectState', 403));
    expect(await said('s3://vendor/a.csv')).toMatch(/s3:\/\/vendor\/a\.csv is archived/);
    expect(await said('s3://')).toMatch(/expected an S3 URI like/);
  });

  it.each([
    ['s3://bucket/a/b.csv', 'bucket', 'a/b.csv'],
    ['s3a://bucket/a', 'bucket', 'a'],
    ['https://bucket.s3.eu-west-1.amazonaws.com/a%20b.csv?x=1', 'bucket', 'a b.csv'],
    ['https://s3.amazonaws.com/bucket/a.csv', 'bucket', 'a.csv'],
  ])('knows %s', (uri, bucket, key) => {
    expect(s3Place(uri)).toEqual({ bucket, key });
  });
});
