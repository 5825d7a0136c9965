import { S3Client } from '@aws-sdk/client-s3';
import type { LocalS3 } from '../../local/aws/s3/s3';

/** A client of a local S3 that makes one attempt: what is retried is the state machine's matter. */
export function clientOf({ url }: LocalS3): S3Client {
  return new S3Client({
    endpoint: url,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
}
