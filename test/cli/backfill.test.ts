import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { definitionsOf } from '../../cli/backfill/deployed-definitions';
import { followBackfill, printEnding } from '../../cli/backfill/follow-backfill';
import { planNow, printPlan } from '../../cli/backfill/print-plan';
import { machineOf, targetOf } from '../../cli/backfill/target';
import { inputOf } from '../../cli/commands/backfill';
import { backfillInputSchema } from '../../core/contracts/backfill/backfill';
import type { ReasonCode } from '../../core/contracts/run/endings';
import { keys } from '../../core/contracts/keys';
import { backfillArn, BACKFILL_ID, backfillManifest, backfillPlan, planItem } from '../kit/backfills';
import { MemoryS3 } from '../kit/memory-s3';
import { manifest } from '../kit/runs';
import { environmentOf, httpS3 } from '../kit/http-s3';

const DATASETS = 'test/workflow/datasets';
const NOW = new Date('2026-01-20T08:05:00Z');

function target(s3 = new MemoryS3()) {
  return { s3: s3.client().s3, ledger: s3.store('ledger'), now: () => NOW };
}

describe('rollcall backfill', () => {
  test('hands on what was given and nothing else, so that the machine’s defaults hold', () => {
    expect(inputOf(undefined, { datasets: DATASETS })).toEqual({});
    const input = inputOf('readings', {
      datasets: DATASETS,
      start: '2026-01-20',
      end: '2026-01-20T06',
      alsoPartial: true,
      only: ['FAILED'],
      limit: '5',
    });
    expect(backfillInputSchema.parse(input)).toMatchObject({
      dataset: 'readings',
      start: '2026-01-20',
      end: '2026-01-20T06',
      alsoPartial: true,
      everything: false,
      onlyReasons: ['FAILED'],
      limit: 5,
    });
  });

  test('says what is missing where no option names the ledger or the machine', () => {
    expect(() => targetOf({ datasets: DATASETS }, {})).toThrow(/--ledger <bucket> or set ROLLCALL_LEDGER_BUCKET/);
    expect(() => machineOf({ datasets: DATASETS }, {})).toThrow(/--machine <arn> or set ROLLCALL_BACKFILL_ARN/);
    expect(targetOf({ datasets: DATASETS, ledger: 'mine' }, { ROLLCALL_LEDGER_BUCKET: 'other' }).ledger.bucket).toBe(
      'mine',
    );
  });

  test('asks for buckets of the account whose machine is named', async () => {
    const s3 = await httpS3(['ledger'], NOW);
    s3.store.put('ledger', 'a.json', Buffer.from('{}'));
    const environment = { ...process.env };
    Object.assign(process.env, environmentOf(s3));
    const read = async (account?: string) => {
      const machine = `arn:aws:states:us-east-1:${account}:stateMachine:Rollcall-Backfill`;
      const env = account === undefined ? {} : { ROLLCALL_BACKFILL_ARN: machine };
      const target = targetOf({ datasets: DATASETS, ledger: 'ledger' }, env);
      return target.ledger.getText('a.json').finally(() => target.s3.destroy());
    };
    expect(await read()).toMatchObject({ text: '{}' });
    expect(await read('111122223333')).toMatchObject({ text: '{}' });
    await expect(read('999988887777')).rejects.toMatchObject({ name: 'AccessDenied' });
    await s3.stop();
    process.env = environment;
  });

  test('goes by the clock of the deployment', () => {
    const env = { ROLLCALL_LEDGER_BUCKET: 'ledger', ROLLCALL_CLOCK_OFFSET_MS: '-1000000' };
    const ahead = Date.now() - targetOf({ datasets: DATASETS }, env).now().getTime();
    expect(ahead).toBeGreaterThan(999_000);
    expect(() => targetOf({ datasets: DATASETS }, { ...env, ROLLCALL_CLOCK_OFFSET_MS: 'soon' })).toThrow(
      'ROLLCALL_CLOCK_OFFSET_MS: got "soon"',
    );
  });
});

describe('the definitions', () => {
  test('are those that are deployed, as the ledger has them', async () => {
    const s3 = new MemoryS3();
    const local = (await definitionsOf(s3.store('ledger'), DATASETS)).get('readings');
    const definition = { ...local, owner: 'deployed' };
    s3.put('ledger', keys.dataset('readings'), { definition, undeployedSince: null });
    s3.put('ledger', keys.dataset('marked'), { definition: {}, undeployedSince: '2026-01-01T00:00:00Z' });
    const ledger = s3.store('ledger');
    ledger.list = async function* () {
      for (const key of s3.keys('ledger', 'datasets/')) yield { key, etag: '"e"', size: 1, lastModified: NOW };
    };
    const deployed = await definitionsOf(ledger, DATASETS);
    expect([...deployed.keys()]).toEqual(['readings']);
    expect(deployed.get('readings')?.owner).toBe('deployed');
  });

  test('are those of the folder before the first sweep; a folder without any is said to be one', async () => {
    expect([...(await definitionsOf(new MemoryS3().store('ledger'), DATASETS)).keys()]).toContain('readings');
    const empty = mkdtempSync(join(tmpdir(), 'rollcall-none-'));
    await expect(definitionsOf(new MemoryS3().store('ledger'), empty)).rejects.toThrow(/give --datasets <folder>/);
    rmSync(empty, { recursive: true });
  });
});

describe('rollcall backfill plan', () => {
  test('prints each partition with its reason, and writes nothing', async () => {
    const s3 = new MemoryS3();
    const input = { dataset: 'readings', start: '2026-01-20T00', end: '2026-01-20T03', limit: 2 };
    const printed = printPlan(await planNow(target(s3), input, DATASETS));
    expect(printed.split('\n')).toEqual([
      'Range 2026-01-20T00:00:00.000Z to 2026-01-20T03:00:00.000Z',
      'readings: 3 of 3 expected hours to run',
      '',
      'DATASET   PARTITION      REASON         ENDING  WHAT HAPPENS',
      'readings  2026-01-20T02  never started          is run',
      'readings  2026-01-20T01  never started          is run',
      'readings  2026-01-20T00  never started          over the limit: is left',
    ]);
    expect([...s3.objects.keys()]).toEqual([]);
  });

  test('tells what is replaced, and what is left to the run that holds it', () => {
    const running = [{ dataset: 'flights', partition: '2026-01-20T07', runId: 'r', since: '2026-01-20T08:00:00.000Z' }];
    const items = [planItem({ reason: 'SOURCE_CHANGED', code: 'COMPLETE', reprocess: true, publications: 1 })];
    const printed = printPlan(backfillPlan({ items, left: [], running }));
    expect(printed).toMatch(/source changed since it was published +COMPLETE +replaces what is published/);
    expect(printed).toContain('held by run r since 2026-01-20T08:00:00.000Z');
    expect(printPlan(backfillPlan({ items: [], left: [], running: [] }))).toContain('No missing hours found');
  });

  test.each([
    [{ dataset: 'redings' }, /^dataset: got "redings", expected one of /],
    [{ dataset: 'readings', start: '2026-02-01' }, /^start: got "2026-02-01", expected a time that has passed/],
    [{ dataset: 'readings', start: 'today' }, /^start: got "today", expected a UTC day/],
  ])('names field and value of a wrong input: %j', async (input, message) => {
    await expect(planNow(target(), input, DATASETS)).rejects.toThrow(message);
  });
});

describe('rollcall backfill start', () => {
  const [first, second] = [planItem({ partition: '2026-01-20T05' }), planItem({ partition: '2026-01-20T06' })];

  test('tells of each run when it has ended, then of the whole', async () => {
    const s3 = new MemoryS3();
    const said: string[] = [];
    const ended = ({ dataset, partition, childName }: typeof first, code: ReasonCode) =>
      s3.put('ledger', keys.manifest(dataset, partition, childName), manifest(code, { partition, runId: childName }));
    // What has happened before each look.
    const acts = [
      () => undefined,
      () => s3.put('ledger', keys.backfill(BACKFILL_ID, 'plan'), backfillPlan({ items: [first, second] })),
      () => ended(second, 'COMPLETE'),
      () => {
        ended(first, 'SOURCE_EMPTY');
        s3.put('ledger', keys.backfill(BACKFILL_ID, 'manifest'), backfillManifest());
      },
    ];
    const statuses = ['RUNNING', 'RUNNING', 'RUNNING', 'FAILED'];
    const sfn = {
      send: async () => {
        acts.shift()?.();
        return { status: statuses.shift() };
      },
    } as unknown as SFNClient;
    const options = {
      sfn,
      ledger: s3.store('ledger'),
      say: (line: string) => said.push(line),
      pause: async () => undefined,
    };
    const ending = await followBackfill(options, backfillArn());
    expect(ending).toEqual(backfillManifest());
    expect(said).toEqual([
      expect.stringMatching(/^Planned: 2 to run/),
      expect.stringMatching(/^\[1\/2\] flights 2026-01-20T06 {2}PUBLISHED \(COMPLETE\)/),
      expect.stringMatching(/^\[2\/2\] flights 2026-01-20T05 {2}FAILED \(SOURCE_EMPTY\)/),
    ]);
  });

  test('gives the status where the execution died and left nothing, after some patience', async () => {
    let pauses = 0;
    const sfn = { send: async () => ({ status: 'ABORTED' }) } as unknown as SFNClient;
    const ledger = new MemoryS3().store('ledger');
    const pause = async () => void (pauses += 1);
    expect(await followBackfill({ sfn, ledger, say: () => undefined, pause }, backfillArn())).toBe('ABORTED');
    expect(pauses).toBe(30);
  });

  test('ends with what is still missing, by date', () => {
    const missing = { dataset: 'flights', partition: '2026-01-20T05', reason: 'source empty', code: null, runId: null };
    const ended = backfillManifest({ status: 'STILL_MISSING', stillMissing: { '2026-01-20': [missing] } });
    expect(printEnding(ended)).toContain('Still missing:\n  2026-01-20  flights 2026-01-20T05: source empty');
  });
});
