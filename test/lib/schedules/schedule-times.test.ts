import fc from 'fast-check';
import { defineDataset, type Dataset, type DatasetInput } from '../../../core/contracts/dataset/dataset';
import { formatPartition, MINUTE_MS } from '../../../core/contracts/partition';
import {
  availableAt,
  expectedPartitions,
  partitionOfSchedule,
  shiftPartition,
} from '../../../core/domain/partition/calendar';
import { firingTimes, type FiringTimes } from '../../../lib/schedules/schedule-times';

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

function dataset(of: Pick<DatasetInput, 'cadence' | 'calendar'> & Partial<DatasetInput>): Dataset {
  return defineDataset({
    name: 'any',
    owner: 'test',
    source: {
      bucket: 'any-bucket',
      prefix: of.cadence === 'hourly' ? '{yyyy}/{MM}/{dd}/{HH}/' : '{yyyy}/{MM}/{dd}/',
      format: 'jsonl',
    },
    deadlineMinutes: 14 * 24 * 60,
    empty: 'normal',
    columns: { a: { type: 'string' } },
    ...of,
  });
}

/** The minutes in `[from, to)` at which EventBridge Scheduler would fire. */
function firings(times: readonly FiringTimes[], from: Date, to: Date): Date[] {
  const fires = ({ cron, start, end }: FiringTimes, at: Date) =>
    matches(cron.minute, String(at.getUTCMinutes())) &&
    matches(cron.hour, String(at.getUTCHours())) &&
    matches(cron.weekDay, WEEKDAYS[at.getUTCDay()]!.toUpperCase()) &&
    (start === undefined || at >= start) &&
    (end === undefined || at < end);
  const found: Date[] = [];
  for (let t = from.getTime(); t < to.getTime(); t += MINUTE_MS) {
    const at = new Date(t);
    for (const it of times) if (fires(it, at)) found.push(at);
  }
  return found;
}

function matches(field: string, value: string): boolean {
  return field === '*' || field.split(',').includes(value);
}

describe('a dataset without restrictions has one schedule', () => {
  test('hourly: so many minutes past every hour', () => {
    const times = firingTimes(
      dataset({ cadence: 'hourly', calendar: { firstPartition: '2026-01-01T00' }, availableMinutes: 75 }),
      new Date('2026-03-01'),
    );
    expect(times).toEqual([
      { id: '', cron: { minute: '15', hour: '*', weekDay: '*' }, start: undefined, end: undefined },
    ]);
  });

  test('daily: so long after midnight', () => {
    const times = firingTimes(
      dataset({ cadence: 'daily', calendar: { firstPartition: '2026-01-01' }, availableMinutes: 26 * 60 + 5 }),
      new Date('2026-03-01'),
    );
    expect(times).toEqual([
      { id: '', cron: { minute: '5', hour: '2', weekDay: '*' }, start: undefined, end: undefined },
    ]);
  });
});

test('late hours of a weekday fire on the next day, by a schedule of their own', () => {
  const weekly = dataset({
    cadence: 'hourly',
    calendar: { firstPartition: '2026-01-01T00', weekdays: ['mon', 'fri'], hours: [8, 23] },
    availableMinutes: 20,
  });
  expect(firingTimes(weekly, new Date('2026-03-01')).map(({ id, cron }) => [id, cron])).toEqual([
    ['', { minute: '20', hour: '9', weekDay: 'MON,FRI' }],
    ['2', { minute: '20', hour: '0', weekDay: 'TUE,SAT' }],
  ]);
});

test('a dataset that is over, or paused until further notice, has no schedule', () => {
  const over = dataset({ cadence: 'daily', calendar: { firstPartition: '2025-01-01', lastPartition: '2025-12-31' } });
  expect(firingTimes(over, new Date('2026-03-01'))).toEqual([]);
  const paused = dataset({
    cadence: 'daily',
    calendar: { firstPartition: '2025-01-01', paused: [{ from: '2026-01-01' }] },
  });
  expect(firingTimes(paused, new Date('2026-03-01'))).toEqual([]);
});

test('a start date is never in the past, where EventBridge Scheduler refuses it', () => {
  const later = dataset({ cadence: 'hourly', calendar: { firstPartition: '2026-03-02T00' }, availableMinutes: 10 });
  expect(firingTimes(later, new Date('2026-03-01'))[0]!.start).toEqual(new Date('2026-03-02T00:40:00Z'));
  expect(firingTimes(later, new Date('2026-03-02T00:41:00Z'))[0]!.start).toBeUndefined();
});

test('schedules fire once for every expected partition, when it is available, and never else', () => {
  const epoch = Date.parse('2026-02-20T00:00:00Z');
  const cadences = fc.constantFrom('hourly' as const, 'daily' as const);
  const instance = cadences.chain((cadence) => {
    const period = cadence === 'hourly' ? HOUR_MS : DAY_MS;
    const partition = (i: number) => formatPartition(new Date(epoch + i * period), cadence);
    const index = fc.integer({ min: 0, max: Math.floor((14 * DAY_MS) / period) });
    const subset = <T>(all: readonly T[]) =>
      fc.option(fc.uniqueArray(fc.constantFrom(...all), { minLength: 1 }), { nil: undefined });
    return fc.record({
      cadence: fc.constant(cadence),
      first: index.map(partition),
      length: fc.option(index, { nil: undefined }),
      pauses: fc.array(fc.tuple(index, fc.option(fc.nat(30), { nil: undefined })), { maxLength: 3 }).map((all) =>
        all.map(([from, length]) => ({
          from: partition(from),
          ...(length === undefined ? {} : { to: partition(from + length) }),
        })),
      ),
      weekdays: subset(WEEKDAYS),
      hours: cadence === 'hourly' ? subset(Array.from({ length: 24 }, (_unused, h) => h)) : fc.constant(undefined),
      availableMinutes: fc.nat(3 * 24 * 60),
      nowMinutes: fc.nat(10 * 24 * 60),
    });
  });
  fc.assert(
    fc.property(instance, ({ cadence, first, length, pauses, weekdays, hours, availableMinutes, nowMinutes }) => {
      const it = dataset({
        cadence,
        availableMinutes,
        calendar: {
          firstPartition: first,
          paused: pauses,
          ...(length === undefined ? {} : { lastPartition: shiftPartition(first, length) }),
          ...(weekdays === undefined ? {} : { weekdays }),
          ...(hours === undefined ? {} : { hours }),
        },
      });
      const now = new Date(epoch + nowMinutes * MINUTE_MS);
      const to = new Date(epoch + 24 * DAY_MS);
      const expected = expectedPartitions(it, new Date(epoch - 10 * DAY_MS), to)
        .map((p) => [p, availableAt(it, p)] as const)
        .filter(([, at]) => at >= now && at < to);
      const times = firingTimes(it, now);
      const fired = firings(times, now, to).sort((a, b) => a.getTime() - b.getTime());
      expect(fired.map((at) => [partitionOfSchedule(it, at), at])).toEqual(expected);
      for (const { start, end } of times) {
        if (start !== undefined) expect(start > now).toBe(true);
        if (end !== undefined) expect(end > now).toBe(true);
      }
      expect(new Set(times.map(({ id }) => id)).size).toBe(times.length);
    }),
    { numRuns: 60 },
  );
});
