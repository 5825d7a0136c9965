import {
  backfillPlanSchema,
  planBackfillOutputSchema,
  type PlanBackfillOutput,
} from '../../core/contracts/backfill/backfill';
import { SourceAccessDenied, TransientError } from '../../core/contracts/errors';
import { DEFAULT_STEP_RETRIES } from '../../core/contracts/dataset/retries';
import { keys } from '../../core/contracts/keys';
import type { SourceObject } from '../../core/contracts/batch/plan';
import { listingHash } from '../../core/domain/batch/plan-batches';
import { childPrefixOf } from '../../core/domain/backfill/backfill-plan';
import { planBackfill } from '../../lambdas/plan-backfill/plan-backfill';
import { BACKFILL_ID, backfillExecution } from '../helpers/backfills';
import { MemoryS3, type Call } from '../helpers/memory-s3';
import { CODE_VERSION, daily, dataset, ending, holder, publication, record, registry, source } from '../helpers/runs';

const NOW = new Date('2026-01-26T06:30:00.000Z');
const PLAN = keys.backfill(BACKFILL_ID, 'plan');
const MANIFEST = keys.backfill(BACKFILL_ID, 'manifest');
/** One day of hours that can be missing, so that the plans stay readable. */
const flights = dataset({ calendar: { firstPartition: '2026-01-25T00', lastPartition: '2026-01-25T05' } });
const object = (key: string): SourceObject => ({
  bucket: 'source-bucket',
  key,
  etag: '"e"',
  size: 1,
  lastModified: '2026-01-25T01:00:00.000Z',
});
const LISTED = [object('a.csv')];

let s3: MemoryS3;
let calls: Call[];
let lists: string[];
let logged: unknown[];
beforeEach(() => {
  s3 = new MemoryS3();
  lists = [];
  logged = [];
});

async function plan(
  input: unknown = {},
  more: {
    datasets?: ReturnType<typeof registry>;
    objects?: (partition: string) => SourceObject[];
    retryCount?: number;
    execution?: { startTime: string };
  } = {},
): Promise<PlanBackfillOutput> {
  const { input: _unused, ...execution } = { ...backfillExecution(), ...more.execution };
  const log = (...all: unknown[]) => logged.push(all);
  calls = [];
  const ledger = s3.store('ledger', (call) => {
    calls.push(call);
    return undefined;
  });
  const output = await planBackfill(
    {
      datasets: more.datasets ?? registry(flights),
      ledger,
      source: {
        objects: async (_dataset, partition) => {
          lists.push(partition);
          return more.objects?.(partition) ?? LISTED;
        },
      },
      isRunning: async ({ runId }) => runId === 'live',
      codeVersion: CODE_VERSION,
      now: () => NOW,
      logger: { info: log, warn: log } as never,
    },
    { input, execution, retryCount: more.retryCount ?? 0 },
  );
  return planBackfillOutputSchema.parse(output);
}
const written = () => backfillPlanSchema.parse(s3.json('ledger', PLAN));
const put = (hour: string, of: Parameters<typeof record>[0]) =>
  s3.put('ledger', keys.partition('flights', `2026-01-25T${hour}`), record(of));
const published = (runId: string, of: Parameters<typeof publication>[1] = {}) =>
  publication(runId, { source: { ...source, listingHash: listingHash(LISTED) }, ...of });
const everyHourPublished = () => {
  for (const hour of ['00', '01', '02', '03', '04', '05']) put(hour, { publication: published('p') });
};

describe('PlanBackfill', () => {
  it('names what is missing, each with its reason, the newest first', async () => {
    everyHourPublished();
    s3.objects.delete(`ledger/${keys.partition('flights', '2026-01-25T00')}`);
    put('01', { last: { runId: 'r', ending: ending('SOURCE_CORRUPT'), at: '2026-01-25T03:00:00.000Z' } });
    put('02', { publication: published('p', { source }) });
    put('03', { fence: 1, holder: holder('live') });
    const output = await plan();
    expect(output).toMatchObject({
      planned: true,
      anyMissing: true,
      planKey: PLAN,
      backfillId: BACKFILL_ID,
      childPrefix: childPrefixOf(BACKFILL_ID),
      waves: [
        {
          reprocess: false,
          publications: 0,
          items: [
            { dataset: 'flights', partition: '2026-01-25T01' },
            { dataset: 'flights', partition: '2026-01-25T00' },
          ],
        },
        { reprocess: true, publications: 1, items: [{ dataset: 'flights', partition: '2026-01-25T02' }] },
      ],
    });
    expect(written()).toMatchObject({
      items: [
        { partition: '2026-01-25T02', reason: 'SOURCE_CHANGED', code: 'COMPLETE', publishedBy: 'p', reprocess: true },
        { partition: '2026-01-25T01', reason: 'FAILED', code: 'SOURCE_CORRUPT', publishedBy: null, reprocess: false },
        { partition: '2026-01-25T00', reason: 'NEVER_STARTED', code: null },
      ],
      left: [],
      running: [{ dataset: 'flights', partition: '2026-01-25T03', runId: 'live' }],
      datasets: [{ dataset: 'flights', cadence: 'hourly', expected: 6, notCompared: null }],
    });
    expect(written().items[0]?.childName).toBe(`${childPrefixOf(BACKFILL_ID)}-flights-2026-01-25T02`);
  });

  it('asks each partition once, each publication in the late window once, and nothing else', async () => {
    everyHourPublished();
    s3.objects.delete(`ledger/${keys.partition('flights', '2026-01-25T00')}`);
    await plan();
    const partitions = ['00', '01', '02', '03', '04', '05'].map((hour) => `2026-01-25T${hour}`);
    expect(calls.map(({ operation, key }) => `${operation} ${key}`).toSorted()).toEqual(
      [
        // Was there a backfill of this name before?
        `GET ${MANIFEST}`,
        `GET ${PLAN}`,
        `GET ${PLAN}`,
        ...partitions.map((partition) => `GET ${keys.partition('flights', partition)}`),
        `PUT ${PLAN}`,
      ].toSorted(),
    );
    expect(lists.toSorted()).toEqual(partitions.slice(1));
  });

  it('plans a partition whose record cannot be read as one without a run, and all others as they are', async () => {
    everyHourPublished();
    s3.put('ledger', keys.partition('flights', '2026-01-25T03'), 'spoilt');
    await plan();
    expect(written().items).toMatchObject([{ partition: '2026-01-25T03', reason: 'NEVER_STARTED', publishedBy: null }]);
  });

  it('makes its plan again where it has become unreadable: no run was started by it yet', async () => {
    const first = await plan();
    s3.put('ledger', PLAN, '{"cut');
    expect(await plan()).toEqual(first);
    expect(written().items).toHaveLength(6);
  });

  it('finds its own plan when it is repeated, although the world went on', async () => {
    const first = await plan();
    everyHourPublished();
    expect(await plan()).toEqual(first);
    expect(calls.map(({ operation, key }) => `${operation} ${key}`)).toEqual([
      `GET ${MANIFEST}`,
      `GET ${PLAN}`,
      `GET ${PLAN}`,
    ]);
  });

  it('has a plan of its own where its name was used before, 90 days ago, and the same one when it is repeated', async () => {
    await plan();
    const later = { startTime: '2026-04-27T06:00:01.000Z' };
    const output = await plan({}, { execution: later });
    expect(output).toMatchObject({ planned: true, backfillId: expect.stringMatching(/^weekly-4-[0-9a-f]{16}$/) });
    expect(await plan({}, { execution: later })).toEqual(output);
    // Precise to the millisecond or not.
    expect(await plan({}, { execution: { startTime: '2026-04-27T06:00:01Z' } })).toEqual(output);
    expect(s3.keys('ledger', 'backfills/')).toHaveLength(2);
    // Also where nothing but a manifest is left of the first.
    s3.objects.delete(`ledger/${PLAN}`);
    s3.put('ledger', MANIFEST, { times: { started: '2026-01-26T06:00:01.000Z' } });
    expect(await plan({}, { execution: later })).toEqual(output);
  });

  it('has nothing to do where nothing is missing', async () => {
    everyHourPublished();
    expect(await plan()).toMatchObject({ planned: true, anyMissing: false, waves: [] });
    expect(written()).toMatchObject({ items: [], range: { startDate: '2026-01-18', endDate: '2026-01-25' } });
  });

  it('reaches back to the oldest partition that is missing, at most 35 days', async () => {
    const long = dataset({ calendar: { firstPartition: '2025-01-01T00', lastPartition: '2026-01-25T05' } });
    const outputs = await plan({}, { datasets: registry(long) });
    expect(outputs).toMatchObject({ anyMissing: true });
    expect(written().items).toHaveLength(34 * 24 - 1);
    expect(written().range).toMatchObject({
      from: '2025-12-22T07:00:00.000Z',
      to: '2026-01-25T06:00:00.000Z',
      startDate: '2025-12-22',
      endDate: '2026-01-25',
    });
  });

  it('starts the newest up to the limit, and keeps the others in mind', async () => {
    await plan({ limit: 2 });
    expect(written().items.map(({ partition }) => partition)).toEqual(['2026-01-25T05', '2026-01-25T04']);
    expect(written().left).toHaveLength(4);
  });

  it('takes a range: days inclusive, hours half-open', async () => {
    await plan({ dataset: 'flights', start: '2026-01-25T02', end: '2026-01-25T04' });
    expect(written().items.map(({ partition }) => partition)).toEqual(['2026-01-25T03', '2026-01-25T02']);
    expect(written().range).toMatchObject({ from: '2026-01-25T02:00:00.000Z', to: '2026-01-25T04:00:00.000Z' });
    s3 = new MemoryS3();
    await plan({ start: '2026-01-25', end: '2026-01-25' });
    expect(written().items).toHaveLength(6);
    expect(written().range).toEqual({
      from: '2026-01-25T00:00:00.000Z',
      to: '2026-01-26T00:00:00.000Z',
      startDate: '2026-01-25',
      endDate: '2026-01-25',
    });
  });

  it('plans for all datasets, also daily ones', async () => {
    await plan({ start: '2026-01-24', end: '2026-01-25' }, { datasets: registry(flights, daily()) });
    expect(written().datasets).toMatchObject([
      { dataset: 'daily', cadence: 'daily', expected: 1 },
      { dataset: 'flights', cadence: 'hourly', expected: 6 },
    ]);
    expect(written().items.map(({ dataset: of }) => of)).toEqual([...Array<string>(6).fill('flights'), 'daily']);
  });

  it('replaces what came from the fallback once the primary has it, and says what still waits for that: one LIST each', async () => {
    const fallback = { bucket: 'replica', prefix: '{yyyy}/{MM}/{dd}/{HH}/', maxAgeMinutes: 60 };
    const backed = (of: object) =>
      registry({ ...flights, fallback: { ...fallback, when: ['empty'], owed: true, ...of } });
    const hours = Array.from({ length: 6 }, (_, hour) => `2026-01-25T0${hour}`);
    const of = publication('run-1', { source: { ...source, kind: 'fallback', listingHash: listingHash(LISTED) } });
    const published = () => {
      s3 = new MemoryS3();
      for (const hour of hours) s3.put('ledger', keys.partition('flights', hour), record({ publication: of }));
    };
    const objects = (partition: string) => (partition < '2026-01-25T02' ? LISTED : []);
    published();
    await plan({}, { datasets: backed({}), objects });
    expect(written().items.map(({ partition, reason, reprocess }) => [partition, reason, reprocess])).toEqual([
      ['2026-01-25T01', 'FROM_FALLBACK', true],
      ['2026-01-25T00', 'FROM_FALLBACK', true],
    ]);
    expect(written().datasets[0]?.awaitingPrimary).toBe(4);
    expect(lists.toSorted()).toEqual(hours);
    published();
    await plan({}, { datasets: backed({ owed: false }), objects });
    expect([written().items, written().datasets[0]?.awaitingPrimary]).toEqual([[], 0]);
  });

  it('says of a source that cannot be listed that it is not known whether it changed', async () => {
    everyHourPublished();
    const objects = () => {
      throw new SourceAccessDenied('s3://source-bucket/: denied');
    };
    expect(await plan({}, { objects })).toMatchObject({ anyMissing: false });
    expect(written().datasets[0]?.notCompared).toEqual({
      partitions: 6,
      error: 'SourceAccessDenied: s3://source-bucket/: denied',
    });
  });

  it('is tried again where a source does not answer for now', async () => {
    everyHourPublished();
    const objects = () => {
      throw new TransientError('SlowDown');
    };
    for (const retryCount of [0, DEFAULT_STEP_RETRIES - 1])
      await expect(plan({}, { objects, retryCount })).rejects.toThrow(TransientError);
    expect(s3.keys('ledger', 'backfills/')).toEqual([]);
  });

  it('plans what else is missing when a source still does not answer at the last try', async () => {
    everyHourPublished();
    s3.objects.delete(`ledger/${keys.partition('flights', '2026-01-25T03')}`);
    const objects = () => {
      throw new TransientError('SlowDown');
    };
    expect(await plan({}, { objects, retryCount: DEFAULT_STEP_RETRIES })).toMatchObject({ anyMissing: true });
    expect(written().items.map(({ partition }) => partition)).toEqual(['2026-01-25T03']);
    expect(written().datasets[0]?.notCompared).toEqual({ partitions: 5, error: 'TransientError: SlowDown' });
  });

  it('answers 3,000 partitions with the longest names within what a state may hold', async () => {
    const name = `f${'x'.repeat(29)}`;
    const long = dataset({ name, calendar: { firstPartition: '2025-01-01T00' } });
    const output = await plan({ start: '2025-01-01', end: '2025-12-31' }, { datasets: registry(long) });
    expect(written().items).toHaveLength(3_000);
    expect(written().left).toHaveLength(8_760 - 3_000);
    expect(Buffer.byteLength(JSON.stringify(output))).toBeLessThan(230_000);
  });
});

describe('bad input', () => {
  const registered = registry(dataset({ calendar: { firstPartition: '2001-01-01T00' } }), daily());

  it.each([
    [
      'end before start',
      { start: '2026-01-20', end: '2026-01-10' },
      /^end: got "2026-01-10", expected a time after start \(2026-01-20\)\.$/,
    ],
    [
      'an empty range of hours',
      { start: '2026-01-20T05', end: '2026-01-20T05' },
      /^end: got "2026-01-20T05", expected a time after start \(2026-01-20T05\) \(an hour as end is not part/,
    ],
    [
      'a range in the future',
      { start: '2026-02-01', end: '2026-02-07' },
      /^start: got "2026-02-01", expected a time that has passed: the range lies in the future\.$/,
    ],
    [
      'an end in the future',
      { start: '2026-01-20', end: '2026-01-27' },
      /^end: got "2026-01-27", expected at most 2026-01-26, which is today in UTC/,
    ],
    [
      'an end without a start',
      { end: '2026-01-20' },
      /^start: got nothing, expected a UTC day or hour, because end is given \(2026-01-20\)\.$/,
    ],
    [
      'too many partitions',
      { dataset: 'flights', start: '2024-01-01', end: '2026-01-20' },
      /^start: got "2024-01-01", expected a range of at most 10000 partitions in all; 2024-01-01 to 2026-01-20 has 18024\.$/,
    ],
    [
      'a dataset that does not exist',
      { dataset: 'fligths' },
      /^dataset: got "fligths", expected one of daily, flights\.$/,
    ],
    [
      'a date of the wrong form',
      { start: '20.01.2026' },
      /^start: got "20\.01\.2026", expected a UTC day like 2026-01-20 or hour like 2026-01-20T05\.$/,
    ],
    ['a date that does not exist', { start: '2026-02-30' }, /^start: got "2026-02-30", expected a UTC day/],
    ['a name that can be none', { dataset: '../x' }, /^dataset: got "\.\.\/x", expected lower-case/],
    [
      'a reason that there is not',
      { onlyReasons: ['LOST'] },
      /^onlyReasons\.0: got "LOST", expected one of NEVER_STARTED, FAILED/,
    ],
    ['a limit of none', { limit: 0 }, /^limit: got 0, expected/],
    ['more than one backfill may start', { limit: 3_001 }, /^limit: got 3001, expected/],
    ['no object', 'flights', /^\(input\): got \[string\], expected object/],
  ])('%s is refused, naming field and value, and nothing is planned', async (_what, input, detail) => {
    const output = await plan(input, { datasets: registered });
    expect(output).toMatchObject({ planned: false, detail: expect.stringMatching(detail) });
    expect(new Set(calls.map(({ operation }) => operation))).toEqual(new Set(['GET']));
    expect(s3.keys('ledger')).toEqual([]);
    expect(lists).toEqual([]);
  });

  it('a field that there is not is ignored, because a later release may know it, and logged by its name', async () => {
    expect(await plan({ from: '2026-01-20' }, { datasets: registered })).toMatchObject({ planned: true });
    expect(logged[0]).toEqual([
      'Ignored in the input, because there is no such field: "from".',
      { backfillId: BACKFILL_ID },
    ]);
  });

  it('an input with thousands of faults is refused within what a state takes', async () => {
    const faults = { onlyReasons: Array.from({ length: 5000 }, (_, i) => `"reason ${i}${'\u0000'.repeat(40)}`) };
    const output = planBackfillOutputSchema.parse(await plan(faults, { datasets: registered }));
    if (output.planned) throw new Error('was planned');
    expect([output.problems.length, output.detail.length]).toEqual([20, 2000]);
  });

  it('no input at all is a backfill of everything that is missing', async () => {
    expect(await plan(undefined)).toMatchObject({ planned: true });
    expect(await plan(null)).toMatchObject({ planned: true });
  });

  it('a range may end today, and begin before the first partition', async () => {
    const range = { start: '2026-01-20', end: '2026-01-26' };
    expect(await plan(range)).toMatchObject({ planned: true, anyMissing: true });
  });
});
