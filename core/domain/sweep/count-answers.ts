import type { ReasonCode } from '../../contracts/run/endings';
import { DAY_MS, HOUR_MS, MINUTE_MS, periodMs, type Cadence } from '../../contracts/partition';
import type { PartitionRecord } from '../../contracts/run/partition-record';
import type { Absent, RollCall, RollCallKind } from '../../contracts/sweep/roll-call';
import { endingOf } from '../../contracts/run/endings';
import { deadlineOf, expectedPartitions, type Scheduled } from '../partition/calendar';
import { statusOf } from '../partition/status';

/** What the regular messages of a channel count, and when they are made: pure. */

/** After midnight UTC: what failed for a temporary reason has been tried again by then. */
const DAILY_AFTER_MS = 6 * HOUR_MS;
/** On Mondays, when the weekly backfill has been at it for some hours. */
const WEEKLY_AFTER_MS = 8 * HOUR_MS;

/** The days that an overview is about. */
export interface Window {
  /** Its name among those of its kind: the day on which it is made at the earliest, `2026-01-26`. */
  readonly date: string;
  /** Half-open. */
  readonly from: Date;
  readonly to: Date;
  /** When it is made at the earliest. */
  readonly dueAt: Date;
}

/** The newest window of a kind whose time has come. */
export function windowOf(kind: RollCallKind, now: Date): Window {
  const [after, days] = kind === 'daily' ? [DAILY_AFTER_MS, 1] : [WEEKLY_AFTER_MS, 7];
  const midnight = new Date(Math.floor((now.getTime() - after) / DAY_MS) * DAY_MS);
  // Sunday is 0; a week is over on Monday.
  const back = kind === 'daily' ? 0 : (midnight.getUTCDay() + 6) % 7;
  const to = new Date(midnight.getTime() - back * DAY_MS);
  return {
    date: to.toISOString().slice(0, 10),
    from: new Date(to.getTime() - days * DAY_MS),
    to,
    dueAt: new Date(to.getTime() + after),
  };
}

/** The expected partitions of a dataset whose deadline is within a window: each has its deadline in exactly one of each kind. */
export function dueIn(dataset: Scheduled, { from, to }: Pick<Window, 'from' | 'to'>): string[] {
  const ahead = dataset.deadlineMinutes * MINUTE_MS + periodMs(dataset.cadence);
  const [start, end] = [new Date(from.getTime() - ahead), new Date(to.getTime() - ahead)];
  return expectedPartitions(dataset, start, end).filter((partition) => {
    const deadline = deadlineOf(dataset, partition);
    return deadline >= from && deadline < to;
  });
}

/** How a partition that was due stands. */
export interface Looked {
  readonly partition: string;
  readonly record: PartitionRecord | undefined;
  /** Whether the run that published it needed more than one attempt; undefined: it was not looked up. */
  readonly retried: boolean | undefined;
}

/** The partitions of one dataset that were due. */
export interface Answers {
  readonly dataset: Scheduled & { readonly name: string; readonly cadence: Cadence };
  readonly looked: readonly Looked[];
}

/** Partitions of a dataset that are named. */
const MOST_NAMED = 5;

type Counts = Pick<
  RollCall,
  'due' | 'published' | 'partial' | 'noData' | 'afterRetries' | 'running' | 'missing' | 'datasets'
>;

/** Counts who answered. */
export function countAnswers(answers: readonly Answers[], now: Date): Counts {
  const due = { hourly: 0, daily: 0 };
  const published = { hourly: 0, daily: 0 };
  let [partial, noData, retried, running] = [0, 0, 0, 0];
  const missing: Absent[] = [];
  for (const { dataset, looked } of answers) {
    const absent: { partition: string; code: ReasonCode }[] = [];
    due[dataset.cadence] += looked.length;
    for (const one of looked) {
      const status = statusOf(dataset, one.partition, one.record, now);
      switch (status.kind) {
        case 'published':
          published[dataset.cadence] += 1;
          if (status.status === 'PARTIAL') partial += 1;
          if (status.status === 'NO_DATA') noData += 1;
          if (one.retried === true || wasRunAgain(one.record)) retried += 1;
          break;
        case 'running':
          running += 1;
          break;
        case 'ended':
          absent.push({ partition: one.partition, code: status.code });
          break;
        case 'never-started':
        case 'expected':
        case 'not-expected':
          absent.push({ partition: one.partition, code: 'NEVER_STARTED' });
          break;
      }
    }
    const last = absent.at(-1);
    if (last === undefined) continue;
    const partitions = absent.slice(0, MOST_NAMED).map(({ partition }) => partition);
    missing.push({ dataset: dataset.name, count: absent.length, partitions, code: last.code });
  }
  const wasAsked = answers.some(({ looked }) => looked.some((one) => one.retried !== undefined));
  return {
    datasets: answers.map(({ dataset }) => dataset.name).toSorted(),
    due,
    published,
    partial,
    noData,
    afterRetries: wasAsked ? retried : null,
    running,
    missing: missing.toSorted((a, b) => b.count - a.count || (a.dataset < b.dataset ? -1 : 1)),
  };
}

/** Whether a run failed before the one that published. */
function wasRunAgain(record: PartitionRecord | undefined): boolean {
  const { last, publication } = record ?? {};
  if (!last?.after || last.runId !== publication?.runId) return false;
  return endingOf(last.after.code).toldUnderChanges && endingOf(last.after.code).missing;
}
