import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { batchFailureSchema } from '../../core/contracts/batch/batch';
import { keys } from '../../core/contracts/keys';
import type { Plan } from '../../core/contracts/batch/plan';
import type { Loaded } from '../../core/contracts/run/steps';
import { parquetOf, publishedFile } from '../kit/engine';
import { BatchWorld } from '../kit/batch-world';
import { PARTITION, runOf } from '../kit/runs';
import { things } from '../kit/datasets';
import { FORM_NAMES, FORMS } from '../kit/spoiling';

let world: BatchWorld;
beforeAll(async () => (world = await BatchWorld.open()));
afterAll(() => world.close());
beforeEach(() => world.reset(things({ unique: ['id'] })));

const failureOf = (index: number) =>
  batchFailureSchema.parse(world.json('ledger', keys.batchFailure('things', PARTITION, 'run-1', 1, index)));

describe('ValidateBatch', () => {
  it('writes accepted and quarantined records, and the batch record last', async () => {
    const order: string[] = [];
    world.s3.before = ({ operation, key }) => {
      if (operation === 'PutObject') order.push(key);
      return undefined;
    };
    const load = world.plan([{ 'a.csv': 'id,name\n1,x\nno,y\n1,z\n2,\n' }]);
    const output = await world.validate(load, 0);
    expect(output).toMatchObject({ index: 0, reused: false });
    const record = world.record(output.fingerprint);
    expect(record.records).toEqual({
      read: 4,
      accepted: 2,
      quarantined: 1,
      duplicates: 1,
      dropped: 0,
      added: 0,
      published: 2,
    });
    expect(record.rules).toEqual([
      { name: 'id.type', broken: 1, samples: [{ object: 'a.csv', line: 3, value: '"no"' }] },
      { name: 'unique', broken: 1, samples: [{ object: 'a.csv', line: 4, value: 'id = "1"' }] },
    ]);
    expect(await world.records(record.output?.key ?? '')).toEqual([
      { id: 1, name: 'x' },
      { id: 2, name: null },
    ]);
    expect(world.quarantine(record.quarantine?.key ?? '')).toEqual([
      { object: 'a.csv', line: 3, broken: ['id.type'], brokenValues: { id: '"no"' }, raw: 'no,y' },
      { object: 'a.csv', line: 4, broken: ['unique'], brokenValues: { id: '"1"' }, raw: '1,z' },
    ]);
    expect(record.uniqueKeys).toBeNull();
    expect(order.at(-1)).toBe(keys.batch('things', PARTITION, output.fingerprint));
  });

  it('does not do again what is done, and reads no source for it', async () => {
    const load = world.plan([{ 'a.csv': 'id,name\n1,x\n' }]);
    const first = await world.validate(load, 0);
    world.s3.store.delete('vendor', 'a.csv');
    const second = await world.validate(load, 0);
    expect(second).toEqual({ ...first, reused: true });
  });

  it.each<[string, Parameters<typeof runOf>[1]]>([
    ['a retry', {}],
    ['a new run', { runId: 'run-2', trigger: 'manual' }],
    ['a run that replaces the publication', { runId: 'run-2', reprocess: true }],
    ['a backfill', { runId: 'hash-things-2026', trigger: 'backfill', mayWait: false }],
  ])('computes a finished batch never again: %s', async (_what, of) => {
    const objects = [{ 'a.csv': 'id,name\n1,x\n' }];
    const first = await world.validate(world.plan(objects), 0);
    world.run = runOf(world.deployed, of);
    const load = world.plan(objects);
    world.s3.counts.clear();
    expect(await world.validate(load, 0)).toEqual({ ...first, reused: true });
    // The plan and the batch's record; neither source nor lake is written or read.
    expect(Object.fromEntries(world.s3.counts)).toEqual({ GetObject: 2 });
  });

  it.each<[string, () => Loaded]>([
    ['the object', () => world.plan([{ 'a.csv': 'id,name\n2,y\n' }])],
    ['the objects that are together', () => world.plan([{ 'a.csv': 'id,name\n1,x\n', 'b.csv': 'id,name\n2,y\n' }])],
    [
      'the definition',
      () => {
        world.deployed = things({
          columns: { id: { type: 'integer', max: 5 }, name: { type: 'string', nullable: true } },
        });
        world.run = runOf(world.deployed, { runId: 'run-2' });
        return world.plan([{ 'a.csv': 'id,name\n1,x\n' }]);
      },
    ],
  ])('computes it anew where something else has changed: %s', async (_what, change) => {
    const first = await world.validate(world.plan([{ 'a.csv': 'id,name\n1,x\n' }]), 0);
    const second = await world.validate(change(), 0);
    expect(second.reused).toBe(false);
    expect(second.fingerprint).not.toBe(first.fingerprint);
  });

  it.each(FORM_NAMES)(
    'does it again, with the same bytes, where its record is %s; and reads what it can',
    async (form) => {
      const load = world.plan([{ 'a.csv': 'id,name\n1,x\nno,y\n' }]);
      const { fingerprint } = await world.validate(load, 0);
      const key = keys.batch('things', PARTITION, fingerprint);
      const etags = () => world.keys('lake').map((one) => world.s3.store.get('lake', one).etag);
      const before = etags();
      world.put('lake', key, FORMS[form](world.s3.store.get('lake', key).body.toString()));
      const readable = form === 'of a newer release, readable';
      expect(await world.validate(load, 0)).toMatchObject({ fingerprint, reused: readable });
      if (!readable) expect(etags()).toEqual(before);
      expect(world.record(fingerprint).records).toMatchObject({ read: 2, accepted: 1 });
    },
  );

  it('does it again, with the same bytes, when it was killed before its record', async () => {
    const load = world.plan([{ 'a.csv': 'id,name\n1,x\nno,y\n' }]);
    const { fingerprint } = await world.validate(load, 0);
    const files = () =>
      world
        .keys('lake')
        .filter((key) => !key.endsWith('.json'))
        .map((key) => world.s3.store.get('lake', key).etag);
    const before = files();
    world.s3.store.delete('lake', keys.batch('things', PARTITION, fingerprint));
    expect(await world.validate(load, 0)).toMatchObject({ fingerprint, reused: false });
    expect(files()).toEqual(before);
  });

  it('writes the keys of a batch that was the only one of its partition before, and now is not', async () => {
    await world.validate(world.plan([{ 'a.csv': 'id,name\n1,x\n' }]), 0);
    const load = world.plan([{ 'a.csv': 'id,name\n1,x\n' }, { 'b.csv': 'id,name\n2,x\n' }]);
    const output = await world.validate(load, 0);
    expect(output.reused).toBe(false);
    expect(world.record(output.fingerprint).uniqueKeys).toMatchObject({ records: 1 });
    expect((await world.validate(load, 0)).reused).toBe(true);
  });

  it('refuses an object that was replaced since it was listed, and says so beside the plan', async () => {
    const load = world.plan([{ 'a.csv': 'id,name\n1,x\n' }]);
    world.deliver('a.csv', 'id,name\n1,changed\n');
    await expect(world.validate(load, 0)).rejects.toMatchObject({ name: 'SourceChanged' });
    expect(failureOf(0)).toMatchObject({ index: 0, state: 'ValidateBatch', error: 'SourceChanged' });
    expect(world.keys('lake')).toEqual([]);
  });

  it('names the object that is corrupt, and reads the others', async () => {
    world.reset(things({ source: { compression: 'gzip' } }));
    const whole = gzipSync(`id,name\n${'1,x\n'.repeat(5000)}`);
    const load = world.plan([
      { 'a.csv.gz': gzipSync('id,name\n1,x\n'), 'b.csv.gz': whole.subarray(0, whole.length - 4) },
    ]);
    const output = await world.validate(load, 0);
    expect(output.records).toMatchObject({ read: 1, accepted: 1 });
    const { failedObjects } = world.record(output.fingerprint);
    expect(failedObjects).toMatchObject([{ key: 'b.csv.gz', code: 'SOURCE_CORRUPT' }]);
    expect(await world.validate(load, 0)).toMatchObject({ reused: true });
  });

  it('notes what could not be read beside what the batch failed of', async () => {
    world.reset(things({ source: { compression: 'gzip' } }));
    const load = world.plan([{ 'a.csv.gz': 'id,name\n1,x\n', 'b.csv.gz': gzipSync('id,name\n2,x\n') }]);
    world.deliver('b.csv.gz', gzipSync('id,name\n3,x\n'));
    const error = await world.validate(load, 0).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'SourceChanged', details: { object: 'b.csv.gz' } });
    expect(error).not.toHaveProperty('details.failedObjects');
    expect(failureOf(0)).toMatchObject({
      error: 'SourceChanged',
      object: 'b.csv.gz',
      failedObjects: [{ key: 'a.csv.gz', code: 'SOURCE_CORRUPT', found: 'CSV with a comma between its values' }],
    });
  });

  it('throws the error itself when even the note about it cannot be written', async () => {
    const load = world.plan([{ 'a.csv': 'id,name\n1,x\n' }]);
    world.deliver('a.csv', 'id,name\n2,x\n');
    world.s3.deny('ledger', '', { operations: ['PutObject'] });
    await expect(world.validate(load, 0)).rejects.toMatchObject({ name: 'SourceChanged' });
  });

  it.each([
    ['the definition', () => (world.deployed = things({ description: 'another' }))],
    ['the code', () => (world.codeVersion = 'code-2')],
    ['the dataset', () => (world.deployed = things({ name: 'others' }))],
  ])('stops when %s was deployed anew', async (_what, deploy) => {
    const load = world.plan([{ 'a.csv': 'id,name\n1,x\n' }]);
    deploy();
    await expect(world.validate(load, 0)).rejects.toMatchObject({ name: 'DefinitionChanged' });
  });

  it('asks for the owner of the bucket that its plan is about: the primary’s, or the fallback’s', async () => {
    const [ours, theirs] = ['111122223333', '999988887777'];
    const fallback = { bucket: 'replica', account: ours, prefix: 'c/{yyyy}/{MM}/{dd}/{HH}/', maxAgeMinutes: 60 };
    world.reset(things({ source: { account: theirs }, fallback }));
    const batch = [{ 'a.csv': 'id,name\n1,x\n' }];
    await expect(world.validate(world.plan(batch), 0)).rejects.toMatchObject({ name: 'SourceAccessDenied' });
    const { source } = world.json('ledger', keys.plan('things', PARTITION, 'run-1', 1)) as Plan;
    const load = world.plan(batch, { source: { ...source, kind: 'fallback' } });
    expect(await world.validate(load, 0)).toMatchObject({ records: { accepted: 1 } });
  });

  it('writes files of more than one part', async () => {
    const lines = Array.from({ length: 24_000 }, (_, i) => `${i},${randomBytes(720).toString('base64')}`);
    const output = await world.validate(world.plan([{ 'a.csv': `id,name\n${lines.join('\n')}\n` }]), 0);
    const { output: file } = world.record(output.fingerprint);
    expect(file?.bytes).toBeGreaterThan(16 * 1024 * 1024);
    expect(world.s3.counts.get('CompleteMultipartUpload')).toBe(1);
    expect(world.s3.store.get('lake', file?.key ?? '').body).toHaveLength(file?.bytes ?? 0);
  }, 60_000);
});

describe('ValidateBatch of a dataset that refers to another', () => {
  const referring = things({
    upstreams: ['names'],
    columns: { id: { type: 'integer' }, name: { type: 'string', references: { dataset: 'names', column: 'name' } } },
  });
  const plan = async (...queries: string[]) => {
    const made = await Promise.all(
      queries.map((query, i) => publishedFile(`data/names/2026-01-20T05/${i}.parquet`, query)),
    );
    for (const { body, file } of made) world.put('lake', file.key, body);
    const files = made.map(({ file }) => file);
    const references = [{ dataset: 'names', partition: PARTITION, runId: 'n', files }];
    return world.plan([{ 'a.csv': 'id,name\n1,x\n2,y\n3,z\n' }], { references });
  };
  beforeEach(() => world.reset(referring));

  it('looks values up in the files that the plan names, and does it anew when there are others', async () => {
    const first = await world.validate(await plan(`SELECT 'x' AS name`, `SELECT 'z' AS name`), 0);
    expect(first).toMatchObject({ reused: false, records: { read: 3, accepted: 2, quarantined: 1 } });
    expect(world.record(first.fingerprint).rules).toEqual([
      { name: 'name.reference', broken: 1, samples: [{ object: 'a.csv', line: 3, value: '"y"' }] },
    ]);
    const same = await world.validate(await plan(`SELECT 'x' AS name`, `SELECT 'z' AS name`), 0);
    expect(same).toEqual({ ...first, reused: true });
    const other = await world.validate(await plan(`SELECT 'x' AS name`, `SELECT 'y' AS name`), 0);
    expect(other).toMatchObject({ reused: false, records: { accepted: 2 } });
    expect(world.record(other.fingerprint).rules).toMatchObject([{ samples: [{ line: 4, value: '"z"' }] }]);
  });

  it('refuses a file that was altered in the lake', async () => {
    const load = await plan(`SELECT 'x' AS name`);
    world.put('lake', 'data/names/2026-01-20T05/0.parquet', await parquetOf(`SELECT 'y' AS name`));
    await expect(world.validate(load, 0)).rejects.toMatchObject({
      name: 'RecordsUnaccounted',
      message: expect.stringMatching(/0\.parquet: has the CRC-32 .* it was altered in the lake/) as string,
    });
  });
});
