import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Counts requests, so that a manifest can say what a run cost. */
export interface RequestMeter {
  requests: number;
}

/** How long S3 may take to accept a connection, and to send the next bytes, in milliseconds. Without these the SDK waits for ever. */
const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * An S3 client whose attempts are bounded and counted: 3 attempts (the SDK's standard mode, full jitter) before the error reaches the
 * state machine's own retry.
 */
export function createS3Client(meter: RequestMeter): S3Client {
  const client = new S3Client({
    maxAttempts: 3,
    // An endpoint on loopback has no bucket host names.
    forcePathStyle: process.env['AWS_ENDPOINT_URL_S3'] !== undefined || process.env['AWS_ENDPOINT_URL'] !== undefined,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
    }),
    // S3 verifies what the client sends by the SDK's default CRC32; what it returns is verified where it matters (sizes, gzip CRC, footers).
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  client.middlewareStack.add(
    (next) => (args) => {
      meter.requests += 1;
      return next(args);
    },
    { step: 'finalizeRequest', name: 'rollcallRequestMeter', priority: 'low' },
  );
  return client;
}
