import type { z } from 'zod';
import {
  backfillPlanSchema,
  type summarizeBackfillInputSchema,
  type SummarizeBackfillOutput,
} from '../../core/contracts/backfill/backfill';
import { InternalError } from '../../core/contracts/errors';
import { keys } from '../../core/contracts/keys';
import { summarizePlan } from '../../core/runtime/backfill/summarize';
import type { StepContext } from '../../core/runtime/step/step';

export type SummarizeContext = Pick<StepContext<'summarize-backfill'>, 'ledger' | 'now'>;

/**
 * Reads the ledger again when the runs are over and writes down what is true: a running tally could have missed what a killed child or
 * another run did.
 * @throws InternalError when there is no plan; RollcallError when the ledger does not answer
 */
export async function summarizeBackfill(
  { ledger, now }: SummarizeContext,
  { planKey }: z.output<typeof summarizeBackfillInputSchema>,
): Promise<SummarizeBackfillOutput> {
  const plan = (await ledger.getJson(planKey, backfillPlanSchema))?.value;
  if (plan === undefined) throw new InternalError(`s3://${ledger.bucket}/${planKey}: there is no plan`);
  const summary = await summarizePlan(ledger, plan, now());
  const summaryKey = keys.backfill(plan.backfillId, 'summary');
  // A repetition overwrites it: what is true later is as true.
  await ledger.putJson(summaryKey, summary);
  const { recovered, stillMissing } = summary;
  return {
    summaryKey,
    recovered: recovered.length,
    stillMissing: stillMissing.length,
    totalRecords: recovered.reduce((sum, { records }) => sum + records, 0),
  };
}
