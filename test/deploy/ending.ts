import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, type DescribeExecutionCommandOutput, type SFNClient } from '@aws-sdk/client-sfn';
import { parquetMetadata } from 'hyparquet';
import { setTimeout as sleep } from 'node:timers/promises';
import { keys } from '../../core/contracts/keys';
import { manifestSchema, type Manifest } from '../../core/contracts/run/manifest';
import { partitionRecordSchema, type PartitionRecord } from '../../core/contracts/run/partition-record';
import type { Outputs } from './cdk';

/** All that a run left behind. */
export interface Ending {
  readonly manifest: Manifest;
  readonly record: PartitionRecord;
  readonly execution: DescribeExecutionCommandOutput;
  /** Records in the Parquet files that the partition's publication names. */
  readonly recordsInFiles: number;
}

/** The emulator as its clients see it. */
export interface Clients {
  readonly s3: S3Client;
  readonly sfn: SFNClient;
}

/**
 * Waits until a partition's run has recorded its ending and its execution is closed.
 * @throws Error when that has not happened by `giveUpAt`
 */
export async function endingOf(
  { s3, sfn }: Clients,
  app: Outputs,
  dataset: string,
  partition: string,
  giveUpAt: Date,
): Promise<Ending> {
  const manifestKey = await waitFor(giveUpAt, `a manifest of ${dataset} ${partition}`, async () => {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: app.LedgerBucket, Prefix: keys.manifestsOf(dataset, partition) }),
    );
    return page.Contents?.[0]?.Key;
  });
  const manifest = manifestSchema.parse(await json(s3, app.LedgerBucket, manifestKey));
  const execution = await waitFor(giveUpAt, `the end of ${manifest.executionArn}`, async () => {
    const description = await sfn.send(new DescribeExecutionCommand({ executionArn: manifest.executionArn }));
    return description.status === 'RUNNING' ? undefined : description;
  });
  const record = partitionRecordSchema.parse(await json(s3, app.LedgerBucket, keys.partition(dataset, partition)));
  let recordsInFiles = 0;
  for (const file of record.publication?.files ?? []) {
    const bytes = await read(s3, app.LakeBucket, file.key);
    recordsInFiles += Number(parquetMetadata(bytes.slice().buffer).num_rows);
  }
  return { manifest, record, execution, recordsInFiles };
}

async function waitFor<T>(giveUpAt: Date, what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > giveUpAt.getTime()) throw new Error(`${what}: not there at ${new Date().toISOString()}`);
    await sleep(1000);
  }
}

async function read(s3: S3Client, bucket: string, key: string): Promise<Uint8Array> {
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (object.Body === undefined) throw new Error(`s3://${bucket}/${key}: no content`);
  return object.Body.transformToByteArray();
}

async function json(s3: S3Client, bucket: string, key: string): Promise<unknown> {
  return JSON.parse(Buffer.from(await read(s3, bucket, key)).toString('utf8'));
}
