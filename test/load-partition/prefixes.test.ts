import { ACCOUNT, Bench } from './bench';
import { DEADLINE, flights, PARTITION, PREFIX } from './definition';
import { SourceReader } from '../../core/runtime/step/source-reader';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
beforeEach(() => bench.reset());
afterAll(() => bench.close());

type Source = NonNullable<Parameters<typeof flights>[0]>['source'];

/** The keys of the partition, or how looking for them ended. */
async function found(source: Source = {}, of: Parameters<typeof flights>[0] = {}): Promise<string[] | string> {
  const dataset = flights({ ...of, source });
  try {
    await bench.load(dataset, DEADLINE);
    const { batches } = await bench.plan(dataset);
    return batches.flatMap(({ objects }) => objects.map(({ key }) => key));
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : 'no error';
  }
}

describe('a source of several prefixes', () => {
  const both = ['a/{yyyy}/{MM}/{dd}/{HH}/', 'b/{yyyy}-{M}-{d}/{H}/'];

  it('is read under each, padded or not, and what lies under two of them counts once', async () => {
    bench.deliver('b/2026-1-20/5/x.csv');
    bench.deliver('b/2026-01-20/05/no.csv');
    bench.deliver('a/2026/01/20/05/z.csv');
    bench.deliver('a/2026/01/20/05/eu/y.csv');
    expect(await found({ prefix: [...both, 'a/{yyyy}/{MM}/{dd}/{HH}/eu/'] })).toEqual([
      'a/2026/01/20/05/eu/y.csv',
      'a/2026/01/20/05/z.csv',
      'b/2026-1-20/5/x.csv',
    ]);
  });

  it('takes what is hidden below one prefix where another names the folder', async () => {
    bench.deliver('a/2026/01/20/05/_late/y.csv');
    expect(await found({ prefix: [both[0]!, 'a/{yyyy}/{MM}/{dd}/{HH}/_late/'] })).toEqual([
      'a/2026/01/20/05/_late/y.csv',
    ]);
  });

  it('is complete when each has its marker, and says which have not', async () => {
    const complete = { marker: '_SUCCESS' };
    bench.deliver('a/2026/01/20/05/x.csv');
    bench.deliver('a/2026/01/20/05/_SUCCESS');
    expect(await found({ prefix: both }, { complete })).toMatch(
      /^SourceStillArriving: .*still waiting for the marker _SUCCESS under s3:\/\/vendor\/b\/2026-1-20\/5\/,/,
    );
    bench.deliver('b/2026-1-20/5/_SUCCESS');
    expect(await found({ prefix: both }, { complete })).toEqual(['a/2026/01/20/05/x.csv']);
  });

  it('can be a fallback too', async () => {
    bench.s3.store.createBucket('copy');
    bench.s3.setOwner('copy', ACCOUNT);
    bench.s3.store.put(
      'copy',
      'b/2026-1-20/5/x.csv',
      Buffer.from('id\n1\n'),
      {},
      {},
      { lastModified: Date.parse(DEADLINE) },
    );
    expect(await found({}, { fallback: { bucket: 'copy', prefix: both, maxAgeMinutes: 600 } })).toEqual([
      'b/2026-1-20/5/x.csv',
    ]);
    bench.s3.store.dropBucket('copy');
  });
});

describe('what is never data', () => {
  it('is left out, whatever the suffix', async () => {
    for (const name of ['a.csv', '_x=1/b.csv', '_temporary/0/a.csv', '.c.csv', 'sub_$folder$', 'full.csv/', '_SUCCESS'])
      bench.deliver(`${PREFIX}${name}`);
    expect(await found()).toEqual([`${PREFIX}_x=1/b.csv`, `${PREFIX}a.csv`]);
  });

  it('is named where there is nothing else', async () => {
    bench.deliver(`${PREFIX}_temporary/0/a.csv`);
    expect(await found()).toMatch(
      /^SourceEmpty: no object lies under .*, but 1 that is never data, because a folder or the name begins with _ or \. \(for example _temporary\/0\/a\.csv\)/,
    );
  });
});

describe('a table of a table format is refused by name', () => {
  it.each([
    ['below the prefix', `${PREFIX}data/../metadata/v2.metadata.json`, {}],
    ['below the prefix, hidden', `${PREFIX}_x/.hoodie/hoodie.properties`, {}],
    ['where the first placeholder stands', 'flights/_delta_log/0.json', {}],
    [
      'where a half name stands before it',
      'in/metadata/00001-x.metadata.json',
      { prefix: 'in/f-{yyyy}/{MM}/{dd}/{HH}/' },
    ],
    ['in a bucket that is all of it', '.hoodie/x', { prefix: '{yyyy}/{MM}/{dd}/{HH}/' }],
  ])('%s', async (_where, key, source) => {
    bench.deliver(`${PREFIX}a.csv`);
    bench.deliver(key);
    expect(await found(source)).toMatch(
      /^SourceIsTable: s3:\/\/vendor\/.* is a table of (Apache Iceberg|Apache Hudi|Delta Lake), as s3:/,
    );
    expect(await found(source)).toContain(key);
  });

  it('wherever else such a folder lies, it is none of this source', async () => {
    bench.deliver(`${PREFIX}a.csv`);
    for (const key of ['other/_delta_log/0.json', '_delta_log/0.json', 'flights/metadata/readme.txt'])
      bench.deliver(key);
    expect(await found()).toEqual([`${PREFIX}a.csv`]);
  });

  it('and who may not look beside the root is not kept from reading', async () => {
    bench.deliver(`${PREFIX}a.csv`);
    bench.s3.before = ({ prefix }) =>
      prefix?.endsWith('/') === true && /_delta_log|hoodie|metadata/.test(prefix)
        ? { do: 'answer', status: 403, code: 'AccessDenied' }
        : undefined;
    expect(await found()).toEqual([`${PREFIX}a.csv`]);
  });

  it('is looked for once by who compares many partitions', async () => {
    const reader = new SourceReader(bench.client);
    await reader.objects(flights(), PARTITION);
    await reader.objects(flights(), PARTITION);
    expect(bench.s3.counts.get('ListObjectsV2')).toBe(5);
  });
});

describe('where nothing lies, the message shows what does exist', () => {
  it.each([
    [
      'a key of the same day',
      'flights/2026/01/20/04/a.csv',
      {},
      'the nearest that exists is s3://vendor/flights/2026/01/20/04/a.csv',
    ],
    [
      'a key of another year',
      'flights/2025/12/31/23/a.csv',
      {},
      'the nearest that exists is s3://vendor/flights/2025/12/31/23/a.csv',
    ],
    ['a folder beside the root', 'Flights/2026/a.csv', {}, 'the nearest that exists is s3://vendor/Flights/'],
    [
      'a key beside half a name',
      'in/g-1.csv',
      { prefix: 'in/f-{yyyy}{MM}{dd}{HH}' },
      'the nearest that exists is s3://vendor/in/g-1.csv',
    ],
  ])('%s', async (_what, key, source, said) => {
    bench.deliver(key);
    expect(await found(source)).toContain(said);
    expect(bench.s3.counts.get('ListObjectsV2')).toBeLessThan(16);
  });

  it('in an empty bucket, that it is empty', async () => {
    expect(await found()).toMatch(
      /^SourcePrefixNotFound: nothing at all lies under s3:\/\/vendor\/flights\/; looked for/,
    );
  });
});
