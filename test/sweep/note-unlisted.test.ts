import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import { datasetStateSchema } from '../../core/contracts/sweep/sweep-state';
import { unlistedSchema } from '../../core/contracts/sweep/unlisted';
import { sweep } from '../../lambdas/sweep/sweep';
import { down, taken } from '../helpers/answers';
import { Mortal } from '../helpers/recording';
import { daily, dataset, ending, holder, publication, record, registry } from '../helpers/runs';
import { SweepWorld } from '../helpers/sweeping';

/** A definition changes while partitions are missing: whatever leaves the list is named once, whichever process dies in between. */

const before = dataset({ notify: { channel: 'data' } });
const of = (more: Partial<Dataset>) => [dataset({ ...before, ...more })];
const calendar = (more: Partial<Dataset['calendar']>) =>
  of({ calendar: { firstPartition: '2026-01-19T00', paused: [], ...more } });
const changes: Readonly<Record<string, readonly Dataset[]>> = {
  'is removed': [daily()],
  'gets another name': of({ name: 'flights-v2' }),
  'is paused': calendar({ paused: [{ from: '2026-01-20T00' }] }),
  'begins later': calendar({ firstPartition: '2026-01-20T12' }),
  'ends before': calendar({ lastPartition: '2026-01-19T23' }),
  'comes at other hours': calendar({ hours: [12, 13] }),
  'comes by the day': of({
    cadence: 'daily',
    calendar: { firstPartition: '2026-01-01', paused: [] },
    source: { ...before.source, prefix: 'flights/{yyyy}/{MM}/{dd}/' },
    deadlineMinutes: 600,
  }),
};
const NEWS = 'flights: 3 missing hours are not expected any more';

/** 00 failed, 01 was never started, 02 was skipped, 03 is published, a run is at 04, 05 is not due yet. */
async function missing(): Promise<SweepWorld> {
  const world = new SweepWorld();
  world.datasets = registry(before);
  const put = (hour: string, what: Parameters<typeof record>[0]) =>
    world.s3.put('ledger', keys.partition('flights', `2026-01-20T${hour}`), record(what));
  const last = (code: Parameters<typeof ending>[0]) => ({
    last: { runId: `run-${code}`, ending: ending(code), at: '2026-01-20T04:00:00.000Z' },
  });
  put('00', last('SOURCE_ACCESS_DENIED'));
  put('02', last('UPSTREAM_MISSING'));
  put('03', { publication: publication('run-3') });
  world.executed('run-4', { dataset: 'flights', partition: '2026-01-20T04' }, { startedAgo: 60 });
  put('04', { fence: 1, holder: holder('run-4', '2026-01-20T05:30:00.000Z') });
  // Everything earlier is published.
  for (let hour = 0; hour < 24; hour += 1)
    world.s3.put(
      'ledger',
      keys.partition('flights', `2026-01-19T${String(hour).padStart(2, '0')}`),
      record({ publication: publication(`run-${hour}`) }),
    );
  world.datasets = registry(dataset({ ...before, calendar: { firstPartition: '2026-01-19T00' } }));
  await world.sweep();
  return world;
}

const news = (world: SweepWorld) => world.posts.filter(({ text }) => text.includes('not expected any more'));
async function sweeps(world: SweepWorld, count = 4): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    world.minutesLater(10);
    await world.sweep();
  }
}
const list = (world: SweepWorld) => {
  const [key = 'none', ...more] = world.s3.keys('ledger', 'unlisted/');
  expect(more).toEqual([]);
  return unlistedSchema.parse(world.s3.json('ledger', key));
};

describe('missing partitions of a dataset that', () => {
  it.each(Object.entries(changes))('%s are named once, to those who were told before', async (_what, next) => {
    const world = await missing();
    world.datasets = registry(...next);
    await sweeps(world);
    expect(news(world)).toMatchObject([{ channel: 'data', text: expect.stringContaining(NEWS) }]);
    expect(list(world)).toMatchObject({
      owner: 'Data Engineering',
      partitions: [
        { partition: '2026-01-20T00', reason: 'FAILED', code: 'SOURCE_ACCESS_DENIED' },
        { partition: '2026-01-20T01', reason: 'NEVER_STARTED', code: null },
        { partition: '2026-01-20T02', reason: 'UPSTREAM_MISSING', code: 'UPSTREAM_MISSING' },
      ],
    });
  });

  it.each(Object.entries(changes))(
    '%s are named once, wherever a sweep dies',
    async (_what, next) => {
      const arranged = async () => {
        const world = await missing();
        world.datasets = registry(...next);
        return world;
      };
      const whole = new Mortal();
      const alive = await arranged();
      alive.minutesLater(10);
      await alive.sweep(whole);
      for (let at = 0; at < whole.count; at += 3) {
        const mode = at % 2 === 0 ? 'after' : 'before';
        const world = await arranged();
        world.minutesLater(10);
        await world.sweep(new Mortal(at, mode)).catch(() => undefined);
        const mayRepeat =
          news(world).length > 0 && !world.s3.keys('ledger', 'receipts/').some((key) => key.includes('unlisted~'));
        await sweeps(world, 3);
        expect([at, news(world).length]).toEqual([at, mayRepeat ? 2 : 1]);
      }
    },
    120_000,
  );

  it('is paused, and not paused, and paused again, are named each time', async () => {
    const world = await missing();
    const unpaused = world.datasets;
    for (let i = 0; i < 2; i += 1) {
      world.datasets = registry(...(changes['is paused'] ?? []));
      await sweeps(world, 2);
      world.datasets = unpaused;
      await sweeps(world, 2);
    }
    expect(news(world)).toHaveLength(2);
  });

  it('has another owner and another deadline stay on the list, unsaid', async () => {
    const world = await missing();
    world.datasets = registry(
      dataset({ ...before, owner: 'others', deadlineMinutes: 240, calendar: { firstPartition: '2026-01-19T00' } }),
    );
    await sweeps(world);
    expect(news(world)).toEqual([]);
    expect(world.s3.json('ledger', keys.dataset('flights')).definition.owner).toBe('others');
  });

  it('is removed are told when Slack is back, and the person who was called about it hears that it is over', async () => {
    const world = await missing();
    world.minutesLater(120);
    // 05 was not due before; no run came.
    await world.sweep();
    expect(world.calls.map(({ incident, over }) => [incident.kind, over])).toEqual([['deadline', false]]);
    world.slack = () => down();
    world.datasets = registry(daily());
    await sweeps(world);
    world.slack = () => taken;
    await sweeps(world, 12);
    expect(news(world)).toHaveLength(1);
    const ofFlights = world.calls.filter(({ incident }) => incident.dataset === 'flights');
    expect(ofFlights.filter(({ over }) => !over).length).toBe(ofFlights.filter(({ over }) => over).length);
  });
});

it('the new definition is remembered only once the old list is in the outbox, and the rest of the sweep goes on', async () => {
  const world = await missing();
  world.datasets = registry(...(changes['is paused'] ?? []));
  const denied = Object.assign(new Error('AccessDenied'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  const state = () => datasetStateSchema.parse(world.s3.json('ledger', keys.dataset('flights')));
  const former = state();
  world.minutesLater(10);
  const sweeper = world.sweeper();
  const ledger = world.s3.store('ledger', ({ operation, key }) =>
    operation === 'PUT' && key.startsWith('unlisted/') ? denied : undefined,
  );
  await expect(sweep({ ...sweeper, ledger })).rejects.toThrow('1 parts');
  expect(state()).toMatchObject({ definition: former.definition, definitionHash: former.definitionHash });
  expect(state().tidiedTo).toBe(former.tidiedTo);
  await sweeps(world, 2);
  expect(news(world)).toHaveLength(1);
  expect(state().definitionHash).not.toBe(former.definitionHash);
});

it('a partition whose record cannot be read is named as well, and a former definition of another release is understood', async () => {
  const world = await missing();
  world.s3.put('ledger', keys.partition('flights', '2026-01-20T00'), '{"fence": "many"}');
  const state = world.s3.json('ledger', keys.dataset('flights'));
  const { definitionSince: _unused, ...ofReleaseBefore } = state;
  world.s3.put('ledger', keys.dataset('flights'), {
    ...ofReleaseBefore,
    definition: { ...state.definition, columns: 'of another form', colour: 'blue' },
  });
  world.datasets = registry(daily());
  await sweeps(world);
  expect(news(world)).toMatchObject([{ text: expect.stringContaining(NEWS) }]);
  // The sweep recovers the record from the manifest first.
  const healed = { partition: '2026-01-20T00', reason: 'FAILED', code: 'SOURCE_ACCESS_DENIED' };
  expect(list(world).partitions[0]).toEqual(healed);
});
