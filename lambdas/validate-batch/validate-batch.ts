import { join } from 'node:path';
import type { z } from 'zod';
import { outputSchema, type BatchRecord, type Output } from '../../core/contracts/batch/batch';
import { keys } from '../../core/contracts/keys';
import { InternalError } from '../../core/contracts/errors';
import type { BatchPlan, Plan } from '../../core/contracts/batch/plan';
import type { batchInputSchema, BatchOutput } from '../../core/contracts/run/steps';
import { ownerFieldOf, sourceOf } from '../../core/domain/source/judge-fallback';
import { sensitiveColumns, showValues } from '../../core/domain/batch/sensitive';
import { batchFingerprint } from '../../core/domain/batch/plan-batches';
import { ENGINE_VERSION } from '../../core/domain/batch/fingerprint';
import { settingsOfRules } from '../../core/domain/batch/used-settings';
import { mostRejected } from '../../core/domain/batch/tolerance';
import { limitsOf } from '../../core/engine/duckdb/database';
import type { LocalFile } from '../../core/engine/files/outputs';
import type { OmitFile } from '../../core/engine/stage/later-records';
import { asFailedObject } from '../../core/engine/stage/set-aside';
import { validate, type Validated } from '../../core/engine/validate';
import {
  batchOf,
  notingFailure,
  readBatchRecord,
  readPlan,
  roundOf,
  type PlannedRun,
} from '../../core/runtime/step/planned-batches';
import { downloadFile, PARQUET_TYPE, uploadFile, withWorkDir } from '../../core/runtime/aws/files';
import { readSettings } from '../../core/runtime/step/read-settings';
import { SourceReader } from '../../core/runtime/step/source-reader';
import type { StepContext } from '../../core/runtime/step/step';
import { Store } from '../../core/runtime/store/store';
import { describeProblem } from '../../core/contracts/problems';

type Context = StepContext<'validate-batch'> & {
  /** The key under which sensitive values are hashed; asked for only where a dataset has any. */
  readonly sampleKey: () => Promise<string>;
};
type Input = z.output<typeof batchInputSchema>;

/**
 * Validates one batch: reads its objects, writes accepted records, quarantined records and, where batches have to be compared, the
 * hashes of the unique keys; the batch record last, which names the objects that cannot be read. A batch that is done already, by whatever run, is not done again.
 * @throws one of the errors of the contract, after leaving the particulars beside the plan
 */
export async function validateBatch(context: Context, input: Input): Promise<BatchOutput> {
  const at = { run: input.run, round: roundOf(input.planKey), index: input.index, state: 'ValidateBatch' } as const;
  return notingFailure(context, at, async () => {
    const planned = await readPlan(context, input.run, input.planKey);
    const batch = batchOf(planned.plan, input.index);
    const done = await finishedBatch(context, planned, batch);
    const record = done ?? (await doBatch(context, planned, batch));
    return {
      index: batch.index,
      fingerprint: batch.fingerprint,
      reused: done !== undefined,
      records: record.records,
    };
  });
}

/** Whether batches of the partition have to be compared by their unique keys. */
function wantsUniqueKeys({ plan, dataset }: PlannedRun): boolean {
  return plan.batches.length > 1 && dataset.unique !== undefined;
}

async function finishedBatch(
  context: Context,
  planned: PlannedRun,
  batch: BatchPlan,
): Promise<BatchRecord | undefined> {
  const { plan, dataset } = planned;
  const expected = batchFingerprint(dataset, plan, batch);
  if (expected !== batch.fingerprint)
    throw new InternalError(
      describeProblem({ field: `fingerprint of batch ${batch.index}`, value: batch.fingerprint, expected }),
    );
  const record = await readBatchRecord(new Store(context.s3, context.env.LAKE_BUCKET), plan, batch.fingerprint);
  // It may have been the only batch of its partition then: without its keys it could not be compared now.
  const hasKeys = record !== undefined && (record.output !== null || (record.records.deleted ?? 0) > 0);
  const lacksKeys = hasKeys && record.uniqueKeys === null;
  return lacksKeys && wantsUniqueKeys(planned) ? undefined : record;
}

async function doBatch(context: Context, planned: PlannedRun, batch: BatchPlan): Promise<BatchRecord> {
  const { plan, dataset } = planned;
  const { env, s3, ledger } = context;
  const sampleKey = sensitiveColumns(dataset).length > 0 ? await context.sampleKey() : undefined;
  const settings = settingsOfRules(dataset, plan.settings) === null ? [] : await readSettings(ledger, plan);
  return withWorkDir(async (workDir) => {
    let omit: OmitFile | null = null;
    if (batch.omit !== null) {
      const { key, sha256, records } = batch.omit;
      omit = { path: join(workDir, 'omit.parquet'), records };
      await downloadFile(s3, ledger.bucket, key, omit.path, { sha256 });
    }
    const validated = await validate({
      dataset,
      objects: batch.objects,
      reader: new SourceReader(s3, ownerFieldOf(plan.source.kind)).objectsOf(
        sourceOf(dataset, plan.source.kind).account,
      ),
      batchBytes: plan.batchBytes,
      mostRejected: (records) => mostRejected(dataset.tolerance, { records, isWhole: plan.batches.length === 1 }),
      settings,
      references: {
        of: plan.references,
        land: ({ key, bytes, crc32 }, path) => downloadFile(s3, env.LAKE_BUCKET, key, path, { bytes, crc32 }),
      },
      omit,
      wantsUniqueKeys: wantsUniqueKeys(planned),
      workDir,
      limits: limitsOf(context),
      show: showValues(dataset, sampleKey),
    });
    const outputs = await writeOutputs(context, plan, batch.fingerprint, validated);
    const record: BatchRecord = {
      schemaVersion: 1,
      kind: 'validated',
      fingerprint: batch.fingerprint,
      from: null,
      engineVersion: ENGINE_VERSION,
      objects: batch.objects,
      records: validated.counts,
      rules: validated.rules,
      ...(validated.unread.length === 0 ? {} : { failedObjects: validated.unread.map(asFailedObject) }),
      ...outputs,
      cost: context.usage(),
    };
    // Last: from now on the batch is done.
    await new Store(s3, env.LAKE_BUCKET).putJson(keys.batch(plan.dataset, plan.partition, batch.fingerprint), record);
    return record;
  });
}

/** Writes a batch's files. Their names say what they are made from, so writing them again writes the same. */
async function writeOutputs(
  { s3, env }: Context,
  plan: Plan,
  fingerprint: string,
  { data, quarantine, uniqueKeys }: Validated,
): Promise<Pick<BatchRecord, 'output' | 'quarantine' | 'uniqueKeys'>> {
  const write = async (file: LocalFile | null, key: string, contentType: string): Promise<Output | null> => {
    if (file === null) return null;
    await uploadFile(s3, env.LAKE_BUCKET, key, file, contentType);
    return outputSchema.parse({ key, records: file.records, bytes: file.bytes, crc32: file.crc32 });
  };
  const at = [plan.dataset, plan.partition, fingerprint] as const;
  return {
    output: await write(data, keys.data(...at), PARQUET_TYPE),
    quarantine: await write(quarantine, keys.quarantine(...at), 'application/gzip'),
    uniqueKeys: await write(uniqueKeys, keys.uniqueKeys(...at), PARQUET_TYPE),
  };
}
