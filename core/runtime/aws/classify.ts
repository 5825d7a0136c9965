import { isNativeError } from 'node:util/types';
import { InternalError, OutOfMemory, PlatformFault, RollcallError } from '../../contracts/errors';
import { isExhaustion } from '../../domain/batch/exhaustion';

/** What foreign errors look like: AWS SDK service errors, Node's network errors, DuckDB's. */
interface ForeignError {
  readonly name: string;
  readonly message: string;
  /** HTTP status of an AWS response; absent when no response came. */
  readonly status: number | undefined;
  /** Node's error code, e.g. ECONNRESET. */
  readonly code: string | undefined;
}

/** Whether the same call may succeed later, and whom to blame if it does not. */
export type Kind =
  /** The service that was asked did not answer, or asked to wait. */
  | 'passing'
  /** The caller's own clock or credentials: passing too, and no fault of the service that was asked. */
  | 'passing, our own'
  /** Memory or /tmp is used up. */
  | 'exhausted'
  /** Unknown; final. */
  | 'unknown';

/** Names by which a service says that it is throttling, at fault itself, or was sent something that the network cut or spoilt. */
const PASSING_NAMES = new Set([
  // Throttling: the SDK's own list, and the names that it lacks.
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
  'KMSThrottlingException',
  'KmsThrottlingException',
  // Faults of the service. S3 sends InternalError with status 200 too, where it had begun to answer (CompleteMultipartUpload, CopyObject).
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'InternalServerException',
  'InternalServiceError',
  'KMSInternalException',
  'DependencyTimeoutException',
  'KeyUnavailableException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  // Time-outs of a request, at either side.
  'RequestTimeout',
  'RequestTimeoutException',
  'TimeoutError',
  // Another write at the same moment: nothing was decided.
  'ConditionalRequestConflict',
  'OperationAborted',
  // Sent in whole and not arrived so, or an upload that was tidied away: a new attempt sends all of it again.
  'BadDigest',
  'IncompleteBody',
  'XAmzContentChecksumMismatch',
  'NoSuchUpload',
]);

/** Names that speak of the caller: a clock that went wrong, credentials at the end of their time. A new invocation has new ones. */
const OWN_PASSING_NAMES = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'TokenRefreshRequired',
]);

/** Node's codes when no answer came. The hosts are AWS's, which exist: to them even ENOTFOUND is DNS that fails, as the SDK has it too. */
const PASSING_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** What is known of any thrown value. */
export function describeForeign(error: unknown): ForeignError {
  // Errors of another realm (Node's own, under jest) are no instances of our Error.
  if (!(error instanceof Error) && !isNativeError(error))
    return { name: typeof error, message: String(error), status: undefined, code: undefined };
  const { $metadata, code } = error as Error & { $metadata?: { httpStatusCode?: number }; code?: unknown };
  // So the SDK wraps what it does not take for an Error, e.g. one of another realm: the name is only in the text then.
  const wrapped = /^AWS SDK error wrapper for (\w+): /.exec(error.message)?.[1];
  return {
    name: wrapped ?? error.name,
    message: error.message,
    status: $metadata?.httpStatusCode,
    code: typeof code === 'string' ? code : undefined,
  };
}

/**
 * The one decision about foreign errors: by `name`, then HTTP status, then `code`. The status decides where a name says nothing: a HEAD
 * has no body, so the SDK calls its errors `Unknown`. Who aborts a request himself (`AbortError`) has decided that it is over.
 */
export function kindOfFault(error: unknown): Kind {
  const { name, message, status, code } = describeForeign(error);
  // What KMS says through S3 has its service in front.
  const bare = name.replace(/^KMS\./, '');
  if (PASSING_NAMES.has(bare)) return 'passing';
  if (OWN_PASSING_NAMES.has(bare)) return 'passing, our own';
  if (status !== undefined) {
    // 501 says that S3 does not know what it was asked for, and never will.
    const passing = status === 408 || status === 429 || (status >= 500 && status !== 501);
    return passing ? 'passing' : 'unknown';
  }
  if (code !== undefined && PASSING_CODES.has(code)) return 'passing';
  return isExhaustion(message, code) ? 'exhausted' : 'unknown';
}

/** A foreign error in one line: name, status, code and what it says. */
export function tellForeign(error: unknown): string {
  const { name, message, status, code } = describeForeign(error);
  return `${name}${status === undefined ? '' : ` (HTTP ${status})`}${code === undefined ? '' : ` [${code}]`}: ${message}`;
}

/**
 * The one classification of errors into retryable and final. Ours pass unchanged. Temporary errors are the platform's: code that asks
 * another party's bucket or database translates its errors where it asks (`source-errors.ts`). An unknown error becomes `InternalError`,
 * final, with the original as its cause.
 */
export function classify(error: unknown): RollcallError {
  if (error instanceof RollcallError) return error;
  const options = { cause: error };
  switch (kindOfFault(error)) {
    case 'passing':
    case 'passing, our own':
      return new PlatformFault(tellForeign(error), options);
    case 'exhausted':
      return new OutOfMemory(tellForeign(error), options);
    case 'unknown':
      return new InternalError(tellForeign(error), options);
  }
}

/** What an error of a request to a bucket of ours is thrown on as: a temporary error as `PlatformFault` that names the place, all others unchanged. */
export function platformError(error: unknown, place: string): unknown {
  if (error instanceof RollcallError || !kindOfFault(error).startsWith('passing')) return error;
  return new PlatformFault(`${place}: ${tellForeign(error)}`, { details: { place }, cause: error });
}

/** Waits for a request to a bucket of ours. Its errors come out by {@link platformError}. */
export async function askingPlatform<T>(place: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw platformError(error, place);
  }
}
