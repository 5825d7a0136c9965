import { AsyncLocalStorage } from 'node:async_hooks';
import { format } from 'node:util';
import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import { redact } from '../../contracts/secrets/redact';
import type { LogKeys } from '../../domain/run/log-keys';

export type { Logger };

/** Characters that are kept of a text in a log: a stack with the messages of its causes. */
const MOST_TEXT = 16_000;

/** The keys of every line that is written in a piece of work, and the request that Lambda gave it. */
type Keys = LogKeys & { readonly awsRequestId?: string };

/**
 * Kept with the flow of the work and not in the logger: a warm process then never writes the keys of the run before, work that outlives
 * its invocation goes on with its own, and what runs side by side in one invocation (the sweep's partitions) is told apart.
 */
const current = new AsyncLocalStorage<Keys>();

/** Of the invocation that began last: for what is written outside of any work, such as the runtime's own word about an error thrown. */
let last: Keys = {};

/** Does an invocation's work; every line of it has these keys, and none of an earlier invocation. */
export function withInvocationKeys<T>(keys: Keys, work: () => T): T {
  last = keys;
  return current.run(keys, work);
}

/** Does a piece of work about something of its own; its lines have these keys too. */
export function withLogKeys<T>(keys: LogKeys, work: () => T): T {
  return current.run({ ...current.getStore(), ...keys }, work);
}

/**
 * A structured logger (JSON lines to stdout). Level and service name come from LOG_LEVEL and POWERTOOLS_SERVICE_NAME, the keys from
 * {@link withInvocationKeys} and {@link withLogKeys}; whatever a line adds to them, it can't say that it belongs to another run.
 * Credentials are taken out of every text that is logged, errors of others and their causes included.
 */
export function createLogger(): Logger {
  return new Logger({
    logFormatter: new Formatter(),
    jsonReplacerFn: (_key, value: unknown) => (typeof value === 'string' ? redact(value, MOST_TEXT) : value),
  });
}

/**
 * Has whatever prints (a transform in TypeScript, a library) print through the logger, so that those lines have the keys as well. For the
 * process of a Lambda function, where nothing else prints.
 */
export function printThrough(logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>, to: Console): void {
  const through =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...values: unknown[]): void =>
      logger[level](format(...values));
  Object.assign(to, {
    debug: through('debug'),
    info: through('info'),
    log: through('info'),
    trace: through('debug'),
    warn: through('warn'),
    error: through('error'),
  });
}

class Formatter extends LogFormatter {
  override formatAttributes(...[base, additional]: Parameters<LogFormatter['formatAttributes']>): LogItem {
    const { logLevel, message, timestamp, serviceName, sampleRateValue, xRayTraceId } = base;
    return new LogItem({
      attributes: {
        level: logLevel,
        message,
        timestamp: this.formatTimestamp(timestamp),
        service: serviceName,
        sampling_rate: sampleRateValue,
        xray_trace_id: xRayTraceId,
        ...additional,
        ...(current.getStore() ?? last),
      },
    });
  }
}
