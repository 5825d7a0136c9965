import { keys } from '../../../../core/contracts/keys';
import { partitionRecordSchema, type PartitionRecord } from '../../../../core/contracts/run/partition-record';
import { recordRun } from '../../../../lambdas/record-run/record-run';
import { claim, lookAtRecord, publish, seal } from '../../../../core/runtime/ledger/partition-record';
import { recoverRecord } from '../../../../core/runtime/ledger/recover-record';
import type { Unreadable } from '../../../../core/runtime/store/reading';
import { MemoryWorld } from '../../../kit/memory-world';
import { arnOf, checkResult, ending, execution, NOW, PARTITION, plan, publication, run } from '../../../kit/runs';

const of = { dataset: 'flights', partition: PARTITION };
const key = keys.partition(of.dataset, of.partition);
let world: MemoryWorld;
const ledger = () => world.s3.store('ledger');
const stands = (): PartitionRecord => partitionRecordSchema.parse(world.s3.json('ledger', key));

beforeEach(() => {
  world = new MemoryWorld();
  world.s3.now = NOW;
});

function claimed(runId: string, reprocess = false) {
  const me = { runId, executionArn: arnOf(runId), reprocess };
  return claim(ledger(), of, me, { now: NOW, isRunning: async () => true, isRedriven: async () => false });
}
async function published(runId: string, reprocess = false): Promise<void> {
  const result = await claimed(runId, reprocess);
  if (!result.claimed) throw new Error(result.detail);
  const planKey = keys.plan('flights', PARTITION, runId, 1);
  world.s3.put('ledger', planKey, plan({ runId }));
  world.s3.put('ledger', keys.check('flights', PARTITION, runId), checkResult({ runId, planKey }));
  await publish(ledger(), of, result.fence, publication(runId, { planKey, rules: [], figures: {} }));
  await recordRun(world.recorder(), {
    execution: execution(runId),
    state: { run: run({ runId, fence: result.fence }) },
  });
}
function spoil(text = 'spoilt'): void {
  world.s3.put('ledger', key, text);
}
/** As if the versions were older than the ledger keeps them. */
function forgetVersions(): void {
  world.s3.versions.set(`ledger/${key}`, world.s3.versions.get(`ledger/${key}`)!.slice(-1));
}
async function unreadable(): Promise<Unreadable> {
  const reading = await lookAtRecord(ledger(), of);
  if (reading.kind !== 'unreadable') throw new Error(`it is ${reading.kind}`);
  return reading;
}
const recover = async () => recoverRecord(ledger(), of, await unreadable(), NOW);

describe('from an earlier version', () => {
  test('the publication comes back as it was, no run holds the partition, and the fence is above every claim', async () => {
    await published('run-1');
    await claimed('run-2', true);
    const before = stands();
    // Nine times spoilt, more than a page of versions: each might have hidden a claim.
    for (let i = 0; i < 9; i += 1) spoil();
    expect(await recover()).toEqual({
      kind: 'recovered',
      how: `s3://ledger/${key} is not JSON. It was recovered from its version of ${NOW.toISOString()}.`,
    });
    const fence = before.fence + 10;
    expect(stands()).toEqual({ ...before, holder: null, fence, recovered: { at: NOW.toISOString(), fence } });
  });

  test('a run from before can not publish any more, and its ending says why', async () => {
    const result = await claimed('run-1');
    spoil();
    await recover();
    const fence = result.claimed ? result.fence : 0;
    await expect(publish(ledger(), of, fence, publication('run-1'))).rejects.toMatchObject({
      name: 'InternalError',
      message: expect.stringContaining('the claim of run run-1, of before, is void'),
    });
    const Cause = JSON.stringify({ errorMessage: 'void', errorType: 'InternalError' });
    const state = { run: run(), failed: { PublishPartition: { Error: 'InternalError', Cause } } };
    await recordRun(world.recorder(), { execution: execution(), state });
    // It speaks for the partition, which is missing: a backfill runs it again.
    expect(stands()).toMatchObject({ publication: null, last: { runId: 'run-1', ending: ending('INTERNAL_ERROR') } });
    await published('run-2');
    expect(stands()).toMatchObject({ publication: { runId: 'run-2' } });
  });

  test('what only another release knows of is kept', async () => {
    world.s3.put('ledger', key, { ...plainRecord(), schemaVersion: 2, added: 1 });
    spoil();
    await recover();
    expect(world.s3.json('ledger', key)).toMatchObject({ schemaVersion: 2, added: 1, holder: null });
  });

  test('not past what another release wrote: that is the truth, and an older one is not', async () => {
    await published('run-1');
    spoil('{"schemaVersion":2,"renamed":true}');
    spoil();
    expect(await recover()).toMatchObject({ kind: 'left', why: expect.stringContaining('Another release') });
    expect(world.s3.text('ledger', key)).toBe('spoilt');
  });
});

const plainRecord = () => ({ schemaVersion: 1, fence: 4, holder: null, publication: null, superseded: [], last: null });

describe('where no earlier version is left, from the manifests', () => {
  test('the last publication is official again, with its plan, and those that it replaced are known', async () => {
    await published('run-1');
    world.now = new Date(NOW.getTime() + 60_000);
    await published('run-2', true);
    world.now = new Date(NOW.getTime() + 120_000);
    const state = { claimed: false, code: 'ALREADY_PUBLISHED', detail: '' };
    await recordRun(world.recorder(), { execution: execution('run-3'), state });
    const before = stands();
    spoil();
    forgetVersions();
    expect(await recover()).toMatchObject({ kind: 'recovered' });
    const { publication: official, superseded, last, fence } = stands();
    // When exactly it was published nothing else on record knows.
    expect(official).toEqual({ ...before.publication, publishedAt: new Date(NOW.getTime() + 60_000).toISOString() });
    expect(superseded).toEqual(before.superseded);
    expect(last).toMatchObject({ runId: 'run-2', ending: before.last!.ending });
    expect(fence).toBeGreaterThan(before.fence + 1_000);
  });

  test('the plan of a second round is found by the check', async () => {
    await published('run-1');
    const planKey = keys.plan('flights', PARTITION, 'run-1', 2);
    world.s3.put('ledger', keys.check('flights', PARTITION, 'run-1'), checkResult({ planKey }));
    spoil();
    forgetVersions();
    await recover();
    expect(stands().publication?.planKey).toBe(planKey);
  });

  test('a partition that was not published is missing as before', async () => {
    await claimed('run-1');
    const state = { run: run(), failed: { LoadPartition: { Error: 'SourceEmpty', Cause: '' } } };
    await recordRun(world.recorder(), { execution: execution(), state });
    spoil();
    forgetVersions();
    await recover();
    expect(stands()).toMatchObject({ publication: null, last: { runId: 'run-1', ending: ending('SOURCE_EMPTY') } });
  });

  test('not where a manifest cannot be read: it may be that of the publication', async () => {
    await published('run-1');
    world.s3.put('ledger', keys.manifest('flights', PARTITION, 'run-1'), '');
    spoil();
    forgetVersions();
    expect(await recover()).toMatchObject({
      kind: 'left',
      why: expect.stringContaining("the manifest of run run-1, which may have published, can't be read either"),
    });
    expect(world.s3.text('ledger', key)).toBe('spoilt');
  });

  test('not where the manifest does not say what was published', async () => {
    await published('run-1');
    const manifestKey = keys.manifest('flights', PARTITION, 'run-1');
    world.s3.put('ledger', manifestKey, { ...world.s3.json('ledger', manifestKey), source: null });
    spoil();
    forgetVersions();
    expect(await recover()).toMatchObject({
      kind: 'left',
      why: expect.stringContaining("doesn't say what was published"),
    });
  });
});

test('of two who recover it at the same time one does, and the other finds it recovered', async () => {
  await published('run-1');
  spoil();
  const found = await unreadable();
  const both = await Promise.all([1, 2].map(() => recoverRecord(ledger(), of, found, NOW)));
  expect(both.map(({ kind }) => kind).sort()).toEqual(['beaten', 'recovered']);
  expect(stands().publication?.runId).toBe('run-1');
});

test('a run that published is recorded as published although its record was spoilt before that', async () => {
  const result = await claimed('run-1');
  await publish(ledger(), of, result.claimed ? result.fence : 0, publication('run-1'));
  spoil();
  const output = await recordRun(world.recorder(), { execution: execution(), state: { run: run() } });
  expect(output).toMatchObject({ status: 'PUBLISHED', code: 'COMPLETE' });
  expect(world.manifest().reason.message).toMatch(/^Every record was accepted and published\. .*It was recovered from/);
});

test('a claim ends at an unreadable record, and recording that ending recovers it', async () => {
  await published('run-1');
  spoil('{}');
  await expect(claimed('run-2', true)).rejects.toMatchObject({ name: 'InternalError' });
  const sealing = { runId: 'run-2', ending: ending('INTERNAL_ERROR'), at: NOW, speaksForPartition: true };
  expect(await seal(ledger(), of, sealing)).toMatchObject({ recovered: expect.stringContaining('It was recovered') });
  expect(await claimed('run-3', true)).toMatchObject({ claimed: true });
});
