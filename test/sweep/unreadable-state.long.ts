import { z } from 'zod';
import { schemaOf } from '../../core/contracts/documents';
import { keys, parseKey } from '../../core/contracts/keys';
import { rollCallMessageId, unlistedMessageId } from '../../core/contracts/message-ids';
import type { Manifest } from '../../core/contracts/run/manifest';
import type { RollCall } from '../../core/contracts/sweep/roll-call';
import type { Unlisted } from '../../core/contracts/sweep/unlisted';
import { addToOutbox } from '../../core/runtime/delivery/outbox';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import { executionEnded } from '../../lambdas/execution-ended/execution-ended';
import { recordRun } from '../../lambdas/record-run/record-run';
import { claim, publish } from '../../core/runtime/ledger/partition-record';
import { settingsHash } from '../../core/contracts/run/run-settings';
import { down, taken } from '../kit/answers';
import { BACKFILL_ID, backfillExecution, backfillPlan, planItem } from '../kit/backfills';
import { arnOf, checkResult, execution, file, PARTITION, plan, publication, run } from '../kit/runs';
import { dataset, registry } from '../kit/datasets';
import { FORM_NAMES, FORMS, type Form } from '../kit/spoiling';
import { MemoryWorld } from '../kit/memory-world';

/**
 * One object of the ledger is spoilt, whichever and however: all others are recorded and have messages, the sweep goes on, and its own
 * subject is healed or named, once.
 */

const hour = (name: string) => `2026-01-20T${name}`;
const of = (name: string) => ({ dataset: 'flights', partition: hour(name) });
const PUBLISHED = '02';
const FAILED = '03';
const MISSING = '01';
const output = { ...file, key: file.key.replace(PARTITION, hour(PUBLISHED)) };

async function claimed(world: MemoryWorld, name: string, at: string): Promise<number> {
  const me = { runId: name, executionArn: arnOf(name), reprocess: false };
  const isRunning = async () => false;
  const claim1 = await claim(world.s3.store('ledger'), of(at), me, {
    now: world.now,
    isRunning,
    isRedriven: async () => false,
  });
  return claim1.claimed ? claim1.fence : NaN;
}

async function published(world: MemoryWorld, name: string, at: string): Promise<void> {
  const ledger = world.s3.store('ledger');
  const fence = await claimed(world, name, at);
  const planKey = keys.plan('flights', hour(at), name, 1);
  world.s3.put('ledger', planKey, plan({ partition: hour(at), runId: name }));
  world.s3.put('ledger', keys.check('flights', hour(at), name), checkResult({ runId: name, planKey }));
  await publish(ledger, of(at), fence, publication(name, { planKey, files: [output] }));
  await record(world, name, at, { run: run({ ...of(at), runId: name }) });
}

const UNLISTED: Unlisted = {
  schemaVersion: 1,
  dataset: 'flights',
  owner: 'us',
  channel: 'default',
  at: '2026-01-20T06:00:00.000Z',
  because: 'calendar',
  partitions: [{ partition: hour('00'), reason: 'NEVER_STARTED', code: null }],
};
const ROLL_CALL: RollCall = {
  schemaVersion: 1,
  kind: 'weekly',
  channel: 'default',
  from: '2026-01-12',
  to: '2026-01-18',
  madeAt: '2026-01-20T06:00:00.000Z',
  datasets: ['flights'],
  ofAll: false,
  due: { hourly: 0, daily: 0 },
  published: { hourly: 0, daily: 0 },
  partial: 0,
  noData: 0,
  afterRetries: null,
  running: 0,
  missing: [],
  notCounted: [],
};

/** The state of a run that was denied its source, which counts against the circuit. */
const denied = (name: string, at: string) => ({
  run: run({ ...of(at), runId: name, circuit: { dependency: 'source-bucket', generation: 0, probe: false } }),
  failed: { LoadPartition: { Error: 'SourceAccessDenied', Cause: '{}' } },
});

const record = (world: MemoryWorld, name: string, at: string, state: unknown) =>
  recordRun(world.recorder(), { execution: execution(name, of(at)), state });

/** A ledger with a document of every kind in it, some told and some to be told. */
async function richLedger(): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  world.datasets = registry(dataset({ calendar: { firstPartition: hour('01') }, circuit: { failures: 3 } }));
  // Watched since before the first deadline, so that every hour has to get a status.
  world.minutesLater(-210);
  await world.sweep();
  world.minutesLater(60);
  for (const key of [output.key, output.key.replace('.parquet', '.json')]) world.s3.put('lake', key, 'x');
  await published(world, 'run-before', PUBLISHED).then(() => world.minutesLater(140));
  for (const name of ['run-1', 'run-2', 'run-3']) {
    await claimed(world, name, FAILED);
    await record(world, name, FAILED, denied(name, FAILED));
  }
  world.s3.put('ledger', keys.batchFailure('flights', hour(FAILED), 'run-3', 1, 0), {
    index: 0,
    state: 'ValidateBatch',
    error: 'SourceCorrupt',
    message: 'cut off',
    object: null,
  });
  world.s3.put('ledger', keys.settings('flights', hour(FAILED), 'run-3'), {
    schemaVersion: 1,
    ...of(FAILED),
    runId: 'run-3',
    hash: settingsHash([]),
    settings: [],
  });
  await world.sweep();
  world.minutesLater(10);
  // Slack is down: these wait in the outbox.
  world.slack = () => down();
  await claimed(world, 'run-missing', MISSING);
  await record(world, 'run-missing', MISSING, { failed: { LoadPartition: { Error: 'SourceCorrupt', Cause: '{}' } } });
  const items = [planItem({ partition: hour(PUBLISHED) })];
  world.s3.put('ledger', keys.backfill(BACKFILL_ID, 'plan'), backfillPlan({ items }));
  world.s3.put('ledger', keys.backfill(BACKFILL_ID, 'summary'), {
    schemaVersion: 1,
    backfillId: BACKFILL_ID,
    summarizedAt: world.now.toISOString(),
    recovered: [{ ...of(PUBLISHED), runId: 'run-before', status: 'PUBLISHED', records: 690 }],
    stillMissing: [],
  });
  await recordRun(world.recorder(), { execution: backfillExecution(), state: { planned: true, anyMissing: true } });
  // An input of the release before, whose partition is written down: hour 03.
  const execution1 = execution('run-old', { dataset: 'flights', scheduledTime: '2026-01-20T04:15:00Z' });
  await recordRun(world.recorder(), { execution: execution1, state: denied('run-old', FAILED) });
  const unlistedId = unlistedMessageId('flights', world.now, null);
  world.s3.put('ledger', keys.unlisted(unlistedId), UNLISTED);
  const rollCallId = rollCallMessageId('default', 'weekly', '2026-01-19');
  world.s3.put('ledger', keys.rollCall('default', 'weekly', '2026-01-19'), ROLL_CALL);
  const ledger = world.s3.store('ledger');
  for (const [kind, messageId, manifestKey] of [
    ['unlisted', unlistedId, keys.unlisted(unlistedId)],
    ['roll-call', rollCallId, keys.rollCall('default', 'weekly', '2026-01-19')],
  ] as const)
    await addToOutbox(ledger, { kind, messageId, manifestKey }, world.now);
  for (const name of ['failing', 'unreadable'] as const)
    world.s3.put('ledger', keys.sweep(name), { schemaVersion: 1, incidents: {} });
  world.slack = () => taken;
  return world;
}

/** What must come of a kind of object that can't be read. */
type Fate =
  /** Made anew: it can be read again, and a person was called. */
  | 'healed'
  /** The same, without a call: a run's own message says so. */
  | 'healed by a run'
  /** Left as it is, and named to a person. */
  | 'named'
  /** Left as it is: who needs it does without. */
  | 'left';

function fateOf(key: string, form: Form): Fate {
  const isNewer = form === 'of a newer release, unreadable';
  const parsed = parseKey(key);
  switch (parsed?.kind) {
    case 'partition':
      // Behind the watermark, without files and without a new run it is not looked at: a backfill would.
      if (parsed.partition === hour(MISSING)) return 'left';
      // A new run ends there, and says in its message what became of the record.
      if (parsed.partition === hour(FAILED)) return isNewer ? 'left' : 'healed by a run';
      return isNewer ? 'named' : 'healed';
    case 'sweep':
    case 'dataset':
    case 'circuit':
      return 'healed';
    // A new run of the dataset comes first, and begins them anew.
    case 'troubles':
      return 'left';
    // Its message is told, and it goes.
    case 'outbox':
      return isNewer ? 'named' : 'left';
    default:
      return 'left';
  }
}

/** Posts, other than about hours that an earlier sweep could not put on record while its memory was lost. */
const posted = (world: MemoryWorld, words: string) => world.posts.filter(({ text }) => text.includes(words)).length;

async function strike(key: string, form: Form) {
  const world = await richLedger();
  const text = world.s3.text('ledger', key)!;
  world.s3.put('ledger', key, FORMS[form](text));
  const spoilt = world.s3.text('ledger', key);
  // Innocents: a run without a manifest, and one of the dataset's next hour. And those whom it may concern.
  world.executed('run-innocent', of('04'), { startedAgo: 12, endedAgo: 8 });
  const closed = { startDate: Date.parse('2026-01-20T06:15:03Z'), stopDate: Date.parse('2026-01-20T06:20:00Z') };
  const event = { executionArn: arnOf('run-3'), name: 'run-3', status: 'FAILED', input: JSON.stringify(of(FAILED)) };
  const problems: string[] = [];
  const noted = async (work: Promise<unknown>) => work.catch((error: Error) => problems.push(error.message));
  await noted(record(world, 'run-4', FAILED, denied('run-4', FAILED)));
  await noted(
    executionEnded({ ...world.recorder(), describe: async () => undefined }, { detail: { ...event, ...closed } }),
  );
  let fits: boolean | undefined;
  for (let sweeps = 0; sweeps < 6; sweeps += 1) {
    world.minutesLater(10);
    await noted(world.sweep());
    fits ??= (await world.s3.store('ledger').read(key, schemaOf(key) ?? z.never())).kind !== 'unreadable';
  }
  return { world, spoilt, problems, healedAtOnce: fits };
}

const manifestOf = ({ s3 }: MemoryWorld, name: string): Manifest =>
  s3.json('ledger', keys.manifest('flights', hour(FAILED), name));

let everything: string[] = [];
beforeAll(async () => {
  const world = await richLedger();
  everything = world.s3.keys('ledger').filter((key) => schemaOf(key) !== undefined);
});

test('a ledger has a document of every kind', () => {
  const kinds = new Set(
    everything.map((key) => {
      const parsed = parseKey(key)!;
      if (parsed.kind === 'sweep') return `sweep ${parsed.name}`;
      return parsed.kind === 'backfill' ? `backfill ${parsed.file}` : parsed.kind;
    }),
  );
  expect([...kinds].sort()).toEqual([
    'backfill manifest',
    'backfill plan',
    'backfill summary',
    'batchFailure',
    'check',
    'circuit',
    'dataset',
    'identity',
    'manifest',
    'outbox',
    'partition',
    'plan',
    'receipt',
    'rollCall',
    'settings',
    'sweep channels',
    'sweep executions',
    'sweep failing',
    'sweep incidents',
    'sweep unreadable',
    'troubles',
    'unlisted',
  ]);
});

describe.each(FORM_NAMES)('an object that is %s', (form) => {
  test('costs its own subject at most, whichever it is', async () => {
    for (const key of everything) {
      const at = `${key} ${form}`;
      const { world, spoilt, problems, healedAtOnce } = await strike(key, form);
      const { s3, calls } = world;
      // Nothing rings for it but what names it.
      expect({ at, problems }).toEqual({ at, problems: [] });
      expect({ at, told: posted(world, `${hour('04')} (hour) ABORTED`) }).toEqual({ at, told: 1 });
      expect({ at, pending: s3.keys('ledger', 'outbox/').filter((one) => one !== key) }).toEqual({ at, pending: [] });
      // One manifest for each execution, and the ending of each told once; of what was told before nothing again.
      const manifests = s3.keys('ledger', 'runs/').map((one) => one.split('/').at(-1));
      for (const name of ['run-before', 'run-1', 'run-3', 'run-4', 'run-old', 'run-missing', 'run-innocent'])
        expect({ at, name, count: manifests.filter((one) => one === `${name}.json`).length }).toEqual({
          at,
          name,
          count: 1,
        });
      expect({ at, told: posted(world, `${hour(PUBLISHED)} (hour) PUBLISHED`) }).toEqual({ at, told: 1 });
      const isMine = key.startsWith('outbox/') && form === 'of a newer release, unreadable';
      const failures = isMine && key.includes('run-old') ? 4 : 5;
      expect({ at, told: posted(world, `${hour(FAILED)} (hour) FAILED`) }).toEqual({ at, told: failures });
      const times = isMine && key.includes('run-missing') ? 0 : 1;
      expect({ at, told: posted(world, `${hour(MISSING)} (hour) FAILED`) }).toEqual({ at, told: times });
      const backfills = isMine && key.includes('backfill') ? 0 : 1;
      expect({ at, told: posted(world, 'Recovered 1 hour') }).toEqual({ at, told: backfills });
      const regular = s3.keys('ledger', 'receipts/').filter((one) => /receipts\/(unlisted|weekly)~/.test(one)).length;
      expect({ at, regular }).toEqual({ at, regular: isMine && /unlisted|weekly~/.test(key) ? 1 : 2 });
      // What is published stands.
      const partitionKey = keys.partition('flights', hour(PUBLISHED));
      if (key !== partitionKey || fateOf(key, form) !== 'named' || form === 'of a newer release, readable') {
        const record: PartitionRecord = s3.json('ledger', partitionKey);
        expect({ at, publication: record.publication }).toMatchObject({
          at,
          publication: { runId: 'run-before', files: [output] },
        });
      }
      // What a person was called for before is known: it calls no one again.
      const circuits = calls.filter(({ incident, over }) => incident.kind === 'circuit' && !over).length;
      expect({ at, circuits }).toEqual({ at, circuits: 1 });
      // Its own subject: healed or named, once, or not missed.
      const mine = calls.filter(({ incident }) => incident.kind === 'unreadable');
      expect({ at, others: mine.filter(({ incident }) => incident.subject !== key) }).toEqual({ at, others: [] });
      if (form === 'of a newer release, readable') {
        expect({ at, calls: mine }).toEqual({ at, calls: [] });
        const stands = s3.json('ledger', key);
        // A pointer goes when its message is told.
        if (stands !== undefined)
          expect({ at, stands }).toMatchObject({ at, stands: { schemaVersion: 99, added: { by: 'a newer release' } } });
        continue;
      }
      const overs = mine.map(({ over }) => over);
      switch (fateOf(key, form)) {
        case 'healed':
          expect({ at, overs }).toEqual({ at, overs: [false, true] });
          expect({ at, healedAtOnce }).toEqual({ at, healedAtOnce: true });
          break;
        case 'healed by a run':
          expect({ at, overs }).toEqual({ at, overs: [] });
          expect({ at, message: manifestOf(world, 'run-4').reason.message }).toMatchObject({
            at,
            message: expect.stringContaining('It was recovered from its version of'),
          });
          break;
        case 'named':
          expect({ at, overs }).toEqual({ at, overs: [false] });
          expect({ at, text: s3.text('ledger', key) }).toEqual({ at, text: spoilt });
          break;
        case 'left':
          expect({ at, overs }).toEqual({ at, overs: [] });
          break;
      }
    }
  }, 120_000);
});
