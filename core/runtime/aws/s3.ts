import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { ANY_ACCOUNT } from '../../contracts/dataset/source';
import { timeouts } from './timeouts';

/** Counts requests, so that a manifest can say what a run cost. */
export interface RequestMeter {
  requests: number;
}

/** How long S3 may take to accept a connection, and to begin its answer, in milliseconds. */
const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * An S3 client whose attempts are bounded and counted: 3 attempts (the SDK's standard mode, full jitter) before the error reaches the
 * state machine's own retry.
 *
 * Every request says that its bucket has to belong to `account`, unless it says itself to whom; {@link ANY_ACCOUNT}: to any. Without an
 * account only those say so that do it themselves.
 */
export function createS3Client(meter: RequestMeter, account?: string): S3Client {
  const client = new S3Client({
    maxAttempts: 3,
    // An endpoint on loopback has no bucket host names.
    forcePathStyle: process.env['AWS_ENDPOINT_URL_S3'] !== undefined || process.env['AWS_ENDPOINT_URL'] !== undefined,
    requestHandler: new MeteredHandler(meter),
    // S3 verifies what the client sends by the SDK's default CRC32; what it returns is verified where it matters (sizes, gzip CRC, footers).
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  client.middlewareStack.add((next) => (args) => next({ ...args, input: ownedBy(account, args.input) }), {
    name: 'expectedBucketOwner',
    step: 'initialize',
  });
  return client;
}

/** Here and nowhere else, so that no request is forgotten: S3 refuses it where the bucket is another account's. */
function ownedBy<I extends object>(account: string | undefined, input: I): I {
  if (!('Bucket' in input)) return input;
  const given = 'ExpectedBucketOwner' in input ? input.ExpectedBucketOwner : undefined;
  const owner = given ?? account;
  return { ...input, ExpectedBucketOwner: owner === ANY_ACCOUNT ? undefined : owner };
}

/** Counts what really goes out: each attempt of the SDK, and each GET of `quick-get.ts`. */
class MeteredHandler extends NodeHttpHandler {
  constructor(private readonly meter: RequestMeter) {
    super(timeouts(CONNECTION_TIMEOUT_MS, REQUEST_TIMEOUT_MS));
  }

  override handle(...call: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    this.meter.requests += 1;
    return super.handle(...call);
  }
}
