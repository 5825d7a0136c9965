import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { InternalError, RecordsUnaccounted } from '../../core/contracts/errors';
import { keys } from '../../core/contracts/keys';
import { planSchema, type BatchPlan, type Plan } from '../../core/contracts/batch/plan';
import type { Loaded, Run } from '../../core/contracts/run/steps';
import { batchFingerprint } from '../../core/domain/batch/plan-batches';
import { duplicatesAcross, repeatedAcross, type KeysOfBatch, type Omissions } from '../../core/engine/files/across';
import { limitsOf, type Limits } from '../../core/engine/duckdb/database';
import { downloadFile, PARQUET_TYPE, withWorkDir } from '../../core/runtime/aws/files';
import { computeOnce } from '../../core/runtime/store/once';
import { inParallel } from '../../core/runtime/aws/parallel';
import type { StepContext } from '../../core/runtime/step/step';
import type { DoneBatch } from './gather';

type Context = StepContext<'check-partition'>;

const DOWNLOADS_AT_A_TIME = 4;

/**
 * Looks for unique keys that more than one batch has. If there are any, writes for each batch but the one whose record is kept which records
 * it has to leave out, and the plan of a second round, in which those batches have new fingerprints.
 * @returns what ForEachBatch has to run once more; undefined when there is nothing to do
 * @throws RecordsUnaccounted when there are still duplicates after the second round
 */
export async function planSecondRound(
  context: Context,
  run: Run,
  plan: Plan,
  dataset: Dataset,
  done: readonly DoneBatch[],
): Promise<Loaded | undefined> {
  const { ledger } = context;
  if (dataset.duplicates !== 'reject') return undefined;
  return withKeys(context, dataset, done, async (files, workDir, limits) => {
    const omissions = await duplicatesAcross(dataset, files, workDir, limits);
    if (omissions.length === 0) return undefined;
    if (plan.round === 2) {
      throw new RecordsUnaccounted(
        `${omissions.reduce((sum, { records }) => sum + records, 0)} records still have a unique key of which another batch has the one that is kept, after the second round`,
      );
    }
    const planKey = keys.plan(run.dataset, run.partition, run.runId, 2);
    const omitted = new Map<number, BatchPlan['omit']>();
    for (const omission of omissions) omitted.set(omission.index, await writeOmissions(context, run, omission));
    const second: Plan = {
      ...plan,
      round: 2,
      batches: plan.batches.map((batch) => leavingOut(batch, plan, dataset, omitted.get(batch.index) ?? null)),
    };
    const recorded = await computeOnce(ledger, planKey, second, planSchema);
    return {
      ready: true,
      planKey,
      round: 2,
      batches: recorded.batches.filter(({ omit }) => omit !== null).map(({ index }) => index),
    };
  });
}

/** How many records have a unique key that a record of an earlier batch has, where they are not left out. */
export async function duplicatesLeft(context: Context, dataset: Dataset, done: readonly DoneBatch[]): Promise<number> {
  if (dataset.duplicates === 'reject') return 0;
  return (await withKeys(context, dataset, done, repeatedAcross)) ?? 0;
}

/** Does some work with the unique keys of the batches on this machine; undefined where there are not two batches with keys. */
async function withKeys<T>(
  { env, s3, remainingMs }: Context,
  dataset: Dataset,
  done: readonly DoneBatch[],
  work: (files: readonly KeysOfBatch[], workDir: string, limits: Limits) => Promise<T>,
): Promise<T | undefined> {
  // A batch without accepted records has no keys.
  const keyed = done.filter(({ validated }) => validated.uniqueKeys !== null);
  if (dataset.unique === undefined || keyed.length < 2) return undefined;
  const limits = limitsOf({ env, remainingMs });
  return withWorkDir(async (workDir) => {
    const files = await inParallel(keyed, DOWNLOADS_AT_A_TIME, async ({ batch, validated }) => {
      const path = join(workDir, `keys-${batch.index}.parquet`);
      const { key, bytes, crc32 } = validated.uniqueKeys ?? {};
      if (key === undefined || bytes === undefined) throw new InternalError(`batch ${batch.index} has no keys`);
      await downloadFile(s3, env.LAKE_BUCKET, key, path, { bytes, crc32 });
      return { index: batch.index, path };
    });
    return work(files, workDir, limits);
  });
}

async function writeOmissions(
  { ledger }: Context,
  run: Run,
  { index, path, records }: Omissions,
): Promise<BatchPlan['omit']> {
  const key = keys.omissions(run.dataset, run.partition, run.runId, index);
  const bytes = await readFile(path);
  await ledger.put(key, bytes, PARQUET_TYPE);
  return { key, sha256: createHash('sha256').update(bytes).digest('hex'), records };
}

function leavingOut(batch: BatchPlan, plan: Plan, dataset: Dataset, omit: BatchPlan['omit']): BatchPlan {
  if (omit === null) return batch;
  const leaving = { ...batch, omit };
  return { ...leaving, fingerprint: batchFingerprint(dataset, plan, leaving) };
}
