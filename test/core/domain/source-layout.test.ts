import { HOUR_MS, partitionStart } from '../../../core/contracts/partition';
import {
  expectedPartitions,
  isExpected,
  shiftPartition,
  sourcePrefix,
  sourcePrefixes,
  sourceRoots,
  type Scheduled,
} from '../../../core/domain/partition/calendar';

function dataset(timeZone: string, calendar: Partial<Scheduled['calendar']> = {}): Scheduled {
  return {
    cadence: 'hourly',
    calendar: { firstPartition: '2020-01-01T00', paused: [], ...calendar },
    availableMinutes: 15,
    deadlineMinutes: 120,
    lateWindowDays: 7,
    source: { prefix: '{yyyy}/{MM}/{dd}/{HH}/', timeZone },
  };
}
const prefixOf = (timeZone: string, partition: string) => sourcePrefix(dataset(timeZone).source, partition);

describe('the prefix of a partition', () => {
  it('carries the partition’s own hour in UTC', () => {
    expect(prefixOf('UTC', '2026-01-20T05')).toBe('2026/01/20/05/');
    expect(sourcePrefix({ prefix: 'a/dt={yyyy}-{MM}-{dd}/{yyyy}', timeZone: 'UTC' }, '2026-01-20')).toBe(
      'a/dt=2026-01-20/2026',
    );
  });

  it.each([
    ['America/New_York', '2026-01-20T05', '2026/01/20/00/'],
    ['America/New_York', '2026-01-01T04', '2025/12/31/23/'],
    ['America/New_York', '2026-07-20T05', '2026/07/20/01/'],
    // 45 minutes past the hour: the hour in which the partition begins.
    ['Asia/Kathmandu', '2026-01-20T05', '2026/01/20/10/'],
    ['Asia/Kathmandu', '2024-02-28T18', '2024/02/28/23/'],
    ['Asia/Kathmandu', '2024-02-28T19', '2024/02/29/00/'],
    ['Australia/Lord_Howe', '2026-06-30T15', '2026/07/01/01/'],
    ['Pacific/Kiritimati', '2025-12-31T10', '2026/01/01/00/'],
  ])('in %s for %s is %s', (timeZone, partition, prefix) => {
    expect(prefixOf(timeZone, partition)).toBe(prefix);
  });

  it('never shows an hour 24', () => {
    expect(prefixOf('Europe/Berlin', '2026-01-19T23')).toBe('2026/01/20/00/');
  });

  it('has a root: the fixed text before the first placeholder', () => {
    expect(sourceRoots({ prefix: 'flights/{yyyy}/{MM}/' })).toEqual(['flights/']);
    expect(sourceRoots({ prefix: 'in/flights-{yyyy}{MM}{dd}' })).toEqual(['in/flights-']);
    expect(sourceRoots({ prefix: '{yyyy}/{MM}/' })).toEqual(['']);
  });
});

/** A day on which clocks change, and what there is to know about it. */
const CHANGES = [
  { timeZone: 'America/New_York', day: '2026-03-08', what: 'forward' },
  { timeZone: 'America/New_York', day: '2026-11-01', what: 'back' },
  { timeZone: 'Europe/Berlin', day: '2026-03-29', what: 'forward' },
  { timeZone: 'Europe/Berlin', day: '2026-10-25', what: 'back' },
  { timeZone: 'Australia/Lord_Howe', day: '2026-10-03', what: 'forward by half an hour' },
  { timeZone: 'Australia/Lord_Howe', day: '2026-04-04', what: 'back by half an hour' },
  { timeZone: 'Antarctica/Troll', day: '2026-03-29', what: 'forward by two hours' },
  { timeZone: 'Antarctica/Troll', day: '2026-10-25', what: 'back by two hours' },
  { timeZone: 'Asia/Kathmandu', day: '2026-01-20', what: 'not at all' },
  { timeZone: 'America/St_Johns', day: '2026-11-01', what: 'back, half past the hour' },
] as const;

describe('on a day on which clocks go', () => {
  it.each(CHANGES)(
    '$what ($timeZone, $day), every local hour’s objects are published exactly once',
    ({ timeZone, day }) => {
      const of = dataset(timeZone);
      const from = new Date(`${day}T00:00Z`);
      const to = new Date(from.getTime() + 48 * HOUR_MS);
      const read = expectedPartitions(of, from, to).flatMap((partition) => sourcePrefixes(of.source, partition));
      expect(new Set(read).size).toBe(read.length);
      // What a producer writes who names its prefix by the local time of each record. The first and the last of the two days' hours may
      // lie half outside.
      const written = new Set<string>();
      for (let at = from.getTime() + HOUR_MS; at < to.getTime() - HOUR_MS; at += 5 * 60_000)
        written.add(localHour(timeZone, at));
      expect([...written].filter((prefix) => !read.includes(prefix))).toEqual([]);
    },
  );

  it('back, the later of two UTC hours with one local hour is expected, when all of its objects have come', () => {
    const of = dataset('America/New_York');
    // 05Z and 06Z are both 01 in New York.
    expect(sourcePrefix(of.source, '2026-11-01T05')).toBe(sourcePrefix(of.source, '2026-11-01T06'));
    expect(isExpected(of, '2026-11-01T05')).toBe(false);
    expect(isExpected(of, '2026-11-01T06')).toBe(true);
  });

  it('back, the earlier one is expected where the calendar ends with it', () => {
    const of = dataset('America/New_York', { lastPartition: '2026-11-01T05' });
    expect(isExpected(of, '2026-11-01T05')).toBe(true);
  });

  it('forward by half an hour, the half hour between two UTC hours belongs to the first of them', () => {
    const { source } = dataset('Australia/Lord_Howe');
    expect(sourcePrefixes(source, '2026-10-03T15')).toEqual(['2026/10/04/01/', '2026/10/04/02/']);
    expect(sourcePrefixes(source, '2026-10-03T16')).toEqual(['2026/10/04/03/']);
  });

  it('forward by an hour, no partition is missing and none reads the local hour that never was', () => {
    const of = dataset('America/New_York');
    const partitions = Array.from({ length: 24 }, (_, i) => shiftPartition('2026-03-08T00', i));
    expect(partitions.every((partition) => isExpected(of, partition))).toBe(true);
    expect(partitions.flatMap((partition) => sourcePrefixes(of.source, partition))).not.toContain('2026/03/08/02/');
  });
});

function localHour(timeZone: string, at: number): string {
  const text = new Date(at).toLocaleString('sv-SE', { timeZone });
  return `${text.slice(0, 10).replaceAll('-', '/')}/${text.slice(11, 13)}/`;
}

it('partitionStart agrees with the layout in UTC for every hour of a leap year', () => {
  for (let hour = 0; hour < 366 * 24; hour += 1) {
    const partition = shiftPartition('2024-01-01T00', hour);
    const iso = partitionStart(partition).toISOString();
    expect(prefixOf('UTC', partition)).toBe(`${iso.slice(0, 10).replaceAll('-', '/')}/${iso.slice(11, 13)}/`);
  }
});
