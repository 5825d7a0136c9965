import {
  backfillInputSchema,
  backfillPlanSchema,
  type BackfillPlan,
  type PlanBackfillOutput,
} from '../../core/contracts/backfill/backfill';
import { cut, MOST_DETAIL, MOST_PROBLEMS } from '../../core/contracts/batch/bounds';
import { keys } from '../../core/contracts/keys';
import { DEFAULT_STEP_RETRIES } from '../../core/contracts/dataset/retries';
import type { ExecutionRef } from '../../core/contracts/run/steps';
import { childPrefixOf, wavesOf } from '../../core/domain/backfill/backfill-plan';
import { parseBackfillInput } from '../../core/domain/backfill/backfill-request';
import { ignoredFields } from '../../core/domain/partition/run-input';
import { backfillIdOf } from '../../core/runtime/backfill/backfill-id';
import { makePlan, type SurveyContext } from '../../core/runtime/backfill/survey';
import { computeOnce } from '../../core/runtime/store/once';
import { valueOrNone } from '../../core/runtime/store/reading';
import type { StepContext } from '../../core/runtime/step/step';
import { describeShown } from '../../core/contracts/problems';

export type PlanContext = Pick<StepContext<'plan-backfill'>, 'datasets' | 'logger' | 'now'> &
  Omit<SurveyContext, 'lastTry'>;

/**
 * Understands what the backfill was started with, finds what is missing and writes the plan, or says what is wrong with the input. A
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
    const detail = problems.map(describeShown);
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
