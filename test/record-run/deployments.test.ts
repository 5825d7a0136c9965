import { claimPartition } from '../../lambdas/claim-partition/claim-partition';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import { manifestSchema } from '../../core/contracts/run/manifest';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import type { ClaimOutput } from '../../core/contracts/run/steps';
import { executionEnded } from '../../lambdas/execution-ended/execution-ended';
import { recordRun } from '../../lambdas/record-run/record-run';
import type { Answer } from '../../core/runtime/delivery/notifier';
import type { SlackMessage } from '../../core/runtime/notifiers/slack/render';
import { publish } from '../../core/runtime/ledger/partition-record';
import { taken } from '../helpers/answers';
import { HistoryBuilder } from '../helpers/history';
import { SweepWorld } from '../helpers/sweeping';
import {
  CODE_VERSION,
  daily,
  dataset,
  execution,
  manifest,
  PARTITION,
  publication,
  registry,
  run,
} from '../helpers/runs';

/**
 * One run, and a deployment between any two of its acts: RecordRun is a pinned version with the definitions of its time, ExecutionEnded
 * and the sweep have today's. Whichever of them records it, it has one manifest, one message and lets go of its partition.
 */

const before = dataset({ notify: { channel: 'data' } });
const deployments: Readonly<Record<string, readonly Dataset[]>> = {
  'more time until it is available': [dataset({ ...before, availableMinutes: 75, deadlineMinutes: 180 })],
  'another cadence': [
    dataset({
      ...before,
      cadence: 'daily',
      calendar: { firstPartition: '2026-01-01' },
      source: { ...before.source, prefix: 'flights/{yyyy}/{MM}/{dd}/' },
      deadlineMinutes: 600,
    }),
  ],
  'another name': [dataset({ ...before, name: 'flights-eu' })],
  'no such dataset': [daily()],
  'a first partition after it': [dataset({ ...before, calendar: { firstPartition: '2026-01-20T12' } })],
  'a pause around it': [
    dataset({ ...before, calendar: { firstPartition: '2026-01-01T00', paused: [{ from: '2026-01-20T00' }] } }),
  ],
  'nothing new': [before],
};

/** Why a run is refused that was meant before the deployment and claims after it. Never where it is recorded. */
const refusals: Readonly<Record<string, string>> = {
  'another cadence': 'INVALID_INPUT',
  'another name': 'UNKNOWN_DATASET',
  'no such dataset': 'UNKNOWN_DATASET',
  'a first partition after it': 'NOT_EXPECTED',
  'a pause around it': 'NOT_EXPECTED',
};

const moments = ['before the claim', 'after the claim', 'after RecordRun'] as const;
const inputs = {
  'as its schedule gives it': { scheduledTime: '2026-01-20T06:15:00Z', cadence: 'hourly', availableMinutes: 15 },
  'as schedules of the release before gave it': { scheduledTime: '2026-01-20T06:15:00Z' },
  'by its partition': { partition: PARTITION },
};
const routes = ['event, then sweep', 'sweep, then event'] as const;
const ends = [
  'publishes',
  'fails',
  'is stopped',
  'publishes, and RecordRun dies',
  'fails, and RecordRun dies',
] as const;

interface Scene {
  readonly deployment: string;
  readonly moment: (typeof moments)[number];
  readonly input: object;
  readonly route: (typeof routes)[number];
  readonly end: (typeof ends)[number];
}

/** Keeps the blocks of what Slack takes. */
class ReadingWorld extends SweepWorld {
  readonly told: string[] = [];
  override slack = (message: SlackMessage): Answer => {
    this.told.push(JSON.stringify(message.blocks));
    return taken;
  };
}

async function play({ deployment, moment, input, route, end }: Scene): Promise<ReadingWorld> {
  const world = new ReadingWorld();
  world.datasets = registry(before);
  world.minutesLater(-20);
  await world.sweep();
  world.minutesLater(20);
  const deploy = (at: (typeof moments)[number]) => {
    if (at === moment) world.datasets = registry(...(deployments[deployment] ?? []));
  };
  const of = execution('run-1', { dataset: 'flights', trigger: 'schedule', ...input });
  deploy('before the claim');
  const pinned = world.datasets;
  const claimed = await claimPartition(contextOf(world), { input: of.input, execution: of });
  const state: Record<string, unknown> = await work(world, claimed, end);
  deploy('after the claim');
  const isStopped = end === 'is stopped';
  if (!isStopped && !end.endsWith('dies')) {
    await recordRun({ ...world.recorder(), datasets: pinned }, { execution: of, state });
  }
  world.history = new HistoryBuilder().task('ClaimPartition', claimed).enter('RecordRun', state).events;
  deploy('after RecordRun');
  const status = isStopped ? 'ABORTED' : end === 'publishes' ? 'SUCCEEDED' : 'FAILED';
  const closed = { status, error: undefined, cause: undefined, at: world.now } as const;
  // The list of executions, and DescribeExecution, may tell the start less precisely than the event.
  const startedAt = new Date('2026-01-20T06:15:03Z');
  const report = { execution: { ...of, startTime: startedAt.toISOString() }, state: undefined, closed };
  world.executions.set(of.arn, { arn: of.arn, startedAt, report });
  const detail = { executionArn: of.arn, name: of.name, status, input: JSON.stringify(of.input) };
  const event = { detail: { ...detail, startDate: startedAt.getTime() + 421, stopDate: world.now.getTime() } };
  for (const one of route.split(', then ')) {
    if (one === 'event') await executionEnded({ ...world.recorder(), describe: async () => report }, event);
    world.minutesLater(4);
    if (one === 'sweep') for (let i = 0; i < 2; i += 1, world.minutesLater(10)) await world.sweep();
  }
  return world;
}

const contextOf = (world: SweepWorld) => ({
  ...world.recorder(),
  env: { CODE_VERSION } as never,
  isRunning: async () => true,
  isRedriven: async () => false,
});

/** What comes between claim and recording; the state after it. */
async function work(world: SweepWorld, claimed: ClaimOutput, end: Scene['end']): Promise<Record<string, unknown>> {
  if (!claimed.claimed) return { ...claimed };
  const { run } = claimed;
  const state = { run };
  if (end === 'is stopped') return state;
  if (end.startsWith('fails'))
    return { ...state, failed: { LoadPartition: { Error: 'SourceAccessDenied', Cause: '' } } };
  await publish(world.s3.store('ledger'), run, run.fence, publication('run-1'));
  return { ...state, publish: { Payload: { ending: publication().ending, files: 1, published: 690 } } };
}

const manifestsOf = (world: SweepWorld) => world.manifestKeys().filter((key) => key.endsWith('/run-1.json'));
/** What the sweeps say of other partitions is none of it. */
const postsAbout = (world: ReadingWorld, key: string) => world.told.filter((blocks) => blocks.includes(key));
const records = (world: SweepWorld) =>
  world.s3
    .keys('ledger', 'partitions/')
    .map((key): [string, PartitionRecord] => [key, world.s3.json('ledger', key) as PartitionRecord]);

/** Every combination, one route after the other: each meets every deployment at every moment. */
const scenes = Object.keys(deployments)
  .flatMap((deployment) =>
    moments.flatMap((moment) =>
      Object.keys(inputs).flatMap((input) => ends.map((end) => ({ deployment, moment, input, end }))),
    ),
  )
  .map((scene, i) => ({ ...scene, route: routes[i % routes.length] ?? routes[0] }));

describe('a run that the release before has recorded, in the window of an upgrade that removes its dataset', () => {
  const input = { dataset: 'flights', scheduledTime: '2026-01-20T06:15:00Z', trigger: 'schedule' };
  const of = execution('run-1', input);
  const closed = {
    status: 'FAILED',
    error: undefined,
    cause: undefined,
    at: new Date('2026-01-20T06:20:00Z'),
  } as const;
  const upgraded = async (world: SweepWorld, history: HistoryBuilder) => {
    // That release wrote no identity down.
    for (const key of world.s3.keys('ledger', 'identities/')) world.s3.objects.delete(`ledger/${key}`);
    world.history = history.events;
    world.datasets = registry(daily());
    world.executions.set(of.arn, {
      arn: of.arn,
      startedAt: new Date(of.startTime),
      report: { execution: of, state: undefined, closed },
    });
    for (let i = 0; i < 2; i += 1, world.minutesLater(10)) await world.sweep();
  };
  const state = { run: run(), failed: { LoadPartition: { Error: 'SourceAccessDenied', Cause: '' } } };

  it.each([
    ['where its claim was answered', new HistoryBuilder().task('ClaimPartition').enter('RecordRun', state)],
    [
      'where nothing but its recording was',
      new HistoryBuilder()
        .enter('RecordRun')
        .start()
        .succeed({ manifestKey: keys.manifest('flights', PARTITION, 'run-1') }),
    ],
  ])('has that ending and no other, %s', async (_what, history) => {
    const world = new SweepWorld();
    await recordRun(world.recorder(), { execution: of, state });
    await upgraded(world, history);
    expect(world.manifest().reason.code).toBe('SOURCE_ACCESS_DENIED');
    expect(world.posts).toHaveLength(1);
  });

  it('under no dataset, because it was not deployed then either, has that ending and no other', async () => {
    const world = new SweepWorld();
    const key = keys.unassignedManifest('2026-01-20', 'run-1');
    const times = { scheduled: null, started: of.startTime, ended: of.startTime };
    world.s3.put('ledger', key, manifest('UNKNOWN_DATASET', { dataset: null, partition: null, runId: 'run-1', times }));
    world.s3.put('ledger', keys.receipt('unassigned~2026-01-20~run-1'), {});
    const refused = { claimed: false, dataset: 'flights', partition: null, code: 'UNKNOWN_DATASET' };
    await upgraded(world, new HistoryBuilder().task('ClaimPartition').enter('RecordRun', refused));
    expect(world.manifestKeys()).toEqual([key]);
    expect(world.posts).toEqual([]);
  });
});

it('the settings that a run worked with are in its manifest, also where its dataset is gone', async () => {
  const world = new SweepWorld();
  world.datasets = registry(daily());
  const value = { name: 'limit', dependency: 'jobs', type: 'integer', value: '7', sensitive: false };
  const settings = {
    schemaVersion: 1,
    dataset: 'flights',
    partition: PARTITION,
    runId: 'run-1',
    hash: 'h',
    settings: [value],
  };
  world.s3.put('ledger', keys.settings('flights', PARTITION, 'run-1'), settings);
  await recordRun(world.recorder(), { execution: execution(), state: { run: run() } });
  expect(world.manifest()).toMatchObject({ settings: { hash: 'h' }, owner: null });
});

it('two executions of one name, months apart, each have their own ending, and none is told for the other', async () => {
  const world = new SweepWorld();
  // A few partitions are enough: thousands that never start in those months are another test's.
  world.datasets = registry(dataset({ calendar: { firstPartition: '2026-01-20T00', lastPartition: '2026-01-20T12' } }));
  const input = { dataset: 'flights', partition: PARTITION, reprocess: true };
  const one = async (end: 'publishes' | 'is stopped') => {
    const of = { ...execution('by-hand', input), startTime: new Date(world.now.getTime() - 60_000).toISOString() };
    const claimed = await claimPartition(contextOf(world), { input, execution: of });
    // Asking again gives the run its own claim back.
    expect(await claimPartition(contextOf(world), { input, execution: of })).toEqual(claimed);
    if (!claimed.claimed) throw new Error(claimed.detail);
    const { run } = claimed;
    if (end === 'publishes') {
      await publish(world.s3.store('ledger'), run, run.fence, publication(run.runId));
      await recordRun(world.recorder(), { execution: of, state: { run } });
    }
    const status = end === 'publishes' ? 'SUCCEEDED' : 'ABORTED';
    const closed = { status, error: undefined, cause: undefined, at: world.now } as const;
    const startedAt = new Date(of.startTime);
    world.executions.set(of.arn, { arn: of.arn, startedAt, report: { execution: of, state: undefined, closed } });
    world.minutesLater(5);
    await world.sweep();
    expect(world.s3.json('ledger', keys.partition('flights', PARTITION)).holder).toBeNull();
    return run.runId;
  };
  const first = await one('publishes');
  for (let i = 0; i < 2; i += 1) world.minutesLater(120 * 24 * 60);
  const second = await one('is stopped');
  world.minutesLater(120 * 24 * 60);
  const third = await one('publishes');
  expect(first).toBe('by-hand');
  expect(new Set([first, second, third]).size).toBe(3);
  const codes = [first, second, third].map(
    (runId) => world.s3.json('ledger', keys.manifest('flights', PARTITION, runId)).reason.code as string,
  );
  expect(codes).toEqual(['COMPLETE', 'STOPPED_BY_OPERATOR', 'COMPLETE']);
  for (const runId of [first, second, third])
    expect(world.s3.keys('ledger', 'receipts/')).toContain(keys.receipt(`flights~${PARTITION}~${runId}`));
});

describe('with a deployment', () => {
  it.each(scenes)('of $deployment $moment, a run started $input that $end has one ending by $route', async (scene) => {
    const input = inputs[scene.input as keyof typeof inputs];
    const world = await play({ ...scene, input });
    const [key = 'none', ...more] = manifestsOf(world);
    expect(more).toEqual([]);
    const recorded = manifestSchema.parse(world.s3.json('ledger', key));
    // A success that its RecordRun has told needs no other recorder.
    expect(postsAbout(world, key)).toHaveLength(1);
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
    for (const [, { holder }] of records(world)) expect(holder).toBeNull();

    const wasClaimed = scene.moment !== 'before the claim' || scene.deployment === 'nothing new';
    const isOpen = scene.input === 'as schedules of the release before gave it';
    // The first who asked was ClaimPartition, with the definitions that it had.
    if (wasClaimed || !isOpen) expect(key).toBe(keys.manifest('flights', PARTITION, 'run-1'));
    const refusal = scene.moment === 'before the claim' ? refusals[scene.deployment] : undefined;
    if (refusal !== undefined && !isOpen && scene.end !== 'is stopped') expect(recorded.reason.code).toBe(refusal);
    if (!wasClaimed) return;
    const code = { p: 'COMPLETE', f: 'SOURCE_ACCESS_DENIED', i: 'STOPPED_BY_OPERATOR' }[
      scene.end[0] as 'p' | 'f' | 'i'
    ];
    expect(recorded).toMatchObject({
      dataset: 'flights',
      partition: PARTITION,
      owner: 'Data Engineering',
      minimal: false,
      reason: { code },
    });
    expect(records(world).filter(([, { last }]) => last?.runId === 'run-1')).toEqual([
      [keys.partition('flights', PARTITION), expect.objectContaining({ fence: 2 })],
    ]);
    expect(world.posts.map(({ channel }) => channel)).toContain('data');
  });
});
