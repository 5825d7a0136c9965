import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
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
 */
export function createS3Client(meter: RequestMeter): S3Client {
  return new S3Client({
    maxAttempts: 3,
    // An endpoint on loopback has no bucket host names.
    forcePathStyle: process.env['AWS_ENDPOINT_URL_S3'] !== undefined || process.env['AWS_ENDPOINT_URL'] !== undefined,
    requestHandler: new MeteredHandler(meter),
    // S3 verifies what the client sends by the SDK's default CRC32; what it returns is verified where it matters (sizes, gzip CRC, footers).
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
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
