import type { NodeHttpHandlerOptions } from '@smithy/node-http-handler';

/**
 * Time-outs of the SDK's HTTP handler, in milliseconds: for a connection, and for the beginning of an answer. Without them the SDK waits
 * for ever.
 */
export function timeouts(connectionTimeout: number, requestTimeout: number): NodeHttpHandlerOptions {
  // Else the handler only warns, and waits on.
  return { connectionTimeout, requestTimeout, throwOnRequestTimeout: true };
}
