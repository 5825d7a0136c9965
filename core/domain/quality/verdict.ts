import { accountsForRead, type FailedBatch } from '../../contracts/batch/batch';
import type { SourceObject } from '../../contracts/batch/plan';
import type { Dataset } from '../../contracts/dataset/dataset';
import type { FailedObjects } from '../../contracts/batch/failed-objects';
import { endingOf } from '../../contracts/run/endings';
import {
  AllRecordsRejected,
  errorNamed,
  QualityGateFailed,
  reasonOfError,
  RecordsUnaccounted,
  RuleSuddenlyStrict,
  SourceEmpty,
  TooManyBatchesFailed,
  TooManyRejected,
  type RollcallError,
} from '../../contracts/errors';
import type { RecordCounts } from '../../contracts/run/partition-record';
import type { Quality } from '../../contracts/run/quality';
import {
  briefOfFailedObjects,
  errorNameOf,
  failedObjectsSentence,
  isOfObject,
} from '../batch/telling-of-failed-objects';
import { mostOf, overLimit } from '../batch/tolerance';
import type { JudgedRule } from './judge-quality';
import { listed } from '../text/lists';
import { count } from '../text/numbers';

/** What a partition's batches gave, all together. */
export interface Findings {
  readonly records: RecordCounts;
  /** The most broken first. */
  readonly rules: readonly JudgedRule[];
  readonly failed: readonly FailedBatch[];
  /** Objects that could not be read; absent where there are none. */
  readonly failedObjects?: FailedObjects | undefined;
  /** Batches of the plan. */
  readonly batches: number;
  /** Objects of the plan. */
  readonly objects: readonly Pick<SourceObject, 'key' | 'size'>[];
}

/** How a partition ends that may be published. */
export type GoodCode = 'COMPLETE' | 'WITHIN_TOLERANCE' | 'EMPTY_AS_DECLARED';

/**
 * Whether a partition may be published, and as what.
 * @throws RecordsUnaccounted, TooManyRejected for a batch that was not read to its end, the error of the first object that could not be read,
 * TooManyBatchesFailed or the error that all failed batches share, SourceEmpty, AllRecordsRejected, QualityGateFailed for a rule that none may break, RuleSuddenlyStrict, TooManyRejected
 */
export function judge(dataset: Pick<Dataset, 'empty' | 'tolerance'>, findings: Findings): GoodCode {
  const { records, rules, failed, failedObjects } = findings;
  refuseUnaccounted(records);
  refuseStopped(failed, rules);
  refuseFailedObjects(dataset.tolerance, findings);
  refuseFailedBatches(dataset.tolerance, findings);
  if (records.read === 0) {
    if (dataset.empty === 'normal') return 'EMPTY_AS_DECLARED';
    throw new SourceEmpty(`${withoutRecords(findings.objects)}, which the dataset declares to be a fault`);
  }
  refuseAllRejected(records, rules);
  refuseBrokenRules(rules);
  refuseSudden(dataset.tolerance.suddenly, rules);
  refuseRejected(dataset.tolerance.rejected, records, rules);
  return records.quarantined > 0 || failed.length > 0 || failedObjects !== undefined ? 'WITHIN_TOLERANCE' : 'COMPLETE';
}

/** That objects are there, but no records: other than a partition without objects. */
function withoutRecords(objects: Findings['objects']): string {
  const empty = objects.filter(({ size }) => size === 0);
  const ofNoBytes = `, ${empty.length} of 0 bytes (for example ${empty[0]?.key ?? ''})`;
  const hold = objects.length === 1 ? 'holds' : 'hold';
  return `no records: ${count(objects.length, 'object')} of the partition ${hold} none${empty.length > 0 ? ofNoBytes : ''}`;
}

function refuseUnaccounted(records: RecordCounts): void {
  const { read, accepted, quarantined, duplicates, deleted = 0, dropped, added, published } = records;
  if (accountsForRead(records) && published === accepted - dropped + added) return;
  throw new RecordsUnaccounted(
    `read ${read}, but accepted ${accepted}, quarantined ${quarantined}, duplicates ${duplicates}, deleted ${deleted}; ` +
      `published ${published}, but dropped ${dropped} and added ${added}`,
    { details: { ...records } },
  );
}

/**
 * A batch is not read to its end only where it is certain that too many records are rejected: no tolerance for failed batches makes up for
 * that. Its own sentence says how far it was read.
 */
function refuseStopped(failed: readonly FailedBatch[], rules: readonly JudgedRule[]): void {
  const stopped = failed.find(({ error }) => error === 'TooManyRejected');
  if (stopped !== undefined) throw new TooManyRejected(`${stopped.message}${mostBroken(rules)}`);
}

/**
 * Why so many objects that could not be read are too many, as `at most 3 may be`; null where they are not, and where the dataset does not say
 * how many may fail: then they are what their batches failed of.
 */
export function tooManyObjects(
  { failedObjects: limits }: Dataset['tolerance'],
  found: FailedObjects | undefined,
  { read }: Pick<RecordCounts, 'read'>,
): string | null {
  if (limits === undefined || found === undefined) return null;
  const { failed, of } = found;
  const over = overLimit({ most: limits.objects, share: limits.share }, failed, of);
  if (over !== null || read > 0) return over;
  // Without a record there is nothing to publish, and it is not certain that the partition is empty.
  return failed === of ? 'and there is no other' : 'and the others have no records';
}

function refuseFailedObjects(tolerance: Dataset['tolerance'], { failedObjects, records }: Findings): void {
  const why = tooManyObjects(tolerance, failedObjects, records);
  if (failedObjects !== undefined && why !== null) throw unreadError(failedObjects, why);
}

/** The error of the first object that could not be read, which tells of the others. */
function unreadError(found: FailedObjects, why: string): RollcallError {
  const [first] = found.objects;
  const name = first === undefined ? 'InternalError' : errorNameOf(first);
  return errorNamed(name, failedObjectsSentence(found, why), { details: briefOfFailedObjects(found) });
}

function refuseFailedBatches(
  { failedBatches: limits, failedObjects: ofObjects }: Dataset['tolerance'],
  { failed, failedObjects, batches, records }: Findings,
): void {
  const over = overLimit({ most: limits.batches, share: limits.share }, failed.length, batches);
  // Without a record there is nothing to publish, and it is not certain that the partition is empty.
  if (failed.length === 0 || (over === null && records.read > 0)) return;
  if (ofObjects === undefined && failedObjects !== undefined && failed.every(({ error }) => isOfObject(error)))
    throw unreadError(failedObjects, 'none may be');
  const told = failed.map(({ error, message }) => `${error}: ${message}`);
  const message = `${failed.length} of ${batches} batches failed: ${listed(told, 3, { separator: '; ' })}`;
  const details = { failed: failed.length, batches, objects: failed.map(({ objects }) => objects[0]).slice(0, 20) };
  throw sharedError(failed, message, details) ?? new TooManyBatchesFailed(message, { details });
}

/** The error that all failed batches have in common, where they have one. None is retried: each batch was already. */
function sharedError(
  failed: readonly FailedBatch[],
  message: string,
  details: Record<string, unknown>,
): RollcallError | undefined {
  const codes = new Set(failed.map((batch) => reasonOfError(batch.error, batch.message)));
  const [code] = codes;
  const error = codes.size === 1 && code !== undefined ? endingOf(code).ofBatches : null;
  return error === null ? undefined : errorNamed(error, message, { details });
}

/** Records that were deleted were sound: a partition of which nothing else is left is no victim of its rules. */
function refuseAllRejected({ accepted, quarantined, deleted = 0 }: RecordCounts, rules: readonly JudgedRule[]): void {
  if (quarantined === 0 || accepted + deleted > 0) return;
  throw new AllRecordsRejected(`all ${quarantined} records were rejected${mostBroken(rules)}`, {
    details: { quarantined },
  });
}

/** Rules that no record may break. */
function refuseBrokenRules(rules: readonly JudgedRule[]): void {
  const broken = rules.filter(({ otherwise }) => otherwise === 'fail');
  if (broken.length === 0) return;
  const told = broken.map(({ name, sentence }) => `no record may break ${name}: ${sentence}`);
  throw new QualityGateFailed(told.join('; '), { details: { rules: broken.map(({ name }) => name) } });
}

function refuseSudden(limits: Dataset['tolerance']['suddenly'], rules: readonly JudgedRule[]): void {
  const sudden = rules.filter((rule) => rule.sudden);
  if (limits.otherwise === 'warn' || sudden.length === 0) return;
  const told = sudden.map(({ name, sentence }) => `${name}: ${sentence}`);
  throw new RuleSuddenlyStrict(told.join('; '), { details: { rules: sudden.map(({ name }) => name) } });
}

/**
 * Refuses a partition that is not what its dataset insists on.
 * @throws QualityGateFailed with a sentence for each expectation that is not met
 */
export function refuseUnmetExpectations({ expectations }: Pick<Quality, 'expectations'>): void {
  const unmet = expectations.filter(({ outcome, otherwise }) => outcome === 'broken' && otherwise === 'fail');
  if (unmet.length === 0) return;
  const figures = unmet.map(({ figure }) => figure);
  throw new QualityGateFailed(unmet.map(({ sentence }) => sentence).join('; '), { details: { figures } });
}

function refuseRejected(
  limits: Dataset['tolerance']['rejected'],
  { read, quarantined }: RecordCounts,
  rules: readonly JudgedRule[],
): void {
  if (quarantined === 0) return;
  const details = { read, quarantined };
  if (limits.records !== undefined && quarantined > limits.records)
    throw new TooManyRejected(
      `${quarantined} of ${read} records were rejected, at most ${limits.records} may be${mostBroken(rules)}`,
      { details },
    );
  if (limits.share !== undefined && quarantined > mostOf(limits.share, read))
    throw new TooManyRejected(
      `${quarantined} of ${read} records were rejected (${percent(quarantined / read)}), at most ${percent(limits.share)} may be${mostBroken(rules)}`,
      { details },
    );
}

/** What is to be said first of the rules for which records were rejected. */
function mostBroken(rules: readonly JudgedRule[]): string {
  const worst = rules.find(({ name, otherwise }) => otherwise !== 'warn' && name !== 'unique');
  return worst === undefined ? '' : `; ${worst.sentence}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
