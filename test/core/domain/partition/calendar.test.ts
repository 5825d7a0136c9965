import * as fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS, partitionEnd, partitionStart } from '../../../../core/contracts/partition';
import {
  availableAt,
  deadlineOf,
  expectedPartitions,
  isExpected,
  partitionOfSchedule,
  scheduleOf,
  shiftPartition,
  type Scheduled,
} from '../../../../core/domain/partition/calendar';

function hourly(calendar: Partial<Scheduled['calendar']> = {}, more: Partial<Scheduled> = {}): Scheduled {
  return {
    cadence: 'hourly',
    calendar: { firstPartition: '2024-01-01T00', paused: [], ...calendar },
    availableMinutes: 15,
    deadlineMinutes: 120,
    lateWindowDays: 7,
    source: { prefix: 'f/{yyyy}/{MM}/{dd}/{HH}/', timeZone: 'UTC' },
    ...more,
  };
}
function daily(calendar: Partial<Scheduled['calendar']> = {}): Scheduled {
  return hourly(
    { firstPartition: '2024-01-01', ...calendar },
    { cadence: 'daily', source: { prefix: 'd/{yyyy}/{MM}/{dd}/', timeZone: 'UTC' } },
  );
}
const between = (dataset: Scheduled, from: string, to: string) =>
  expectedPartitions(dataset, new Date(from), new Date(to));

describe('expected partitions', () => {
  it('are the hours that begin in a half-open range', () => {
    expect(between(hourly(), '2026-01-20T05:00Z', '2026-01-20T08:00Z')).toEqual([
      '2026-01-20T05',
      '2026-01-20T06',
      '2026-01-20T07',
    ]);
    expect(between(hourly(), '2026-01-20T05:01Z', '2026-01-20T06:01Z')).toEqual(['2026-01-20T06']);
    expect(between(hourly(), '2026-01-20T05:00Z', '2026-01-20T05:00Z')).toEqual([]);
    expect(between(hourly(), '2026-01-21T00:00Z', '2026-01-20T00:00Z')).toEqual([]);
  });

  it('are the days that begin in a range', () => {
    expect(between(daily(), '2026-01-20', '2026-01-22')).toEqual(['2026-01-20', '2026-01-21']);
    expect(between(daily(), '2026-01-20T00:00:01Z', '2026-01-21T00:00:01Z')).toEqual(['2026-01-21']);
  });

  it('begin with the first and end with the last, both of them expected', () => {
    const dataset = hourly({ firstPartition: '2026-01-20T22', lastPartition: '2026-01-21T01' });
    expect(between(dataset, '2020-01-01', '2030-01-01')).toEqual([
      '2026-01-20T22',
      '2026-01-20T23',
      '2026-01-21T00',
      '2026-01-21T01',
    ]);
    expect(isExpected(dataset, '2026-01-20T21')).toBe(false);
    expect(isExpected(dataset, '2026-01-21T02')).toBe(false);
  });

  it('include the leap day in leap years only, and cross the end of the year', () => {
    expect(between(daily(), '2024-02-28', '2024-03-02')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
    expect(between(daily(), '2025-02-28', '2025-03-02')).toEqual(['2025-02-28', '2025-03-01']);
    expect(between(hourly(), '2024-12-31T23:00Z', '2025-01-01T01:00Z')).toEqual(['2024-12-31T23', '2025-01-01T00']);
    expect(between(daily(), '2024-01-01', '2025-01-01')).toHaveLength(366);
  });

  it('come on the declared UTC weekdays and hours', () => {
    const working = daily({ weekdays: ['mon', 'fri'] });
    // 2026-01-19 is a Monday.
    expect(between(working, '2026-01-19', '2026-01-27')).toEqual(['2026-01-19', '2026-01-23', '2026-01-26']);
    const morning = hourly({ weekdays: ['sun'], hours: [6, 7] });
    expect(between(morning, '2026-01-24', '2026-01-27')).toEqual(['2026-01-25T06', '2026-01-25T07']);
  });

  it('leave out pauses, both ends included; one without an end lasts', () => {
    const dataset = daily({ paused: [{ from: '2026-01-03', to: '2026-01-04' }, { from: '2026-01-07' }] });
    expect(between(dataset, '2026-01-01', '2027-01-01')).toEqual([
      '2026-01-01',
      '2026-01-02',
      '2026-01-05',
      '2026-01-06',
    ]);
  });

  it('are never of the other cadence, nor dates that do not exist', () => {
    expect(isExpected(hourly(), '2026-01-20')).toBe(false);
    expect(isExpected(daily(), '2026-01-20T05')).toBe(false);
    expect(isExpected(daily(), '2026-02-30')).toBe(false);
    expect(isExpected(hourly(), '2026-01-20T24')).toBe(false);
  });

  it('of two adjoining ranges are those of the whole range, once each', () => {
    const at = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 0, 20) }).map((ms) => new Date(ms));
    fc.assert(
      fc.property(at, at, at, fc.boolean(), (a, b, c, isDaily) => {
        const [from, middle, to] = [a, b, c].toSorted((x, y) => x.getTime() - y.getTime()) as [Date, Date, Date];
        const dataset = isDaily ? daily() : hourly({ hours: [1, 5, 23] });
        expect([...expectedPartitions(dataset, from, middle), ...expectedPartitions(dataset, middle, to)]).toEqual(
          expectedPartitions(dataset, from, to),
        );
      }),
    );
  });

  it('are exactly those for which isExpected says so', () => {
    const dataset = hourly({
      weekdays: ['tue', 'wed'],
      hours: [0, 12],
      paused: [{ from: '2026-01-21T12', to: '2026-01-27T00' }],
    });
    const all = between(hourly(), '2026-01-19', '2026-02-02');
    expect(between(dataset, '2026-01-19', '2026-02-02')).toEqual(all.filter((one) => isExpected(dataset, one)));
  });
});

describe('times of a partition', () => {
  it('count from its end', () => {
    expect(availableAt(hourly(), '2026-01-20T05').toISOString()).toBe('2026-01-20T06:15:00.000Z');
    expect(deadlineOf(hourly(), '2026-01-20T05').toISOString()).toBe('2026-01-20T08:00:00.000Z');
    expect(availableAt(daily(), '2026-01-20').toISOString()).toBe('2026-01-21T00:15:00.000Z');
  });

  it('shift by whole periods over months, years and leap days', () => {
    expect(shiftPartition('2024-02-28T23', 1)).toBe('2024-02-29T00');
    expect(shiftPartition('2025-01-01', -1)).toBe('2024-12-31');
    expect(shiftPartition('2026-01-20T05', 0)).toBe('2026-01-20T05');
    expect(() => shiftPartition('2026-1-1', 1)).toThrow(RangeError);
  });
});

describe('a schedule', () => {
  const minutes = fc.integer({ min: 0, max: 7 * 24 * 60 });
  const cadence = fc.constantFrom('hourly' as const, 'daily' as const);

  it('fires once per partition, and its scheduled time leads back to that partition', () => {
    fc.assert(
      fc.property(cadence, minutes, fc.integer({ min: 0, max: 20_000 }), (c, availableMinutes, n) => {
        const dataset = { cadence: c, availableMinutes };
        const partition = shiftPartition(c === 'hourly' ? '2024-01-01T00' : '2024-01-01', n);
        const firing = availableAt(dataset, partition);
        const { minute, hour } = scheduleOf(dataset);
        expect(String(firing.getUTCMinutes())).toBe(minute);
        expect(hour === '*' || String(firing.getUTCHours()) === hour).toBe(true);
        expect(hour === '*').toBe(c === 'hourly');
        expect(partitionOfSchedule(dataset, firing)).toBe(partition);
      }),
      { numRuns: 1000 },
    );
  });

  it('delivered late in time names the same partition, because only the scheduled time counts', () => {
    const dataset = { cadence: 'hourly' as const, availableMinutes: 15 };
    expect(partitionOfSchedule(dataset, new Date('2026-01-20T06:15:00Z'))).toBe('2026-01-20T05');
    expect(partitionOfSchedule(dataset, new Date('2026-01-20T06:15:59.999Z'))).toBe('2026-01-20T05');
    // A minute early belongs to the hour before: schedules fire on the minute, never before it.
    expect(partitionOfSchedule(dataset, new Date('2026-01-20T06:14:59Z'))).toBe('2026-01-20T04');
  });

  it('of a partition that is available a day and an hour later fires at that hour', () => {
    const dataset = { cadence: 'daily' as const, availableMinutes: 25 * 60 + 5 };
    expect(scheduleOf(dataset)).toEqual({ minute: '5', hour: '1' });
    expect(partitionOfSchedule(dataset, new Date('2026-01-22T01:05:00Z'))).toBe('2026-01-20');
  });

  it('never runs before its partition is over', () => {
    fc.assert(
      fc.property(
        cadence,
        minutes,
        fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        (c, availableMinutes, at) => {
          const partition = partitionOfSchedule({ cadence: c, availableMinutes }, at);
          const waited = at.getTime() - partitionEnd(partition).getTime();
          const period = c === 'hourly' ? HOUR_MS : DAY_MS;
          expect(waited).toBeGreaterThanOrEqual(availableMinutes * MINUTE_MS);
          expect(waited).toBeLessThan(availableMinutes * MINUTE_MS + period);
          expect(partitionEnd(partition).getTime() - partitionStart(partition).getTime()).toBe(period);
        },
      ),
    );
  });
});
