import { describeForeign } from '../aws/classify';
import type { Failure } from '../delivery/notifier';

/** Codes of faults before anything was sent: no address, no connection, no TLS. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.*|ERR_SSL_.*|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/;

/** What it means that there was no answer. The message of a network error may hold the URL; its name and code do not. */
export function unansweredOf(error: unknown): Failure {
  const codes = codesOf(error);
  const reason = `no answer: ${[describeForeign(error).name, codes[0]].filter(Boolean).join(' ')}`;
  return { is: 'unknown', reason, mayHaveTaken: codes.length === 0 || !codes.every((one) => NOT_SENT.test(one)) };
}

/** The codes of an error and of what caused it. By shape, because `fetch` may be of another realm. */
function codesOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const { code } = describeForeign(error);
  const cause = 'cause' in error ? codesOf(error.cause) : [];
  // A host with several addresses fails with one error for all of them.
  const each = 'errors' in error && Array.isArray(error.errors) ? error.errors.flatMap(codesOf) : [];
  return [...(code === undefined ? [] : [code]), ...cause, ...each];
}
