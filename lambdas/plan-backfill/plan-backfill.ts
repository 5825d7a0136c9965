import {
  backfillInputSchema,
  backfillPlanSchema,
  type BackfillPlan,
  type PlanBackfillOutput,
} from '../contracts/backfill';
import { cut, MOST_DETAIL, MOST_PROBLEMS } from '../contracts/bounds';
import { keys } from '../contracts/keys';
import { DEFAULT_STEP_RETRIES } from '../contracts/retries';
import type { ExecutionRef } from '../contracts/steps';
import { childPrefixOf, wavesOf } from '../domain/backfill-plan';
import { parseBackfillInput } from '../domain/backfill-request';
import { ignoredFields } from '../domain/run-input';
import { backfillIdOf } from '../runtime/backfill/identity';
import { makePlan, type SurveyContext } from '../runtime/backfill/survey';
import { computeOnce } from '../runtime/once';
import { valueOrNone } from '../runtime/reading';
import type { StepContext } from '../runtime/step';

export type PlanContext = Pick<StepContext<'plan-backfill'>, 'datasets' | 'logger' | 'now'> &
  Omit<SurveyContext, 'lastTry'>;

/**
 * Understands what the backfill was started with, finds what is owed and writes the plan, or says what is wrong with the input. A
 * repetition finds the plan and keeps it, so that the children's names and what is reported in the end are about the same partitions.
 * @throws RollcallError when the ledger does not answer, or the source before the last retry
 */
export async function planBackfill(
  context: PlanContext,
  { input, execution, retryCount }: { input?: unknown; execution: ExecutionRef; retryCount: number },
): Promise<PlanBackfillOutput> {
  const { ledger } = context;
  const backfillId = await backfillIdOf(ledger, execution);
  const planKey = keys.backfill(backfillId, 'plan');
  const kept = valueOrNone(await ledger.read(planKey, backfillPlanSchema));
  if (kept !== undefined) return answer(planKey, kept);

  const ignored = ignoredFields(input, backfillInputSchema);
  if (ignored !== '') context.logger.warn(ignored, { backfillId });
  const now = context.now();
  const { request, problems } = parseBackfillInput(input, context.datasets, now);
  if (request === undefined) {
    const detail = problems.map(({ field, value, expected }) => `${field}: got ${value}, expected ${expected}`);
    return {
      planned: false,
      detail: cut(`${detail.join('; ')}.`, MOST_DETAIL),
      problems: problems.slice(0, MOST_PROBLEMS),
    };
  }
  const lastTry = retryCount >= DEFAULT_STEP_RETRIES;
  const plan = await makePlan({ ...context, lastTry }, request, { backfillId, now });
  const { items, left, running, datasets } = plan;
  context.logger.info('planned', { items: items.length, left: left.length, running: running.length, datasets });
  return answer(planKey, await computeOnce(ledger, planKey, plan, backfillPlanSchema));
}

function answer(planKey: string, plan: BackfillPlan): PlanBackfillOutput {
  return {
    planned: true,
    anyMissing: plan.items.length > 0,
    planKey,
    backfillId: plan.backfillId,
    childPrefix: childPrefixOf(plan.backfillId),
    waves: wavesOf(plan),
  };
}
