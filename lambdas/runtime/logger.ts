import { Logger } from '@aws-lambda-powertools/logger';

export type { Logger };

/** A structured logger (JSON lines to stdout). Level and service name come from LOG_LEVEL and POWERTOOLS_SERVICE_NAME. */
export function createLogger(): Logger {
  return new Logger();
}
