import { S3ServiceException } from '@aws-sdk/client-s3';
import { endingOf, type ReasonCode } from '../../../../core/contracts/run/endings';
import { LedgerContention, RETRYABLE_SERVICE_ERRORS, SchemaMismatch } from '../../../../core/contracts/errors';
import { NEVER_RETRY } from '../../../../asl-lint/error-names';
import { classify } from '../../../../core/runtime/aws/classify';
import { createS3Client } from '../../../../core/runtime/aws/s3';
import { classifySourceError } from '../../../../core/runtime/aws/source-errors';
import { Store } from '../../../../core/runtime/store/store';
import type { LocalS3 } from '../../../../local/aws/s3/local-s3';
import { environmentOf, httpS3 } from '../../../kit/http-s3';

/** An answer of AWS as the SDK throws it. */
const answer = (name: string, status: number, message = 'as AWS says') =>
  new S3ServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode: status } });
/** An error of Node's network or file system. */
const node = (code: string, message = 'as Node says') => Object.assign(new Error(message), { code });
const named = (name: string, message = '') => Object.assign(new Error(message), { name });

type Row = [what: string, error: unknown, ours: string, source: string];

const NO_ANSWER = (
  'EAI_AGAIN ECONNABORTED ECONNREFUSED ECONNRESET EHOSTUNREACH ENETUNREACH ENOTFOUND EPIPE ETIMEDOUT ' +
  'ERR_STREAM_PREMATURE_CLOSE UND_ERR_CONNECT_TIMEOUT UND_ERR_SOCKET'
).split(' ');

/** What is thrown → our name where a service of our own was asked, and where the source was. */
const TABLE: Row[] = [
  // Throttling.
  ['S3 throttles', answer('SlowDown', 503), 'PlatformFault', 'TransientError'],
  ['any service throttles with status 400', answer('ThrottlingException', 400), 'PlatformFault', 'TransientError'],
  ['a quota of requests', answer('TooManyRequestsException', 429), 'PlatformFault', 'TransientError'],
  ['KMS throttles through S3', answer('KMS.ThrottlingException', 400), 'PlatformFault', 'TransientError'],
  // Faults of the service.
  ['a 500', answer('InternalError', 500), 'PlatformFault', 'TransientError'],
  ['an error in a 200 (CompleteMultipartUpload)', answer('InternalError', 200), 'PlatformFault', 'TransientError'],
  ['SlowDown in a 200 (CopyObject)', answer('SlowDown', 200), 'PlatformFault', 'TransientError'],
  ['a 503', answer('ServiceUnavailable', 503), 'PlatformFault', 'TransientError'],
  ['a 502 of a proxy, without a name', answer('Unknown', 502), 'PlatformFault', 'TransientError'],
  ['a HEAD that failed: no body, so no name', answer('Unknown', 503), 'PlatformFault', 'TransientError'],
  ['a HEAD that was throttled', answer('429', 429), 'PlatformFault', 'TransientError'],
  ['KMS at fault', answer('KMS.KMSInternalException', 500), 'PlatformFault', 'TransientError'],
  // Time-outs of a request.
  ['S3 waited for the body', answer('RequestTimeout', 400), 'PlatformFault', 'TransientError'],
  ['a 408', answer('Unknown', 408), 'PlatformFault', 'TransientError'],
  ["the SDK's own time-out", named('TimeoutError', 'socket timed out'), 'PlatformFault', 'TransientError'],
  // Another write at the same moment.
  ['a 409 of a conditional write', answer('ConditionalRequestConflict', 409), 'PlatformFault', 'TransientError'],
  ['another operation on the key', answer('OperationAborted', 409), 'PlatformFault', 'TransientError'],
  // What the network spoilt.
  ['a body that arrived cut', answer('IncompleteBody', 400), 'PlatformFault', 'TransientError'],
  ['a body that arrived changed', answer('BadDigest', 400), 'PlatformFault', 'TransientError'],
  ['an upload that was tidied away', answer('NoSuchUpload', 404), 'PlatformFault', 'TransientError'],
  // Connections.
  ...NO_ANSWER.map((code): Row => [`no answer: ${code}`, node(code), 'PlatformFault', 'TransientError']),
  // Our own clock and credentials: no fault of the source.
  ['our clock is wrong', answer('RequestTimeTooSkewed', 403), 'PlatformFault', 'PlatformFault'],
  ['our credentials have expired', answer('ExpiredToken', 400), 'PlatformFault', 'PlatformFault'],
  ['the same, said by Step Functions', answer('ExpiredTokenException', 403), 'PlatformFault', 'PlatformFault'],
  ['our credentials are wrong', answer('InvalidAccessKeyId', 403), 'InternalError', 'InternalError'],
  // Memory and room.
  ['DuckDB has no memory', new Error('Out of Memory Error: failed to allocate'), 'OutOfMemory', 'OutOfMemory'],
  [
    'DuckDB may spill no more',
    new Error('Out of Memory Error: failed to offload data block (max_temp_directory_size)'),
    'OutOfMemory',
    'OutOfMemory',
  ],
  [
    'DuckDB finds the disk full',
    new Error('IO Error: Could not write file "/tmp/x": No space left on device'),
    'OutOfMemory',
    'OutOfMemory',
  ],
  ['the disk is full', node('ENOSPC', 'ENOSPC: no space left on device, write'), 'OutOfMemory', 'OutOfMemory'],
  ['no memory for a buffer', new RangeError('Array buffer allocation failed'), 'OutOfMemory', 'OutOfMemory'],
  // Final answers.
  ['S3 does not know the request', answer('NotImplemented', 501), 'InternalError', 'InternalError'],
  ['access denied', answer('AccessDenied', 403), 'InternalError', 'SourceAccessDenied'],
  ['a HEAD that was denied', answer('Unknown', 403), 'InternalError', 'SourceAccessDenied'],
  ['the key may not be used', answer('KMS.DisabledException', 400), 'InternalError', 'SourceKeyDenied'],
  ['no such bucket', answer('NoSuchBucket', 404), 'InternalError', 'SourceBucketNotFound'],
  ['no such key', answer('NoSuchKey', 404), 'InternalError', 'SourceChanged'],
  ['a condition that does not hold', answer('PreconditionFailed', 412), 'InternalError', 'SourceChanged'],
  ['any other conflict', answer('InvalidBucketState', 409), 'InternalError', 'InternalError'],
  ['a wrong argument', answer('InvalidArgument', 400), 'InternalError', 'InternalError'],
  // What is unknown.
  ['a request that we ourselves aborted', named('AbortError', 'Request aborted'), 'InternalError', 'InternalError'],
  ['DuckDB cannot read a file', new Error('IO Error: Cannot open file "/tmp/x"'), 'InternalError', 'InternalError'],
  ['DuckDB at fault', new Error('INTERNAL Error: assertion failed'), 'InternalError', 'InternalError'],
  ['a file that is not there', node('ENOENT'), 'InternalError', 'InternalError'],
  ['a defect', new TypeError('x is not a function'), 'InternalError', 'InternalError'],
  ['something thrown that is no error', 'a string', 'InternalError', 'InternalError'],
];

/** Our name → may it be tried again, and how a run ends with it. */
const MEANING: Record<string, [retryable: boolean, code: ReasonCode, countsAgainstTheSource: boolean]> = {
  PlatformFault: [true, 'PLATFORM_UNAVAILABLE', false],
  TransientError: [true, 'SOURCE_UNAVAILABLE', true],
  SourceChanged: [true, 'SOURCE_CHANGING', false],
  OutOfMemory: [false, 'OUT_OF_MEMORY', false],
  InternalError: [false, 'INTERNAL_ERROR', false],
  SourceAccessDenied: [false, 'SOURCE_ACCESS_DENIED', true],
  SourceKeyDenied: [false, 'SOURCE_KEY_DENIED', true],
  SourceBucketNotFound: [false, 'SOURCE_BUCKET_NOT_FOUND', true],
};

describe('the classification of errors', () => {
  it.each(TABLE)('%s', (_what, error, ours, source) => {
    const known = classify(error);
    const ofSource = classifySourceError(error, { bucket: 'vendor', key: 'a.csv' });
    expect([known.name, ofSource.name]).toEqual([ours, source]);
    for (const found of [known, ofSource]) {
      const { code, retryable } = found;
      expect([retryable, code, endingOf(code).circuit]).toEqual(MEANING[found.name]);
      expect(found.cause).toBe(error);
      // Missing either way: a later run may get through, or a person fixes it.
      expect(endingOf(code).missing).toBe(true);
    }
  });

  it('passes our own errors unchanged, wherever they come by', () => {
    for (const error of [new SchemaMismatch('x'), new LedgerContention('x')]) {
      expect(classify(error)).toBe(error);
      expect(classifySourceError(error, { bucket: 'vendor', key: 'a.csv' })).toBe(error);
    }
  });

  it('keeps name, status and code in the message, for readers of the manifest', () => {
    expect(classify(answer('SlowDown', 503, 'Please reduce your request rate.')).message).toBe(
      'SlowDown (HTTP 503): Please reduce your request rate.',
    );
    expect(classify(node('ECONNRESET', 'read ECONNRESET')).message).toBe('Error [ECONNRESET]: read ECONNRESET');
  });

  it.each(['States.Timeout', 'Sandbox.Timedout', 'Runtime.OutOfMemory', 'Runtime.ExitError', 'Lambda.Unknown'])(
    '%s is never retried: the same batch would end the same way',
    (name) => {
      expect(NEVER_RETRY.has(name)).toBe(true);
      expect(RETRYABLE_SERVICE_ERRORS).not.toContain(name);
    },
  );
});

describe('a bucket of ours that does not answer', () => {
  const meter = { requests: 0 };
  const before = { ...process.env };
  let s3: LocalS3;
  let store: Store;
  beforeAll(async () => {
    s3 = await httpS3(['ledger'], new Date());
    Object.assign(process.env, {
      ...environmentOf(s3),
      // What is set for the whole process must not multiply what the retry policies say.
      AWS_MAX_ATTEMPTS: '9',
    });
    store = new Store(createS3Client(meter), 'ledger');
  });
  afterAll(async () => {
    process.env = before;
    await s3.stop();
  });

  it.each<[string, () => Promise<unknown>]>([
    ['GET', () => store.getText('a/b.json')],
    ['HEAD', () => store.head('a/b.json')],
    ['PUT', () => store.putJson('a/b.json', {}, { absent: true })],
    ['DELETE', () => store.delete('a/b.json')],
    ['LIST', () => store.list('a/b.json').next()],
  ])('%s: 3 requests and no more, then PlatformFault that names the object', async (_what, call) => {
    let requests = 0;
    meter.requests = 0;
    s3.before = () => {
      requests += 1;
      return { do: 'answer', status: 500, code: 'InternalError' };
    };
    await expect(call()).rejects.toMatchObject({
      name: 'PlatformFault',
      message: expect.stringContaining('s3://ledger/a/b.json: '),
    });
    expect({ requests, counted: meter.requests }).toEqual({ requests: 3, counted: 3 });
  });

  it('a connection that is cut is the same', async () => {
    s3.before = () => ({ do: 'drop' });
    await expect(store.getText('a/b.json')).rejects.toMatchObject({ name: 'PlatformFault' });
    s3.before = () => ({ do: 'drop', after: true });
    // Each of the three took effect: the last one meets the object that the first one wrote.
    await expect(store.putJson('a/c.json', {})).rejects.toMatchObject({ name: 'PlatformFault' });
  });

  it('but an answer that means something comes out as it is', async () => {
    s3.before = undefined;
    expect(await store.getText('a/none.json')).toBeUndefined();
    expect(await store.putJson('a/once.json', {}, { absent: true })).toBeDefined();
    expect(await store.putJson('a/once.json', {}, { absent: true })).toBeUndefined();
    s3.before = () => ({ do: 'answer', status: 403, code: 'AccessDenied' });
    await expect(store.getText('a/b.json')).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
