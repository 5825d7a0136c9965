import type { z } from 'zod';
import { endingOf } from '../contracts/endings';
import { keys } from '../contracts/keys';
import type { checkInputSchema, CheckOutput, CheckResult } from '../contracts/steps';
import { readPlan } from '../runtime/batches';
import type { StepContext } from '../runtime/step';
import { Store } from '../runtime/store';
import { gather, totalCost, totalFiles, totalRecords, totalRules } from './gather';
import { planSecondRound } from './second-round';
import { judge } from './verdict';

type Context = StepContext<'check-partition'>;
type Input = z.output<typeof checkInputSchema>;

/**
 * Looks at a partition as a whole: which batches are done, whether batches share unique keys, whether all records are accounted for and
 * few enough were rejected. What it found is in the ledger before it returns or throws.
 * @throws the errors of {@link judge}; RecordsUnaccounted when the second round left duplicates
 */
export async function checkPartition(context: Context, { run, load, batches }: Input): Promise<CheckOutput> {
  const { ledger, env, s3 } = context;
  const { plan, dataset } = await readPlan(context, run, load.planKey);
  const lake = new Store(s3, env.LAKE_BUCKET);
  const { done, failed } = await gather({ ledger, lake }, run, plan, dataset, batches);
  const checkKey = keys.check(run.dataset, run.partition, run.runId);
  const found: CheckResult = {
    schemaVersion: 1,
    runId: run.runId,
    planKey: load.planKey,
    ending: null,
    records: totalRecords(done),
    rules: totalRules(done),
    failedBatches: [...failed],
    ...totalFiles(done),
    batches: { all: plan.batches.length, failed: failed.length },
    cost: totalCost(done),
  };
  // First without an ending: whatever throws from here on, the manifest has the counts, and nothing can be published with them.
  await ledger.putJson(checkKey, found);
  const secondRound = await planSecondRound(context, run, plan, dataset, done);
  if (secondRound !== undefined) return { duplicatesAcross: true, load: secondRound };
  const code = judge(dataset, { records: found.records, failed, batches: plan.batches.length });
  const ending = { status: endingOf(code).status, code };
  await ledger.putJson(checkKey, { ...found, ending } satisfies CheckResult);
  return { duplicatesAcross: false, checkKey, ending };
}
