import { keys } from '../../core/contracts/keys';
import type { ReasonCode } from '../../core/contracts/run/endings';
import type { DatasetInput } from '../../core/contracts/dataset/dataset';
import { tryName } from '../../core/domain/run/restart-plan';
import { recordEnding } from '../../core/runtime/recording/record-ending';
import { sweep } from '../../lambdas/sweep/sweep';
import { opened, probe } from '../helpers/circuits';
import { Mortal } from '../helpers/recording';
import { arnOf, dataset, holder, publication, record, registry } from '../helpers/runs';
import { SweepWorld } from '../helpers/sweeping';

/** What a sweep starts again, in a world where everything else is published or long settled. */

/** Published long ago, as far as the sweep is concerned: hours that a person or a backfill runs. */
const OLD = '2026-01-12T05';
let world: SweepWorld;
beforeEach(async () => {
  world = new SweepWorld();
  deploy({});
  for (const hour of ['04', '05'])
    world.s3.put('ledger', keys.partition('flights', `2026-01-20T${hour}`), record({ publication: publication() }));
  await world.sweep();
});

function deploy(overrides: Partial<DatasetInput>): void {
  world.datasets = registry(dataset(overrides));
}

/** A run that ends so now: recorded as RecordRun does. */
async function ends(
  code: ReasonCode,
  runId = 'run-1',
  of: { dataset?: string; partition?: string; again?: number } = {},
) {
  const { dataset: name = 'flights', partition = OLD, again } = of;
  world.s3.put('ledger', keys.partition(name, partition), record({ fence: 1, holder: holder(runId) }));
  const input = { dataset: name, partition, trigger: 'manual', ...(again === undefined ? {} : { again }) };
  const Error = {
    SOURCE_UNAVAILABLE: 'SourceUnavailable',
    STEP_TIMED_OUT: 'StepTimedOut',
    UPSTREAM_MISSING: 'UpstreamMissing',
    SCHEMA_MISMATCH: 'SchemaMismatch',
  }[code as string];
  await recordEnding(world.recorder(), {
    execution: { arn: arnOf(runId), name: runId, startTime: world.now.toISOString(), input },
    state: { failed: { LoadPartition: { Error, Cause: '' } } },
    closed: undefined,
  });
}

/** Lets time pass, with a sweep every ten minutes; what was started meanwhile. */
async function pass(minutes: number): Promise<string[]> {
  const before = world.started.length;
  for (let left = minutes; left > 0; left -= 10) {
    world.minutesLater(10);
    // Hours that come meanwhile are published in time.
    for (let hour = 6; hour < 24; hour += 1) {
      const key = keys.partition('flights', `2026-01-20T${String(hour).padStart(2, '0')}`);
      if (world.s3.json('ledger', key) === undefined)
        world.s3.put('ledger', key, record({ publication: publication('live') }));
    }
    await world.sweep();
  }
  return world.started.slice(before).map(({ name }) => name);
}
const notes = () => world.s3.keys('ledger', keys.restartsArea);
const nameOf = (n: number, after: string) => tryName('flights', OLD, { n, after });

it('starts a partition again 15, 60 and 240 minutes after each temporary ending, wherever its watermark is, and then no more', async () => {
  await ends('SOURCE_UNAVAILABLE');
  expect(await pass(10)).toEqual([]);
  expect(await pass(10)).toEqual([nameOf(1, 'run-1')]);
  expect(world.started.at(-1)?.input).toEqual({ dataset: 'flights', partition: OLD, trigger: 'sweep', again: 1 });
  await ends('SOURCE_UNAVAILABLE', 'try-1', { again: 1 });
  expect(await pass(50)).toEqual([]);
  expect(await pass(10)).toEqual([nameOf(2, 'try-1')]);
  await ends('STEP_TIMED_OUT', 'try-2', { again: 2 });
  expect(await pass(230)).toEqual([]);
  expect(await pass(10)).toEqual([nameOf(3, 'try-2')]);
  await ends('SOURCE_UNAVAILABLE', 'try-3', { again: 3 });
  expect(await pass(600)).toEqual([]);
  expect(notes()).toEqual([]);
});

it('starts it once, however many sweeps there are, and until its run claims', async () => {
  await ends('SOURCE_UNAVAILABLE');
  world.minutesLater(20);
  await Promise.all([world.sweep(), world.sweep()]);
  await world.sweep();
  expect(await pass(60)).toEqual([]);
  expect(world.started.map(({ name }) => name)).toEqual([nameOf(1, 'run-1')]);
});

it('gives up on a try that was started and came to nothing, a day after it was due', async () => {
  await ends('SOURCE_UNAVAILABLE');
  world.minutesLater(20);
  await world.sweep();
  world.minutesLater(23 * 60);
  await world.sweep();
  expect(notes()).toHaveLength(1);
  world.minutesLater(2 * 60);
  await world.sweep();
  expect(notes()).toEqual([]);
});

it('a run by hand, or of a backfill, that fails after the last try has tries of its own', async () => {
  await ends('SOURCE_UNAVAILABLE', 'try-3', { again: 3 });
  await ends('SOURCE_UNAVAILABLE', 'by-hand');
  expect(await pass(20)).toEqual([nameOf(1, 'by-hand')]);
});

it('forgets it once another run has published it, or ended after it', async () => {
  await ends('SOURCE_UNAVAILABLE');
  world.s3.put('ledger', keys.partition('flights', OLD), record({ publication: publication('by-hand') }));
  expect(await pass(20)).toEqual([]);
  expect(notes()).toEqual([]);
  await ends('SOURCE_UNAVAILABLE', 'run-2');
  await ends('SCHEMA_MISMATCH', 'run-3');
  expect(await pass(20)).toEqual([]);
  expect(notes()).toEqual([]);
});

it('waits while a run holds it', async () => {
  await ends('SOURCE_UNAVAILABLE');
  const stands = world.s3.json('ledger', keys.partition('flights', OLD)) as object;
  world.s3.put('ledger', keys.partition('flights', OLD), { ...stands, holder: holder('by-hand') });
  expect(await pass(60)).toEqual([]);
  expect(notes()).toHaveLength(1);
});

it('a dataset that is not deployed for a while keeps its tries', async () => {
  await ends('SOURCE_UNAVAILABLE');
  const deployed = world.datasets;
  world.datasets = registry(dataset({ name: 'other', calendar: { firstPartition: '2027-01-01T00' } }));
  world.minutesLater(60);
  await world.sweep();
  world.datasets = deployed;
  world.minutesLater(10);
  await world.sweep();
  expect(world.started.map(({ name }) => name)).toContain(nameOf(1, 'run-1'));
});

it('partitions that never had a run come first, and of a dataset at most ten are started, the newest first', async () => {
  const old = Array.from({ length: 15 }, (_unused, i) => `2026-01-12T${String(i).padStart(2, '0')}`);
  for (const partition of old) await ends('STEP_TIMED_OUT', `run-${partition}`, { partition });
  // 06 and 07 become available, and have no runs.
  world.minutesLater(120);
  const tally = await world.sweep();
  expect(tally).toMatchObject({ started: 2, startedAgain: 8 });
  const names = world.started.map(({ name }) => name);
  expect(names.slice(0, 2).every((name) => name.startsWith('sweep-'))).toBe(true);
  expect(names.slice(2).map((name) => name.slice(-13))).toEqual(old.toReversed().slice(0, 8));
  expect((await world.sweep()).startedAgain).toBe(7);
});

it('of all datasets together a sweep starts at most twenty again', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const calendar = { firstPartition: '2026-01-01T00', lastPartition: '2026-01-12T23' };
  world.datasets = registry(...names.map((name) => dataset({ name, calendar, circuit: { enabled: false } })));
  for (const name of names)
    for (let i = 0; i < 8; i += 1) {
      const partition = `2026-01-12T0${i}`;
      await ends('STEP_TIMED_OUT', `${name}-${i}`, { dataset: name, partition });
    }
  world.minutesLater(20);
  expect((await world.sweep()).startedAgain).toBe(20);
  expect((await world.sweep()).startedAgain).toBe(12);
});

describe('behind a circuit', () => {
  const key = keys.circuit('source-bucket');
  const open = (minutes: number, more: object = {}) => {
    const openUntil = new Date(world.now.getTime() + minutes * 60_000).toISOString();
    world.s3.put('ledger', key, opened({ openUntil, ...more }));
  };
  beforeEach(async () => {
    await ends('STEP_TIMED_OUT', 'run-1');
    await ends('STEP_TIMED_OUT', 'run-2', { partition: '2026-01-12T06' });
  });

  it('that is open nothing is started again; when its cool-down is over, one may be the probe', async () => {
    open(45);
    expect(await pass(40)).toEqual([]);
    expect(await pass(10)).toEqual([tryName('flights', '2026-01-12T06', { n: 1, after: 'run-2' })]);
  });

  it('that is being tried nothing is started again', async () => {
    open(5, { probe: probe() });
    expect(await pass(60)).toEqual([]);
  });

  it('that has closed its recovery comes first', async () => {
    const affected = { flights: { from: '2026-01-12', to: '2026-01-12' } };
    const until = world.now.toISOString();
    const recoveryOwed = { generation: 2, since: until, until, affected };
    world.minutesLater(10);
    world.s3.put('ledger', key, opened({ generation: 2, openUntil: null, trouble: null, recoveryOwed }));
    expect(await pass(10)).toEqual([]);
    expect(world.backfills).toHaveLength(1);
    // What the recovery has not come to is left to it alone.
    expect(await pass(10)).toHaveLength(2);
  });

  it('that is unreadable they are let through, as at a claim', async () => {
    world.s3.put('ledger', key, '{"generation": "many"}');
    world.minutesLater(20);
    await world.sweep();
    expect(world.started).toHaveLength(2);
  });
});

describe('a partition whose upstream was missing', () => {
  const upstreamKey = keys.partition('orders', OLD);
  const calendar = { firstPartition: '2026-01-01T00', lastPartition: '2026-01-12T23' };
  beforeEach(async () => {
    world.datasets = registry(
      dataset({ calendar, upstreams: ['orders'] }),
      dataset({ name: 'orders', calendar, circuit: { enabled: false } }),
    );
    await ends('UPSTREAM_MISSING');
  });
  const sweepIn = async (minutes: number): Promise<number> => {
    world.minutesLater(minutes);
    return (await world.sweep()).startedAgain;
  };

  it('is started once that is published, and not before', async () => {
    expect(await sweepIn(60)).toBe(0);
    world.s3.put('ledger', upstreamKey, record({ publication: publication('orders-1') }));
    expect(await sweepIn(10)).toBe(1);
    expect(world.started.at(-1)?.input).toEqual({ dataset: 'flights', partition: OLD, trigger: 'sweep' });
    expect(await sweepIn(10)).toBe(0);
  });

  it('once for these publications, also where it ends so again', async () => {
    world.s3.put('ledger', upstreamKey, record({ publication: publication('orders-1') }));
    expect(await sweepIn(10)).toBe(1);
    await ends('UPSTREAM_MISSING', 'run-2');
    expect(await sweepIn(10)).toBe(0);
    world.s3.put('ledger', upstreamKey, record({ publication: publication('orders-2') }));
    expect(await sweepIn(10)).toBe(1);
  });

  it('for seven days; what is published later the backfill brings', async () => {
    world.minutesLater(7 * 24 * 60);
    world.s3.put('ledger', upstreamKey, record({ publication: publication('orders-1') }));
    expect(await sweepIn(10)).toBe(0);
    expect(notes()).toEqual([]);
  });

  it('that refers to values of a partition which the calendar never asks for is not started for ever', async () => {
    const references = { dataset: 'orders', column: 'id' };
    const later = { firstPartition: '2026-01-13T00', lastPartition: '2026-01-14T00' };
    world.datasets = registry(
      dataset({ calendar, upstreams: ['orders'], columns: { id: { type: 'string', references } } }),
      dataset({ name: 'orders', calendar: later }),
    );
    expect(await sweepIn(10)).toBe(0);
  });

  it('that needs twenty-four hours of it costs one read of each, however many wait for them', async () => {
    const days = { firstPartition: '2026-01-01', lastPartition: '2026-01-12' };
    const source = { bucket: 'source-bucket', prefix: 'd/{yyyy}-{MM}-{dd}/', format: 'csv' } as const;
    const downstream = (name: string) =>
      dataset({ name, cadence: 'daily', calendar: days, source, upstreams: ['orders'] });
    world.datasets = registry(downstream('day-a'), downstream('day-b'), dataset({ name: 'orders', calendar }));
    for (const name of ['day-a', 'day-b'])
      await ends('UPSTREAM_MISSING', `run-${name}`, { dataset: name, partition: '2026-01-12' });
    world.minutesLater(10);
    const reads: string[] = [];
    const sweeper = world.sweeper();
    const ledger = world.s3.store('ledger', ({ operation, key }) => {
      if (operation === 'GET' && key.startsWith('partitions/orders/')) reads.push(key);
      return undefined;
    });
    await sweep({ ...sweeper, ledger });
    expect(reads).toHaveLength(24);
  });
});

describe('a sweep that is killed', () => {
  it.each(['before', 'after'] as const)(
    '%s any of its calls still has everything started once, and no note too many',
    async (mode) => {
      const arranged = async (): Promise<void> => {
        world = new SweepWorld();
        deploy({ calendar: { firstPartition: '2026-01-01T00', lastPartition: '2026-01-12T23' } });
        await ends('SOURCE_UNAVAILABLE');
        await ends('SOURCE_UNAVAILABLE', 'run-2', { partition: '2026-01-12T06' });
        await ends('SCHEMA_MISMATCH', 'run-3', { partition: '2026-01-12T06' });
        world.minutesLater(20);
      };
      await arranged();
      const counting = new Mortal();
      await world.sweep(counting);
      for (let at = 0; at < counting.count; at += 1) {
        await arranged();
        await world.sweep(new Mortal(at, mode)).catch(() => undefined);
        await world.sweep();
        expect({ at, started: world.started.map(({ name }) => name), notes: notes() }).toEqual({
          at,
          started: [nameOf(1, 'run-1')],
          notes: [keys.restart('flights', OLD, 'run-1')],
        });
      }
    },
  );
});

it('a partition record that cannot be read keeps no other from being started again', async () => {
  await ends('SOURCE_UNAVAILABLE');
  await ends('SOURCE_UNAVAILABLE', 'run-2', { partition: '2026-01-12T06' });
  world.s3.put('ledger', keys.partition('flights', '2026-01-12T06'), 'x');
  world.minutesLater(20);
  await world.sweep();
  expect(world.started.map(({ name }) => name)).toContain(nameOf(1, 'run-1'));
});

it('what is under restarts/ and no note of ours is left alone', async () => {
  world.s3.put('ledger', 'restarts/README.txt', 'x');
  world.s3.put('ledger', keys.restart('flights', OLD, 'no-run'), 'garbage');
  await world.sweep();
  expect(notes()).toEqual(['restarts/README.txt']);
});
