import { z } from 'zod';
import type { Described } from '../../domain/partition/identity-of-run';

/** How an execution was closed, where it is not recorded from inside. */
export interface Closed {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly at: Date;
}

/** Everything that is known of an execution whose ending has to be recorded. */
export interface EndingReport {
  readonly execution: Described;
  /** The state of the execution: what RecordRun was given. Anything, also nothing. */
  readonly state: unknown;
  /** Undefined when RecordRun itself records. */
  readonly closed: Closed | undefined;
}

const eventSchema = z.object({
  detail: z.object({
    executionArn: z.string().min(1),
    name: z.string().min(1),
    status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
    /** Epoch milliseconds. */
    startDate: z.number(),
    stopDate: z.number().nullish(),
    input: z.string().nullish(),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});

/**
 * The report in a raw `Step Functions Execution Status Change` event. Undefined when the event is not about a closed execution.
 * `inputMissing`: the event was too large for the input, which DescribeExecution still has.
 */
export function endingFromEvent(event: unknown): { report: EndingReport; inputMissing: boolean } | undefined {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) return undefined;
  const { executionArn, name, status, startDate, stopDate, input, error, cause } = parsed.data.detail;
  return {
    report: {
      execution: {
        arn: executionArn,
        name,
        startTime: new Date(startDate).toISOString(),
        input: parseJson(input ?? undefined),
      },
      state: undefined,
      closed: {
        status,
        error: error ?? undefined,
        cause: cause ?? undefined,
        at: new Date(stopDate ?? startDate),
      },
    },
    inputMissing: typeof input !== 'string',
  };
}

/** JSON that another program made; undefined when it is none (a history truncates long payloads). */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
