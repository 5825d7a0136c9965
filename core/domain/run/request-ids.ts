/** Lambda's id of an invocation. */
const REQUEST_ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const IS_REQUEST_ID = new RegExp(`^${REQUEST_ID}$`);
/** As Lambda itself writes it where the runtime ended: `RequestId: … Error: Task timed out after 300.00 seconds`. */
const WRITTEN = new RegExp(`RequestId: (${REQUEST_ID})`, 'g');
/** As some runtimes and the local stand-ins have it in the cause. */
const FIELD = new RegExp(`"requestId":"(${REQUEST_ID})"`);
const SIGNATURE = new RegExp(`\\n *RequestId: ${REQUEST_ID}$`);

/**
 * The error with the request id as the last line of its stack: the stack is all of an error that reaches the execution's history beside
 * name and message. An error that is thrown again by a later invocation has that one's.
 */
export function signed<E extends Error>(error: E, requestId: string): E {
  const stack = (error.stack ?? `${error.name}: ${error.message}`).replace(SIGNATURE, '');
  error.stack = `${stack}\n    RequestId: ${requestId}`;
  return error;
}

/** The request id in the cause of a Lambda task that failed; undefined where there is none, or the history cut it off. */
export function requestIdInCause(cause: string): string | undefined {
  return [...cause.matchAll(WRITTEN)].at(-1)?.[1] ?? FIELD.exec(cause)?.[1];
}

/** The value, where it is a request id. */
export function asRequestId(value: unknown): string | undefined {
  return typeof value === 'string' && IS_REQUEST_ID.test(value) ? value : undefined;
}
