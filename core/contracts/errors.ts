import type { ReasonCode } from './run/endings';
import { redact } from './secrets/redact';

/** Characters that are kept of an error's message. */
const MOST_MESSAGE = 4000;

const final = <C extends string>(code: C) => ({ code, retryable: false }) as const;

/**
 * Every error that a step throws, by the literal name that Retry and Catch in the state machines match (a minifier renames classes): the
 * ending that a run has when nothing handles it, whether the state machine may try the step again, and, where it may, what it becomes
 * after the last try: final, and of the same code.
 */
export const errorTable = {
  TransientError: { code: 'SOURCE_UNAVAILABLE', retryable: true, givenUp: 'SourceUnavailable' },
  PlatformFault: { code: 'PLATFORM_UNAVAILABLE', retryable: true, givenUp: 'PlatformUnavailable' },
  SourceChanged: { code: 'SOURCE_CHANGING', retryable: true, givenUp: 'SourceChanging' },
  DependencyUnavailable: { code: 'DEPENDENCY_UNAVAILABLE', retryable: true, givenUp: 'DependencyDown' },
  DependencyDown: final('DEPENDENCY_UNAVAILABLE'),
  DependencyFault: final('DEPENDENCY_FAULT'),
  DependencyEmpty: final('DEPENDENCY_EMPTY'),
  LedgerContention: { code: 'INTERNAL_ERROR', retryable: true, givenUp: 'InternalError' },
  InvalidInput: final('INVALID_INPUT'),
  SourceBucketNotFound: final('SOURCE_BUCKET_NOT_FOUND'),
  SourceAccessDenied: final('SOURCE_ACCESS_DENIED'),
  SourceKeyDenied: final('SOURCE_KEY_DENIED'),
  SourceArchived: final('SOURCE_ARCHIVED'),
  SourceUnavailable: final('SOURCE_UNAVAILABLE'),
  SourceChanging: final('SOURCE_CHANGING'),
  PlatformUnavailable: final('PLATFORM_UNAVAILABLE'),
  SourcePrefixNotFound: final('SOURCE_PREFIX_NOT_FOUND'),
  SourceEmpty: final('SOURCE_EMPTY'),
  SourceNotAsPublished: final('SOURCE_NOT_AS_PUBLISHED'),
  SourceIsTable: final('SOURCE_IS_TABLE'),
  SourceStillArriving: final('SOURCE_STILL_ARRIVING'),
  CircuitOpen: final('CIRCUIT_OPEN'),
  UpstreamMissing: final('UPSTREAM_MISSING'),
  SourceCorrupt: final('SOURCE_CORRUPT'),
  ObjectTooLarge: final('OBJECT_TOO_LARGE'),
  SchemaMismatch: final('SCHEMA_MISMATCH'),
  AllRecordsRejected: final('ALL_RECORDS_REJECTED'),
  TooManyRejected: final('TOO_MANY_REJECTED'),
  RuleSuddenlyStrict: final('RULE_SUDDENLY_STRICT'),
  TooManyBatchesFailed: final('TOO_MANY_BATCHES_FAILED'),
  QualityGateFailed: final('QUALITY_GATE_FAILED'),
  RecordsUnaccounted: final('RECORDS_UNACCOUNTED'),
  DefinitionFault: final('DEFINITION_FAULT'),
  DefinitionChanged: final('DEFINITION_CHANGED'),
  PublishedByAnotherRun: final('PUBLISHED_BY_ANOTHER_RUN'),
  OutOfMemory: final('OUT_OF_MEMORY'),
  OutOfMemoryOnSmallInput: final('OUT_OF_MEMORY_ON_SMALL_INPUT'),
  StepTimedOut: final('STEP_TIMED_OUT'),
  InternalError: final('INTERNAL_ERROR'),
} as const;

/** Name of one of our errors. */
export type ErrorName = keyof typeof errorTable;
/** Name of one that no state machine tries again. */
export type FinalErrorName = {
  [N in ErrorName]: (typeof errorTable)[N]['retryable'] extends false ? N : never;
}[ErrorName];

type ErrorRow =
  | { readonly code: ReasonCode; readonly retryable: false }
  | { readonly code: ReasonCode; readonly retryable: true; readonly givenUp: FinalErrorName };

/** The table as its readers see it: a row without one of its cells does not compile. */
const rows: Readonly<Record<ErrorName, ErrorRow>> = errorTable;
const ERROR_NAMES = Object.keys(errorTable).filter(isOwnErrorName);

interface Particulars {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error that a step throws: one of those of {@link errorTable}. */
export abstract class RollcallError extends Error {
  /** Literal name, matched by Retry and Catch. */
  abstract override readonly name: ErrorName;
  /** The ending that a run has when nothing handles this error. */
  abstract readonly code: ReasonCode;
  /** Whether the state machine may try the step again. */
  abstract readonly retryable: boolean;
  /** Facts for the manifest: the object, the column, the bucket. Never secrets, never whole records. */
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * @param message for people. It goes into the ledger, manifests, messages, logs and the history of the execution, so credentials in it
   *   are taken out here, wherever it came from
   */
  constructor(message: string, options: Particulars = {}) {
    super(redact(message, MOST_MESSAGE), options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details ?? {};
  }
}

/** The class of a row of the table. */
function errorOf<N extends ErrorName>(name: N) {
  return class extends RollcallError {
    override readonly name = name;
    readonly code = errorTable[name].code;
    readonly retryable = errorTable[name].retryable;
  };
}

/** A temporary error of the source: throttling, a 5xx, a lost connection, a time-out. */
export class TransientError extends errorOf('TransientError') {}
/** A temporary error of what Rollcall itself runs on: its own buckets, Step Functions, Secrets Manager. Never blamed on the source. */
export class PlatformFault extends errorOf('PlatformFault') {}
/** A source object changed or vanished between LIST and GET, a bounded number of times. A new listing may succeed. */
export class SourceChanged extends errorOf('SourceChanged') {}
/** A declared dependency did not answer. */
export class DependencyUnavailable extends errorOf('DependencyUnavailable') {}
/** A declared dependency answered no attempt: what `DependencyUnavailable` becomes when its retries are used up. Final. */
export class DependencyDown extends errorOf('DependencyDown') {}
/** A dependency refuses what the dataset declares of it, or answers otherwise: access, certificate, query, types. Final. */
export class DependencyFault extends errorOf('DependencyFault') {}
/** A dependency answered with nothing where the dataset requires something. Final. */
export class DependencyEmpty extends errorOf('DependencyEmpty') {}
/** A compare-and-swap lost its race more often than is plausible. */
export class LedgerContention extends errorOf('LedgerContention') {}

export class InvalidInput extends errorOf('InvalidInput') {}
export class SourceBucketNotFound extends errorOf('SourceBucketNotFound') {}
export class SourceAccessDenied extends errorOf('SourceAccessDenied') {}
export class SourceKeyDenied extends errorOf('SourceKeyDenied') {}
/** A source object lies in an archive storage class and has to be restored before it can be read. */
export class SourceArchived extends errorOf('SourceArchived') {}
/** The source could not be read by any attempt: what `TransientError` becomes when its retries are used up. Final. */
export class SourceUnavailable extends errorOf('SourceUnavailable') {}
/** The source changed under every attempt: what `SourceChanged` becomes when its retries are used up. Final. */
export class SourceChanging extends errorOf('SourceChanging') {}
/** What Rollcall runs on failed every attempt: what `PlatformFault` becomes when its retries are used up. Final. */
export class PlatformUnavailable extends errorOf('PlatformUnavailable') {}
export class SourcePrefixNotFound extends errorOf('SourcePrefixNotFound') {}
export class SourceEmpty extends errorOf('SourceEmpty') {}
/** A replay found other objects in the source than those of the publication. */
export class SourceNotAsPublished extends errorOf('SourceNotAsPublished') {}
/** The source is a table of a table format, which alone says which of its files are valid. */
export class SourceIsTable extends errorOf('SourceIsTable') {}
export class SourceStillArriving extends errorOf('SourceStillArriving') {}
/** The source is left alone because its circuit is open, and the fallback could not serve. */
export class CircuitOpen extends errorOf('CircuitOpen') {}
/** An upstream partition is not published, and is not waited for any longer: the run is skipped. */
export class UpstreamMissing extends errorOf('UpstreamMissing') {}
export class SourceCorrupt extends errorOf('SourceCorrupt') {}
export class ObjectTooLarge extends errorOf('ObjectTooLarge') {}
export class SchemaMismatch extends errorOf('SchemaMismatch') {}
export class AllRecordsRejected extends errorOf('AllRecordsRejected') {}
export class TooManyRejected extends errorOf('TooManyRejected') {}
/** A rule rejects a large part of the records, and many times as many as in former partitions. */
export class RuleSuddenlyStrict extends errorOf('RuleSuddenlyStrict') {}
export class TooManyBatchesFailed extends errorOf('TooManyBatchesFailed') {}
export class QualityGateFailed extends errorOf('QualityGateFailed') {}
export class RecordsUnaccounted extends errorOf('RecordsUnaccounted') {}
/**
 * The SQL or the code of a dataset's definition failed on its records: names the rule or the transform, what DuckDB says, and the column.
 * Final: the same definition fails on the same records.
 */
export class DefinitionFault extends errorOf('DefinitionFault') {}
export class DefinitionChanged extends errorOf('DefinitionChanged') {}
export class PublishedByAnotherRun extends errorOf('PublishedByAnotherRun') {}
export class OutOfMemory extends errorOf('OutOfMemory') {}
/** A batch ran out of memory, or its process was killed, although its objects are small: their size is not what is wrong. Final. */
export class OutOfMemoryOnSmallInput extends errorOf('OutOfMemoryOnSmallInput') {}
/** SQL did not finish in the time of its step, or all failed batches of a partition ran into the time-out of theirs. */
export class StepTimedOut extends errorOf('StepTimedOut') {}
/** Anything that the classification does not know. Final: retrying an unknown error hides it. The original is its `cause`. */
export class InternalError extends errorOf('InternalError') {}

/** The class of each name: one that is missing does not compile. */
const classes = {
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
  SourceIsTable,
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
} satisfies { readonly [N in ErrorName]: new (message: string, options?: Particulars) => RollcallError & { name: N } };

/** The error of a name: the one way from a name back to an error. */
export function errorNamed(name: ErrorName, message: string, options: Particulars = {}): RollcallError {
  return new classes[name](message, options);
}

/** The same error, with more to say. */
export function withMore(error: RollcallError, more: string): RollcallError {
  return errorNamed(error.name, `${error.message}; ${more}`, { details: error.details, cause: error });
}

/** The same error with the same message, under a name that no state machine tries again; what is final stays as it is. */
export function givenUp(error: RollcallError): RollcallError {
  const row = rows[error.name];
  if (!row.retryable) return error;
  return errorNamed(row.givenUp, error.message, { details: { ...error.details }, cause: error });
}

/** Names of our errors that a state machine may retry. */
export const RETRYABLE_ERROR_NAMES: readonly string[] = ERROR_NAMES.filter((name) => rows[name].retryable);

/** Names of our errors that a state machine must never retry. */
export const FINAL_ERROR_NAMES: readonly string[] = ERROR_NAMES.filter((name) => !rows[name].retryable);

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
  if (isOwnErrorName(errorName)) return rows[errorName].code;
  const foreign = Object.hasOwn(FOREIGN, errorName) ? FOREIGN[errorName] : undefined;
  if (foreign !== undefined) return foreign;
  if (/Task timed out after/.test(cause)) return 'STEP_TIMED_OUT';
  if (/signal: killed|out of memory|OutOfMemory/i.test(cause) && /^(Runtime\.|Lambda\.Unknown)/.test(errorName))
    return 'OUT_OF_MEMORY';
  if (errorName === 'Runtime.ExitError' && !/exit status/.test(cause)) return 'OUT_OF_MEMORY';
  return 'INTERNAL_ERROR';
}

/** Whether an error name is one of ours. */
export function isOwnErrorName(errorName: string): errorName is ErrorName {
  return Object.hasOwn(errorTable, errorName);
}

/** Reason codes that a thrown error can lead to; used by tests to prove the tables agree. */
export const THROWN_CODES: ReadonlySet<ReasonCode> = new Set(ERROR_NAMES.map((name) => rows[name].code));
