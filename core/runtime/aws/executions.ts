import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  type HistoryEvent,
} from '@aws-sdk/client-sfn';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { MINUTE_MS } from '../../contracts/partition';
import type { Holder } from '../../domain/partition/protocol';
import { describeForeign } from './classify';
import { timeouts } from './timeouts';
import { parseJson, type EndingReport } from '../recording/report';

/** DescribeExecution is eventually consistent: an execution that is younger than this may be unknown although it runs. */
export const MAYBE_TOO_YOUNG_MS = 5 * MINUTE_MS;

/** Events per page (the API's most), and pages that are read: a history ends at 25,000 events. */
const PAGE_EVENTS = 1000;
const MAX_PAGES = 25;

/** A Step Functions client whose attempts are bounded, for the same reason as those of S3. */
export function createSfnClient(): SFNClient {
  return new SFNClient({
    maxAttempts: 3,
    requestHandler: new NodeHttpHandler(timeouts(3_000, 10_000)),
  });
}

/**
 * Whether the execution that holds a partition still runs. One that Step Functions does not know counts as running for five minutes,
 * because the answer may be stale; after that it is gone.
 */
export async function isExecutionRunning(sfn: SFNClient, holder: Holder, now: Date): Promise<boolean> {
  try {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn: holder.executionArn }));
    // PENDING_REDRIVE is about to run again.
    return status === 'RUNNING' || status === 'PENDING_REDRIVE';
  } catch (error) {
    if (describeForeign(error).name !== 'ExecutionDoesNotExist') throw error;
    return now.getTime() - Date.parse(holder.since) < MAYBE_TOO_YOUNG_MS;
  }
}

/** Whether an execution was redriven: its runs before the redrive may have an ending on record that another run's has replaced since. */
export async function isRedriven(sfn: SFNClient, executionArn: string): Promise<boolean> {
  const { redriveCount } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
  return (redriveCount ?? 0) > 0;
}

/**
 * How an execution ended, with its input; undefined while it runs (or is about to be redriven). Errors of Step Functions come out as they
 * are, `ExecutionDoesNotExist` among them.
 */
export async function describeEnding(sfn: SFNClient, executionArn: string): Promise<EndingReport | undefined> {
  const { name, status, startDate, stopDate, input, error, cause } = await sfn.send(
    new DescribeExecutionCommand({ executionArn }),
  );
  if (status === undefined || status === 'RUNNING' || status === 'PENDING_REDRIVE') return undefined;
  return {
    execution: {
      arn: executionArn,
      name: name ?? executionArn.slice(executionArn.lastIndexOf(':') + 1),
      startTime: (startDate ?? new Date(0)).toISOString(),
      input: parseJson(input),
    },
    state: undefined,
    closed: { status, error, cause, at: stopDate ?? startDate ?? new Date(0) },
  };
}

/** The events of an execution so far, oldest first. Errors of Step Functions come out as they are. */
export async function readHistory(sfn: SFNClient, executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const response = await sfn.send(
      new GetExecutionHistoryCommand({
        executionArn,
        maxResults: PAGE_EVENTS,
        includeExecutionData: true,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    events.push(...(response.events ?? []));
    nextToken = response.nextToken;
    if (nextToken === undefined) break;
  }
  return events;
}

/** An execution as it is listed. */
export interface ListedExecution {
  readonly arn: string;
  readonly startedAt: Date;
  readonly running: boolean;
}

/** The executions of a machine, the one that was started last first, page by page. */
export async function* listExecutions(sfn: SFNClient, stateMachineArn: string): AsyncGenerator<ListedExecution> {
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(
      new ListExecutionsCommand({
        stateMachineArn,
        maxResults: PAGE_EVENTS,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    for (const { executionArn, startDate, status } of page.executions ?? []) {
      if (executionArn === undefined || startDate === undefined) continue;
      yield { arn: executionArn, startedAt: startDate, running: status === 'RUNNING' || status === 'PENDING_REDRIVE' };
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/**
 * Starts an execution unless there is, or was within 90 days, one of that name: a caller that asks again, or at the same time, starts
 * nothing.
 */
export async function startOnce(
  sfn: SFNClient,
  stateMachineArn: string,
  name: string,
  input: object,
): Promise<'started' | 'exists'> {
  try {
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    return 'started';
  } catch (error) {
    if (describeForeign(error).name === 'ExecutionAlreadyExists') return 'exists';
    throw error;
  }
}
