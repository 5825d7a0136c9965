import { S3Client } from '@aws-sdk/client-s3';
import { VirtualClock } from '../../local/clock';
import { LocalS3 } from '../../local/aws/s3/local-s3';

/*
 * S3 over HTTP, for what has to meet the real client, and streams; whoever needs neither takes the one in memory (`memory-s3.ts`). There
 * is no third.
 */

/** Whose buckets they are. */
export const ACCOUNT = '111122223333';
/** A quarter past the hour that is over: when its run starts. */
export const START = '2026-01-20T06:15:00.000Z';

/** S3 on a port of this machine, with some empty buckets, at a time that stands still. */
export async function httpS3(buckets: readonly string[], start: string | Date = START): Promise<LocalS3> {
  const s3 = await LocalS3.start({ clock: new VirtualClock({ start, flow: 'frozen' }), account: ACCOUNT });
  for (const bucket of buckets) s3.store.createBucket(bucket);
  return s3;
}

/** A client of it that makes one attempt: what is retried is the state machine's matter. */
export function clientOf({ url }: LocalS3): S3Client {
  return new S3Client({
    endpoint: url,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
}

/** What a client by `createS3Client` needs in its environment to find it. */
export const environmentOf = ({ url }: LocalS3) => ({
  AWS_ENDPOINT_URL_S3: url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
});
