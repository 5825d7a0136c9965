import { backfillInputSchema } from '../../core/contracts/backfill/backfill';
import { circuitSchema, type Circuit } from '../../core/contracts/run/circuit';
import { keys } from '../../core/contracts/keys';
import { parseBackfillInput } from '../../core/domain/backfill/backfill-request';
import { openByHand, resetByHand } from '../../core/domain/run/circuit-decisions';
import { recoveryName } from '../../lambdas/sweep/circuits';
import { circuit, DEPENDENCY, opened, trouble } from '../helpers/circuits';
import { Mortal } from '../helpers/recording';
import { dataset, NOW, registry } from '../helpers/runs';
import { SweepWorld } from '../helpers/sweeping';

const key = keys.circuit(DEPENDENCY);

function arranged(of: Circuit): SweepWorld {
  const world = new SweepWorld();
  world.datasets = registry(dataset());
  world.s3.put('ledger', key, of);
  return world;
}
const stored = (world: SweepWorld) => circuitSchema.parse(world.s3.json('ledger', key));
/** Opened by hand, an hour of it skipped, and reset: a message, and a recovery that is still to start. */
const openedByHand = openByHand(circuit(), DEPENDENCY, 60, new Date(NOW.getTime() - 600_000));
const closed = resetByHand({ ...openedByHand, trouble: trouble() }, DEPENDENCY, NOW);

test('the recovery is started once, with what the circuit kept back, and is forgotten after that', async () => {
  const world = arranged(closed);
  await world.sweep();
  await world.sweep();
  expect(world.backfills).toEqual([
    {
      name: recoveryName(DEPENDENCY, closed.recoveryOwed!),
      input: {
        trigger: 'sweep',
        recovery: {
          dependency: DEPENDENCY,
          since: NOW.toISOString(),
          until: NOW.toISOString(),
          affected: { flights: { from: '2026-01-20', to: '2026-01-20' } },
        },
      },
    },
  ]);
  expect(stored(world)).toMatchObject({ recoveryOwed: null });
  const { request, problems } = parseBackfillInput(world.backfills[0]?.input, world.datasets, NOW);
  expect({ problems, datasets: request?.datasets.map(({ name }) => name) }).toEqual({
    problems: [],
    datasets: ['flights'],
  });
});

test.each(['before', 'after'] as const)('killed %s any of its calls, the next sweeps complete it', async (mode) => {
  const counting = new Mortal();
  await arranged(closed).sweep(counting);
  for (let at = 0; at < counting.count; at += 1) {
    const world = arranged(closed);
    await world.sweep(new Mortal(at, mode)).catch(() => undefined);
    for (let i = 0; i < 2; i += 1) {
      world.minutesLater(10);
      await world.sweep();
    }
    const told = world.posts.filter(({ text }) => text.startsWith('🔌 Circuit'));
    expect({ at, backfills: world.backfills.length, ...stored(world) }).toMatchObject({
      at,
      backfills: 1,
      recoveryOwed: null,
      notices: [],
    });
    expect({ at, told: told.length >= 1 && told.length <= 2 }).toEqual({ at, told: true });
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
  }
});

test('two sweeps at a time start one recovery and tell once', async () => {
  const world = arranged(closed);
  await Promise.all([world.sweep(), world.sweep()]);
  world.minutesLater(10);
  await world.sweep();
  expect(world.backfills).toHaveLength(1);
  expect(world.posts.filter(({ text }) => text.startsWith('🔌 Circuit'))).toHaveLength(1);
});

test('what a recorder is about to tell is left to it; what it did not tell is told later', async () => {
  const [notice] = openedByHand.notices;
  const fresh = { ...notice!, runId: 'run-1', at: NOW.toISOString() };
  const world = arranged(opened({ notices: [fresh] }));
  await world.sweep();
  expect(world.posts).toEqual([]);
  world.minutesLater(10);
  await world.sweep();
  expect(world.posts).toHaveLength(1);
  world.minutesLater(10);
  await world.sweep();
  expect(world.posts).toHaveLength(1);
  expect(stored(world).notices).toEqual([]);
});

test('a person is called once when a circuit is open, with whom it concerns, and once when it is closed', async () => {
  const world = arranged(opened());
  await world.sweep();
  await world.sweep();
  expect(world.calls).toMatchObject([
    {
      over: false,
      incident: {
        kind: 'circuit',
        dataset: DEPENDENCY,
        severity: 'critical',
        affects: [{ dataset: 'flights', owner: 'Data Engineering' }],
        summary: expect.stringMatching(/is open, because .*Partitions of flights are skipped.*rollcall circuit reset/),
      },
    },
  ]);
  world.s3.put('ledger', key, closed);
  world.minutesLater(10);
  await world.sweep();
  expect(world.calls.slice(1)).toMatchObject([
    { over: true, incident: { summary: expect.stringContaining('closed') } },
  ]);
});

test('a circuit that cannot be read begins anew, closed, with a notice; and keeps the sweep from nothing else', async () => {
  const world = arranged(opened());
  world.s3.put('ledger', key, '{}');
  world.s3.put('ledger', keys.circuit('other'), closed);
  await world.sweep();
  // What it kept back while it was open comes back, too: an earlier version knows.
  expect(world.backfills.map(({ name }) => name.slice(0, -9)).sort()).toEqual([
    'recovery-other-2',
    `recovery-${DEPENDENCY}-2`,
  ]);
  expect(stored(world)).toMatchObject({ openUntil: null, failures: 0, generation: 2 });
  expect(world.posts.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/Circuit source-bucket CLOSED: its record could not be read, so it begins anew/),
  );
  world.minutesLater(10);
  await world.sweep();
  const told = world.calls.filter(({ incident }) => incident.kind === 'unreadable');
  expect(told.map(({ incident, over }) => [incident.subject, over])).toEqual([
    [key, false],
    [key, true],
  ]);
  expect(world.posts.filter(({ text }) => text.includes('begins anew'))).toHaveLength(1);
});

test('where no dataset of a trouble is deployed any more there is nothing to recover', async () => {
  const world = arranged(closed);
  world.datasets = registry(dataset({ name: 'another', circuit: { enabled: false } }));
  await world.sweep();
  expect(world.backfills).toEqual([]);
  expect(stored(world).recoveryOwed).toBeNull();
});

describe('the name of a recovery', () => {
  const recovery = closed.recoveryOwed!;
  it('is a legal name of an execution, whatever the dependency is called', () => {
    for (const dependency of ['a', 'vendor.drop-1', `${'x'.repeat(30)}.${'y'.repeat(30)}`])
      expect(recoveryName(dependency, { ...recovery, generation: 123_456 })).toMatch(/^[a-z0-9-]{1,80}$/);
  });
  it('is another one for each closing, and for dependencies that look alike', () => {
    const names = [
      recoveryName('a.b', recovery),
      recoveryName('a-b', recovery),
      recoveryName('a.b', { ...recovery, generation: 9 }),
      recoveryName('a.b', { ...recovery, until: '2026-01-21T00:00:00.000Z' }),
    ];
    expect(new Set(names).size).toBe(4);
  });
});

test('the input of a recovery stands alone', () => {
  const input = {
    trigger: 'sweep',
    recovery: { dependency: 'x', since: NOW.toISOString(), until: NOW.toISOString(), affected: {} },
  };
  expect(backfillInputSchema.safeParse(input).success).toBe(true);
  const of = (more: object) => parseBackfillInput({ ...input, ...more }, registry(dataset()), NOW).problems;
  expect(of({ dataset: 'flights' })).toMatchObject([
    { field: 'dataset', expected: expect.stringContaining('beside recovery') },
  ]);
  expect(of({})).toMatchObject([{ field: 'recovery.affected', expected: 'a dataset that is deployed' }]);
});
