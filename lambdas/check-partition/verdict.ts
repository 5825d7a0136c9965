import type { FailedBatch } from '../contracts/batch';
import type { Dataset } from '../contracts/dataset';
import type { ReasonCode } from '../contracts/endings';
import {
  AllRecordsRejected,
  DefinitionChanged,
  InternalError,
  ObjectTooLarge,
  OutOfMemory,
  PlatformUnavailable,
  reasonOfError,
  RecordsUnaccounted,
  SchemaMismatch,
  SourceAccessDenied,
  SourceArchived,
  SourceBucketNotFound,
  SourceCorrupt,
  SourceEmpty,
  SourceKeyDenied,
  SourceUnavailable,
  StepTimedOut,
  TooManyBatchesFailed,
  TooManyRejected,
  type RollcallError,
} from '../contracts/errors';
import type { RecordCounts } from '../contracts/partition-record';

/** What a partition's batches gave, all together. */
export interface Findings {
  readonly records: RecordCounts;
  readonly failed: readonly FailedBatch[];
  /** Batches of the plan. */
  readonly batches: number;
}

/** How a partition ends that may be published. */
export type GoodCode = 'COMPLETE' | 'WITHIN_TOLERANCE' | 'EMPTY_AS_DECLARED';

/**
 * Whether a partition may be published, and as what.
 * @throws RecordsUnaccounted, TooManyBatchesFailed or the error that all failed batches share, SourceEmpty, AllRecordsRejected,
 * TooManyRejected
 */
export function judge(dataset: Pick<Dataset, 'empty' | 'tolerance'>, findings: Findings): GoodCode {
  const { records, failed, batches } = findings;
  refuseUnaccounted(records);
  refuseFailedBatches(dataset.tolerance.failedBatches, failed, batches, records);
  if (records.read === 0) {
    if (dataset.empty === 'normal') return 'EMPTY_AS_DECLARED';
    throw new SourceEmpty('the objects of the partition hold no records, which the dataset declares to be a fault');
  }
  refuseRejected(dataset.tolerance.rejected, records);
  return records.quarantined > 0 || failed.length > 0 ? 'WITHIN_TOLERANCE' : 'COMPLETE';
}

function refuseUnaccounted(records: RecordCounts): void {
  const { read, accepted, quarantined, duplicates, dropped, added, published } = records;
  if (read === accepted + quarantined + duplicates && published === accepted - dropped + added) return;
  throw new RecordsUnaccounted(
    `read ${read}, but accepted ${accepted}, quarantined ${quarantined}, duplicates ${duplicates}; ` +
      `published ${published}, but dropped ${dropped} and added ${added}`,
    { details: { ...records } },
  );
}

function refuseFailedBatches(
  limits: Dataset['tolerance']['failedBatches'],
  failed: readonly FailedBatch[],
  batches: number,
  records: RecordCounts,
): void {
  if (failed.length === 0) return;
  const allowed = Math.min(limits.batches ?? Infinity, limits.share === undefined ? Infinity : limits.share * batches);
  // Without a record there is nothing to publish, and nobody can say that the partition is empty.
  const tolerable = failed.length <= (allowed === Infinity ? 0 : allowed) && records.read > 0;
  if (tolerable) return;
  const told = failed.slice(0, 3).map(({ error, message }) => `${error}: ${message}`);
  const more = failed.length > told.length ? ` and ${failed.length - told.length} more` : '';
  const message = `${failed.length} of ${batches} batches failed: ${told.join('; ')}${more}`;
  const details = { failed: failed.length, batches, objects: failed.map(({ objects }) => objects[0]).slice(0, 20) };
  throw sharedError(failed, message, details) ?? new TooManyBatchesFailed(message, { details });
}

/** Codes that can be the common cause of failed batches, with the error that leads to them. None is retried: each batch was already. */
const SHARED: Partial<
  Record<ReasonCode, new (message: string, options: { details: Record<string, unknown> }) => RollcallError>
> = {
  SOURCE_BUCKET_NOT_FOUND: SourceBucketNotFound,
  SOURCE_ACCESS_DENIED: SourceAccessDenied,
  SOURCE_KEY_DENIED: SourceKeyDenied,
  SOURCE_ARCHIVED: SourceArchived,
  SOURCE_CORRUPT: SourceCorrupt,
  SOURCE_UNAVAILABLE: SourceUnavailable,
  PLATFORM_UNAVAILABLE: PlatformUnavailable,
  OBJECT_TOO_LARGE: ObjectTooLarge,
  SCHEMA_MISMATCH: SchemaMismatch,
  RECORDS_UNACCOUNTED: RecordsUnaccounted,
  DEFINITION_CHANGED: DefinitionChanged,
  OUT_OF_MEMORY: OutOfMemory,
  STEP_TIMED_OUT: StepTimedOut,
  INTERNAL_ERROR: InternalError,
};

function sharedError(
  failed: readonly FailedBatch[],
  message: string,
  details: Record<string, unknown>,
): RollcallError | undefined {
  const codes = new Set(failed.map((batch) => reasonOfError(batch.error, batch.message)));
  const [code] = codes;
  const Class = codes.size === 1 && code !== undefined ? SHARED[code] : undefined;
  return Class === undefined ? undefined : new Class(message, { details });
}

function refuseRejected(limits: Dataset['tolerance']['rejected'], records: RecordCounts): void {
  const { read, accepted, quarantined } = records;
  if (quarantined === 0) return;
  const details = { read, quarantined };
  if (accepted === 0) throw new AllRecordsRejected(`all ${quarantined} records were rejected`, { details });
  if (limits.records !== undefined && quarantined > limits.records)
    throw new TooManyRejected(`${quarantined} of ${read} records were rejected, at most ${limits.records} may be`, {
      details,
    });
  if (limits.share !== undefined && quarantined > limits.share * read)
    throw new TooManyRejected(
      `${quarantined} of ${read} records were rejected (${percent(quarantined / read)}), at most ${percent(limits.share)} may be`,
      { details },
    );
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
