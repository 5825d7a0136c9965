import { keys } from '../../core/contracts/keys';
import type { DatasetState } from '../../core/contracts/sweep/sweep-state';
import { remember } from '../../lambdas/sweep/sweep-executions';
import { sweep } from '../../lambdas/sweep/sweep';
import { SweepWorld } from '../helpers/sweeping';
import {
  arnOf,
  dataset,
  file,
  holder,
  manifest as manifestOf,
  NOW,
  publication,
  record,
  registry,
} from '../helpers/runs';

/** Half past six: hour 03 passed its deadline at six, 04 does at seven, 05 is available since a quarter past six. */
const flights = (hour: string) => keys.partition('flights', `2026-01-20T${hour}`);
let world: SweepWorld;
const state = (): DatasetState => world.s3.json('ledger', keys.dataset('flights'));
const manifest = (hour: string, runId: string) =>
  world.s3.json('ledger', keys.manifest('flights', `2026-01-20T${hour}`, runId));
const input = (hour: string) => ({ dataset: 'flights', partition: `2026-01-20T${hour}` });

beforeEach(() => {
  world = new SweepWorld();
  world.datasets = registry(dataset());
});

describe('the first sweep', () => {
  it('puts nothing on record that missed its deadline before the sweep watched', async () => {
    const tally = await world.sweep();
    expect(tally).toMatchObject({ neverStarted: 0, recorded: 0 });
    // The hour from 04 on has its deadline still to come.
    expect(state()).toMatchObject({ watermark: '2026-01-20T04:00:00.000Z', watchedSince: world.now.toISOString() });
    expect(state().definition).toMatchObject({ name: 'flights' });
    expect(world.posts).toEqual([]);
  });

  it('starts what is available and has its deadline to come, after the grace of the schedule', async () => {
    await world.sweep();
    expect(world.started.map(({ name }) => name).sort()).toEqual([
      'sweep-flights-2026-01-20T04',
      'sweep-flights-2026-01-20T05',
    ]);
    expect(world.started[0]?.input).toMatchObject({ dataset: 'flights', trigger: 'sweep' });
  });

  it('again starts nothing twice', async () => {
    await world.sweep();
    await world.sweep();
    await Promise.all([world.sweep(), world.sweep()]);
    expect(world.started).toHaveLength(2);
  });
});

describe('a partition past its deadline', () => {
  beforeEach(async () => {
    world.s3.put('ledger', flights('04'), record({ publication: publication() }));
    await world.sweep();
    // 08:05; the deadline of 05 was at eight.
    world.minutesLater(95);
  });

  it('that had no run is never started: on record, told, and escalated once', async () => {
    await world.sweep();
    expect(manifest('05', 'never-started')).toMatchObject({ status: 'NEVER_STARTED', owner: 'Data Engineering' });
    expect(world.posts.map(({ text }) => text)).toEqual([
      expect.stringContaining('2026-01-20T05 (hour) NEVER_STARTED'),
    ]);
    world.minutesLater(10);
    await world.sweep();
    expect(world.posts).toHaveLength(1);
    expect(world.calls).toMatchObject([
      { over: false, incident: { kind: 'deadline', dataset: 'flights', owner: 'Data Engineering' } },
    ]);
    expect(state().watermark).toBe('2026-01-20T06:00:00.000Z');
  });

  it('is left alone for the minutes in which a run may be about to claim', async () => {
    world.minutesLater(-4);
    await world.sweep();
    expect(world.manifestKeys()).toEqual([]);
  });

  it('with a run still going is reported overdue once, and not ended', async () => {
    world.executed('run-1', input('05'), { startedAgo: 60 });
    const held = { ...record({ fence: 1 }), holder: holder() };
    world.s3.put('ledger', flights('05'), held);
    await world.sweep();
    world.minutesLater(10);
    await world.sweep();
    expect(world.posts.map(({ text }) => text)).toEqual([expect.stringContaining('OVERDUE')]);
    expect(world.s3.json('ledger', flights('05'))).toEqual(held);
    expect(state().watermark).toBe('2026-01-20T05:00:00.000Z');
    expect(world.calls.map(({ over }) => over)).toEqual([false]);
    // It ends well after all.
    world.s3.put('ledger', flights('05'), record({ fence: 1, publication: publication() }));
    await world.sweep();
    expect(state().watermark).toBe('2026-01-20T06:00:00.000Z');
    expect(world.calls.map(({ over }) => over)).toEqual([false, true]);
  });
});

describe('an execution that closed without an ending', () => {
  it('is recorded however it closed, in its third minute at the earliest, and told by the same sweep', async () => {
    world.executed('run-1', input('05'), { startedAgo: 20, endedAgo: 2 });
    world.s3.put('ledger', flights('05'), record({ fence: 1, holder: holder() }));
    await world.sweep();
    expect(world.manifestKeys()).toEqual([]);
    world.minutesLater(2);
    await world.sweep();
    expect(manifest('05', 'run-1')).toMatchObject({ status: 'ABORTED' });
    expect(world.s3.json('ledger', flights('05'))).toMatchObject({ holder: null, last: { runId: 'run-1' } });
    expect(world.posts).toHaveLength(1);
  });

  it.each(['SUCCEEDED', 'FAILED'] as const)('that is %s has one too', async (status) => {
    world.executed('run-1', 'garbage', { startedAgo: 20, endedAgo: 10, status });
    await world.sweep();
    expect(world.manifestKeys()).toEqual(['runs/_unassigned/2026-01-20/run-1.json']);
  });

  it('is not looked at again, and one that runs for long is remembered', async () => {
    world.executed('run-1', input('05'), { startedAgo: 20, endedAgo: 10 });
    world.executed('run-2', input('04'), { startedAgo: 15 });
    await world.sweep();
    world.minutesLater(10);
    const api = world.sweeper();
    const described: string[] = [];
    await sweep({
      ...api,
      executions: {
        ...api.executions,
        describe: (arn) => {
          described.push(arn);
          return api.executions.describe(arn);
        },
      },
    });
    expect(described).toEqual([arnOf('run-2')]);
    expect(world.s3.json('ledger', keys.sweep('executions')).open).toMatchObject([{ arn: arnOf('run-2') }]);
  });

  it('has its orphaned claim taken back although its ending is on record', async () => {
    world.executed('run-1', input('05'), { startedAgo: 20, endedAgo: 10 });
    await world.sweep();
    world.s3.put('ledger', flights('05'), record({ fence: 3, holder: holder() }));
    world.minutesLater(10);
    await world.sweep();
    expect(world.s3.json('ledger', flights('05'))).toMatchObject({ holder: null, fence: 4 });
    expect(world.posts).toHaveLength(1);
  });

  it('lets go of the partition that it claimed, whatever its input says by today', async () => {
    world.s3.put('ledger', flights('05'), record({ fence: 1, holder: holder() }));
    world.executed('run-1', 'garbage', { startedAgo: 20, endedAgo: 10 });
    await world.sweep();
    expect(world.manifestKeys()).toEqual(['runs/_unassigned/2026-01-20/run-1.json']);
    expect(world.s3.json('ledger', flights('05'))).toMatchObject({ fence: 2, holder: null, last: { runId: 'run-1' } });
    expect(world.posts).toHaveLength(1);
  });

  it('lets go of a partition behind the watermark, too, although its ending is on record', async () => {
    await world.sweep();
    world.minutesLater(10);
    // Settled long ago: only the execution leads to it.
    world.executed('run-1', input('02'), { startedAgo: 9, endedAgo: 4 });
    const started = new Date(world.now.getTime() - 9 * 60_000).toISOString();
    const ending1 = { status: 'FAILED', code: 'SOURCE_EMPTY' } as const;
    world.s3.put(
      'ledger',
      keys.manifest('flights', '2026-01-20T02', 'run-1'),
      manifestOf('SOURCE_EMPTY', { times: { scheduled: null, started, ended: started } }),
    );
    world.s3.put(
      'ledger',
      flights('02'),
      record({ fence: 3, holder: holder(), last: { runId: 'run-1', ending: ending1, at: NOW.toISOString() } }),
    );
    await world.sweep();
    expect(world.s3.json('ledger', flights('02'))).toMatchObject({ fence: 4, holder: null });
  });

  it('that Step Functions lists late is recorded all the same', async () => {
    await world.sweep();
    // Started and ended before that sweep, which did not see it: listings are eventually consistent.
    world.minutesLater(10);
    world.executed('run-1', input('04'), { startedAgo: 13, endedAgo: 12 });
    await world.sweep();
    expect(manifest('04', 'run-1')).toMatchObject({ status: 'ABORTED' });
  });

  it('and that Step Functions has forgotten still lets go of its partition', async () => {
    await world.sweep();
    world.s3.put('ledger', flights('05'), record({ fence: 1, holder: holder('gone') }));
    world.minutesLater(10);
    await world.sweep();
    expect(world.s3.json('ledger', flights('05'))).toMatchObject({ holder: null, last: { runId: 'gone' } });
    expect(manifest('05', 'gone')).toMatchObject({ status: 'FAILED' });
  });
});

describe('what is remembered of executions', () => {
  const at = new Date('2026-01-20T06:30:00.000Z');
  const open = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      return { arn: `arn:${i}`, startedAt: new Date(at.getTime() - (count - i) * 1_000_000).toISOString() };
    });

  it.each([0, 1, 1_999, 2_000, 2_001, 2_500])(
    'of %d open ones none is both before the watermark and forgotten',
    (count) => {
      const all = open(count);
      const { settledBefore, open: remembered } = remember(all, '2025-01-01T00:00:00.000Z', at);
      const known = new Set(remembered.map(({ arn }) => arn));
      const lost = all.filter(({ arn, startedAt }) => !known.has(arn) && startedAt < settledBefore);
      expect(lost).toEqual([]);
      expect(remembered.length).toBe(Math.min(count, 2_000));
      // Where all are remembered, it waits for none of them.
      if (count <= 2_000) expect(settledBefore).toBe('2026-01-20T06:25:00.000Z');
    },
  );

  it('never moves back', () => {
    expect(remember([], '2026-01-20T06:28:00.000Z', at).settledBefore).toBe('2026-01-20T06:28:00.000Z');
  });
});

it('a dataset that comes back after a while is watched from then on', async () => {
  const definitions = world.datasets;
  await world.sweep();
  world.datasets = registry(dataset({ name: 'other' }));
  await world.sweep();
  expect(state().undeployedSince).toBe(world.now.toISOString());
  world.minutesLater(30 * 24 * 60);
  world.datasets = definitions;
  const tally = await world.sweep();
  expect(tally.neverStarted).toBe(0);
  expect(state()).toMatchObject({ undeployedSince: null, watermark: '2026-02-19T04:00:00.000Z' });
});

it('an outage of a month becomes two messages instead of 720, with every hour on record and the watermark behind it', async () => {
  await world.sweep();
  world.minutesLater(30 * 24 * 60);
  const tally = await world.sweep();
  expect(tally.neverStarted).toBe(720);
  expect(world.manifestKeys()).toHaveLength(720);
  // 720 hours are named in two messages, for one holds 400.
  expect(world.posts.map(({ text }) => text)).toEqual([
    expect.stringContaining('flights: 400 endings'),
    expect.stringContaining('flights: 320 endings'),
    // Every channel hears of its week, on whichever day a sweep comes again.
    '📣 Weekly overview Feb 9 – 15 (flights): 0 of 168 hours published, 168 missing.',
  ]);
  expect(world.s3.keys('ledger', 'receipts/')).toHaveLength(721);
  expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
  expect(state().watermark).toBe('2026-02-19T04:00:00.000Z');
}, 30_000);

it('one part that fails keeps no other from being done, and shows at the end', async () => {
  world.executed('run-1', input('04'), { startedAgo: 20, endedAgo: 10 });
  const { executions, ...rest } = world.sweeper();
  const startOnce = () => Promise.reject(new Error('no starts today'));
  await expect(sweep({ ...rest, executions: { ...executions, startOnce } })).rejects.toThrow(
    /1 parts? of the sweep failed/,
  );
  expect(manifest('04', 'run-1')).toMatchObject({ status: 'ABORTED' });
  expect(world.posts).toHaveLength(1);
});

describe('tidying', () => {
  const other = `data/flights/2026-01-20T05/${'a'.repeat(32)}`;
  const record05 = () => record({ publication: publication('run-1', { publishedAt: '2026-01-20T06:16:00.000Z' }) });
  beforeEach(() => {
    world.s3.now = world.now;
    world.s3.put('ledger', flights('05'), record05());
    for (const key of [file.key, `${other}.parquet`, `${other}.json`]) world.s3.put('lake', key, 'x');
    world.s3.put('lake', `quarantine/flights/2026-01-20T05/${'a'.repeat(32)}.jsonl.gz`, 'x');
  });

  it('removes what no publication names a day after it, as a whole, and keeps the rest', async () => {
    await world.sweep();
    expect(world.s3.keys('lake')).toHaveLength(4);
    world.minutesLater(24 * 60);
    expect((await world.sweep()).removed).toBe(3);
    expect(world.s3.keys('lake')).toEqual([file.key]);
  });

  it('removes nothing of a partition that is claimed while it looks: that run may have found the batch finished', async () => {
    world.minutesLater(24 * 60);
    const claimed = { ...record05(), fence: 1, holder: holder('run-2') };
    world.executed('run-2', input('05'), { startedAgo: 1 });
    const ledger = world.s3.store('ledger', ({ operation, key }) => {
      if (operation === 'HEAD' && key === flights('05')) world.s3.put('ledger', key, claimed);
      return undefined;
    });
    await sweep({ ...world.sweeper(), ledger });
    expect(world.s3.json('ledger', flights('05'))).toMatchObject({ holder: { runId: 'run-2' } });
    expect(world.s3.keys('lake')).toHaveLength(4);
  });

  it('removes nothing while the partition is held', async () => {
    world.executed('run-2', input('05'), { startedAgo: 1 });
    world.s3.put('ledger', flights('05'), { ...record05(), holder: holder('run-2') });
    world.minutesLater(24 * 60);
    await world.sweep();
    expect(world.s3.keys('lake')).toHaveLength(4);
  });
});
