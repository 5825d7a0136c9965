import type { DatasetInput } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import { rollCallSchema } from '../../core/contracts/sweep/roll-call';
import { gone, taken } from '../kit/answers';
import { Hours, type Step } from '../kit/hours';
import { Mortal } from '../kit/mortal';
import { dataset } from '../kit/datasets';

const named = (name: string, overrides: Partial<DatasetInput> = {}) => {
  const prefix = `${name}/{yyyy}/{MM}/{dd}/{HH}/`;
  return dataset({
    name,
    calendar: { firstPartition: '2026-01-20T00' },
    source: { bucket: 'source-bucket', prefix, format: 'csv' },
    ...overrides,
  });
};
const calm = (channel: string) => ({ notify: { when: 'changes', channel } }) as const;
const DAY = 86_400;

async function days(hours: Hours, count: number, step: (hour: string) => Step | undefined): Promise<void> {
  for (let i = 0; i < 24 * count; i += 1) {
    const steps = [...hours.datasets.keys()].map((name) => [name, step(hours.hour)] as const);
    await hours.next(Object.fromEntries(steps));
  }
}
const rollCalls = (hours: Hours) => hours.posts.filter(({ text }) => text.includes('overview'));

describe('40 healthy datasets under `changes`', () => {
  it('give one message a day and channel, and one more on Mondays', async () => {
    const datasets = Array.from({ length: 40 }, (_unused, i) =>
      named(`dataset-${i}`, { calendar: { firstPartition: '2026-01-25T20' }, ...calm(i < 20 ? 'left' : 'right') }),
    );
    const hours = new Hours(datasets, '2026-01-25T20');
    const told: string[] = [];
    hours.slack = (_message, channel) => {
      told.push(`${channel} ${hours.now.toISOString().slice(0, 10)}`);
      return taken;
    };
    await days(hours, 1.5, () => 'COMPLETE');
    const perDay = Map.groupBy(told, (one) => one);
    const most = Math.max(...[...perDay.values()].map((of) => of.length));
    expect(most).toBeLessThanOrEqual(3);
    expect(hours.posts.filter(({ channel }) => channel === 'left').map(({ text }) => text.split(':')[0])).toEqual([
      '✅ Daily overview Jan 25 (20 datasets)',
      '📣 Weekly overview Jan 19 – 25 (20 datasets)',
      '✅ Daily overview Jan 26 (20 datasets)',
    ]);
    expect(hours.posts.find(({ text }) => text.includes('Jan 26'))?.text).toContain('480 of 480 hours published.');
    expect(hours.calls).toEqual([]);
    // The default channel, which no dataset has, gets the message of all of them.
    expect(hours.posts.filter(({ channel }) => channel === 'default').map(({ text }) => text)).toEqual([
      expect.stringContaining('Weekly overview Jan 19 – 25 (40 datasets)'),
    ]);
  });
});

describe('the daily line', () => {
  it('says what is missing, what was published in part, and what needed more than one try', async () => {
    const hours = new Hours([named('flights', calm('data'))], '2026-01-20T00');
    await days(hours, 2, (hour) => {
      if (hour === '2026-01-20T23' || hour === '2026-01-21T03') return 'SCHEMA_MISMATCH';
      return hour === '2026-01-21T05' ? 'WITHIN_TOLERANCE' : 'COMPLETE';
    });
    await hours.end('flights', 'COMPLETE', { partition: '2026-01-20T23', input: { trigger: 'sweep' } });
    await days(hours, 1, () => 'COMPLETE');
    const key = keys.rollCall('data', 'daily', '2026-01-22');
    const call = rollCallSchema.parse(hours.s3.json('ledger', key));
    expect(call).toMatchObject({
      from: '2026-01-21',
      to: '2026-01-21',
      due: { hourly: 24 },
      published: { hourly: 23 },
    });
    const told = rollCalls(hours).find(({ text }) => text.includes('Jan 21'));
    expect(told).toMatchObject({
      channel: 'data',
      text: '⚠️ Daily overview Jan 21 (flights): 23 of 24 hours published, 1 after retries, 1 in part, 1 missing.',
    });
  });

  it('is not sent for datasets that tell every run, nor where nothing was due', async () => {
    const paused = { calendar: { firstPartition: '2026-01-20T00', paused: [{ from: '2026-01-20T00' }] } };
    const hours = new Hours([named('flights'), named('orders', { ...paused, ...calm('orders') })], '2026-01-20T00');
    for (let i = 0; i < 72; i += 1) await hours.next({ flights: 'COMPLETE' });
    expect(rollCalls(hours)).toEqual([]);
  });

  it('counts every partition once, whenever its deadline is', async () => {
    const late = named('late', { ...calm('data'), deadlineMinutes: 60 * 30 });
    const daily = dataset({
      name: 'daily',
      cadence: 'daily',
      calendar: { firstPartition: '2026-01-19' },
      source: { bucket: 'source-bucket', prefix: 'daily/{yyyy}-{MM}-{dd}/', format: 'parquet' },
      deadlineMinutes: 600,
      ...calm('data'),
    });
    const hours = new Hours([late, daily], '2026-01-20T00');
    for (let i = 0; i < 24 * 5; i += 1) {
      if (hours.hour.endsWith('T00')) {
        const before = new Date(Date.parse(`${hours.hour}:00:00Z`) - DAY * 1000).toISOString().slice(0, 10);
        await hours.end('daily', 'COMPLETE', { partition: before });
      }
      await hours.next({ late: 'COMPLETE' });
    }
    const counted = hours.s3
      .keys('ledger', 'roll-calls/data/daily-')
      .map((key) => rollCallSchema.parse(hours.s3.json('ledger', key)));
    // Deadlines from the morning of the 21st on, until midnight of the 24th.
    expect(counted.map(({ due }) => [due.hourly, due.daily])).toEqual([
      [0, 1],
      [17, 1],
      [24, 1],
      [24, 1],
    ]);
  });
});

describe('the Monday message', () => {
  const channels = ['default', 'data', 'ops'];
  const world = () =>
    new Hours(
      [named('flights'), named('orders', { notify: { channel: 'data' } }), named('clicks', calm('ops'))],
      '2026-01-25T10',
    );

  /** Channels of datasets of which nothing is due for long. */
  const quiet = () => {
    const later = { calendar: { firstPartition: '2027-01-01T00' } };
    const datasets = ['default', 'data', 'ops'].map((channel) => named(channel, { ...later, notify: { channel } }));
    return new Hours(datasets, '2026-01-25T10');
  };

  it('goes once to every channel that a dataset has, and to the default one', async () => {
    const hours = world();
    await days(hours, 2, () => 'COMPLETE');
    const weekly = rollCalls(hours).filter(({ text }) => text.includes('Weekly'));
    expect(weekly.map(({ channel }) => channel).toSorted()).toEqual(channels.toSorted());
    expect(weekly[0]?.text).toMatch(/^📣 Weekly overview Jan 19 – 25 \(orders\): \d+ of \d+ hours published/);
  });

  it('is made by the next sweep where the one of Monday morning died anywhere, and once', async () => {
    for (const mode of ['before', 'after'] as const) {
      for (let n = 0; ; n += 1) {
        const hours = quiet();
        await hours.sweep();
        hours.minutesLater(60 * 24);
        const mortal = new Mortal(n, mode);
        const wasKilled = await hours.sweep(mortal).then(
          () => mortal.count > n,
          (error: unknown) => error instanceof Error,
        );
        for (let later = 0; later < 2; later += 1) {
          hours.minutesLater(10);
          await hours.sweep();
        }
        const weekly = rollCalls(hours).filter(({ text }) => text.includes('Weekly'));
        expect(n).toBeLessThan(100);
        expect(new Set(weekly.map(({ channel }) => channel))).toEqual(new Set(channels));
        // A post without an answer is named as "perhaps"; none is told twice.
        expect(weekly.length).toBeLessThanOrEqual(channels.length + 1);
        if (!wasKilled) break;
      }
    }
  }, 60_000);

  it('bounds how long a channel has taken nothing, and an archived one grows older than 8 days', async () => {
    const ages = async (hours: Hours, count: number) => {
      for (let i = 0; i < count * 4; i += 1) {
        hours.minutesLater(6 * 60);
        await hours.sweep();
      }
      return hours.channelAges;
    };
    expect(Math.max(...(await ages(quiet(), 20)))).toBeLessThan(8 * DAY);
    const archived = quiet();
    archived.slack = (_message, channel) => (channel === 'data' ? gone('channel_is_archived') : taken);
    expect((await ages(archived, 7)).at(-1)).toBeLessThan(8 * DAY);
    expect((await ages(archived, 2)).at(-1)).toBeGreaterThan(8 * DAY);
  });
});
