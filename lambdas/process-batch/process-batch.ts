import { join } from 'node:path';
import type { z } from 'zod';
import type { BatchRecord, Output } from '../../core/contracts/batch/batch';
import { InternalError } from '../../core/contracts/errors';
import { keys } from '../../core/contracts/keys';
import { OUTPUT_FORMATS } from '../../core/contracts/dataset/output';
import type { BatchPlan } from '../../core/contracts/batch/plan';
import type { Processes } from '../../core/contracts/dataset/process';
import type { batchInputSchema, BatchOutput } from '../../core/contracts/run/steps';
import { ENGINE_VERSION, processedFingerprintOf } from '../../core/domain/batch/fingerprint';
import { settingsOfTransform } from '../../core/domain/batch/used-settings';
import { limitsOf } from '../../core/engine/duckdb/database';
import { settingsForCode } from '../../core/engine/duckdb/settings-macro';
import { processRecords, type Processed } from '../../core/engine/transform/process-records';
import {
  batchOf,
  notingFailure,
  readBatchRecord,
  readPlan,
  roundOf,
  type PlannedRun,
} from '../../core/runtime/step/planned-batches';
import { downloadFile, uploadFile, withWorkDir } from '../../core/runtime/aws/files';
import { readSettings } from '../../core/runtime/step/read-settings';
import type { StepContext } from '../../core/runtime/step/step';
import { Store } from '../../core/runtime/store/store';

type Context = StepContext<'process-batch'> & {
  /** The transforms in TypeScript. */
  readonly processes: Processes;
};
type Input = z.output<typeof batchInputSchema>;

/**
 * Runs the dataset's transform, where it has one, over the accepted records of one batch and writes what it gives in the dataset's output
 * format; the batch record last. Done already, by whatever run, is not done again.
 * @throws one of the errors of the contract, after leaving the particulars beside the plan
 */
export async function processBatch(context: Context, input: Input): Promise<BatchOutput> {
  const at = { run: input.run, round: roundOf(input.planKey), index: input.index, state: 'ProcessBatch' } as const;
  return notingFailure(context, at, async () => {
    const planned = await readPlan(context, input.run, input.planKey);
    const { plan, dataset } = planned;
    const batch = batchOf(plan, input.index);
    const fingerprint = processedFingerprintOf(dataset, batch.fingerprint, plan.settings);
    const done = await readBatchRecord(new Store(context.s3, context.env.LAKE_BUCKET), plan, fingerprint);
    const record = done ?? (await doBatch(context, planned, batch, fingerprint));
    return { index: batch.index, fingerprint, reused: done !== undefined, records: record.records };
  });
}

async function doBatch(
  context: Context,
  { plan, dataset }: PlannedRun,
  batch: BatchPlan,
  fingerprint: string,
): Promise<BatchRecord> {
  const { env, s3, ledger } = context;
  const lake = new Store(s3, env.LAKE_BUCKET);
  const validated = await readBatchRecord(lake, plan, batch.fingerprint);
  if (validated === undefined)
    throw new InternalError(`batch ${batch.index} (${batch.fingerprint}) is to be processed, but was not validated`);
  const { output: input } = validated;
  const settings = settingsOfTransform(dataset, plan.settings) === null ? [] : await readSettings(ledger, plan);
  return withWorkDir(async (workDir) => {
    let processed: Processed = { data: null, dropped: 0, added: 0 };
    // Without accepted records there is nothing to transform; an aggregate would make a record out of nothing.
    if (input !== null) {
      const path = join(workDir, 'records.parquet');
      await downloadFile(s3, env.LAKE_BUCKET, input.key, path, { bytes: input.bytes, crc32: input.crc32 });
      processed = await processRecords({
        dataset,
        input: { path, records: input.records, crc32: input.crc32 },
        settings,
        process: Object.hasOwn(context.processes, dataset.name) ? context.processes[dataset.name] : undefined,
        about: {
          dataset: dataset.name,
          partition: plan.partition,
          settings: dataset.transform?.code === undefined ? {} : settingsForCode(settings),
        },
        workDir,
        limits: limitsOf(context),
      });
    }
    const { data, dropped, added } = processed;
    let output: Output | null = null;
    if (data !== null) {
      const { format } = dataset.output;
      const key = keys.data(plan.dataset, plan.partition, fingerprint, format);
      await uploadFile(s3, env.LAKE_BUCKET, key, data, OUTPUT_FORMATS[format].contentType);
      output = { key, records: data.records, bytes: data.bytes, crc32: data.crc32 };
    }
    const record: BatchRecord = {
      ...validated,
      kind: 'processed',
      fingerprint,
      from: batch.fingerprint,
      engineVersion: ENGINE_VERSION,
      records: { ...validated.records, dropped, added, published: data?.records ?? 0 },
      output,
      cost: context.usage(),
    };
    await lake.putJson(keys.batch(plan.dataset, plan.partition, fingerprint), record);
    return record;
  });
}
