import type { ReasonCode } from '../../core/contracts/run/endings';
import { LACKS, type Lack } from '../../core/contracts/dataset/fallback';
import { DEFAULT_STEP_RETRIES } from '../../core/contracts/dataset/retries';
import { keys } from '../../core/contracts/keys';
import { publication, record, source } from '../helpers/runs';
import { Bench } from './bench';
import { DEADLINE, flights, PARTITION, PREFIX } from './definition';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
beforeEach(() => {
  bench.reset();
  bench.s3.store.createBucket('replica');
});
afterEach(() => bench.s3.store.dropBucket('replica'));
afterAll(() => bench.close());

const fallback = { bucket: 'replica', prefix: 'copy/{yyyy}/{MM}/{dd}/{HH}/', maxAgeMinutes: 120 };
const COPY = 'copy/2026/01/20/05/a.csv';
const copy = (at = '2026-01-20T06:30:00.000Z') =>
  bench.s3.store.put('replica', COPY, Buffer.from('id\n1\n'), {}, {}, { lastModified: Date.parse(at) });
const LAST = DEFAULT_STEP_RETRIES;
/** Something lies under the root, and nothing for this partition. */
function elsewhere(): void {
  bench.deliver('flights/2026/01/20/04/a.csv');
}
const unavailable = (bucket: string) => {
  bench.s3.before = (request) =>
    request.operation === 'ListObjectsV2' && request.bucket === bucket
      ? { do: 'answer', status: 503, code: 'SlowDown' }
      : undefined;
};
const deny = (bucket: string) => {
  bench.s3.before = (request) =>
    request.bucket === bucket ? { do: 'answer', status: 403, code: 'AccessDenied' } : undefined;
};

describe('LoadPartition with a fallback', () => {
  it('takes the primary as long as that has objects, and never asks the other', async () => {
    bench.deliver(`${PREFIX}a.csv`);
    copy();
    const dataset = flights({ fallback });
    await bench.load(dataset);
    expect((await bench.plan(dataset)).source).toMatchObject({ kind: 'primary', bucket: 'vendor' });
    expect(bench.s3.counts.get('ListObjectsV2')).toBe(4);
  });

  it('plans it at the deadline of a primary that is empty, and says from where, how old, and why', async () => {
    elsewhere();
    copy();
    const dataset = flights({ fallback });
    // Until then the primary may still come.
    expect(await bench.load(dataset)).toMatchObject({ ready: false, waitingFor: 'a first object' });
    expect(await bench.load(dataset, DEADLINE)).toMatchObject({ ready: true, batches: [0] });
    const plan = await bench.plan(dataset);
    expect(plan.source).toMatchObject({
      kind: 'fallback',
      bucket: 'replica',
      prefix: 'copy/2026/01/20/05/',
      objects: 1,
      newestAgeSeconds: 90 * 60,
      insteadOf: {
        lack: 'empty',
        code: 'SOURCE_EMPTY',
        message: expect.stringContaining(`no object lies under s3://vendor/${PREFIX}`),
      },
    });
    expect(plan.batches[0]?.objects).toMatchObject([{ bucket: 'replica', key: COPY }]);
    // A repetition keeps it, although the primary has come meanwhile.
    bench.deliver(`${PREFIX}a.csv`);
    await bench.load(dataset, DEADLINE);
    expect((await bench.plan(dataset)).source.kind).toBe('fallback');
  });

  it.each<[Lack, ReasonCode, () => void, string | undefined]>([
    ['missing', 'SOURCE_BUCKET_NOT_FOUND', () => bench.s3.store.dropBucket('vendor'), undefined],
    ['missing', 'SOURCE_PREFIX_NOT_FOUND', () => undefined, DEADLINE],
    ['empty', 'SOURCE_EMPTY', elsewhere, DEADLINE],
    ['unavailable', 'SOURCE_ACCESS_DENIED', () => deny('vendor'), undefined],
  ])('is used for a primary that is %s (%s), unless `when` leaves that out', async (lack, code, harm, at) => {
    harm();
    copy('2026-01-20T06:10:00.000Z');
    const dataset = flights({ fallback });
    expect(await bench.load(dataset, at)).toMatchObject({ ready: true });
    expect((await bench.plan(dataset)).source).toMatchObject({ kind: 'fallback', insteadOf: { lack, code } });
    const when = LACKS.filter((one) => one !== lack);
    const refusing = bench.load(flights({ fallback: { ...fallback, when } }), at, { runId: 'run-2' });
    await expect(refusing).rejects.toMatchObject({ code, message: expect.not.stringContaining('fallback') });
  });

  it('is asked only after the last retry of a primary that does not answer', async () => {
    unavailable('vendor');
    copy('2026-01-20T06:10:00.000Z');
    const dataset = flights({ fallback });
    for (let retry = 0; retry < LAST; retry += 1)
      await expect(bench.load(dataset, undefined, {}, retry)).rejects.toMatchObject({ name: 'TransientError' });
    expect(await bench.load(dataset, undefined, {}, LAST)).toMatchObject({ ready: true });
    expect((await bench.plan(dataset)).source).toMatchObject({
      kind: 'fallback',
      insteadOf: { lack: 'unavailable', code: 'SOURCE_UNAVAILABLE', message: expect.stringContaining('SlowDown') },
    });
  });

  it('is used for a marker that never came with anything, and not for half a delivery', async () => {
    copy();
    bench.s3.store.put('replica', 'copy/2026/01/20/05/_SUCCESS', Buffer.from(''));
    const dataset = flights({ empty: 'normal', complete: { marker: '_SUCCESS' }, fallback });
    elsewhere();
    await bench.load(dataset, DEADLINE);
    expect((await bench.plan(dataset)).source).toMatchObject({
      kind: 'fallback',
      insteadOf: { code: 'SOURCE_STILL_ARRIVING' },
    });
    bench.deliver(`${PREFIX}a.csv`);
    await expect(bench.load(dataset, DEADLINE, { runId: 'run-2' })).rejects.toMatchObject({
      name: 'SourceStillArriving',
      message: expect.not.stringContaining('fallback'),
    });
  });

  it('is taken at once, and the primary not asked, while the circuit of that is open', async () => {
    bench.deliver(`${PREFIX}a.csv`);
    const run = { primaryRefused: 'vendor is left alone.' };
    const dataset = flights({ fallback });
    const refused = bench.load(dataset, undefined, run);
    await expect(refused).rejects.toMatchObject({
      name: 'CircuitOpen',
      code: 'CIRCUIT_OPEN',
      // Not waited for: when the circuit closes, its backfill must find the partition free.
      message: expect.stringMatching(
        /^vendor is left alone\.; the fallback s3:\/\/replica\/.* was not used: nothing at all/,
      ),
    });
    copy('2026-01-20T06:10:00.000Z');
    expect(await bench.load(dataset, undefined, run)).toMatchObject({ ready: true });
    expect((await bench.plan(dataset)).source).toMatchObject({
      kind: 'fallback',
      insteadOf: { lack: 'unavailable', code: 'CIRCUIT_OPEN', message: 'vendor is left alone.' },
    });
  });

  it('is waited for until the deadline where the primary is out for good', async () => {
    bench.s3.store.dropBucket('vendor');
    bench.s3.store.put('replica', 'copy/2026/01/20/04/a.csv', Buffer.from('id\n'));
    const dataset = flights({ fallback });
    expect(await bench.load(dataset)).toMatchObject({
      ready: false,
      resumeAt: '2026-01-20T06:20:00.000Z',
      waitingFor:
        'a first object in the fallback s3://replica/copy/2026/01/20/05/, because the primary is missing: the bucket vendor does not exist (NoSuchBucket)',
    });
    copy('2026-01-20T06:19:00.000Z');
    expect(await bench.load(dataset, '2026-01-20T06:20:00.000Z')).toMatchObject({ ready: true });
  });

  it('replaces an empty partition that is normal, at once, and is not waited for then', async () => {
    elsewhere();
    const dataset = flights({ empty: 'normal', fallback });
    expect(await bench.load(dataset)).toMatchObject({ ready: true, batches: [] });
    expect((await bench.plan(dataset)).source).toMatchObject({
      kind: 'primary',
      objects: 0,
      fallbackNotUsed: expect.stringMatching(
        /^the fallback s3:\/\/replica\/.* was not used: nothing at all lies under/,
      ),
    });
    copy('2026-01-20T06:10:00.000Z');
    await bench.load(dataset, undefined, { runId: 'run-2' });
    expect((await bench.plan(dataset, 'run-2')).source).toMatchObject({
      kind: 'fallback',
      insteadOf: { lack: 'empty', code: 'EMPTY_AS_DECLARED' },
    });
  });
});

describe('a fallback that cannot be used is named beside the primary', () => {
  const ending = (at: string = DEADLINE, run = {}, retry = LAST) =>
    bench.load(flights({ fallback }), at, run, retry).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
  beforeEach(elsewhere);

  it('when it is too old, with its age and the limit', async () => {
    copy('2026-01-20T05:30:00.000Z');
    expect(await ending()).toMatchObject({
      name: 'SourceEmpty',
      message: expect.stringMatching(
        /^no object lies under s3:\/\/vendor\/.*; the fallback s3:\/\/replica\/copy\/2026\/01\/20\/05\/ was not used: its newest object is 2 h 30 min old, and the limit is 2 h \(maxAgeMinutes\)$/,
      ),
    });
    expect(bench.s3.store.keys('ledger')).toEqual([]);
  });

  it('when there is nothing', async () => {
    expect(await ending()).toMatchObject({
      name: 'SourceEmpty',
      message: expect.stringContaining('was not used: nothing at all lies under s3://replica/copy/'),
    });
  });

  it('when its bucket is gone or denied', async () => {
    deny('replica');
    expect(await ending()).toMatchObject({
      name: 'SourceEmpty',
      message: expect.stringContaining('was not used: Access to the source bucket was denied. s3://replica/'),
    });
    bench.s3.before = undefined;
    bench.s3.store.dropBucket('replica');
    expect(await ending()).toMatchObject({
      name: 'SourceEmpty',
      message: expect.stringContaining('the bucket replica does not exist'),
    });
    bench.s3.store.createBucket('replica');
  });

  it('when it does not answer either, after the last retry', async () => {
    unavailable('replica');
    expect(await ending(DEADLINE, {}, 0)).toMatchObject({
      name: 'TransientError',
      message: expect.stringContaining('s3://replica/'),
    });
    expect(await ending()).toMatchObject({
      name: 'SourceEmpty',
      message: expect.stringMatching(/^no object lies under .* was not used: .*SlowDown/),
    });
  });

  it('when a backfill would replace a publication with it; by hand it can be done', async () => {
    copy();
    const of = publication('run-0', { source: { ...source, kind: 'fallback' } });
    await bench.ledger.putJson(keys.partition('flights', PARTITION), record({ publication: of }));
    const again = { reprocess: true, mayWait: false };
    expect(await ending(DEADLINE, { ...again, trigger: 'backfill' })).toMatchObject({
      name: 'SourceEmpty',
      message: expect.stringContaining(
        'was not used: a backfill does not replace with it what run run-0 published from the fallback',
      ),
    });
    expect(await ending(DEADLINE, { ...again, trigger: 'manual' })).toBeUndefined();
  });

  it('and a backfill does not replace what came from the fallback with an empty primary', async () => {
    const dataset = flights({ empty: 'normal', fallback });
    const of = publication('run-0', { source: { ...source, kind: 'fallback', objects: 3 } });
    await bench.ledger.putJson(keys.partition('flights', PARTITION), record({ publication: of }));
    const run = { trigger: 'backfill', reprocess: true, mayWait: false } as const;
    await expect(bench.load(dataset, DEADLINE, run)).rejects.toMatchObject({
      name: 'SourceEmpty',
      message: expect.stringContaining('nothing lies there yet, while run run-0 published 3 objects of the fallback'),
    });
  });
});
