import { Logger } from '@aws-lambda-powertools/logger';
import { redact } from '../contracts/redact';

export type { Logger };

/** Characters that are kept of a text in a log: a stack with the messages of its causes. */
const MOST_TEXT = 16_000;

/**
 * A structured logger (JSON lines to stdout). Level and service name come from LOG_LEVEL and POWERTOOLS_SERVICE_NAME. Credentials are taken
 * out of every text that is logged, errors of others and their causes included.
 */
export function createLogger(): Logger {
  return new Logger({
    jsonReplacerFn: (_key, value: unknown) => (typeof value === 'string' ? redact(value, MOST_TEXT) : value),
  });
}
