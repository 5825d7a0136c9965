import { keys } from '../../core/contracts/keys';
import { endingFromEvent } from '../../core/runtime/recording/report';
import { recordEnding, type RecordingContext } from '../../core/runtime/recording/record-ending';
import { HistoryBuilder } from '../helpers/history';
import { Mortal, RecordingWorld } from '../helpers/recording';
import { checkResult, ending, execution, holder, PARTITION, plan, publication, record, run } from '../helpers/runs';

/**
 * Recording, killed before and after each of its calls to the outside, then completed by another recorder: by RecordRun's own retry, or by
 * the status-change event after the execution died.
 */

const key = keys.partition('flights', PARTITION);

interface Scenario {
  readonly state: unknown;
  readonly arrange: (world: RecordingWorld) => void;
  readonly status: string;
  /** What the event says where RecordRun never came to an end. */
  readonly eventStatus: string;
}

const failedState = { run: run(), failed: { CheckPartition: { Error: 'TooManyRejected', Cause: '' } } };
const scenarios: Record<string, Scenario> = {
  published: {
    state: { run: run(), publish: { Payload: { ending: ending('COMPLETE'), files: 1, published: 690 } } },
    arrange: (world) => world.s3.put('ledger', key, record({ fence: 1, holder: holder(), publication: publication() })),
    status: 'PUBLISHED',
    eventStatus: 'PUBLISHED',
  },
  failed: {
    state: failedState,
    arrange: (world) => {
      world.s3.put('ledger', key, record({ fence: 1, holder: holder() }));
      world.s3.put('ledger', keys.check('flights', PARTITION, 'run-1'), checkResult({ ending: null }));
      world.s3.put('ledger', keys.plan('flights', PARTITION, 'run-1', 1), plan());
    },
    status: 'FAILED',
    eventStatus: 'FAILED',
  },
  refused: {
    state: {
      claimed: false,
      dataset: 'flights',
      partition: PARTITION,
      code: 'CIRCUIT_OPEN',
      detail: 'd',
      problems: [],
    },
    arrange: () => undefined,
    status: 'SKIPPED',
    eventStatus: 'SKIPPED',
  },
  garbage: {
    state: 'garbage',
    arrange: (world) => world.s3.put('ledger', key, record({ fence: 1, holder: holder() })),
    status: 'FAILED',
    eventStatus: 'FAILED',
  },
  'not readable': {
    state: failedState,
    arrange: (world) => world.s3.put('ledger', key, '{"fence": "many"}'),
    status: 'FAILED',
    eventStatus: 'FAILED',
  },
};

const attempt = (state: unknown) => async (context: RecordingContext) => {
  await recordEnding(context, { execution: execution(), state, closed: undefined });
};
const event = async (context: RecordingContext) => {
  const of = execution();
  const ended = endingFromEvent({
    detail: {
      executionArn: of.arn,
      name: of.name,
      status: 'FAILED',
      startDate: Date.parse(of.startTime),
      stopDate: Date.parse(of.startTime) + 60_000,
      input: JSON.stringify(of.input),
      error: 'Sandbox.Timedout',
      cause: '',
    },
  });
  if (ended === undefined) throw new Error('not an event');
  await recordEnding(context, ended.report);
};

function arranged(scenario: Scenario): RecordingWorld {
  const world = new RecordingWorld();
  scenario.arrange(world);
  world.history = new HistoryBuilder().task('ClaimPartition').enter('RecordRun', scenario.state).start().events;
  return world;
}

async function callsOf(scenario: Scenario): Promise<number> {
  const mortal = new Mortal();
  await attempt(scenario.state)(arranged(scenario).recorder(mortal));
  return mortal.count;
}

/** A killed process does not report; its errors are not looked at. */
const dying = (work: Promise<void>) => work.catch(() => undefined);

describe.each(Object.entries(scenarios))('a run that is %s', (_name, scenario) => {
  test.each(['before', 'after'] as const)(
    'killed %s each call and completed by a retry, then by the event',
    async (mode) => {
      const calls = await callsOf(scenario);
      expect(calls).toBeGreaterThan(5);
      for (let at = 0; at < calls; at += 1) {
        const world = arranged(scenario);
        await dying(attempt(scenario.state)(world.recorder(new Mortal(at, mode))));
        const [manifestKey] = world.manifestKeys();
        const recorded = manifestKey === undefined ? undefined : world.s3.text('ledger', manifestKey);
        const mayRepeat = world.posts.length > 0 && world.s3.keys('ledger', 'receipts/').length === 0;

        await attempt(scenario.state)(world.recorder());
        // The process that died may hold the message: the sweep posts it.
        await world.deliver();
        const manifest = world.manifest();
        expect(manifest.status).toBe(scenario.status);
        expect(world.s3.text('ledger', world.manifestKeys()[0] ?? '')).toBe(recorded ?? JSON.stringify(manifest));
        expect(world.posts).toHaveLength(mayRepeat ? 2 : 1);
        expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
        expect(world.s3.keys('ledger', 'receipts/')).toHaveLength(1);

        const told = world.posts.length;
        await event(world.recorder());
        expect(world.manifest()).toEqual(manifest);
        expect(world.posts).toHaveLength(told);
      }
    },
  );

  test.each(['before', 'after'] as const)('killed %s each call and completed by the event alone', async (mode) => {
    const calls = await callsOf(scenario);
    for (let at = 0; at < calls; at += 1) {
      const world = arranged(scenario);
      await dying(attempt(scenario.state)(world.recorder(new Mortal(at, mode))));
      const [manifestKey] = world.manifestKeys();
      const recorded = manifestKey === undefined ? undefined : world.s3.text('ledger', manifestKey);
      const mayRepeat = world.posts.length > 0 && world.s3.keys('ledger', 'receipts/').length === 0;
      await event(world.recorder());
      await world.deliver();
      const manifest = world.manifest();
      expect(manifest.status).toBe(scenario.eventStatus);
      expect(world.s3.text('ledger', world.manifestKeys()[0] ?? '')).toBe(recorded ?? JSON.stringify(manifest));
      expect(world.posts).toHaveLength(mayRepeat ? 2 : 1);
      expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
    }
  });

  test('recorded by three at once has one manifest and one message', async () => {
    const world = arranged(scenario);
    await Promise.all([
      attempt(scenario.state)(world.recorder()),
      event(world.recorder()),
      attempt(scenario.state)(world.recorder()),
    ]);
    expect(world.manifest().status).toBe(scenario.status);
    expect(world.posts).toHaveLength(1);
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
  });
});

test('an orphaned claim that came back after the seal is let go of by the next recorder', async () => {
  const scenario = scenarios['failed'] as Scenario;
  const world = arranged(scenario);
  await attempt(scenario.state)(world.recorder());
  const manifest = world.manifest();
  const sealed = world.s3.json('ledger', key);
  world.s3.put('ledger', key, { ...sealed, fence: sealed.fence + 1, holder: holder() });
  await event(world.recorder());
  expect(world.s3.json('ledger', key)).toMatchObject({ holder: null, fence: sealed.fence + 2, last: sealed.last });
  expect(world.manifest()).toEqual(manifest);
  expect(world.posts).toHaveLength(1);
});
