import { sweepEveryTenMinutes } from '../../local/sweeps';
import type { Firing } from '../../local/aws/events';
import { keys } from '../../core/contracts/keys';
import { csv, HOUR, NOW, Workflow } from './workflow';

/** The synthesized app with its nets, on simulated time: what is told by an event, by a sweep, and what after an outage of Slack. */

const MINUTE = 60_000;
let workflow: Workflow;
beforeAll(async () => {
  workflow = await Workflow.start();
}, 180_000);
beforeEach(() => workflow.reset());
afterAll(() => workflow.stop());

const input = (dataset = 'readings', partition = HOUR) => ({ dataset, partition });
const source = (name: string, hour = '05') =>
  workflow.put('readings-source', `readings/2026/01/20/${hour}/${name}`, csv(5));
const texts = () => workflow.world.slack.messages.map(({ text }) => text);
const manifestsOf = (partition: string) =>
  workflow.manifests().filter((manifest) => manifest.dataset === 'readings' && manifest.partition === partition);

/** Lets time pass, with a sweep every ten minutes; what takes longer goes on. */
async function pass(minutes: number, ok = true): Promise<void> {
  const { world } = workflow;
  const firings: Firing[] = [];
  const stop = sweepEveryTenMinutes(world, (firing) => firings.push(firing));
  // Into the minute after it, so that the last sweep is done too.
  await world.clock.sleep((minutes + 1) * MINUTE);
  stop();
  for (const firing of firings) expect(firing).toMatchObject({ result: { ok } });
}

/** An execution that is stopped while LoadPartition works. */
async function stopped(partition = HOUR, name = `stopped-${partition}`) {
  const { world } = workflow;
  world.sfn.faults.add('LoadPartition:throttle:1');
  const execution = world.sfn.start('PartitionRun', input('readings', partition), name);
  const off = world.sfn.onHistory((of, event) => {
    if (of.arn === execution.arn && event.type === 'TaskFailed') {
      off();
      world.sfn.stop(execution.arn, 'Operator', 'by hand');
    }
  });
  await world.settle();
  return execution;
}

describe('an execution that is stopped', () => {
  it('is on record and told within 2 minutes when the event arrives', async () => {
    await stopped();
    expect(workflow.world.clock.now() - NOW.getTime()).toBeLessThan(2 * MINUTE);
    expect(workflow.manifests()).toMatchObject([
      { status: 'ABORTED', partition: HOUR, reason: { code: 'STOPPED_BY_OPERATOR' } },
    ]);
    expect(texts()).toEqual([expect.stringContaining('ABORTED')]);
    expect(workflow.record('readings', HOUR)).toMatchObject({ holder: null });
  });

  it('is on record and told within 15 minutes when the event is lost', async () => {
    workflow.world.events.route = () => undefined;
    await stopped();
    expect(workflow.manifests()).toEqual([]);
    await pass(20);
    const manifests = manifestsOf(HOUR).filter(({ status }) => status === 'ABORTED');
    expect(manifests).toHaveLength(1);
    expect(texts().filter((text) => text.includes('ABORTED'))).toHaveLength(1);
    const told = workflow.world.slack.messages.find(({ text }) => text.includes('ABORTED'));
    expect((told?.at ?? Infinity) - NOW.getTime()).toBeLessThanOrEqual(15 * MINUTE);
  });
});

describe('a partition that has no run', () => {
  it('is started by the sweep, once, and published', async () => {
    source('a.csv');
    await pass(30);
    const [manifest, ...more] = manifestsOf(HOUR);
    expect(more).toEqual([]);
    expect(manifest).toMatchObject({ status: 'PUBLISHED', trigger: 'sweep', runId: `sweep-readings-${HOUR}` });
  });

  it('is on record as never started within 15 minutes after its deadline, and escalated', async () => {
    const { world } = workflow;
    // Step Functions takes no starts.
    world.aws.before = (request) =>
      request.operation === 'StartExecution'
        ? { do: 'answer', status: 400, code: 'ExecutionLimitExceeded' }
        : undefined;
    await pass(120, false);
    const [manifest, ...more] = manifestsOf(HOUR);
    expect(more).toEqual([]);
    // The deadline is two hours after the hour's end, at 08:00.
    expect(manifest).toMatchObject({ status: 'NEVER_STARTED', runId: 'never-started' });
    expect(Date.parse(manifest?.times.ended ?? '')).toBeLessThanOrEqual(Date.parse('2026-01-20T08:15:00Z'));
    expect(texts().filter((text) => text.includes(`readings ${HOUR}`) && text.includes('NEVER_STARTED'))).toHaveLength(
      1,
    );
    expect(workflow.record('readings', HOUR)?.last).toMatchObject({ runId: 'never-started' });
    const called = world.aws.publications.filter(({ attributes }) => attributes['dataset'] === 'readings');
    expect(called).toMatchObject([{ attributes: { severity: 'warning', owner: expect.any(String) } }]);
  });
});

describe('Slack', () => {
  it('down for an hour: everything is delivered later, a flood as one summary, and a person is called once, and again when it is over', async () => {
    const { world } = workflow;
    world.slack.mood = { is: 'down' };
    const hours = ['20', '21', '22', '23'].map((hour) => `2026-01-19T${hour}`);
    hours.push('2026-01-20T00', '2026-01-20T01', '2026-01-20T02');
    for (const hour of hours) {
      workflow.put('readings-source', `readings/${hour.replaceAll('-', '/').replace('T', '/')}/a.csv`, csv(3));
      await world.run('PartitionRun', input('readings', hour), `run-${hour}`);
    }
    await world.settle();
    expect(texts()).toEqual([]);
    await pass(60);
    expect(texts()).toEqual([]);
    world.slack.mood = { is: 'ok' };
    await pass(70);
    const summary = texts().filter((text) => text.includes('endings'));
    expect(summary.length).toBeGreaterThanOrEqual(1);
    const told = world.slack.messages.map(({ payload }) => JSON.stringify(payload));
    for (const hour of hours) expect(told.filter((text) => text.includes(hour)).length).toBeGreaterThanOrEqual(1);
    expect(texts().filter((text) => text.includes('readings')).length).toBeLessThan(hours.length);
    expect(workflow.keys('Ledger').filter((key) => key.startsWith('outbox/'))).toEqual([]);
    const receipts = workflow.keys('Ledger').filter((key) => key.startsWith('receipts/'));
    for (const hour of hours) expect(receipts).toContain(keys.receipt(`readings~${hour}~run-${hour}`));
    const called = world.aws.publications
      .filter(({ attributes, subject }) => attributes['dataset'] === 'readings' && subject?.includes('undelivered'))
      .map(({ attributes }) => attributes['severity']);
    expect(called).toEqual(['critical', 'resolved']);
  });
});

it('two sweeps at a time do what one does', async () => {
  const { world } = workflow;
  world.events.route = () => undefined;
  await stopped();
  await world.clock.advance(10 * MINUTE);
  await Promise.all([world.runSchedule('Sweep'), world.runSchedule('Sweep')]);
  await world.settle();
  expect(manifestsOf(HOUR).filter(({ status }) => status === 'ABORTED')).toHaveLength(1);
  expect(texts().filter((text) => text.includes('ABORTED'))).toHaveLength(1);
});
