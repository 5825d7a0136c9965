import type { Dataset } from '../../core/contracts/dataset/dataset';
import { periodMs } from '../../core/contracts/partition';
import { availableAt, scheduleOf, shiftPartition } from '../../core/domain/partition/calendar';

/**
 * When a dataset's schedules fire: for every expected partition once, at the moment it becomes available, and for no other. A run of a
 * partition that isn't expected would end FAILED (NOT_EXPECTED), which is right when a person asks for it and noise when a schedule does.
 *
 * What no cron expression can leave out is the one hour a year that a source with a local time zone has twice (`isExpected`).
 */
export interface FiringTimes {
  /** Unique within the dataset, and stable: empty for the first, else e.g. `2` or `After20260301`. */
  readonly id: string;
  /** Cron fields, UTC. */
  readonly cron: { readonly minute: string; readonly hour: string; readonly weekDay: string };
  /** First and last moment at which it may fire; undefined where there is no need for a bound. */
  readonly start: Date | undefined;
  readonly end: Date | undefined;
}

type Scheduled = Pick<
  Dataset,
  'cadence' | 'calendar' | 'availableMinutes' | 'deadlineMinutes' | 'lateWindowDays' | 'source'
>;

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const DAY_HOURS = 24;

/**
 * The schedules that a dataset needs from `now` on. EventBridge Scheduler refuses a start date of more than 5 minutes ago, and a span
 * that is over needs no schedule: so this depends on the time of the synthesis.
 */
export function firingTimes(dataset: Scheduled, now: Date): FiringTimes[] {
  const half = periodMs(dataset.cadence) / 2;
  return spans(dataset).flatMap((span, index) => {
    const firstFiring = availableAt(dataset, span.first).getTime();
    const end = span.last === undefined ? undefined : new Date(availableAt(dataset, span.last).getTime() + half);
    if (end !== undefined && end <= now) return [];
    // Needed only if the schedule would fire before that.
    const start = firstFiring - 2 * half > now.getTime() ? new Date(firstFiring - half) : undefined;
    const after = index === 0 ? '' : `After${span.first.replace(/\D/g, '')}`;
    return crons(dataset).map((cron, i) => ({ id: `${after}${i === 0 ? '' : i + 1}`, cron, start, end }));
  });
}

/** The calendar without its pauses: spans from a first to a last partition, both expected as far as the pauses are concerned. */
function spans({ calendar }: Scheduled): { first: string; last: string | undefined }[] {
  const found: { first: string; last: string | undefined }[] = [];
  const pauses = [...calendar.paused].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  let first: string | undefined = calendar.firstPartition;
  for (const pause of pauses) {
    if (first === undefined) break;
    if (pause.from > first)
      found.push({ first, last: earliest(shiftPartition(pause.from, -1), calendar.lastPartition) });
    const next: string | undefined = pause.to === undefined ? undefined : shiftPartition(pause.to, 1);
    first = next === undefined || next > first ? next : first;
  }
  if (first !== undefined) found.push({ first, last: calendar.lastPartition });
  return found.filter((span) => span.last === undefined || span.first <= span.last);
}

function earliest(partition: string, other: string | undefined): string {
  return other !== undefined && other < partition ? other : partition;
}

/**
 * The cron expressions that fire for the calendar's weekdays and hours. A partition fires some hours after it begins, so late hours fire
 * on the next day: where the weekdays matter, those need an expression of their own.
 */
function crons({ cadence, calendar, availableMinutes }: Scheduled): FiringTimes['cron'][] {
  const { minute, hour } = scheduleOf({ cadence, availableMinutes });
  const days = calendar.weekdays?.map((day) => WEEKDAYS.indexOf(day)) ?? [0, 1, 2, 3, 4, 5, 6];
  if (cadence === 'daily') {
    const shift = 1 + Math.floor(availableMinutes / (DAY_HOURS * 60));
    return [{ minute, hour, weekDay: weekDays(days, shift) }];
  }
  const hours = calendar.hours ?? Array.from({ length: DAY_HOURS }, (_unused, h) => h);
  const shift = 1 + Math.floor(availableMinutes / 60);
  const everyDay = new Set(days).size === WEEKDAYS.length;
  const byCarry = Map.groupBy(hours, (h) => (everyDay ? 0 : Math.floor((h + shift) / DAY_HOURS)));
  return [...byCarry]
    .sort(([a], [b]) => a - b)
    .map(([carry, ofCarry]) => ({
      minute,
      hour: list(
        ofCarry.map((h) => (h + shift) % DAY_HOURS),
        DAY_HOURS,
        String,
      ),
      weekDay: weekDays(days, carry),
    }));
}

function weekDays(days: readonly number[], shift: number): string {
  return list(
    days.map((day) => (day + shift) % WEEKDAYS.length),
    WEEKDAYS.length,
    (day) => (WEEKDAYS[day] ?? '').toUpperCase(),
  );
}

/** `*` when all are there, else the values in order. */
function list(values: readonly number[], all: number, print: (value: number) => string): string {
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  return distinct.length === all ? '*' : distinct.map(print).join(',');
}
