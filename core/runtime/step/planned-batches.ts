import { failedObjectSchema } from '../../contracts/batch/failed-objects';
import { batchRecordSchema, stoppedSchema, type BatchFailure, type BatchRecord } from '../../contracts/batch/batch';
import type { Dataset } from '../../contracts/dataset/dataset';
import { errorNamed, InternalError } from '../../contracts/errors';
import { keys } from '../../contracts/keys';
import { planSchema, type BatchPlan, type Plan } from '../../contracts/batch/plan';
import type { Run } from '../../contracts/run/steps';
import { classify } from '../aws/classify';
import { definitionOfRun } from './definition';
import type { Logger } from '../aws/logger';
import { valueOrNone } from '../store/reading';
import type { Registry } from './dataset-registry';
import type { Store } from '../store/store';
import { describeProblem } from '../../contracts/problems';

/** The plan of a run, with the definition that it was made for. */
export interface PlannedRun {
  readonly plan: Plan;
  readonly dataset: Dataset;
}

/**
 * Reads the plan of a run and makes sure that this code and its definitions are those that made it.
 * @throws DefinitionChanged when a deployment came in between, InternalError when there is no plan
 */
export async function readPlan(
  context: { readonly ledger: Store; readonly datasets: Registry; readonly env: { readonly CODE_VERSION: string } },
  run: Run,
  planKey: string,
): Promise<PlannedRun> {
  const plan = (await context.ledger.getJson(planKey, planSchema))?.value;
  if (plan === undefined) throw new InternalError(`s3://${context.ledger.bucket}/${planKey}: there is no plan`);
  return { plan, dataset: definitionOfRun(context, { ...plan, dataset: run.dataset }) };
}

/**
 * The batch of a plan with some index.
 * @throws InternalError when the plan has none
 */
export function batchOf(plan: Plan, index: number): BatchPlan {
  const batch = plan.batches.find((one) => one.index === index);
  if (batch === undefined)
    throw new InternalError(
      describeProblem({ field: 'index', value: index, expected: `one of ${plan.batches.length} batches` }),
    );
  return batch;
}

/** The round of a plan, as its key says: known before the plan is read. */
export function roundOf(planKey: string): 1 | 2 {
  return planKey.endsWith('.round-2.json') ? 2 : 1;
}

/**
 * The record of a batch that is done; undefined when it is not. One that is unreadable says nothing of what was done: the batch is computed
 * again, which writes the same files and the record anew.
 */
export async function readBatchRecord(lake: Store, plan: Plan, fingerprint: string): Promise<BatchRecord | undefined> {
  return valueOrNone(await lake.read(keys.batch(plan.dataset, plan.partition, fingerprint), batchRecordSchema));
}

/**
 * Does a batch's work; if it throws, leaves the particulars beside the plan first, because the state machine keeps the error's name
 * only. A failure of this note is logged and hides nothing: the error itself is thrown on.
 */
export async function notingFailure<T>(
  context: { readonly ledger: Store; readonly logger: Logger },
  at: { readonly run: Run; readonly round: 1 | 2; readonly index: number; readonly state: BatchFailure['state'] },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const known = classify(error);
    const { stopped, failedObjects, ...details } = known.details;
    const { object } = details;
    const failure: BatchFailure = {
      index: at.index,
      state: at.state,
      error: known.name,
      message: known.message,
      object: typeof object === 'string' ? object : null,
      ...(stopped === undefined ? {} : { stopped: stoppedSchema.parse(stopped) }),
      ...(failedObjects === undefined ? {} : { failedObjects: failedObjectSchema.array().parse(failedObjects) }),
    };
    const key = keys.batchFailure(at.run.dataset, at.run.partition, at.run.runId, at.round, at.index);
    try {
      await context.ledger.putJson(key, failure);
    } catch (cause) {
      context.logger.error('the failure of a batch could not be noted', { key, error: cause as Error });
    }
    // Samples of records and long lists are for the note, and so for the manifest; what is thrown is logged.
    if (stopped === undefined && failedObjects === undefined) throw known;
    throw errorNamed(known.name, known.message, { details, cause: known.cause });
  }
}
