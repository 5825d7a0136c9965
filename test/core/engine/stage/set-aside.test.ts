import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import type { Dataset, DatasetInput } from '../../../../core/contracts/dataset/dataset';
import { SourceChanged, TransientError } from '../../../../core/contracts/errors';
import type { ObjectReader } from '../../../../core/engine/bytes/objects';
import { avroFile } from '../../../kit/avro';
import { datasetWith } from '../../../kit/datasets';
import { objectsOf, parquetOf, runAll } from '../../../kit/engine';

/** Objects that cannot be read are set aside, and the others of their batch are as if those were not there. */

type Source = Partial<DatasetInput['source']>;
const of = (source: Source = {}): Dataset =>
  datasetWith({
    columns: { id: { type: 'integer' }, note: { type: 'string', nullable: true } },
    unique: ['id'],
    source,
  });

const csv = (...lines: string[]) => ['id,note', ...lines, ''].join('\n');
const jsonl = (...ids: number[]) => ids.map((id) => `{"id":${id},"note":"n${id}"}\n`).join('');
const rows = (count: number) => Array.from({ length: count }, (_, i) => `${i},${(i * 7919).toString(36)}`);
const cut = (body: Buffer, bytes: number) => body.subarray(0, body.length - bytes);
const flipped = (body: Buffer, at: number) => {
  const other = Buffer.from(body);
  other[at] = ~(other[at] ?? 0) & 0xff;
  return other;
};

/** All that came of a batch but the names of its files. */
async function all(dataset: Dataset, bodies: Readonly<Record<string, Buffer | string>>, more = {}) {
  let keys: Record<string, unknown>[] = [];
  const outcome = await runAll(dataset, bodies, { wantsUniqueKeys: true, pieceBytes: 1 << 16, ...more });
  const { counts, rules, rows: accepted, rejected, failedObjects } = outcome;
  if (outcome.uniqueKeys !== null) keys = [{ records: outcome.uniqueKeys.records, crc32: outcome.uniqueKeys.crc32 }];
  const sums = [outcome.data?.crc32, outcome.quarantine?.crc32];
  return { left: { counts, rules, accepted, rejected, keys, sums }, failedObjects };
}

const AVRO = {
  type: 'record',
  name: 'thing',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'note', type: ['null', 'string'] },
  ],
};
const avro = (ids: readonly number[]): Buffer =>
  avroFile(
    AVRO,
    ids.map((id) => ({ id, note: `n${id}` })),
    { perBlock: 1 },
  );

const NONE: Buffer = Buffer.alloc(0);
const parquet: Record<'good' | 'more' | 'typed' | 'long', Buffer> = { good: NONE, more: NONE, typed: NONE, long: NONE };
beforeAll(async () => {
  parquet.good = await parquetOf(`SELECT 1::BIGINT AS id, 'x' AS note`);
  parquet.more = await parquetOf(`SELECT 2::BIGINT AS id, 'y' AS note`);
  parquet.typed = await parquetOf(`SELECT 'no' AS id, 'x' AS note`);
  parquet.long = await parquetOf(`SELECT range AS id, 'n' || hash(range) AS note FROM range(5000)`);
});

/** Name, source, what can be read, what cannot; then its code, what is wrong, and what its bytes are. */
const kinds: [string, Source, () => (Buffer | string)[], () => Buffer | string, string, RegExp, string | RegExp][] = [
  [
    'no bytes as CSV',
    {},
    () => [csv('1,a'), csv('2,b')],
    () => '',
    'SCHEMA_MISMATCH',
    /empty object.*; it has 0 bytes/,
    '0 bytes',
  ],
  [
    'another header',
    {},
    () => [csv('1,a', '1,b'), csv('2,b')],
    () => 'id,value\n1,a\n',
    'SCHEMA_MISMATCH',
    /missing "note"; not declared "value"/,
    'CSV with a comma between its values',
  ],
  [
    'plain text in place of gzip',
    { compression: 'gzip' },
    () => [gzipSync(csv('1,a')), gzipSync(csv('2,b'))],
    () => csv('1,a'),
    'SOURCE_CORRUPT',
    /it is not gzip: it is CSV/,
    'CSV with a comma between its values',
  ],
  [
    'gzip that is cut off after thousands of records',
    { compression: 'gzip' },
    () => [gzipSync(csv('1,a')), gzipSync(csv('2,b'))],
    () => cut(gzipSync(csv(...rows(20_000))), 8),
    'SOURCE_CORRUPT',
    /^the gzip envelope is damaged: it is cut off after [\d,]+ bytes$/,
    'gzip of CSV with a comma between its values',
  ],
  [
    'gzip with another checksum than its content',
    { compression: 'gzip', format: 'jsonl' },
    () => [gzipSync(jsonl(1)), gzipSync(jsonl(2, 2))],
    () => {
      const body = gzipSync(jsonl(1, 2, 3));
      return flipped(body, body.length - 6);
    },
    'SOURCE_CORRUPT',
    /incorrect data check/,
    'gzip that is damaged',
  ],
  [
    'zstd that is cut off',
    { compression: 'zstd' },
    () => [zstdCompressSync(csv('1,a')), zstdCompressSync(csv('2,b'))],
    () => cut(zstdCompressSync(csv(...rows(9_000))), 9),
    'SOURCE_CORRUPT',
    /truncated after [\d,]+ bytes/,
    /^zstd/,
  ],
  [
    'a trailer with another number',
    { csv: { trailer: { prefix: 'END', count: 2 } } },
    () => [`${csv('1,a')}END,1\n`, `${csv('2,b')}END,1\n`],
    () => `${csv('1,a', '2,b')}END,3\n`,
    'SOURCE_CORRUPT',
    /says 3 records, 2 were counted/,
    /^CSV/,
  ],
  [
    'members that are not declared, which only its records tell',
    { format: 'jsonl' },
    () => [jsonl(1), jsonl(2)],
    () => `${jsonl(1)}{"id":7,"note":"x","more":1}\n`,
    'SCHEMA_MISMATCH',
    /not declared "more"/,
    'JSON, one object a line',
  ],
  [
    'a column that was renamed, which only the others tell',
    { format: 'jsonl', extraColumns: 'ignore' },
    () => [jsonl(1), jsonl(2)],
    () => '{"id":7,"remark":"x"}\n{"id":8,"remark":"y"}\n',
    'SCHEMA_MISMATCH',
    /no record has "note", and not declared: "remark"/,
    'JSON, one object a line',
  ],
  [
    'JSON that ends in the middle',
    { format: 'json' },
    () => ['[{"id":1,"note":"x"}]', '{"id":2,"note":null}'],
    () => '[{"id":3,"note":"x"},{"id":4',
    'SOURCE_CORRUPT',
    /no JSON at/,
    /JSON/,
  ],
  [
    'UTF-16 in place of the declared encoding',
    { encoding: 'windows-1252' },
    () => [Buffer.from(csv('1,ä'), 'latin1'), Buffer.from(csv('2,ö'), 'latin1')],
    () => Buffer.from(`\ufeff${csv('1,a')}`, 'utf16le'),
    'SOURCE_CORRUPT',
    /UTF-16/i,
    /in UTF-16/,
  ],
  [
    'Avro that is cut off in its last block',
    { format: 'avro' },
    () => [avro([1, 1]), avro([2])],
    () => cut(avro([3, 4, 5]), 5),
    'SOURCE_CORRUPT',
    /./,
    'an Avro file',
  ],
  [
    'Parquet without its footer',
    { format: 'parquet' },
    () => [parquet.good, parquet.more],
    () => cut(parquet.long, 12),
    'SOURCE_CORRUPT',
    /truncated|damaged/,
    'a Parquet file',
  ],
  [
    'Parquet of another type, which is seen when its records are read',
    { format: 'parquet' },
    () => [parquet.good, parquet.more],
    () => parquet.typed,
    'SCHEMA_MISMATCH',
    /"id" is VARCHAR, expected an integer/,
    'a Parquet file',
  ],
  [
    'Parquet with damaged pages behind others that are not',
    { format: 'parquet' },
    () => [parquet.good, parquet.more],
    () => Buffer.from(parquet.long).fill(0xff, 0.8 * parquet.long.length, 0.8 * parquet.long.length + 600),
    'SOURCE_CORRUPT',
    /damaged Parquet file/,
    'a Parquet file',
  ],
  [
    'CSV in place of Parquet',
    { format: 'parquet' },
    () => [parquet.good, parquet.more],
    () => csv('1,a'),
    'SOURCE_CORRUPT',
    /no Parquet file.*; it is CSV/,
    'CSV with a comma between its values',
  ],
];

it.each(kinds)('%s: is set aside by name, and nothing of it is left', async (...kind) => {
  const [, source, good, bad, code, says, found] = kind;
  const dataset = of(source);
  const [b = '', d = ''] = good();
  const without = await all(dataset, { b, d });
  expect(without.failedObjects).toEqual([]);
  const { left, failedObjects } = await all(dataset, { a: bad(), b, c: bad(), d, e: bad() });
  expect(left).toEqual(without.left);
  const told = { code, message: expect.stringMatching(says) as string, found: expect.stringMatching(found) as string };
  expect(failedObjects).toEqual(['a', 'c', 'e'].map((key) => ({ key, ...told })));
});

it.each(kinds.filter((_, i) => i % 4 === 0))('%s: a batch of nothing else has no records', async (...kind) => {
  const [, source, , bad] = kind;
  const { left, failedObjects } = await all(of(source), { a: bad(), b: bad() });
  expect(failedObjects.map(({ key }) => key)).toEqual(['a', 'b']);
  expect(left).toMatchObject({ counts: { read: 0, quarantined: 0, duplicates: 0 }, accepted: [], keys: [] });
});

it('is set aside from files of the stage, too', async () => {
  const dataset = of({ format: 'jsonl', extraColumns: 'ignore' });
  const bodies = { a: '{"id":7,"remark":"x"}\n', b: jsonl(1, 2), c: jsonl(2, 3) };
  const { left, failedObjects } = await all(dataset, bodies, { mostTableBytes: 1 });
  expect(left).toMatchObject({ counts: { read: 4, accepted: 3, duplicates: 1 } });
  expect(failedObjects.map(({ key }) => key)).toEqual(['a']);
});

it('gives the room that it took to the others', async () => {
  const dataset = of({ compression: 'gzip' });
  const bomb = cut(gzipSync(`id,note\n${'1,x\n'.repeat(100_000)}`), 4);
  const good = gzipSync(csv('1,a'));
  const { failedObjects } = await all(
    dataset,
    { a: bomb, b: bomb, c: good },
    { batchBytes: 450_000, batchRecords: 100_001 },
  );
  expect(failedObjects).toHaveLength(2);
  await expect(all(dataset, { a: bomb, c: good }, { batchBytes: 1000 })).rejects.toMatchObject({
    name: 'ObjectTooLarge',
  });
});

it.each([
  ['a temporary error', new TransientError('S3 said 503')],
  ['an object that was replaced', new SourceChanged('another ETag')],
  ['a bug of ours', new TypeError('undefined is not a function')],
])('%s is never set aside, and what was until then is told beside it', async (_what, error) => {
  const { objects, reader } = objectsOf({ a: 'nothing,like,it\n', b: csv('1,a') });
  const failing: ObjectReader = {
    read: (object) => (object.key === 'b' ? Promise.reject(error) : reader.read(object)),
  };
  const thrown = await runAll(of(), {}, { objects, reader: failing }).catch((one: unknown) => one);
  expect(thrown).toMatchObject({ name: error.name });
  if (!(error instanceof TypeError)) expect(thrown).toHaveProperty('details.failedObjects.0.key', 'a');
});

it('is told beside why the rest was not read', async () => {
  const bodies = { a: csv('x,1', 'y,1'), b: 'no header\n' };
  const thrown = await runAll(of(), bodies, { mostRejected: () => 0, enoughRejected: 1 }).catch((one: unknown) => one);
  expect(thrown).toMatchObject({
    name: 'TooManyRejected',
    details: { stopped: { of: 2 }, failedObjects: [{ key: 'b' }] },
  });
});

it('never changes what becomes of the others, whatever there is and in whatever order', async () => {
  const dataset = of({ compression: 'gzip', format: 'jsonl', extraColumns: 'ignore' });
  const good = fc.record({
    isGood: fc.constant(true),
    ids: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
    how: fc.constant(0),
  });
  const bad = fc.record({
    isGood: fc.constant(false),
    ids: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
    how: fc.nat(3),
  });
  const bodyOf = ({ isGood, ids, how }: { isGood: boolean; ids: number[]; how: number }): Buffer | string => {
    if (isGood) return gzipSync(ids.length === 0 ? '' : jsonl(...ids));
    const body = gzipSync(jsonl(...ids));
    return [
      cut(body, 3),
      jsonl(...ids),
      flipped(body, body.length - 7),
      gzipSync(ids.map((id) => `{"id":${id},"remark":1}\n`).join('')),
    ][how]!;
  };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(good, bad), { minLength: 1, maxLength: 6 }), async (objects) => {
      const named = objects.map((one, i) => ({ ...one, key: `object-${i}` }));
      const bodies = (some: typeof named) => Object.fromEntries(some.map((one) => [one.key, bodyOf(one)]));
      const whole = await all(dataset, bodies(named));
      const only = await all(dataset, bodies(named.filter(({ isGood }) => isGood)));
      expect(whole.left).toEqual(only.left);
      expect(whole.failedObjects.map(({ key }) => key)).toEqual(
        named.filter(({ isGood }) => !isGood).map(({ key }) => key),
      );
      const reversed = await all(dataset, bodies(named.toReversed()));
      expect(reversed.left.counts).toEqual(whole.left.counts);
      expect(new Set(reversed.failedObjects.map(({ key }) => key))).toEqual(
        new Set(whole.failedObjects.map(({ key }) => key)),
      );
    }),
    { numRuns: 8 },
  );
}, 120_000);
