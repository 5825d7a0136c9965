import type { RollcallError } from '../../core/contracts/errors';
import type { Incident } from '../../core/contracts/sweep/sweep-state';
import type { Finding } from '../../core/domain/sweep/incident-transitions';
import { logKeysOfExecution, type LogKeys } from '../../core/domain/run/log-keys';
import { classify } from '../../core/runtime/aws/classify';
import type { ListedExecution } from '../../core/runtime/aws/executions';
import { withLogKeys } from '../../core/runtime/aws/logger';
import type { RecordingContext } from '../../core/runtime/recording/record-ending';
import type { EndingReport } from '../../core/runtime/recording/report';
import type { Store } from '../../core/runtime/store/store';

/** Step Functions, as far as the sweep needs it. */
interface ExecutionsApi {
  /** One listing for each machine, the last one started first. */
  lists(): readonly AsyncIterable<ListedExecution>[];
  /** How it ended; undefined while it runs. Throws `ExecutionDoesNotExist` as it comes. */
  describe(executionArn: string): Promise<EndingReport | undefined>;
  /** Starts a run unless there was one of that name. */
  startOnce(name: string, input: object): Promise<'started' | 'exists'>;
  /** Starts a backfill unless there was one of that name. */
  startBackfillOnce(name: string, input: object): Promise<'started' | 'exists'>;
}

export interface SweepDependencies extends RecordingContext {
  readonly lake: Store;
  readonly executions: ExecutionsApi;
  /** Calls a person, by SNS. */
  readonly escalate: (incident: Incident, over: boolean) => Promise<void>;
  /** Told how many seconds the oldest undelivered message has been waiting. */
  readonly onOutbox: (ageSeconds: number) => void;
  /** Told for how many seconds the channel that took nothing for the longest time has not taken anything. */
  readonly onChannels: (ageSeconds: number) => void;
}

/** Runs of a dataset that one sweep starts: after an outage the hours come back 60 an hour, and never all at once. */
export const MOST_STARTS = 10;

/** What a sweep did; for its log. */
export interface Tally {
  recorded: number;
  started: number;
  startedAgain: number;
  neverStarted: number;
  overdue: number;
  recoveries: number;
  delivered: number;
  undelivered: number;
  removed: number;
}

/** One sweep. */
export interface SweepContext extends SweepDependencies {
  /** The one time of this sweep: all its decisions are of the same moment. */
  readonly at: Date;
  readonly tally: Tally;
  /** How many runs of each dataset it has started. */
  readonly starts: Map<string, number>;
  /** What could not be read, by key. */
  readonly unreadable: Map<string, Finding>;
  /** What went wrong; the rest was done all the same. */
  readonly problems: RollcallError[];
}

/** Does one piece of work; its lines in the log say what it is about. If it fails, that is noted, and the sweep goes on with the others. */
export async function attempt<T>(
  context: SweepContext,
  what: string,
  details: Readonly<Record<string, unknown>>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  return withLogKeys(keysOf(context, details), async () => {
    try {
      return await work();
    } catch (error) {
      const known = classify(error);
      context.problems.push(known);
      context.logger.error(`sweep: ${what} failed`, { ...details, error: known });
      return undefined;
    }
  });
}

function keysOf({ datasets }: SweepContext, { arn, dataset, partition }: Readonly<Record<string, unknown>>): LogKeys {
  return {
    ...(typeof dataset === 'string' ? { dataset } : {}),
    ...(typeof partition === 'string' ? { partition } : {}),
    ...(typeof arn === 'string' ? logKeysOfExecution({ arn, name: undefined }, datasets) : {}),
  };
}
