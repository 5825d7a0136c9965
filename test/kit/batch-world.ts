import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { batchRecordSchema, type BatchRecord } from '../../core/contracts/batch/batch';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import type { Processes } from '../../core/contracts/dataset/process';

import type { Plan, SettingsRef, SourceObject } from '../../core/contracts/batch/plan';
import { settingsHash, type SettingValue } from '../../core/contracts/run/run-settings';
import {
  batchOutputSchema,
  checkOutputSchema,
  checkResultSchema,
  type BatchOutput,
  type BatchResult,
  type CheckOutput,
  type CheckResult,
  type Loaded,
  type Run,
} from '../../core/contracts/run/steps';
import { checkPartition } from '../../lambdas/check-partition/check-partition';
import { batchFingerprint } from '../../core/domain/batch/plan-batches';
import { processBatch } from '../../lambdas/process-batch/process-batch';
import { validateBatch } from '../../lambdas/validate-batch/validate-batch';
import type { LocalS3 } from '../../local/aws/s3/local-s3';
import { readParquet } from './engine';
import { things } from './datasets';
import { httpS3, START } from './http-s3';
import { HttpWorld } from './http-world';
import { CODE_VERSION, PARTITION, runOf } from './runs';

const BUCKETS = ['ledger', 'lake', 'vendor'] as const;

/** A local S3 with ledger, lake and a vendor's bucket, and the three steps around the batches of one dataset before it. */
export class BatchWorld extends HttpWorld {
  /** What the steps see as the deployed definition. */
  deployed: Dataset;
  run: Run;
  codeVersion = CODE_VERSION;
  /** Transforms in TypeScript by dataset. */
  processes: Processes = {};

  private constructor(s3: LocalS3) {
    super(s3, BUCKETS);
    this.deployed = things();
    this.run = this.runOf(this.deployed);
  }

  static async open(): Promise<BatchWorld> {
    return new BatchWorld(await httpS3(BUCKETS));
  }

  /** Three empty buckets, and this dataset deployed. */
  reset(dataset: Dataset): void {
    this.empty();
    this.deployed = dataset;
    this.run = this.runOf(dataset);
    this.codeVersion = CODE_VERSION;
  }

  private runOf(dataset: Dataset): Run {
    return runOf(dataset, { startedAt: START, trigger: 'schedule' });
  }

  /** Puts objects into the source, one batch per inner table, and writes the plan of the run. */
  plan(batches: readonly Readonly<Record<string, Buffer | string>>[], part: Partial<Plan> = {}): Loaded {
    const planKey = keys.plan(this.run.dataset, PARTITION, this.run.runId, 1);
    const plan: Plan = {
      schemaVersion: 1,
      dataset: this.run.dataset,
      partition: PARTITION,
      runId: this.run.runId,
      round: 1,
      definitionHash: this.run.definitionHash,
      codeVersion: this.run.codeVersion,
      source: {
        kind: 'primary',
        bucket: 'vendor',
        prefix: 'things/',
        objects: 1,
        bytes: 1,
        newestAgeSeconds: 1,
        complete: true,
        listingHash: '0'.repeat(32),
      },
      upstreams: [],
      references: [],
      settings: null,
      batchBytes: 1 << 26,
      batches: batches.map((objects, index) => {
        const listed = Object.entries(objects).map(([key, body]) => this.deliver(key, body));
        const batch = { index, objects: listed, estimatedBytes: 1, omit: null };
        const { settings = null, references = [] } = part;
        return { ...batch, fingerprint: batchFingerprint(this.deployed, { settings, references }, batch) };
      }),
      ...part,
    };
    this.put('ledger', planKey, JSON.stringify(plan));
    return { ready: true, planKey, round: 1, batches: plan.batches.map(({ index }) => index) };
  }

  /** Writes the settings of the run, as CheckDependencies does. */
  settings(settings: readonly SettingValue[]): SettingsRef {
    const { dataset, partition, runId } = this.run;
    const key = keys.settings(dataset, partition, runId);
    const hash = settingsHash(settings);
    this.put('ledger', key, JSON.stringify({ schemaVersion: 1, dataset, partition, runId, hash, settings }));
    return { key, hash };
  }

  deliver(key: string, body: Buffer | string): SourceObject {
    const { etag } = this.put('vendor', key, body);
    const size = Buffer.byteLength(body);
    return { bucket: 'vendor', key, etag, size, lastModified: '2026-01-20T05:59:00.000Z' };
  }

  put(bucket: (typeof BUCKETS)[number], key: string, body: Buffer | string): { etag: string } {
    return this.s3.store.put(bucket, key, Buffer.from(body));
  }

  readonly validate = async (load: Loaded, index: number): Promise<BatchOutput> =>
    batchOutputSchema.parse(await validateBatch(this.context(), { run: this.run, planKey: load.planKey, index }));

  readonly process = async (load: Loaded, index: number): Promise<BatchOutput> =>
    batchOutputSchema.parse(await processBatch(this.context(), { run: this.run, planKey: load.planKey, index }));

  readonly check = async (load: Loaded, batches: readonly BatchResult[]): Promise<CheckOutput> =>
    checkOutputSchema.parse(await checkPartition(this.context(), { run: this.run, load, batches: [...batches] }));

  /** ForEachBatch: what the state machine would do with a plan, errors kept by name. */
  async forEachBatch(load: Loaded): Promise<BatchResult[]> {
    const results: BatchResult[] = [];
    for (const index of load.batches) {
      let state = 'ValidateBatch';
      try {
        await this.validate(load, index);
        state = 'ProcessBatch';
        if (this.run.needsProcessing) await this.process(load, index);
        results.push({ index });
      } catch (error) {
        results.push({ index, state, error: (error as Error).name });
      }
    }
    return results;
  }

  /** All of it: both rounds where a second one is needed. */
  async partition(load: Loaded): Promise<{ output: CheckOutput; rounds: number }> {
    const first = await this.check(load, await this.forEachBatch(load));
    if (!first.duplicatesAcross) return { output: first, rounds: 1 };
    return { output: await this.check(first.load, await this.forEachBatch(first.load)), rounds: 2 };
  }

  /** What CheckPartition left for the manifest. */
  found(): CheckResult {
    return checkResultSchema.parse(this.json('ledger', keys.check(this.run.dataset, PARTITION, this.run.runId)));
  }

  record(fingerprint: string): BatchRecord {
    return batchRecordSchema.parse(this.json('lake', keys.batch(this.run.dataset, PARTITION, fingerprint)));
  }

  json(bucket: (typeof BUCKETS)[number], key: string): unknown {
    return JSON.parse(this.s3.store.get(bucket, key).body.toString('utf8'));
  }

  keys(bucket: (typeof BUCKETS)[number]): readonly string[] {
    return this.s3.store.keys(bucket);
  }

  /** The records of a Parquet file in the lake. */
  async records(key: string): Promise<Record<string, unknown>[]> {
    const directory = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
    try {
      const path = join(directory, 'a.parquet');
      writeFileSync(path, this.s3.store.get('lake', key).body);
      return await readParquet(path);
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  /** The lines of a quarantine file. */
  quarantine(key: string): { object: string; line: number | null; broken: string[]; raw?: string }[] {
    const text = gunzipSync(this.s3.store.get('lake', key).body).toString('utf8');
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { object: string; line: number | null; broken: string[] });
  }

  private context() {
    return {
      ...this.deployedTo([this.deployed]),
      env: {
        ...this.env,
        LAKE_BUCKET: 'lake',
        CODE_VERSION: this.codeVersion,
        ENGINE_MEMORY_MB: 256,
        ENGINE_SPILL_MB: 512,
        SAMPLE_KEY_SECRET_ARN: 'arn:of:the:key',
      },
      processes: this.processes,
      sampleKey: async () => 'a key of the tests',
      now: () => new Date(START),
      requestId: '00000000-0000-4000-8000-000000000000',
      remainingMs: () => 600_000,
      usage: () => ({ seconds: 1, peakMb: 100, requests: 5 }),
    };
  }
}
