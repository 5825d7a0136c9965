import { RollcallError } from '../../core/contracts/errors';
import { keys } from '../../core/contracts/keys';
import { planSchema } from '../../core/contracts/batch/plan';
import { loadOutputSchema } from '../../core/contracts/run/steps';
import { classify } from '../../core/runtime/aws/classify';
import { CODE_VERSION, publication, record, source, PARTITION } from '../kit/runs';
import { FORM_NAMES, FORMS } from '../kit/spoiling';
import { ACCOUNT, START } from '../kit/http-s3';
import { LoadWorld } from './load-world';
import { DEADLINE, PREFIX } from './definition';
import { flights } from '../kit/datasets';

let world: LoadWorld;
beforeAll(async () => {
  world = await LoadWorld.open();
});
beforeEach(() => world.reset());
afterAll(() => world.close());

/** The error of a step: its name, whether it is retried, and what it says. */
async function errorOf(step: Promise<unknown>): Promise<RollcallError> {
  const error: unknown = await step.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof RollcallError) return error;
  throw new Error('expected an error of ours', { cause: error });
}

describe('LoadPartition on a source that is complete', () => {
  it('writes a plan of everything that it found, and returns the indices of its batches', async () => {
    world.deliver(`${PREFIX}b.csv`, 'x'.repeat(600), '2026-01-20T06:00:00.000Z');
    world.deliver(`${PREFIX}a.csv`, 'x'.repeat(500), '2026-01-20T05:59:00.000Z');
    const output = await world.load(flights());
    expect(output).toEqual({
      ready: true,
      planKey: `plans/flights/2026-01-20T05/run-1.json`,
      round: 1,
      batches: [0, 1],
    });
    expect(loadOutputSchema.parse(output)).toEqual(output);

    const plan = await world.plan(flights());
    expect(plan).toMatchObject({
      dataset: 'flights',
      runId: 'run-1',
      round: 1,
      batchBytes: 1000,
      codeVersion: CODE_VERSION,
    });
    expect(plan.source).toMatchObject({
      kind: 'primary',
      bucket: 'vendor',
      prefix: PREFIX,
      objects: 2,
      bytes: 1100,
      newestAgeSeconds: 15 * 60,
      complete: true,
    });
    expect(plan.batches.map((batch) => batch.objects.map(({ key }) => key))).toEqual([
      [`${PREFIX}a.csv`],
      [`${PREFIX}b.csv`],
    ]);
    expect(plan.batches[0]?.objects[0]?.etag).toMatch(/^"[0-9a-f]{32}"$/);
  });

  it('ignores other partitions, folders, the marker and other suffixes', async () => {
    world.deliver(`${PREFIX}a.csv`);
    world.deliver(`${PREFIX}deep/er/b.csv`);
    world.deliver('flights/2026/01/20/06/a.csv');
    world.deliver(PREFIX, '');
    world.deliver(`${PREFIX}empty.csv/`, '');
    world.deliver(`${PREFIX}notes.txt`);
    world.deliver(`${PREFIX}_DONE.csv`);
    world.deliver(`${PREFIX}deep/_DONE.csv`);
    const dataset = flights({ complete: { marker: '_DONE.csv' } });
    expect(await world.load(dataset)).toMatchObject({ ready: true });
    const { batches, source } = await world.plan(dataset);
    expect(batches.flatMap((batch) => batch.objects.map(({ key }) => key))).toEqual([
      `${PREFIX}a.csv`,
      `${PREFIX}deep/er/b.csv`,
    ]);
    expect(source.objects).toBe(2);
  });

  it('finds the marker behind a prefix without a slash, and only there', async () => {
    const dataset = flights({ source: { prefix: 'f/{yyyy}-{MM}-{dd}-{HH}' }, complete: { marker: '_SUCCESS' } });
    world.deliver('f/2026-01-20-05/a.csv');
    world.deliver('f/2026-01-20-05/deep/_SUCCESS', '');
    expect(await world.load(dataset)).toMatchObject({ ready: false, waitingFor: 'the marker _SUCCESS' });
    world.deliver('f/2026-01-20-05/_SUCCESS', '');
    expect(await world.load(dataset)).toMatchObject({ ready: true, batches: [0] });
  });

  it('reads every page of a long listing, and keys that XML or URLs would garble', async () => {
    for (let i = 0; i < 1500; i += 1) world.deliver(`${PREFIX}${String(i).padStart(5, '0')}.csv`, '');
    const odd = [`${PREFIX}a+b c%20d.csv`, `${PREFIX}é\u{1F600}<&>.csv`, `${PREFIX}tab\there.csv`];
    for (const key of odd) world.deliver(key, '');
    await world.load(flights());
    const keys = (await world.plan(flights())).batches.flatMap((batch) => batch.objects.map(({ key }) => key));
    expect(keys).toHaveLength(1503);
    expect(keys).toEqual(expect.arrayContaining(odd));
    // Two of the partition, and three for what would say that it is part of a table.
    expect(world.s3.counts.get('ListObjectsV2')).toBe(5);
  });

  it('plans no batch for an empty partition that is normal, with the source on record', async () => {
    world.deliver('flights/2026/01/20/04/a.csv');
    const dataset = flights({ empty: 'normal' });
    expect(await world.load(dataset)).toMatchObject({ ready: true, batches: [] });
    expect((await world.plan(dataset)).source).toMatchObject({
      objects: 0,
      bytes: 0,
      newestAgeSeconds: null,
      complete: true,
    });
  });

  it('reads both prefixes of an hour behind which clocks went forward by half an hour', async () => {
    const dataset = flights({ source: { timeZone: 'Australia/Lord_Howe' } });
    world.deliver('flights/2026/10/04/01/a.csv');
    world.deliver('flights/2026/10/04/02/a.csv');
    const run = { partition: '2026-10-03T15', startedAt: '2026-10-03T16:15:00.000Z' };
    expect(await world.load(dataset, '2026-10-03T16:15:00.000Z', run)).toMatchObject({ ready: true, batches: [0] });
    expect(world.s3.counts.get('ListObjectsV2')).toBe(5);
  });
});

describe('LoadPartition for a backfill that processes again', () => {
  const dataset = flights({ empty: 'normal' });
  const again = { trigger: 'backfill', reprocess: true } as const;
  const published = (objects: number) => {
    const of = publication('run-0', { source: { ...source, objects } });
    return world.ledger.putJson(keys.partition('flights', PARTITION), record({ publication: of }));
  };

  it('does not replace data with nothing because the source was tidied up', async () => {
    world.deliver('flights/2026/01/20/04/a.csv');
    await published(3);
    expect(await errorOf(world.load(dataset, DEADLINE, again))).toMatchObject({
      name: 'SourceEmpty',
      message: expect.stringMatching(/run run-0 published 3 objects: a backfill does not replace that with nothing$/),
    });
    // By hand it can be done.
    expect(await world.load(dataset, DEADLINE, { ...again, trigger: 'manual' })).toMatchObject({ batches: [] });
  });

  it('takes what was empty before for empty again', async () => {
    world.deliver('flights/2026/01/20/04/a.csv');
    await published(0);
    expect(await world.load(dataset, DEADLINE, again)).toMatchObject({ ready: true, batches: [] });
  });
});

describe('LoadPartition for a replay of what is in quarantine', () => {
  const replay = { trigger: 'manual', reprocess: true, replay: true } as const;

  it('runs the source as it was published, and no other', async () => {
    world.deliver(`${PREFIX}a.csv`);
    const first = await world.load(flights(), DEADLINE);
    const plan = await world.ledger.getJson((first as { planKey: string }).planKey, planSchema);
    const of = publication('run-0', { source: plan?.value.source ?? source });
    await world.ledger.putJson(keys.partition('flights', PARTITION), record({ publication: of }));
    expect(await world.load(flights(), DEADLINE, { ...replay, runId: 'run-2' })).toMatchObject({ ready: true });

    world.deliver(`${PREFIX}b.csv`);
    expect(await errorOf(world.load(flights(), DEADLINE, { ...replay, runId: 'run-3' }))).toMatchObject({
      name: 'SourceNotAsPublished',
      code: 'SOURCE_NOT_AS_PUBLISHED',
      retryable: false,
      message: expect.stringContaining('are not those that run run-0 published (1 objects'),
    });
  });

  it('says so too where nothing is left of the source', async () => {
    await world.ledger.putJson(keys.partition('flights', PARTITION), record({ publication: publication('run-0') }));
    world.deliver('flights/2026/01/20/04/a.csv');
    const error = await errorOf(world.load(flights({ empty: 'normal' }), DEADLINE, replay));
    expect(error).toMatchObject({ name: 'SourceNotAsPublished' });
  });
});

describe('LoadPartition, repeated', () => {
  it('keeps the first plan of its run and does not list again, whatever has come since', async () => {
    world.deliver(`${PREFIX}a.csv`);
    const first = await world.load(flights());
    world.deliver(`${PREFIX}b.csv`, 'x'.repeat(999));
    expect(await world.load(flights(), DEADLINE)).toEqual(first);
    expect((await world.plan(flights())).source.objects).toBe(1);
    expect(world.s3.counts.get('ListObjectsV2')).toBe(4);
  });

  it('makes a plan of its own for every run', async () => {
    world.deliver(`${PREFIX}a.csv`);
    await world.load(flights());
    world.deliver(`${PREFIX}b.csv`);
    await world.load(flights(), DEADLINE, { runId: 'run-2' });
    expect((await world.plan(flights(), 'run-1')).source.objects).toBe(1);
    expect((await world.plan(flights(), 'run-2')).source.objects).toBe(2);
  });

  it('takes the plan that another invocation wrote while it was listing', async () => {
    world.deliver(`${PREFIX}a.csv`);
    let raced = false;
    world.s3.before = async ({ operation, bucket }) => {
      if (operation !== 'PutObject' || bucket !== 'ledger' || raced) return undefined;
      raced = true;
      world.deliver(`${PREFIX}b.csv`, 'x'.repeat(999));
      await world.load(flights());
      return undefined;
    };
    const output = await world.load(flights());
    expect(raced).toBe(true);
    expect((await world.plan(flights())).source.objects).toBe(2);
    expect(output).toMatchObject({ ready: true, batches: [0, 1] });
  });

  it.each(FORM_NAMES)('makes it again where it has become %s, unless it can be read', async (form) => {
    world.deliver(`${PREFIX}a.csv`);
    const first = await world.load(flights(), DEADLINE);
    const planKey = keys.plan('flights', PARTITION, 'run-1', 1);
    const before = await world.plan(flights());
    world.s3.store.put('ledger', planKey, Buffer.from(FORMS[form](JSON.stringify(before))));
    expect(await world.load(flights(), DEADLINE)).toEqual(first);
    expect(await world.plan(flights())).toMatchObject({ batches: before.batches });
  });

  it('survives the loss of its own write’s answer: the retry finds the plan', async () => {
    world.deliver(`${PREFIX}a.csv`);
    world.s3.before = ({ operation }) => (operation === 'PutObject' ? { do: 'drop', after: true } : undefined);
    const lost: unknown = await world.load(flights()).catch((error: unknown) => error);
    expect(classify(lost)).toMatchObject({ name: 'PlatformFault' });
    world.s3.before = undefined;
    expect(await world.load(flights())).toMatchObject({ ready: true, batches: [0] });
    expect(world.s3.counts.get('ListObjectsV2')).toBe(4);
  });
});

describe('LoadPartition on a source that is not there yet', () => {
  it('says when to look again, leaves no plan, and plans once the source is complete', async () => {
    world.deliver(`${PREFIX}a.csv`, 'x', '2026-01-20T06:10:00.000Z');
    const dataset = flights({ complete: { settleMinutes: 10 } });
    const output = await world.load(dataset);
    expect(output).toEqual({
      ready: false,
      resumeAt: '2026-01-20T06:20:00.000Z',
      waitingFor: '10 quiet minutes (until 2026-01-20T06:20Z)',
    });
    expect(loadOutputSchema.parse(output)).toEqual(output);
    expect(world.s3.store.keys('ledger')).toEqual([]);
    expect(await world.load(dataset, '2026-01-20T06:20:00.000Z')).toMatchObject({ ready: true, batches: [0] });
  });

  it.each([
    ['SourceStillArriving', flights({ complete: { minObjects: 2 } }), [`${PREFIX}a.csv`]],
    ['SourceEmpty', flights(), ['flights/2026/01/20/04/a.csv']],
    ['SourceEmpty', flights({ empty: 'normal' }), [`${PREFIX}a.parquet`]],
    ['SourcePrefixNotFound', flights({ empty: 'normal' }), ['flight/2026/01/20/05/a.csv', 'flights/']],
  ])('ends as %s at the deadline, and for a run that may not wait at once', async (name, dataset, delivered) => {
    for (const key of delivered) world.deliver(key, key.endsWith('/') ? '' : 'x');
    expect(await world.load(dataset)).toMatchObject({ ready: false });
    for (const ending of [world.load(dataset, DEADLINE), world.load(dataset, undefined, { mayWait: false })])
      expect(await errorOf(ending)).toMatchObject({ name, retryable: false });
    expect(world.s3.store.keys('ledger')).toEqual([]);
  });

  it('does not take a folder or a hidden side file for a delivery of another kind', async () => {
    world.deliver(PREFIX, '');
    world.deliver(`${PREFIX}sub/`, '');
    world.deliver(`${PREFIX}_manifest.json`);
    world.deliver(`${PREFIX}.part-0.csv.crc`);
    expect(await world.load(flights({ empty: 'normal' }))).toMatchObject({ ready: true, batches: [] });
  });
});

describe('LoadPartition on a source that cannot be read', () => {
  it('tells a bucket that does not exist from everything else, without waiting', async () => {
    world.s3.store.dropBucket('vendor');
    expect(await errorOf(world.load(flights()))).toMatchObject({
      name: 'SourceBucketNotFound',
      message: 'the bucket vendor does not exist (NoSuchBucket)',
      details: { bucket: 'vendor' },
    });
  });

  it('says that access was denied, to what, and that the owner may be another', async () => {
    world.s3.setOwner('vendor', '999988887777');
    const error = await errorOf(world.load(flights({ source: { account: ACCOUNT } })));
    expect(error.name).toBe('SourceAccessDenied');
    expect(error.message).toContain(`s3://vendor/${PREFIX}: AccessDenied (HTTP 403)`);
    expect(error.message).toContain(
      `or the bucket does not belong to account ${ACCOUNT} (which source.account says); S3 answers both alike`,
    );
  });

  it('asks for the declared owner with every request; for whom otherwise, the client says', async () => {
    world.s3.setOwner('vendor', '999988887777');
    world.deliver(`${PREFIX}a.csv`);
    expect(await world.load(flights({ source: { account: '999988887777' } }))).toMatchObject({ ready: true });
    expect(await world.load(flights(), undefined, { runId: 'run-2' })).toMatchObject({ ready: true });
  });

  it.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
  ])('asks for a retry after %d %s', async (status, code) => {
    world.s3.before = ({ operation }) => (operation === 'ListObjectsV2' ? { do: 'answer', status, code } : undefined);
    const error = await errorOf(world.load(flights()));
    expect(error).toMatchObject({ name: 'TransientError', retryable: true });
    expect(error.message).toContain(`s3://vendor/${PREFIX}`);
  });

  it('asks for a retry after a lost connection', async () => {
    world.s3.before = ({ operation }) => (operation === 'ListObjectsV2' ? { do: 'drop' } : undefined);
    expect(await errorOf(world.load(flights()))).toMatchObject({ name: 'TransientError', retryable: true });
  });

  it('names an object that is larger than a batch may be', async () => {
    world.deliver(`${PREFIX}huge.csv`, 'x'.repeat(1001));
    expect(await errorOf(world.load(flights()))).toMatchObject({
      name: 'ObjectTooLarge',
      details: { object: `${PREFIX}huge.csv`, bytes: 1001, limit: 1000 },
    });
  });
});

describe('LoadPartition after a deployment in mid-run', () => {
  it.each([
    [
      'the definition',
      { definitionHash: '0123456789abcdef' },
      /^the definition of flights is [0-9a-f]{16}, the run began with 0123/,
    ],
    ['the code', { codeVersion: 'code-0' }, /^the code is c0de, the run began with code-0$/],
    ['the set of datasets', { dataset: 'gone' }, /^dataset gone is not deployed any more$/],
  ])('ends when %s is another one, before it lists anything', async (_what, run, message) => {
    const error = await errorOf(world.load(flights(), undefined, run));
    expect(error).toMatchObject({ name: 'DefinitionChanged', message: expect.stringMatching(message) });
    expect(world.s3.counts.get('ListObjectsV2')).toBeUndefined();
  });
});

describe('LoadPartition of a dataset with upstreams', () => {
  const orders = flights({ name: 'orders' });
  const sales = flights({ upstreams: ['orders'] });
  const load = (at = START, run: Parameters<LoadWorld['load']>[2] = {}) => world.load(sales, at, run, 0, [orders]);
  const publish = (runId: string) =>
    world.ledger.putJson(keys.partition('orders', PARTITION), record({ publication: publication(runId) }));

  it('looks at them first: while one is missing the source is not listed', async () => {
    expect(await load()).toEqual({
      ready: false,
      resumeAt: '2026-01-20T06:20:00.000Z',
      waitingFor: 'upstream orders 2026-01-20T05 (no run yet)',
    });
    expect(world.s3.counts.get('ListObjectsV2')).toBeUndefined();
  });

  it('waits for its own source when they are there, and its plan names what stood when it looked last', async () => {
    world.deliver('flights/2026/01/20/04/a.csv');
    await publish('first');
    expect(await load()).toMatchObject({ ready: false, waitingFor: 'a first object' });
    await publish('second');
    world.deliver(`${PREFIX}a.csv`);
    await load();
    const used = [
      { dataset: 'orders', partition: PARTITION, runId: 'second', publishedAt: '2026-01-20T06:16:00.000Z' },
    ];
    expect((await world.plan(sales)).upstreams).toEqual(used);
    // The plan stands, whatever becomes of the upstream.
    await publish('third');
    await load(DEADLINE);
    expect((await world.plan(sales)).upstreams).toEqual(used);
  });

  it('ends as UpstreamMissing at the deadline, and at once for a run of a backfill', async () => {
    world.deliver(`${PREFIX}a.csv`);
    const atDeadline = await errorOf(load(DEADLINE));
    expect(atDeadline).toMatchObject({ name: 'UpstreamMissing', code: 'UPSTREAM_MISSING', retryable: false });
    expect(await errorOf(load(START, { mayWait: false, trigger: 'backfill' }))).toMatchObject({
      name: 'UpstreamMissing',
      message: expect.stringMatching(/ and this run does not wait$/),
    });
    expect(world.s3.store.keys('ledger')).toEqual([]);
  });

  describe('to which its columns refer', () => {
    const referring = flights({
      upstreams: ['orders'],
      columns: { id: { type: 'string', references: { dataset: 'orders', column: 'id' } } },
    });
    const files = (crc32: string) => [{ key: 'data/orders/a.parquet', records: 2, bytes: 9, crc32 }];
    const publishFiles = (runId: string, crc32: string) =>
      world.ledger.putJson(
        keys.partition('orders', PARTITION),
        record({ publication: publication(runId, { files: files(crc32) }) }),
      );
    const loadAs = async (runId: string, definition = referring) => {
      await world.load(definition, START, { runId }, 0, [orders]);
      const { references, batches } = await world.plan(definition, runId);
      return { references, fingerprint: batches[0]?.fingerprint };
    };

    it('names their files in its plan, and plans other batches when other files are published', async () => {
      world.deliver(`${PREFIX}a.csv`);
      await publishFiles('first', 'AAAA');
      const first = await loadAs('run-1');
      expect(first.references).toEqual([
        { dataset: 'orders', partition: PARTITION, runId: 'first', files: files('AAAA') },
      ]);
      await publishFiles('second', 'BBBB');
      const second = await loadAs('run-2');
      expect(second.references).toMatchObject([{ runId: 'second', files: files('BBBB') }]);
      expect(second.fingerprint).not.toBe(first.fingerprint);
      // A run that publishes the same files once more changes nothing.
      await publishFiles('third', 'BBBB');
      expect(await loadAs('run-3')).toMatchObject({
        references: [{ runId: 'third' }],
        fingerprint: second.fingerprint,
      });
      // What no column refers to plays no part.
      const unreferred = [await loadAs('run-4', sales)];
      await publishFiles('fourth', 'CCCC');
      unreferred.push(await loadAs('run-5', sales));
      expect(unreferred[0]).toEqual({ references: [], fingerprint: unreferred[1]?.fingerprint });
    });
  });

  it('runs without one that does not come on that day', async () => {
    world.deliver(`${PREFIX}a.csv`);
    const weekend = flights({
      name: 'orders',
      calendar: { firstPartition: '2026-01-01T00', weekdays: ['sat', 'sun'] },
    });
    expect(await world.load(sales, START, {}, 0, [weekend])).toMatchObject({ ready: true });
    expect((await world.plan(sales)).upstreams).toEqual([]);
  });
});
