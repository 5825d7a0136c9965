import { isBackfillExecution } from '../../core/contracts/backfill/backfill-endings';
import { backfillManifestSchema, recordBackfillOutputSchema } from '../../core/contracts/backfill/backfill-manifest';
import { keys } from '../../core/contracts/keys';
import { executionEnded } from '../../lambdas/execution-ended/execution-ended';
import { recordRun } from '../../lambdas/record-run/record-run';
import { recordBackfill } from '../../core/runtime/backfill/record-backfill';
import type { Closed, EndingReport } from '../../core/runtime/recording/report';
import {
  BACKFILL_ID,
  backfillArn,
  backfillExecution,
  backfillPlan,
  childOf,
  missing,
  planItem,
  recovered,
} from '../helpers/backfills';
import { HistoryBuilder } from '../helpers/history';
import { Mortal, RecordingWorld } from '../helpers/recording';
import { arnOf, daily, dataset, ending, holder, publication, record, registry } from '../helpers/runs';

const MANIFEST = keys.backfill(BACKFILL_ID, 'manifest');
const H5 = '2026-01-20T05';
const H6 = '2026-01-20T06';
let world: RecordingWorld;
beforeEach(() => {
  world = new RecordingWorld();
  world.now = new Date('2026-01-26T06:20:00.000Z');
});

const manifest = () => backfillManifestSchema.parse(world.s3.json('ledger', MANIFEST));
const put = (file: 'plan' | 'summary', body: unknown) => world.s3.put('ledger', keys.backfill(BACKFILL_ID, file), body);
const partition = (name: string, of: Parameters<typeof record>[0]) =>
  world.s3.put('ledger', keys.partition('flights', name), record(of));
const summary = (of: object) =>
  put('summary', {
    schemaVersion: 1,
    backfillId: BACKFILL_ID,
    summarizedAt: '2026-01-26T06:19:00.000Z',
    recovered: [],
    stillMissing: [],
    ...of,
  });
async function recordIt(state: unknown, input: unknown = {}) {
  const output = await recordRun(world.recorder(), { execution: backfillExecution(input), state });
  return recordBackfillOutputSchema.parse(output);
}
/** As the event tells it. */
async function ended(closed: Partial<Closed> & Pick<Closed, 'status'>) {
  const report: EndingReport = {
    execution: backfillExecution(),
    state: undefined,
    closed: { error: undefined, cause: undefined, at: new Date('2026-01-26T06:19:30.000Z'), ...closed },
  };
  const event = { detail: { executionArn: backfillArn() } };
  return executionEnded({ ...world.recorder(), describe: async () => report }, event);
}

test.each([
  ['arn:aws:states:us-east-1:1:execution:Rollcall-Backfill:weekly', true],
  ['arn:aws-cn:states:cn-north-1:1:execution:Backfill:weekly', true],
  ['arn:aws:states:us-east-1:1:execution:My-Backfill-PartitionRun:run', false],
  ['arn:aws:states:us-east-1:1:execution:Rollcall-PartitionRun:Backfill', false],
  // An iteration of the Distributed Map.
  ['arn:aws:states:us-east-1:1:execution:Rollcall-Backfill/Partitions:uuid', false],
])('%s is an execution of a backfill: %s', (arn, is) => {
  expect(isBackfillExecution(arn)).toBe(is);
});

describe('a backfill that came to its end', () => {
  test('with nothing to do says so, and succeeds', async () => {
    put('plan', backfillPlan());
    const output = await recordIt({ planned: true, anyMissing: false });
    expect(output).toMatchObject({ succeeded: true, status: 'NOTHING_MISSING', manifestKey: MANIFEST });
    expect(manifest()).toMatchObject({
      kind: 'backfill',
      trigger: 'schedule',
      message: 'No missing hours found in date range (Jan 20 – Jan 26)',
      hoursExpected: 168,
      hoursPlanned: 0,
      stillMissing: {},
      times: { scheduled: '2026-01-26T06:00:00.000Z', started: '2026-01-26T06:00:01.000Z' },
    });
    expect(world.posts).toEqual([
      {
        channel: 'default',
        text: '✅ Scheduled backfill NOTHING_MISSING: No missing hours found in date range (Jan 20 – Jan 26)',
      },
    ]);
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
    expect(world.s3.keys('ledger', 'receipts/')).toEqual([`receipts/backfill~${BACKFILL_ID}.json`]);
  });

  test('with everything recovered says how much', async () => {
    put('plan', backfillPlan({ items: [planItem({ partition: H5 }), planItem({ partition: H6 })] }));
    summary({ recovered: [recovered(H5), recovered(H6, { status: 'NO_DATA', records: 0 })] });
    expect(await recordIt({ planned: true })).toMatchObject({ succeeded: true, Error: 'RECOVERED' });
    expect(manifest()).toMatchObject({
      message: 'Recovered 2 hours of data for Jan 20 – 26 (flights), 1 of them empty',
      datesProcessed: ['2026-01-20'],
      hoursPlanned: 2,
      hoursRecovered: 2,
      totalRecords: 690,
    });
  });

  test('with some still missing names them by day, and fails', async () => {
    put('plan', backfillPlan({ items: [planItem({ partition: H5 }), planItem({ partition: H6 })] }));
    summary({ recovered: [recovered(H6)], stillMissing: [missing(H5)] });
    const output = await recordIt({ planned: true });
    expect(output).toMatchObject({ succeeded: false, status: 'STILL_MISSING', Error: 'STILL_MISSING' });
    expect(output.Cause).toBe(
      'Recovered 1 hour of data for Jan 20 – 26 (flights), 1 still missing: 2026-01-20T05 (source empty)',
    );
    expect(manifest().stillMissing).toEqual({ '2026-01-20': [missing(H5)] });
  });

  test('although the summary failed, reads the ledger itself', async () => {
    put('plan', backfillPlan({ items: [planItem({ partition: H5 }), planItem({ partition: H6 })] }));
    partition(H5, { publication: publication(childOf(H5)) });
    partition(H6, { last: { runId: childOf(H6), ending: ending('SOURCE_CORRUPT'), at: '2026-01-26T06:10:00.000Z' } });
    const failed = { SummarizeBackfill: { Error: 'TransientError', Cause: '' } };
    expect(await recordIt({ planned: true, failed })).toMatchObject({ status: 'STILL_MISSING' });
    expect(manifest()).toMatchObject({ hoursRecovered: 1, totalRecords: 690, state: 'SummarizeBackfill' });
  });

  test('is recorded and told once, however often it is tried, killed at any call', async () => {
    for (const mode of ['before', 'after'] as const) {
      for (let at = 0; ; at += 1) {
        world = new RecordingWorld();
        put('plan', backfillPlan({ items: [planItem({ partition: H5 })] }));
        partition(H5, { publication: publication(childOf(H5)) });
        const mortal = new Mortal(at, mode);
        const input = { execution: backfillExecution(), state: { planned: true } };
        const first = await recordRun(world.recorder(mortal), input).catch((error: unknown) => error);
        const wasKilled = first instanceof Error;
        const posted = world.posts.length;
        await recordRun(world.recorder(), input);
        expect(manifest().status).toBe('RECOVERED');
        // The process that died may hold the message.
        await world.deliver();
        // A post whose receipt was never written is repeated: that cannot be helped.
        expect(world.posts.length).toBeLessThanOrEqual(Math.max(1, posted + 1));
        expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
        if (!wasKilled) {
          expect(world.posts).toHaveLength(1);
          break;
        }
        expect(at).toBeLessThan(30);
      }
    }
  });
});

describe('a backfill that failed', () => {
  test('for its input names field and value, and that nothing was started', async () => {
    const problems = [{ field: 'end', value: '"2026-01-10"', expected: 'a time after start (2026-01-20)' }];
    const input = { dataset: 'flights', start: '2026-01-20', end: '2026-01-10' };
    const output = await recordIt({ planned: false, detail: 'end: …', problems }, input);
    expect(output).toMatchObject({ succeeded: false, status: 'FAILED' });
    expect(manifest()).toMatchObject({
      message: 'Refused, and nothing was started: end: got "2026-01-10", expected a time after start (2026-01-20)',
      problems,
      startDate: null,
      datasets: ['flights'],
      input,
    });
    expect(world.posts[0]?.text).toMatch(/^❌ Backfill of flights FAILED: Refused, and nothing was started: end: got/);
  });

  test.each([undefined, null, 'text', 42, [], { failed: 'nonsense' }])(
    'is recorded from the state %j',
    async (state) => {
      expect(await recordIt(state, state)).toMatchObject({ status: 'FAILED' });
      expect(manifest().message).toMatch(/^The backfill failed before it had a plan, so nothing was started/);
    },
  );

  test('in planning says in which state and why', async () => {
    const Cause = JSON.stringify({ errorType: 'TransientError', errorMessage: 'SlowDown (HTTP 503)', trace: [] });
    await recordIt({ failed: { PlanBackfill: { Error: 'TransientError', Cause } } });
    expect(manifest()).toMatchObject({
      status: 'FAILED',
      error: 'TransientError',
      state: 'PlanBackfill',
      message: expect.stringMatching(/nothing was started: PlanBackfill: SlowDown \(HTTP 503\)$/),
    });
  });

  test('while its runs went reports what they did all the same', async () => {
    put('plan', backfillPlan({ items: [planItem({ partition: H5 }), planItem({ partition: H6 })] }));
    summary({ recovered: [recovered(H6)], stillMissing: [missing(H5, { reason: 'never started', code: null })] });
    await recordIt({ planned: true, failed: { ForEachWave: { Error: 'States.Runtime', Cause: 'too deep' } } });
    expect(manifest()).toMatchObject({ status: 'FAILED', hoursRecovered: 1 });
    expect(manifest().message).toMatch(/^The backfill failed \(ForEachWave: .*too deep\)\. Recovered 1 hour of data/);
  });

  test('while its runs went, with all of them published, has recovered', async () => {
    put('plan', backfillPlan({ items: [planItem({ partition: H5 })] }));
    summary({ recovered: [recovered(H5)] });
    const state = { planned: true, failed: { ForEachWave: { Error: 'States.Runtime', Cause: '' } } };
    expect(await recordIt(state)).toMatchObject({ status: 'RECOVERED', succeeded: true });
  });

  test('with a plan that cannot be read is recorded with what is certain', async () => {
    put('plan', { schemaVersion: 2 });
    expect(await recordIt({ planned: true })).toMatchObject({ status: 'FAILED' });
    expect(manifest()).toMatchObject({
      minimal: true,
      message: expect.stringContaining('What it recovered is not known'),
    });
    expect(world.posts).toHaveLength(1);
  });

  test('with a summary that cannot be read, by what is true now', async () => {
    put('plan', backfillPlan({ items: [planItem({ partition: H5 }), planItem({ partition: H6 })] }));
    put('summary', 'spoilt');
    partition(H5, { publication: publication(childOf(H5)) });
    // Nothing is known of this one, so it is still missing.
    world.s3.put('ledger', keys.partition('flights', H6), 'spoilt, too');
    expect(await recordIt({ planned: true })).toMatchObject({ status: 'STILL_MISSING' });
    expect(manifest()).toMatchObject({ minimal: false, hoursRecovered: 1, hoursPlanned: 2 });
  });

  test('with a manifest that cannot be read is told once, and the manifest stands', async () => {
    put('plan', backfillPlan({ items: [planItem({ partition: H5 })] }));
    partition(H5, { publication: publication(childOf(H5)) });
    world.s3.put('ledger', MANIFEST, 'spoilt');
    for (let i = 0; i < 2; i += 1) expect(await recordIt({ planned: true })).toMatchObject({ status: 'RECOVERED' });
    expect(world.s3.text('ledger', MANIFEST)).toBe('spoilt');
    expect(world.posts).toHaveLength(1);
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
  });

  test('is not recorded while the ledger does not answer: it has to be tried again', async () => {
    const down = Object.assign(new Error('SlowDown'), { name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
    const input = { execution: backfillExecution(), state: {} };
    await expect(
      recordRun(
        world.recorder(new Mortal(), () => down),
        input,
      ),
    ).rejects.toThrow('SlowDown');
  });
});

describe('a backfill that died', () => {
  beforeEach(() => {
    put('plan', backfillPlan({ items: [planItem({ partition: H5 }), planItem({ partition: H6 })] }));
    partition(H5, { publication: publication(childOf(H5)) });
    partition(H6, { fence: 1, holder: { ...holder(childOf(H6)), executionArn: arnOf(childOf(H6)) } });
  });

  test.each([
    ['TIMED_OUT', 'The backfill ran into its time limit.'],
    ['ABORTED', 'An operator stopped the backfill.'],
  ] as const)('%s reports what its runs did', async (status, sentence) => {
    expect(await ended({ status })).toMatchObject({ recorded: true, status, manifestKey: MANIFEST });
    expect(manifest()).toMatchObject({ status, hoursRecovered: 1, totalRecords: 690 });
    expect(manifest().message).toBe(
      `${sentence} Recovered 1 hour of data for Jan 20 – 26 (flights), 1 still missing: 2026-01-20T06 (still held by run ${childOf(H6)})`,
    );
    // That run has no ending yet: it will be told by itself.
    expect(manifest().stillMissing['2026-01-20']).toMatchObject([{ runId: null }]);
    expect(world.posts).toHaveLength(1);
  });

  test('sends the message of a run that ended between the summary and the manifest', async () => {
    const child = childOf(H6);
    const context = world.recorder(new Mortal(), ({ operation, key }) => {
      if (operation === 'PUT' && key === MANIFEST)
        partition(H6, { last: { runId: child, ending: ending('SOURCE_CORRUPT'), at: '2026-01-26T06:20:00.000Z' } });
      return undefined;
    });
    const closed = { status: 'ABORTED', error: undefined, cause: undefined, at: world.now } as const;
    await recordBackfill(context, { execution: backfillExecution(), state: undefined, closed });
    expect(manifest().stillMissing['2026-01-20']).toMatchObject([{ runId: null }]);
    expect(world.s3.keys('ledger', 'outbox/')).toEqual([`outbox/flights~${H6}~${child}.json`]);
  });

  test('before its plan says that nothing was started', async () => {
    world.s3.objects.delete(`ledger/${keys.backfill(BACKFILL_ID, 'plan')}`);
    await ended({ status: 'ABORTED' });
    expect(manifest().message).toBe('An operator stopped the backfill. It had no plan yet, so nothing was started.');
  });

  test('because recording failed is recorded from its history', async () => {
    const state = { planned: true, failed: { ForEachWave: { Error: 'InternalError', Cause: '' } } };
    world.history = new HistoryBuilder().enter('RecordRun', state).start().fail('TransientError').events;
    await ended({ status: 'FAILED', error: 'TransientError', cause: '' });
    expect(manifest()).toMatchObject({ status: 'FAILED', state: 'ForEachWave' });
  });

  test('because nothing but recording failed is what it would have been', async () => {
    const state = { planned: true };
    const history = new HistoryBuilder()
      .enter('RecordRun', state)
      .start()
      .fail('InternalError')
      .exit('RecordRun', state);
    world.history = history.enter('RunFailed', state, 'Fail').events;
    await ended({ status: 'FAILED', error: 'InternalError', cause: 'RecordRun met something' });
    expect(manifest()).toMatchObject({ status: 'STILL_MISSING', state: 'RunFailed' });
  });

  test('after it was recorded changes nothing', async () => {
    await recordIt({ planned: true });
    const before = world.s3.text('ledger', MANIFEST);
    await ended({ status: 'FAILED', error: 'STILL_MISSING', cause: '' });
    expect(world.s3.text('ledger', MANIFEST)).toBe(before);
    expect(world.posts).toHaveLength(1);
  });
});

test('unknown fields of the input are ignored and named', async () => {
  put('plan', backfillPlan());
  await recordIt({ planned: true, anyMissing: false }, { form: '2026-01-20' });
  expect(manifest().message).toBe(
    'No missing hours found in date range (Jan 20 – Jan 26). Ignored in the input, because there is no such field: "form".',
  );
});

test('a backfill whose name was used before, 90 days ago, has a manifest and a message of its own', async () => {
  put('plan', backfillPlan());
  await recordIt({ planned: true, anyMissing: false });
  const first = world.s3.text('ledger', MANIFEST);
  const again = { ...backfillExecution(), startTime: '2026-05-26T06:00:01.000Z' };
  world.now = new Date('2026-05-26T06:20:00.000Z');
  const closed = { status: 'ABORTED', error: undefined, cause: undefined, at: world.now } as const;
  const { manifestKey } = await recordBackfill(world.recorder(), { execution: again, state: undefined, closed });
  expect(manifestKey).toMatch(/^backfills\/weekly-4-[0-9a-f]{16}\/manifest\.json$/);
  expect(world.s3.json('ledger', manifestKey)).toMatchObject({ status: 'ABORTED', hoursPlanned: 0 });
  expect(world.s3.text('ledger', MANIFEST)).toBe(first);
  expect(world.posts).toHaveLength(2);
});

test('the message goes to the channel of its datasets, and to the default one where they have several', async () => {
  world.datasets = registry(dataset({ notify: { channel: 'data-eng' } }), daily());
  put('plan', backfillPlan());
  await recordIt({ planned: true });
  const both = backfillPlan();
  put('plan', { ...both, datasets: [...both.datasets, { ...both.datasets[0], dataset: 'daily', cadence: 'daily' }] });
  world.s3.objects.delete(`ledger/${MANIFEST}`);
  world.s3.objects.delete(`ledger/receipts/backfill~${BACKFILL_ID}.json`);
  await recordIt({ planned: true });
  expect(world.posts.map(({ channel }) => channel)).toEqual(['data-eng', 'default']);
  expect(world.posts[1]?.text).toContain('No missing hours or days found');
});
