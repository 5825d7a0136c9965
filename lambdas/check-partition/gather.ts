import {
  batchFailureSchema,
  type BatchFailure,
  type BatchRecord,
  type FailedBatch,
  type Output,
  type RuleResult,
  type Stopped,
} from '../../core/contracts/batch/batch';
import type { FailedObject } from '../../core/contracts/batch/failed-objects';
import { needsProcessing, type Dataset } from '../../core/contracts/dataset/dataset';
import { isOwnErrorName, reasonOfError } from '../../core/contracts/errors';
import { keys } from '../../core/contracts/keys';
import { NO_RECORDS, type RecordCounts } from '../../core/contracts/run/partition-record';
import type { BatchPlan, Plan } from '../../core/contracts/batch/plan';
import { checkResultSchema, type BatchResult, type CheckResult, type Run } from '../../core/contracts/run/steps';
import { errorNameOf } from '../../core/domain/batch/telling-of-failed-objects';
import { processedFingerprintOf } from '../../core/domain/batch/fingerprint';
import { readBatchRecord } from '../../core/runtime/step/planned-batches';
import { inParallel } from '../../core/runtime/aws/parallel';
import { valueOrNone } from '../../core/runtime/store/reading';
import type { Store } from '../../core/runtime/store/store';

/** A batch that is done: what validation gave, and what is to be published of it. */
export interface DoneBatch {
  readonly batch: BatchPlan;
  readonly validated: BatchRecord;
  /** The processed batch where batches go through ProcessBatch, else the validated one. */
  readonly final: BatchRecord;
}

export interface Gathered {
  readonly done: readonly DoneBatch[];
  readonly failed: readonly FailedBatch[];
  /** What is known of those of the failed ones that were not read to their end. */
  readonly stopped: readonly Stopped[];
  /** Objects that could not be read, of all batches that ran, in the order of the plan. */
  readonly unread: readonly FailedObject[];
}

/** Batch records of some kilobytes at a time: 500 of them take about two seconds. */
const READS_AT_A_TIME = 16;

/**
 * What became of each batch of a plan, read from S3: a record means done, whatever the state machine heard; none means failed. For
 * failed ones the state machine knows at least the error's name, and a note beside the plan the rest. Where the dataset does not say how
 * many objects may fail, a batch with one that could not be read has failed, too.
 */
export async function gather(
  stores: { readonly ledger: Store; readonly lake: Store },
  run: Run,
  plan: Plan,
  dataset: Dataset,
  results: readonly BatchResult[],
): Promise<Gathered> {
  const outcomes = await inParallel(plan.batches, READS_AT_A_TIME, async (batch) => {
    const validated = await readBatchRecord(stores.lake, plan, batch.fingerprint);
    const final =
      needsProcessing(dataset) && validated !== undefined
        ? await readBatchRecord(stores.lake, plan, processedFingerprintOf(dataset, batch.fingerprint, plan.settings))
        : validated;
    const unread = validated?.failedObjects ?? [];
    const failed = dataset.tolerance.failedObjects === undefined ? failedOf(batch, unread) : undefined;
    if (failed !== undefined) return { failed, unread };
    if (validated !== undefined && final !== undefined) return { done: { batch, validated, final }, unread };
    const failure = await failureOf(stores.ledger, run, plan, batch, results);
    return { ...failure, unread: validated === undefined ? failure.unread : unread };
  });
  return {
    done: outcomes.flatMap((one) => ('done' in one ? [one.done] : [])),
    failed: outcomes.flatMap((one) => ('failed' in one ? [one.failed] : [])),
    stopped: outcomes.flatMap((one) => ('stopped' in one ? (one.stopped ?? []) : [])),
    unread: outcomes.flatMap((one) => one.unread),
  };
}

/** The failure of a batch of which objects could not be read, the first of them to blame; undefined where there are none. */
function failedOf(batch: BatchPlan, unread: readonly FailedObject[]): FailedBatch | undefined {
  const [first] = unread;
  if (first === undefined) return undefined;
  const keysOfUnread = new Set(unread.map(({ key }) => key));
  const bucket = batch.objects.find(({ key }) => key === first.key)?.bucket ?? '';
  return {
    index: batch.index,
    state: 'ValidateBatch',
    error: errorNameOf(first),
    message: `s3://${bucket}/${first.key}: ${first.message}`,
    objects: [...keysOfUnread, ...objectsOf(batch).filter((key) => !keysOfUnread.has(key))],
  };
}

async function failureOf(
  ledger: Store,
  run: Run,
  plan: Plan,
  batch: BatchPlan,
  results: readonly BatchResult[],
): Promise<Failure> {
  // The second round runs only the batches that have to leave records out.
  const ran = plan.round === 1 || batch.omit !== null;
  const result = results.find(({ index }) => index === batch.index);
  return ran ? failureIn(ledger, run, plan, batch, result) : failureBefore(ledger, run, batch);
}

/** A failed batch, and what is known of one that was not read to its end. */
interface Failure {
  readonly failed: FailedBatch;
  readonly stopped?: Stopped | undefined;
  /** Of whatever attempt: what an object is does not depend on it. */
  readonly unread: readonly FailedObject[];
}

/**
 * Why a batch failed that ran in this round. A note is of the last attempt that could leave one: it counts where the state machine heard of
 * the same error in the same state, and of a batch of which it heard nothing. An attempt that was killed leaves none, and one that succeeded
 * after it makes it a note of the past.
 */
async function failureIn(
  ledger: Store,
  run: Run,
  { round }: Plan,
  batch: BatchPlan,
  result: BatchResult | undefined,
): Promise<Failure> {
  const note = await noteOf(ledger, run, round, batch);
  const unread = note?.failedObjects ?? [];
  const objects = objectsOf(batch);
  if (note !== undefined && (result === undefined || isOf(note, result))) {
    const { index, state, message, object, stopped } = note;
    const error = result?.error ?? note.error;
    const first = object === null ? [] : [object];
    const own = [...first, ...objects.filter((one) => one !== object)];
    return { failed: { index, state, error, message, objects: own }, stopped, unread };
  }
  const message =
    result?.error === undefined
      ? 'the batch left neither a record that can be read nor an error'
      : `the batch ended with ${result.error} and left no note: see the execution history`;
  const state = result?.state ?? 'ValidateBatch';
  return { failed: { index: batch.index, state, error: result?.error ?? 'InternalError', message, objects }, unread };
}

/** Why a batch failed in the first round: as CheckPartition found it then. */
async function failureBefore(ledger: Store, run: Run, batch: BatchPlan): Promise<Failure> {
  const key = keys.check(run.dataset, run.partition, run.runId);
  const check = valueOrNone(await ledger.read(key, checkResultSchema));
  const failed = check?.failedBatches.find(({ index }) => index === batch.index) ?? {
    index: batch.index,
    state: 'ValidateBatch',
    error: 'InternalError',
    message: 'the batch has no record that can be read, and why is not known any more: see the execution history',
    objects: objectsOf(batch),
  };
  return { failed, unread: (await noteOf(ledger, run, 1, batch))?.failedObjects ?? [] };
}

/** What the last attempt that could leave a note left. One that is unreadable says as little as none. */
async function noteOf(ledger: Store, run: Run, round: 1 | 2, batch: BatchPlan): Promise<BatchFailure | undefined> {
  const key = keys.batchFailure(run.dataset, run.partition, run.runId, round, batch.index);
  return valueOrNone(await ledger.read(key, batchFailureSchema));
}

const objectsOf = ({ objects }: BatchPlan): string[] => objects.map(({ key }) => key);

/** Whether a note is about what the state machine heard of its batch. */
function isOf(note: BatchFailure, { state, error }: BatchResult): boolean {
  return error !== undefined && note.state === state && isSame(error, note.error);
}

/** An error that was given up at last has another name than in its note, and the same reason. */
const isSame = (ended: string, noted: string): boolean =>
  ended === noted || (isOwnErrorName(ended) && reasonOfError(ended) === reasonOfError(noted));

/** The counts of all batches, those included that were not read to their end. */
export function totalRecords({ done, stopped }: Pick<Gathered, 'done' | 'stopped'>): RecordCounts {
  const total = { ...NO_RECORDS, deleted: 0 };
  for (const { records } of [...done.map(({ final }) => final), ...stopped])
    for (const name of Object.keys(total) as (keyof RecordCounts)[]) total[name] += records[name] ?? 0;
  const { deleted, ...others } = total;
  return deleted === 0 ? others : total;
}

/** The rules of all batches (and `more`), the most broken first, with the first samples of each. */
export function totalRules(
  { done, stopped }: Pick<Gathered, 'done' | 'stopped'>,
  more: readonly RuleResult[] = [],
): RuleResult[] {
  const total = new Map<string, RuleResult>();
  const all = [...done.map(({ validated }) => validated), ...stopped].flatMap(({ rules }) => rules);
  for (const rule of [...all, ...more]) {
    const known = total.get(rule.name);
    total.set(rule.name, {
      name: rule.name,
      broken: (known?.broken ?? 0) + rule.broken,
      samples: [...(known?.samples ?? []), ...rule.samples].slice(0, 3),
    });
  }
  return [...total.values()].sort((a, b) => b.broken - a.broken || (a.name < b.name ? -1 : 1));
}

/** The files of all batches. */
export function totalFiles(done: readonly DoneBatch[]): { files: Output[]; quarantineFiles: Output[] } {
  const present = (outputs: (Output | null)[]) => outputs.filter((output) => output !== null);
  return {
    files: present(done.map(({ final }) => final.output)),
    quarantineFiles: present(done.map(({ validated }) => validated.quarantine)),
  };
}

/** What the steps of the batches took. */
export function totalCost(done: readonly DoneBatch[]): CheckResult['cost'] {
  const cost: CheckResult['cost'] = {};
  const add = (state: string, record: BatchRecord) => {
    const known = cost[state] ?? { peakMb: 0, requests: 0 };
    cost[state] = {
      peakMb: Math.max(known.peakMb, record.cost.peakMb),
      requests: known.requests + record.cost.requests,
    };
  };
  for (const { validated, final } of done) {
    add('ValidateBatch', validated);
    if (final !== validated) add('ProcessBatch', final);
  }
  return cost;
}
