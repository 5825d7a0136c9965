import { isNativeError } from 'node:util/types';
import { InternalError, OutOfMemory, RollcallError, TransientError } from '../contracts/errors';

/** What foreign errors look like: AWS SDK service errors, Node's network errors, DuckDB's. */
interface ForeignError {
  readonly name: string;
  readonly message: string;
  /** HTTP status of an AWS response; absent when no response came. */
  readonly status: number | undefined;
  /** Node's error code, e.g. ECONNRESET. */
  readonly code: string | undefined;
}

const TRANSIENT_NAMES = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'BandwidthLimitExceeded',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'RequestTimeout',
  'RequestTimeoutException',
  'TimeoutError',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'InternalServerError',
  'InternalServiceError',
  'ConditionalRequestConflict',
  'OperationAborted',
  'RequestTimeTooSkewed',
]);

const TRANSIENT_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
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
 * The one classification of errors into retryable and final: by `name`, then HTTP status, then `code`. Ours pass unchanged; what
 * nobody knows becomes `InternalError`, final, with the original as its cause.
 */
export function classify(error: unknown): RollcallError {
  if (error instanceof RollcallError) return error;
  const { name, message, status, code } = describeForeign(error);
  const wrap = (Class: typeof TransientError | typeof OutOfMemory | typeof InternalError) =>
    new Class(
      `${name}${status === undefined ? '' : ` (HTTP ${status})`}${code === undefined ? '' : ` [${code}]`}: ${message}`,
      {
        cause: error,
      },
    );
  if (TRANSIENT_NAMES.has(name)) return wrap(TransientError);
  if (status !== undefined)
    return status >= 500 || status === 429 || status === 408 ? wrap(TransientError) : wrap(InternalError);
  if (code !== undefined && TRANSIENT_CODES.has(code)) return wrap(TransientError);
  // DuckDB names every error `Error` and says the kind at the beginning of the message.
  if (message.startsWith('Out of Memory Error') || code === 'ENOSPC' || code === 'ENOMEM') return wrap(OutOfMemory);
  return wrap(InternalError);
}
