import { backfill, deliver, passDeadlines, RANGE, SIX_HOURS } from './backfills';
import { csv, Workflow } from './workflow';

/** The synthesized Backfill machine with the bundled functions, once per ending: the manifest, the message, the execution's status. */

let workflow: Workflow;
beforeAll(async () => {
  workflow = await Workflow.start();
}, 180_000);
beforeEach(async () => {
  await workflow.reset();
  await passDeadlines(workflow);
});
afterEach(() => workflow.mustNotLeak());
afterAll(() => workflow.stop());

const lake = () => [...workflow.keys('Lake')];
const publishedHours = () =>
  SIX_HOURS.filter((hour) => (workflow.record('readings', hour)?.publication ?? null) !== null);

/** Delivers all six hours and publishes some of them. */
async function publish(...hours: readonly string[]): Promise<void> {
  for (const hour of SIX_HOURS) deliver(workflow, hour);
  for (const partition of hours) await workflow.run({ dataset: 'readings', partition });
}

describe('a backfill', () => {
  it('with nothing missing says so, starts nothing and writes no data', async () => {
    await publish(...SIX_HOURS);
    const before = lake();
    const { execution, manifest, children, messages } = await backfill(workflow, RANGE);
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest).toMatchObject({ status: 'NOTHING_MISSING', hoursExpected: 6, hoursPlanned: 0, totalRecords: 0 });
    expect(messages).toEqual([expect.stringContaining('No missing hours found in date range (Jan 20)')]);
    expect(children).toEqual([]);
    expect(lake()).toEqual(before);
  });

  it('recovers what was never started, and is told in one message', async () => {
    await publish('2026-01-20T00', '2026-01-20T01', '2026-01-20T05');
    const { execution, manifest, children, messages } = await backfill(workflow, RANGE);
    expect(execution.status).toBe('SUCCEEDED');
    expect(manifest).toMatchObject({
      status: 'RECOVERED',
      trigger: 'manual',
      startDate: '2026-01-20',
      endDate: '2026-01-20',
      from: '2026-01-20T00:00:00.000Z',
      to: '2026-01-20T06:00:00.000Z',
      datesProcessed: ['2026-01-20'],
      hoursExpected: 6,
      hoursPlanned: 3,
      hoursRecovered: 3,
      totalRecords: 9,
      stillMissing: {},
    });
    expect(children.map(({ name }) => name.slice(17)).sort()).toEqual([
      'readings-2026-01-20T02',
      'readings-2026-01-20T03',
      'readings-2026-01-20T04',
    ]);
    expect(messages).toEqual([expect.stringContaining('Recovered 3 hours of data for Jan 20 (readings)')]);
    expect(publishedHours()).toEqual(SIX_HOURS);
  });

  it('run once more has nothing left to do', async () => {
    await publish('2026-01-20T00');
    await backfill(workflow, RANGE);
    const before = lake();
    const { manifest, children } = await backfill(workflow, RANGE);
    expect([manifest.status, children.length, lake()]).toEqual(['NOTHING_MISSING', 0, before]);
  });

  it('reports what is still missing by date, with the reason; a run that fails is data', async () => {
    await publish('2026-01-20T00', '2026-01-20T01', '2026-01-20T02');
    deliver(workflow, '2026-01-20T04', 4, 4);
    const { execution, manifest, children, messages } = await backfill(workflow, RANGE);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'STILL_MISSING' });
    expect(manifest).toMatchObject({ status: 'STILL_MISSING', hoursPlanned: 3, hoursRecovered: 2, totalRecords: 6 });
    expect(manifest.stillMissing).toEqual({
      '2026-01-20': [
        expect.objectContaining({ dataset: 'readings', partition: '2026-01-20T04', code: 'ALL_RECORDS_REJECTED' }),
      ],
    });
    expect(children.map(({ status }) => status).sort()).toEqual(['FAILED', 'SUCCEEDED', 'SUCCEEDED']);
    expect(messages).toEqual([expect.stringMatching(/Recovered 2 hours .*, 1 still missing: 2026-01-20T04/)]);
  });

  it('of which every run failed has recovered nothing, and says so', async () => {
    for (const hour of SIX_HOURS) deliver(workflow, hour, 2, 2);
    const { execution, manifest, messages } = await backfill(workflow, RANGE);
    expect(execution.status).toBe('FAILED');
    expect(manifest).toMatchObject({ status: 'STILL_MISSING', hoursPlanned: 6, hoursRecovered: 0, totalRecords: 0 });
    expect(manifest.stillMissing['2026-01-20']).toHaveLength(6);
    expect(messages).toHaveLength(1);
    expect(publishedHours()).toEqual([]);
  });

  it('replaces what was published from a source that has changed since, without a moment without data', async () => {
    await publish(...SIX_HOURS);
    deliver(workflow, '2026-01-20T03', 5);
    const { manifest, plan } = await backfill(workflow, RANGE);
    expect(plan?.items).toEqual([
      expect.objectContaining({ partition: '2026-01-20T03', reason: 'SOURCE_CHANGED', reprocess: true }),
    ]);
    expect(manifest).toMatchObject({ status: 'RECOVERED', hoursRecovered: 1, totalRecords: 5 });
    expect(workflow.record('readings', '2026-01-20T03')).toMatchObject({
      publication: { records: { published: 5 } },
      superseded: [{ records: { published: 3 } }],
    });
  });

  it('by the weekly schedule looks at all datasets', async () => {
    await publish('2026-01-20T00');
    const firing = await workflow.world.runSchedule('BackfillWeekly');
    if (!('execution' in firing)) throw new Error('not a machine');
    await firing.execution.done;
    await workflow.world.settle();
    const message = workflow.world.slack.messages.at(-1)?.text ?? '';
    expect(message).toContain('Scheduled backfill');
    expect(message).toMatch(/Recovered 5 hours of data/);
    expect(publishedHours()).toEqual(SIX_HOURS);
  });
});

describe('a backfill of upstreams', () => {
  const HOUR = '2026-01-20T05';
  const ONE_HOUR = { start: HOUR, end: '2026-01-20T06' };
  /** In the order in which they were started; the clock stands still. */
  const order = (children: readonly { readonly name: string }[]) =>
    children
      .map(({ name }) => name.slice(17))
      .filter((name) => /^(readings|joined)-/.test(name))
      .toReversed();

  it('runs them before what waits for them, and recovers both', async () => {
    deliver(workflow, HOUR);
    workflow.put('readings-source', 'joined/2026/01/20/05/a.csv', csv(2));
    const { manifest, plan, children } = await backfill(workflow, ONE_HOUR);
    expect(plan?.items.find(({ dataset }) => dataset === 'joined')).toMatchObject({
      missingUpstreams: [{ dataset: 'readings', partition: HOUR, standing: 'never started', planned: true }],
    });
    expect(order(children)).toEqual([`readings-${HOUR}`, `joined-${HOUR}`]);
    expect(manifest.recovered.map(({ dataset }) => dataset)).toEqual(['readings', 'joined']);
  });

  it('that it does not run is named where it is still missing', async () => {
    workflow.put('readings-source', 'joined/2026/01/20/05/a.csv', csv(2));
    const { manifest, children } = await backfill(workflow, { ...ONE_HOUR, dataset: 'joined' });
    expect(children.map(({ status }) => status)).toEqual(['SUCCEEDED']);
    expect(manifest.status).toBe('STILL_MISSING');
    expect(manifest.stillMissing).toEqual({
      '2026-01-20': [
        expect.objectContaining({ code: 'UPSTREAM_MISSING', reason: `upstream missing (readings ${HOUR})` }),
      ],
    });
  });

  it('that it replaces brings what was made from them in the same backfill', async () => {
    deliver(workflow, HOUR);
    workflow.put('readings-source', 'joined/2026/01/20/05/a.csv', csv(2));
    await backfill(workflow, ONE_HOUR);
    const before = workflow.record('joined', HOUR)?.publication;
    deliver(workflow, HOUR, 5);
    const { plan, children } = await backfill(workflow, ONE_HOUR);
    expect(plan?.items.filter(({ dataset }) => /^(readings|joined)$/.test(dataset))).toMatchObject([
      { dataset: 'readings', reason: 'SOURCE_CHANGED' },
      { dataset: 'joined', reason: 'UPSTREAM_CHANGED', reprocess: true },
    ]);
    expect(order(children)).toEqual([`readings-${HOUR}`, `joined-${HOUR}`]);
    const now = workflow.record('joined', HOUR)?.publication;
    expect(now?.upstreams[0]?.runId).toBe(workflow.record('readings', HOUR)?.publication?.runId);
    // The batches were finished already.
    expect(now?.files).toEqual(before?.files);
    const again = await backfill(workflow, ONE_HOUR);
    expect(again.plan?.items.filter(({ dataset }) => /^(readings|joined)$/.test(dataset))).toEqual([]);
  });
});

describe('a backfill that cannot be done', () => {
  it.each([
    [{ ...RANGE, end: '2026-01-19' }, 'end', 'after start'],
    [{ ...RANGE, start: '2026-02-01', end: '2026-02-02' }, 'start', 'future'],
    [{ ...RANGE, start: 'yesterday' }, 'start', 'UTC day'],
    [{ ...RANGE, dataset: 'redings' }, 'dataset', 'readings'],
    [{ ...RANGE, limit: 0 }, 'limit', '0'],
    ['everything', '(input)', 'object'],
  ])('because of its input %j is recorded and told, and nothing is started', async (input, field, expected) => {
    for (const hour of SIX_HOURS) deliver(workflow, hour);
    const { execution, manifest, children, messages } = await backfill(workflow, input);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'FAILED' });
    expect(manifest).toMatchObject({ status: 'FAILED', hoursPlanned: 0 });
    expect(manifest.problems).toEqual([
      expect.objectContaining({ field, expected: expect.stringContaining(expected) }),
    ]);
    expect(messages).toHaveLength(1);
    expect(children).toEqual([]);
  });

  it('because the ledger denies the plan names the state and the error', async () => {
    const allow = workflow.world.s3.deny(workflow.world.bucket('Ledger'), 'partitions/');
    // From RecordRun on the ledger answers again.
    const off = workflow.world.sfn.onHistory((_execution, event) => {
      if (event.type === 'TaskStateEntered' && JSON.stringify(event).includes('RecordRun')) allow();
    });
    for (const hour of SIX_HOURS) deliver(workflow, hour);
    const { execution, manifest, messages } = await backfill(workflow, RANGE);
    off();
    expect(execution.status).toBe('FAILED');
    expect(manifest).toMatchObject({ status: 'FAILED', state: 'PlanBackfill', hoursPlanned: 0 });
    expect(messages).toHaveLength(1);
  });

  it('whose event is lost, with Slack down, is recorded and told by the sweep', async () => {
    await publish('2026-01-20T00');
    const { world } = workflow;
    world.events.route = () => undefined;
    world.slack.mood = { is: 'down' };
    const execution = world.sfn.start('Backfill', RANGE, 'backfill-lost');
    world.sfn.stop(execution.arn, undefined, 'a test');
    await world.settle();
    await world.clock.advance(4 * 60_000);
    await world.runSchedule('Sweep');
    await world.settle();
    expect(workflow.keys('Ledger')).toContain('backfills/backfill-lost/manifest.json');
    expect(world.slack.messages.filter(({ text }) => text.includes('ABORTED'))).toEqual([]);
    world.slack.mood = { is: 'ok' };
    await world.clock.advance(30 * 60_000);
    await world.runSchedule('Sweep');
    await world.settle();
    expect(world.slack.messages.filter(({ text }) => text.includes('ABORTED'))).toHaveLength(1);
  });

  it('because an operator stopped it is recorded by the event, with what its runs did', async () => {
    for (const hour of SIX_HOURS) deliver(workflow, hour);
    const { world } = workflow;
    const { execution, manifest, messages } = await backfill(workflow, RANGE, ({ arn }) => {
      let ended = 0;
      const off = world.sfn.onStatusChange(({ detail }) => {
        if (detail.executionArn === arn || detail.status === 'RUNNING') return;
        ended += 1;
        if (ended === 2) world.sfn.stop(arn);
        if (ended === 2) off();
      });
    });
    expect(execution.status).toBe('ABORTED');
    expect(manifest.status).toBe('ABORTED');
    expect(manifest.hoursPlanned).toBe(6);
    expect(manifest.hoursRecovered + (manifest.stillMissing['2026-01-20']?.length ?? 0)).toBe(6);
    expect(manifest.hoursRecovered).toBe(publishedHours().length);
    expect(messages.filter((text) => text.includes('ABORTED'))).not.toEqual([]);
    // The next one brings the rest.
    const next = await backfill(workflow, RANGE);
    expect(next.manifest).toMatchObject({ status: 'RECOVERED', hoursPlanned: 6 - manifest.hoursRecovered });
    expect(publishedHours()).toEqual(SIX_HOURS);
  });

  it('because its time was up is recorded by the event', async () => {
    for (const hour of SIX_HOURS) deliver(workflow, hour);
    const { manifest } = await backfill(workflow, RANGE, ({ arn }) => workflow.world.sfn.timeOut(arn));
    expect(manifest.status).toBe('TIMED_OUT');
  });
});
