import type { ReasonCode } from './run/endings';
import { redact } from './secrets/redact';

/** Characters that are kept of an error's message. */
const MOST_MESSAGE = 4000;

/**
 * Errors that steps throw. Retry and Catch in the state machines match `error.name`, so every name is a literal
 * (a minifier renames classes). Two families: `retryable` (the same call may succeed later) and final.
 */
export abstract class RollcallError extends Error {
  /** Literal name, matched by Retry and Catch. */
  abstract override readonly name: string;
  /** The ending that a run has when nothing handles this error. */
  abstract readonly code: ReasonCode;
  /** Whether the state machine may try the step again. */
  readonly retryable: boolean = false;
  /** Facts for the manifest: the object, the column, the bucket. Never secrets, never whole records. */
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * @param message for people. It goes into the ledger, manifests, messages, logs and the history of the execution, so credentials in it
   *   are taken out here, wherever it came from
   */
  constructor(message: string, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(redact(message, MOST_MESSAGE), options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details ?? {};
  }
}

/** A temporary error of the source: throttling, a 5xx, a lost connection, a time-out. */
export class TransientError extends RollcallError {
  override readonly name = 'TransientError';
  readonly code = 'SOURCE_UNAVAILABLE';
  override readonly retryable = true;
}
/** A temporary error of what Rollcall itself runs on: its own buckets, Step Functions, Secrets Manager. Never blamed on the source. */
export class PlatformFault extends RollcallError {
  override readonly name = 'PlatformFault';
  readonly code = 'PLATFORM_UNAVAILABLE';
  override readonly retryable = true;
}
/** A source object changed or vanished between LIST and GET, a bounded number of times. A new listing may succeed. */
export class SourceChanged extends RollcallError {
  override readonly name = 'SourceChanged';
  readonly code = 'SOURCE_CHANGING';
  override readonly retryable = true;
}
/** A declared dependency did not answer. */
export class DependencyUnavailable extends RollcallError {
  override readonly name = 'DependencyUnavailable';
  readonly code = 'DEPENDENCY_UNAVAILABLE';
  override readonly retryable = true;
}
/** A declared dependency answered no attempt: what `DependencyUnavailable` becomes when its retries are used up. Final. */
export class DependencyDown extends RollcallError {
  override readonly name = 'DependencyDown';
  readonly code = 'DEPENDENCY_UNAVAILABLE';
}
/** A dependency refuses what the dataset declares of it, or answers otherwise: access, certificate, query, types. Final. */
export class DependencyFault extends RollcallError {
  override readonly name = 'DependencyFault';
  readonly code = 'DEPENDENCY_FAULT';
}
/** A dependency answered with nothing where the dataset requires something. Final. */
export class DependencyEmpty extends RollcallError {
  override readonly name = 'DependencyEmpty';
  readonly code = 'DEPENDENCY_EMPTY';
}
/** A compare-and-swap lost its race more often than is plausible. */
export class LedgerContention extends RollcallError {
  override readonly name = 'LedgerContention';
  readonly code = 'INTERNAL_ERROR';
  override readonly retryable = true;
}

export class InvalidInput extends RollcallError {
  override readonly name = 'InvalidInput';
  readonly code = 'INVALID_INPUT';
}
export class SourceBucketNotFound extends RollcallError {
  override readonly name = 'SourceBucketNotFound';
  readonly code = 'SOURCE_BUCKET_NOT_FOUND';
}
export class SourceAccessDenied extends RollcallError {
  override readonly name = 'SourceAccessDenied';
  readonly code = 'SOURCE_ACCESS_DENIED';
}
export class SourceKeyDenied extends RollcallError {
  override readonly name = 'SourceKeyDenied';
  readonly code = 'SOURCE_KEY_DENIED';
}
/** A source object lies in an archive storage class and has to be restored before anybody can read it. */
export class SourceArchived extends RollcallError {
  override readonly name = 'SourceArchived';
  readonly code = 'SOURCE_ARCHIVED';
}
/** The source could not be read by any attempt: what `TransientError` becomes when its retries are used up. Final. */
export class SourceUnavailable extends RollcallError {
  override readonly name = 'SourceUnavailable';
  readonly code = 'SOURCE_UNAVAILABLE';
}
/** The source changed under every attempt: what `SourceChanged` becomes when its retries are used up. Final. */
export class SourceChanging extends RollcallError {
  override readonly name = 'SourceChanging';
  readonly code = 'SOURCE_CHANGING';
}
/** What Rollcall runs on failed every attempt: what `PlatformFault` becomes when its retries are used up. Final. */
export class PlatformUnavailable extends RollcallError {
  override readonly name = 'PlatformUnavailable';
  readonly code = 'PLATFORM_UNAVAILABLE';
}
export class SourcePrefixNotFound extends RollcallError {
  override readonly name = 'SourcePrefixNotFound';
  readonly code = 'SOURCE_PREFIX_NOT_FOUND';
}
export class SourceEmpty extends RollcallError {
  override readonly name = 'SourceEmpty';
  readonly code = 'SOURCE_EMPTY';
}
/** A replay found other objects in the source than those of the publication. */
export class SourceNotAsPublished extends RollcallError {
  override readonly name = 'SourceNotAsPublished';
  readonly code = 'SOURCE_NOT_AS_PUBLISHED';
}
export class SourceStillArriving extends RollcallError {
  override readonly name = 'SourceStillArriving';
  readonly code = 'SOURCE_STILL_ARRIVING';
}
/** The source is left alone because its circuit is open, and the fallback could not serve. */
export class CircuitOpen extends RollcallError {
  override readonly name = 'CircuitOpen';
  readonly code = 'CIRCUIT_OPEN';
}
/** An upstream partition is not published, and is not waited for any longer: the run is skipped. */
export class UpstreamMissing extends RollcallError {
  override readonly name = 'UpstreamMissing';
  readonly code = 'UPSTREAM_MISSING';
}
export class SourceCorrupt extends RollcallError {
  override readonly name = 'SourceCorrupt';
  readonly code = 'SOURCE_CORRUPT';
}
export class ObjectTooLarge extends RollcallError {
  override readonly name = 'ObjectTooLarge';
  readonly code = 'OBJECT_TOO_LARGE';
}
export class SchemaMismatch extends RollcallError {
  override readonly name = 'SchemaMismatch';
  readonly code = 'SCHEMA_MISMATCH';
}
export class AllRecordsRejected extends RollcallError {
  override readonly name = 'AllRecordsRejected';
  readonly code = 'ALL_RECORDS_REJECTED';
}
export class TooManyRejected extends RollcallError {
  override readonly name = 'TooManyRejected';
  readonly code = 'TOO_MANY_REJECTED';
}
/** A rule rejects a large part of the records, and many times as many as in former partitions. */
export class RuleSuddenlyStrict extends RollcallError {
  override readonly name = 'RuleSuddenlyStrict';
  readonly code = 'RULE_SUDDENLY_STRICT';
}
export class TooManyBatchesFailed extends RollcallError {
  override readonly name = 'TooManyBatchesFailed';
  readonly code = 'TOO_MANY_BATCHES_FAILED';
}
export class QualityGateFailed extends RollcallError {
  override readonly name = 'QualityGateFailed';
  readonly code = 'QUALITY_GATE_FAILED';
}
export class RecordsUnaccounted extends RollcallError {
  override readonly name = 'RecordsUnaccounted';
  readonly code = 'RECORDS_UNACCOUNTED';
}
/**
 * The SQL or the code of a dataset's definition failed on its records: names the rule or the transform, what DuckDB says, and the column.
 * Final: the same definition fails on the same records.
 */
export class DefinitionFault extends RollcallError {
  override readonly name = 'DefinitionFault';
  readonly code = 'DEFINITION_FAULT';
}
export class DefinitionChanged extends RollcallError {
  override readonly name = 'DefinitionChanged';
  readonly code = 'DEFINITION_CHANGED';
}
export class PublishedByAnotherRun extends RollcallError {
  override readonly name = 'PublishedByAnotherRun';
  readonly code = 'PUBLISHED_BY_ANOTHER_RUN';
}
export class OutOfMemory extends RollcallError {
  override readonly name = 'OutOfMemory';
  readonly code = 'OUT_OF_MEMORY';
}
/** A batch ran out of memory, or its process was killed, although its objects are small: their size is not what is wrong. Final. */
export class OutOfMemoryOnSmallInput extends RollcallError {
  override readonly name = 'OutOfMemoryOnSmallInput';
  readonly code = 'OUT_OF_MEMORY_ON_SMALL_INPUT';
}
/** SQL did not come to an end in the time of its step, or all failed batches of a partition ran into the time-out of theirs. */
export class StepTimedOut extends RollcallError {
  override readonly name = 'StepTimedOut';
  readonly code = 'STEP_TIMED_OUT';
}
/** Anything that the classification does not know. Final: retrying what nobody understands hides it. The original is its `cause`. */
export class InternalError extends RollcallError {
  override readonly name = 'InternalError';
  readonly code = 'INTERNAL_ERROR';
}

const classes = [
  TransientError,
  PlatformFault,
  SourceChanged,
  DependencyUnavailable,
  DependencyDown,
  DependencyFault,
  DependencyEmpty,
  LedgerContention,
  InvalidInput,
  SourceBucketNotFound,
  SourceAccessDenied,
  SourceKeyDenied,
  SourceArchived,
  SourceUnavailable,
  SourceChanging,
  PlatformUnavailable,
  SourcePrefixNotFound,
  SourceEmpty,
  SourceNotAsPublished,
  SourceStillArriving,
  CircuitOpen,
  UpstreamMissing,
  SourceCorrupt,
  ObjectTooLarge,
  SchemaMismatch,
  AllRecordsRejected,
  TooManyRejected,
  RuleSuddenlyStrict,
  TooManyBatchesFailed,
  QualityGateFailed,
  RecordsUnaccounted,
  DefinitionFault,
  DefinitionChanged,
  PublishedByAnotherRun,
  OutOfMemory,
  OutOfMemoryOnSmallInput,
  StepTimedOut,
  InternalError,
] as const;

const samples: readonly RollcallError[] = classes.map((Class) => new Class(''));

/** The same error, with more to say. */
export function withMore(error: RollcallError, more: string): RollcallError {
  const Class = classes.find((one) => error instanceof one) ?? InternalError;
  return new Class(`${error.message}; ${more}`, { details: error.details, cause: error });
}

/** What a retryable error becomes when nobody tries again: of the same reason code, and final. */
const GIVEN_UP: Readonly<Record<string, (typeof classes)[number]>> = {
  TransientError: SourceUnavailable,
  SourceChanged: SourceChanging,
  PlatformFault: PlatformUnavailable,
  DependencyUnavailable: DependencyDown,
  LedgerContention: InternalError,
} satisfies Record<RetryableName, unknown>;

type Instance = InstanceType<(typeof classes)[number]>;
/** Literal names of the retryable classes: one without a successor above does not compile. */
type RetryableName = Extract<Instance, { readonly retryable: true }>['name'];

/** The same error with the same message, under a name that no state machine tries again; what is final stays as it is. */
export function givenUp(error: RollcallError): RollcallError {
  const Class = error.retryable ? (GIVEN_UP[error.name] ?? InternalError) : undefined;
  return Class === undefined ? error : new Class(error.message, { details: { ...error.details }, cause: error });
}

/** Names of our errors that a state machine may retry. */
export const RETRYABLE_ERROR_NAMES: readonly string[] = samples.filter((e) => e.retryable).map((e) => e.name);

/** Names of our errors that a state machine must never retry. */
export const FINAL_ERROR_NAMES: readonly string[] = samples.filter((e) => !e.retryable).map((e) => e.name);

/**
 * Errors of the Lambda service itself for which invoking the same function again is right: throttling and faults
 * before or around the invocation (AWS best practice for Step Functions; the CDK default list lacks throttling).
 */
export const RETRYABLE_SERVICE_ERRORS: readonly string[] = [
  'Lambda.TooManyRequestsException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
];

/**
 * How a process that died or a step that hung is named by Lambda and Step Functions; final, for the same batch would die again. And what
 * is left of the Lambda service's own faults when their retries are used up.
 */
const FOREIGN: Readonly<Record<string, ReasonCode>> = {
  ...Object.fromEntries(RETRYABLE_SERVICE_ERRORS.map((name) => [name, 'PLATFORM_UNAVAILABLE'] as const)),
  'Sandbox.Timedout': 'STEP_TIMED_OUT',
  'States.Timeout': 'STEP_TIMED_OUT',
  'States.HeartbeatTimeout': 'STEP_TIMED_OUT',
  'Runtime.OutOfMemory': 'OUT_OF_MEMORY',
};

/**
 * The reason code for the `Error` of a Catch or of an execution, with `Cause` as a second opinion: Lambda reports a process that
 * ended as `Runtime.ExitError`, and only the cause tells one that was killed (memory) from one that left by itself (`exit status 1`).
 * Where there is no cause, as for a batch, memory is the likely one.
 */
export function reasonOfError(errorName: string, cause = ''): ReasonCode {
  const own = samples.find((e) => e.name === errorName);
  if (own !== undefined) return own.code;
  const foreign = Object.hasOwn(FOREIGN, errorName) ? FOREIGN[errorName] : undefined;
  if (foreign !== undefined) return foreign;
  if (/Task timed out after/.test(cause)) return 'STEP_TIMED_OUT';
  if (/signal: killed|out of memory|OutOfMemory/i.test(cause) && /^(Runtime\.|Lambda\.Unknown)/.test(errorName))
    return 'OUT_OF_MEMORY';
  if (errorName === 'Runtime.ExitError' && !/exit status/.test(cause)) return 'OUT_OF_MEMORY';
  return 'INTERNAL_ERROR';
}

/** Whether an error name is one of ours. */
export function isOwnErrorName(errorName: string): boolean {
  return samples.some((e) => e.name === errorName);
}

/** Reason codes that a thrown error can lead to; used by tests to prove the tables agree. */
export const THROWN_CODES: ReadonlySet<ReasonCode> = new Set(samples.map((e) => e.code));
