import type { RollcallError } from '../contracts/errors';
import type { Incident } from '../contracts/sweep-state';
import type { Finding } from '../domain/incidents';
import { classify } from '../runtime/classify';
import type { ListedExecution } from '../runtime/executions';
import type { RecordingContext } from '../runtime/recording/record';
import type { EndingReport } from '../runtime/recording/report';
import type { Store } from '../runtime/store';

/** Step Functions, as far as the sweep needs it. */
export interface ExecutionsApi {
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
  /** Calls somebody, by SNS. */
  readonly escalate: (incident: Incident, over: boolean) => Promise<void>;
  /** Told how many seconds the oldest undelivered message has been waiting. */
  readonly onOutbox: (ageSeconds: number) => void;
}

/** What a sweep did; for its log. */
export interface Tally {
  recorded: number;
  started: number;
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
  /** Keys of the manifests whose messages this sweep owes itself: nobody else is about to tell them. */
  readonly owed: Set<string>;
  /** What could not be read, by key. */
  readonly unreadable: Map<string, Finding>;
  /** What went wrong; the rest was done all the same. */
  readonly problems: RollcallError[];
}

/** Does one piece of work. If it fails, that is noted, and the sweep goes on with the others. */
export async function attempt<T>(
  context: SweepContext,
  what: string,
  details: Readonly<Record<string, unknown>>,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const known = classify(error);
    context.problems.push(known);
    context.logger.error(`sweep: ${what} failed`, { ...details, error: known });
    return undefined;
  }
}
