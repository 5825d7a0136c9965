import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SOURCE_BUCKET } from './dataset-of-flights';

/** An hour of real flights as a provider would deliver it. */
export interface Delivery {
  readonly records: number;
  readonly body: Buffer;
}

/** The flights that left on 2001-01-08 between 8 and 9 o'clock, as gzipped CSV (data: the npm package vega-datasets). */
export async function anHourOfFlights(root: string, folder: string): Promise<Delivery> {
  const flights = join(root, 'node_modules', 'vega-datasets', 'data', 'flights-3m.parquet');
  const csv = join(folder, 'flights.csv');
  const database = await DuckDBInstance.create(':memory:');
  try {
    const connection = await database.connect();
    const hour = `SELECT * FROM read_parquet('${quoted(flights)}') WHERE date >= '2001-01-08 08:00' AND date < '2001-01-08 09:00'`;
    await connection.run(`COPY (${hour} ORDER BY ALL) TO '${quoted(csv)}' (FORMAT csv, HEADER true)`);
    connection.closeSync();
  } finally {
    database.closeSync();
  }
  const text = readFileSync(csv);
  const lines = text.toString('utf8').trimEnd().split('\n').length;
  return { records: lines - 1, body: gzipSync(text) };
}

/** Makes the provider's bucket. */
export async function makeSourceBucket(s3: S3Client): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: SOURCE_BUCKET }));
}

/** Puts an object where a dataset expects a partition's data. */
export async function deliver(s3: S3Client, dataset: string, partition: string, body: Buffer): Promise<void> {
  const hour = partition.replaceAll('-', '/').replace('T', '/');
  await s3.send(new PutObjectCommand({ Bucket: SOURCE_BUCKET, Key: `${dataset}/${hour}/part-0.csv.gz`, Body: body }));
}

function quoted(path: string): string {
  return path.replaceAll("'", "''");
}
