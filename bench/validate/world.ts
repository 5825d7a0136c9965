import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createGzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { definitionHash, needsProcessing, type Dataset } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import type { Plan, SourceObject } from '../../core/contracts/batch/plan';
import type { Run } from '../../core/contracts/run/steps';
import { listingHash, planBatches } from '../../core/domain/batch/plan-batches';
import { VirtualClock } from '../../local/clock';
import { LocalS3 } from '../../local/aws/s3/local-s3';
import {
  goodFlightsSql,
  LAKE,
  LEDGER,
  OUTPUT,
  recordsSql,
  SOURCE,
  truthOf,
  type Counts,
  type File,
  type Format,
  type Job,
  type Origin,
} from './job';

/** More than any file inflates to. */
const BATCH_BYTES = 4 * 1024 * 1024 * 1024;
const AT = '2026-01-20T06:15:00.000Z';
/** The package exports only JavaScript; its data lie beside it. */
const FLIGHTS = path.join(__dirname, '..', '..', 'node_modules', 'vega-datasets', 'data', 'flights-3m.parquet');

/** A file in the source. */
export interface Made extends File {
  /** Before compression. */
  readonly bytes: number;
  /** What a job has to find in it. */
  truth(job: Job): Counts;
}

/** The local S3 with the benchmark's files. */
export class World {
  private turns = 0;

  private constructor(
    readonly s3: LocalS3,
    readonly folder: string,
  ) {}

  static async start(): Promise<World> {
    const clock = new VirtualClock({ start: AT, flow: 'frozen' });
    const s3 = await LocalS3.start({ clock, account: '111122223333' });
    for (const bucket of [SOURCE, LEDGER, LAKE, OUTPUT]) s3.store.createBucket(bucket);
    return new World(s3, mkdtempSync(path.join(tmpdir(), 'rollcall-bench-')));
  }

  async stop(): Promise<void> {
    await this.s3.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What a contestant's process needs to know. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_S3: this.s3.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      // As many threads as there are cores for them.
      POLARS_MAX_THREADS: '1',
      OMP_NUM_THREADS: '1',
    };
  }

  /** Makes a file and puts it into the source. */
  async make(origin: Origin, format: Format, records: number): Promise<Made> {
    const plain = path.join(this.folder, `data.${format}`);
    const instance = await DuckDBInstance.create(':memory:', { temp_directory: this.folder });
    const connection = await instance.connect();
    const how = { csv: 'FORMAT csv, HEADER', jsonl: 'FORMAT json', parquet: 'FORMAT parquet, COMPRESSION zstd' }[
      format
    ];
    // What CSV cannot say: that these are numbers; and in Parquet what is no time is missing.
    const numbers = `delay::INTEGER AS delay, distance::${origin === 'flights' ? 'INTEGER' : 'DOUBLE'} AS distance`;
    const times = 'TRY_CAST(ts AS TIMESTAMPTZ) AS ts';
    const typed = { csv: '', jsonl: ` REPLACE (${numbers})`, parquet: ` REPLACE (${numbers}, ${times})` }[format];
    const from = `(${recordsSql(origin, records, FLIGHTS)})`;
    await connection.run(`COPY (SELECT *${typed} FROM ${from}) TO '${plain}' (${how})`);
    const good = origin === 'flights' ? await connection.runAndReadAll(goodFlightsSql(from)) : undefined;
    connection.closeSync();
    instance.closeSync();
    const stored = format === 'parquet' ? plain : `${plain}.gz`;
    if (stored !== plain) await pipeline(createReadStream(plain), createGzip({ level: 6 }), createWriteStream(stored));
    const key = `bench/2026/01/20/05/${origin}-${records}.${format}`;
    this.s3.store.put(SOURCE, key, readFileSync(stored));
    const bytes = statSync(plain).size;
    for (const file of new Set([plain, stored])) rmSync(file);
    const truth = (job: Job): Counts => {
      if (good === undefined) return truthOf(job, records);
      const accepted = Number(good.getRows()[0]?.[0]);
      return { accepted, rejected: records - accepted };
    };
    return { origin, format, records, key, bytes, truth };
  }

  /** Forgets a file: of several big ones only one is in memory. */
  forget({ key }: File): void {
    this.s3.store.delete(SOURCE, key);
  }

  /** Empties what contestants write, and writes the plan of a run of our own: nothing of a turn before is found finished. */
  turn(dataset: Dataset, file: File): unknown {
    this.turns += 1;
    for (const bucket of [LAKE, OUTPUT])
      for (const key of this.s3.store.keys(bucket).slice()) this.s3.store.delete(bucket, key);
    const { body, etag } = this.s3.store.get(SOURCE, file.key);
    const size = body.length;
    const object: SourceObject = { bucket: SOURCE, key: file.key, etag, size, lastModified: AT };
    const partition = '2026-01-20T05';
    const run: Run = {
      dataset: dataset.name,
      partition,
      runId: `turn-${this.turns}`,
      executionArn: 'arn:aws:states:us-east-1:111122223333:execution:PartitionRun:bench',
      startedAt: AT,
      trigger: 'manual',
      reprocess: false,
      replay: false,
      fence: 1,
      definitionHash: definitionHash(dataset),
      codeVersion: 'bench',
      needsProcessing: needsProcessing(dataset),
      hasDependencies: false,
      mayWait: false,
    };
    const planKey = keys.plan(dataset.name, partition, run.runId, 1);
    const plan: Plan = {
      schemaVersion: 1,
      dataset: dataset.name,
      partition,
      runId: run.runId,
      round: 1,
      definitionHash: run.definitionHash,
      codeVersion: run.codeVersion,
      source: {
        kind: 'primary',
        bucket: SOURCE,
        prefix: 'bench/2026/01/20/05/',
        objects: 1,
        bytes: size,
        newestAgeSeconds: 0,
        complete: true,
        listingHash: listingHash([object]),
      },
      upstreams: [],
      references: [],
      settings: null,
      batchBytes: BATCH_BYTES,
      batches: planBatches(dataset, [object], BATCH_BYTES),
    };
    this.s3.store.put(LEDGER, planKey, Buffer.from(JSON.stringify(plan)));
    return { run, planKey, index: 0 };
  }
}
