import { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { InternalError, SourceChanged, TransientError } from '../../../../core/contracts/errors';
import { classifySourceError, SourceReader } from '../../../../core/runtime/step/source-reader';
import { flights, listed, PARTITION, PREFIX } from '../../../load-partition/definition';
import { ACCOUNT, Bench } from '../../../load-partition/bench';

/** An answer of S3 as the SDK throws it. */
function answer(status: number, name: string, message = 'as S3 says', more: object = {}): S3ServiceException {
  const error = new S3ServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode: status } });
  return Object.assign(error, more);
}
const GET = { bucket: 'vendor', key: 'a.csv', expectedOwner: ACCOUNT };

describe('what an answer of S3 about the source means', () => {
  it.each<[number, string, string, string]>([
    [404, 'NoSuchBucket', '', 'SourceBucketNotFound'],
    [400, 'InvalidBucketName', '', 'SourceBucketNotFound'],
    [301, 'PermanentRedirect', '', 'SourceBucketNotFound'],
    [307, 'TemporaryRedirect', '', 'SourceBucketNotFound'],
    [400, 'AuthorizationHeaderMalformed', 'the region us-east-1 is wrong; expecting eu-west-1', 'SourceBucketNotFound'],
    [403, 'AccessDenied', 'Access Denied', 'SourceAccessDenied'],
    [403, 'AllAccessDisabled', '', 'SourceAccessDenied'],
    [
      403,
      'AccessDenied',
      'User: arn:aws:sts::1:x is not authorized to perform: kms:Decrypt on resource: arn:…',
      'SourceKeyDenied',
    ],
    [403, 'AccessDenied', 'The ciphertext refers to a customer master key that does not exist', 'SourceKeyDenied'],
    [400, 'KMS.DisabledException', 'arn:… is disabled.', 'SourceKeyDenied'],
    [400, 'KMS.KMSInvalidStateException', '', 'SourceKeyDenied'],
    [
      400,
      'InvalidRequest',
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided',
      'SourceKeyDenied',
    ],
    [403, 'InvalidObjectState', "The operation is not valid for the object's storage class", 'SourceArchived'],
    [404, 'NoSuchKey', '', 'SourceChanged'],
    [412, 'PreconditionFailed', '', 'SourceChanged'],
    [503, 'SlowDown', '', 'TransientError'],
    [500, 'InternalError', '', 'TransientError'],
    [503, 'ServiceUnavailable', '', 'TransientError'],
    [400, 'RequestTimeout', '', 'TransientError'],
    [403, 'RequestTimeTooSkewed', '', 'PlatformFault'],
    [429, 'TooManyRequests', '', 'TransientError'],
    [400, 'InvalidArgument', '', 'InternalError'],
    [405, 'MethodNotAllowed', '', 'InternalError'],
  ])('%d %s (%s) is %s', (status, name, message, expected) => {
    const original = answer(status, name, message);
    const error = classifySourceError(original, GET);
    expect(error.name).toBe(expected);
    expect(error.message).toContain('vendor');
    expect(error.cause).toBe(original);
    // The batch's failure and the manifest name the object by this.
    expect(error.details).toMatchObject({ bucket: 'vendor', object: 'a.csv' });
  });

  it('says that a bucket is in another region, and in which where S3 tells', () => {
    const headers = { $response: { headers: { 'x-amz-bucket-region': 'eu-west-1' } } };
    expect(classifySourceError(answer(301, 'PermanentRedirect', '', headers), GET).message).toBe(
      'the bucket vendor exists, but not in this region: it is in eu-west-1 (PermanentRedirect); a run reads sources of its own region only',
    );
    expect(classifySourceError(answer(301, 'PermanentRedirect'), GET).message).toContain('not in this region (Perm');
  });

  it('names the object that has to be restored from an archive', () => {
    const { message } = classifySourceError(answer(403, 'InvalidObjectState'), GET);
    expect(message).toMatch(/^s3:\/\/vendor\/a\.csv is archived .* cannot be read before it is restored$/);
  });

  it('does not pretend to know why access was denied', () => {
    const denied = answer(403, 'AccessDenied');
    expect(classifySourceError(denied, GET).message).toContain(`or the bucket does not belong to account ${ACCOUNT}`);
    expect(classifySourceError(denied, { bucket: 'vendor', prefix: 'p/' }).message).toContain(
      `s3://vendor/p/: AccessDenied (HTTP 403): as S3 says. Either the policies of the bucket and of the role do not allow it, or the bucket does not belong to the account of this app (source.account is not given: write its owner's 12 digits there, or 'any' if it is public); S3 answers both alike`,
    );
    const other = { bucket: 'vendor', prefix: 'p/', ownerField: 'fallback.account' };
    expect(classifySourceError(denied, other).message).toContain('(fallback.account is not given: write');
    expect(classifySourceError(denied, { ...other, expectedOwner: ACCOUNT }).message).toContain(
      `or the bucket does not belong to account ${ACCOUNT} (which fallback.account says); S3 answers both alike`,
    );
    expect(classifySourceError(denied, { ...other, expectedOwner: 'any' }).message).toMatch(
      /Most likely the policies of the bucket and of the role do not allow it$/,
    );
  });

  it('passes errors of ours, and keeps what is unknown as the cause', () => {
    const ours = new SourceChanged('before');
    expect(classifySourceError(ours, GET)).toBe(ours);
    const strange = new TypeError('x is not a function');
    expect(classifySourceError(strange, GET)).toMatchObject({ name: 'InternalError', cause: strange });
    expect(classifySourceError('a string', GET)).toMatchObject({ name: 'InternalError' });
  });

  it('a 404 to a listing is no changed object', () => {
    expect(classifySourceError(answer(404, 'NoSuchKey'), { bucket: 'vendor', prefix: 'p/' })).toBeInstanceOf(
      InternalError,
    );
  });
});

describe('the reader of a source', () => {
  let bench: Bench;
  let reader: SourceReader;
  beforeAll(async () => {
    bench = await Bench.open();
    reader = new SourceReader(bench.client);
  });
  beforeEach(() => bench.reset());
  afterAll(() => bench.close());

  const read = async (object: Parameters<ReturnType<SourceReader['objectsOf']>['read']>[0], account = ACCOUNT) => {
    const chunks: Buffer[] = [];
    for await (const chunk of await reader.objectsOf(account).read(object)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  const list = async () => (await reader.list(flights(), PARTITION)).objects;

  it('reads an object that is still the one that was listed', async () => {
    bench.deliver(`${PREFIX}a.csv`, 'id\n1\n');
    const [object] = await list();
    expect(await read(object!)).toBe('id\n1\n');
    const { size, etag } = await reader.getObject('vendor', object!.key, {
      ifMatch: object!.etag,
      expectedOwner: ACCOUNT,
    });
    expect({ size, etag }).toEqual({ size: 5, etag: object!.etag });
  });

  it('refuses one that was replaced or removed since, and reads it again when the same bytes are back', async () => {
    bench.deliver(`${PREFIX}a.csv`, 'id\n1\n');
    const [object] = await list();
    bench.deliver(`${PREFIX}a.csv`, 'id\n2\n');
    await expect(read(object!)).rejects.toThrow('is not the object that was listed: it was replaced since');
    bench.s3.store.delete('vendor', object!.key);
    await expect(read(object!)).rejects.toThrow('was listed, but is gone');
    await expect(read(object!)).rejects.toBeInstanceOf(SourceChanged);
    bench.deliver(`${PREFIX}a.csv`, 'id\n1\n');
    expect(await read(object!)).toBe('id\n1\n');
  });

  it('reads from no bucket but that of the declared account', async () => {
    bench.deliver(`${PREFIX}a.csv`);
    const [object] = await list();
    await expect(read(object!, '999988887777')).rejects.toMatchObject({ name: 'SourceAccessDenied' });
  });

  it('says which key was denied when S3 speaks of KMS', async () => {
    bench.deliver(`${PREFIX}a.csv`);
    const [object] = await list();
    const message = 'User is not authorized to perform: kms:Decrypt on the resource';
    const allow = bench.s3.deny('vendor', PREFIX, { operations: ['GetObject'], message });
    await expect(read(object!)).rejects.toMatchObject({ name: 'SourceKeyDenied' });
    allow();
  });
});

describe('a body that breaks off', () => {
  const object = listed('a.csv', 10);
  const reading = async (body: Readable) => {
    const client = new S3Client({ region: 'us-east-1' });
    mockClient(client)
      .on(GetObjectCommand)
      .resolves({ Body: body as never, ContentLength: 10, ETag: object.etag });
    for await (const _chunk of await new SourceReader(client).objectsOf(undefined).read(object));
  };

  it('with an error of the connection is retried', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('12345');
        await Promise.resolve();
        throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
      })(),
    );
    await expect(reading(broken)).rejects.toMatchObject({
      name: 'TransientError',
      message: expect.stringContaining('a.csv'),
    });
  });

  it('without any error is never taken for a shorter object', async () => {
    const short = reading(Readable.from([Buffer.from('12345')]));
    await expect(short).rejects.toBeInstanceOf(TransientError);
    await expect(reading(Readable.from([Buffer.from('12345')]))).rejects.toThrow('ended after 5 of 10 bytes');
    await expect(reading(Readable.from([Buffer.from('1234567890')]))).resolves.toBeUndefined();
  });
});

describe('a listing', () => {
  it('asks for the declared owner on every page, and gives up on a partition of more than 100,000 objects', async () => {
    const client = new S3Client({ region: 'us-east-1' });
    let pages = 0;
    const page = () => {
      pages += 1;
      const object = { ETag: '"e"', Size: 1, LastModified: new Date(0) };
      return Array.from({ length: 1000 }, (_, i) => ({ ...object, Key: `${PREFIX}${pages}-${i}.csv` }));
    };
    const calls = mockClient(client);
    calls
      .on(ListObjectsV2Command)
      .callsFake(() => ({ Contents: page(), IsTruncated: true, NextContinuationToken: 'next' }));
    const dataset = flights({ source: { account: ACCOUNT } });
    await expect(new SourceReader(client).list(dataset, PARTITION)).rejects.toMatchObject({
      name: 'ObjectTooLarge',
      message: expect.stringContaining('more than 100000 objects'),
    });
    const inputs = calls.commandCalls(ListObjectsV2Command).map((call) => call.args[0].input);
    expect(inputs).toHaveLength(101);
    expect(inputs.every((input) => input.ExpectedBucketOwner === ACCOUNT && input.EncodingType === 'url')).toBe(true);
    expect(inputs.map((input) => input.ContinuationToken)).toEqual([undefined, ...Array<string>(100).fill('next')]);
  });
});
