import type { z } from 'zod';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { endingOf } from '../../core/contracts/run/endings';
import { keys } from '../../core/contracts/keys';
import type { checkInputSchema, CheckOutput, CheckResult } from '../../core/contracts/run/steps';
import { briefOfFailedObjects, failedObjectsOf } from '../../core/domain/batch/telling-of-failed-objects';
import { UNIQUE_RULE } from '../../core/engine/stage/later-records';
import { readPlan } from '../../core/runtime/step/planned-batches';
import type { StepContext } from '../../core/runtime/step/step';
import { Store } from '../../core/runtime/store/store';
import { gather, totalAbsent, totalCost, totalFiles, totalRecords, totalRules, type Gathered } from './gather';
import { measure } from './measure';
import { compareRules, qualityOf } from './quality-of-partition';
import { duplicatesLeft, planSecondRound } from './second-round';
import { onSmallInput } from './small-input';
import { judge, refuseUnmetExpectations, tooManyObjects } from '../../core/domain/quality/verdict';

type Context = StepContext<'check-partition'>;
type Input = z.output<typeof checkInputSchema>;

/**
 * Looks at a partition as a whole: which batches are done, whether batches share unique keys, whether all records are accounted for and
 * few enough were rejected, and whether it is what the dataset expects. What it found is in the ledger before it returns or throws.
 * @throws the errors of {@link judge} and {@link refuseUnmetExpectations}; RecordsUnaccounted when the second round left duplicates
 */
export async function checkPartition(context: Context, { run, load, batches }: Input): Promise<CheckOutput> {
  const { ledger, env, s3, logger } = context;
  const { plan, dataset } = await readPlan(context, run, load.planKey);
  const lake = new Store(s3, env.LAKE_BUCKET);
  const gathered = await gather({ ledger, lake }, run, plan, dataset, batches);
  const { done } = gathered;
  const absentColumns = totalAbsent(done);
  const failed = gathered.failed.map((one) => onSmallInput(one, plan, env.ENGINE_MEMORY_MB));
  const objects = plan.batches.flatMap((batch) => batch.objects);
  const failedObjects = failedObjectsOf(gathered.unread, objects.length);
  if (failedObjects !== undefined) logger.warn('objects that cannot be read', briefOfFailedObjects(failedObjects));
  const checkKey = keys.check(run.dataset, run.partition, run.runId);
  const found: CheckResult = {
    schemaVersion: 1,
    runId: run.runId,
    planKey: load.planKey,
    ending: null,
    records: totalRecords(gathered),
    rules: totalRules(gathered),
    ...(absentColumns === undefined ? {} : { absentColumns }),
    failedBatches: [...failed],
    ...(failedObjects === undefined ? {} : { failedObjects }),
    ...totalFiles(done),
    batches: { all: plan.batches.length, failed: failed.length },
    cost: totalCost(done),
  };
  // First without an ending: whatever throws from here on, the manifest has the counts, and nothing can be published with them.
  await ledger.putJson(checkKey, found);
  // Of a partition that is refused in any case no batch is done again.
  const isRefused =
    gathered.stopped.length > 0 || tooManyObjects(dataset.tolerance, failedObjects, found.records) !== null;
  const secondRound = isRefused ? undefined : await planSecondRound(context, run, plan, dataset, done);
  if (secondRound !== undefined) return { duplicatesAcross: true, load: secondRound };

  const { references } = plan;
  const { read } = found.records;
  const broken = await rulesOf(context, dataset, gathered);
  const compared = await compareRules(context, run, dataset, { read, references }, broken);
  const withRules: CheckResult = { ...found, rules: compared.rules.map(({ sudden: _sudden, ...rule }) => rule) };
  if (compared.rules.length > 0) await ledger.putJson(checkKey, withRules);
  const { records } = found;
  const code = judge(dataset, {
    records,
    rules: compared.rules,
    failed,
    failedObjects,
    batches: plan.batches.length,
    objects,
  });
  // Only now, because it reads the accepted records once more: of a partition that may be published so far.
  const quality = qualityOf(run, dataset, compared, await measure(context, run, dataset, done));
  if (quality.expectations.length > 0) await ledger.putJson(checkKey, { ...withRules, quality });
  refuseUnmetExpectations(quality);
  const ending = { status: endingOf(code).status, code };
  await ledger.putJson(checkKey, { ...withRules, quality, ending } satisfies CheckResult);
  return { duplicatesAcross: false, checkKey, ending };
}

/** The broken rules, those included that only all batches together can break. */
async function rulesOf(context: Context, dataset: Dataset, gathered: Gathered) {
  const broken = await duplicatesLeft(context, dataset, gathered.done);
  return totalRules(gathered, broken === 0 ? [] : [{ name: UNIQUE_RULE, broken, samples: [] }]);
}
