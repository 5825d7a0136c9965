import { isDeepStrictEqual } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { runAll } from '../kit/engine';
import { zipOf } from '../core/engine/bytes/zip';
import { avroOrders } from './avro-cases';
import { orders, TextFile, type Case } from './case';
import { corpus } from './corpus';

/** Each object of the corpus that cannot be read, beside others that can: it is named, and they are as if it were not there. */

/** Of what is declared of the corpus's own records. */
function canHaveOthers({ truth, dataset, growsAtMostMb }: Case): boolean {
  const { csv, json } = dataset.source;
  return (
    truth.ends === 'refused' &&
    ['SourceCorrupt', 'SchemaMismatch'].includes(truth.error) &&
    growsAtMostMb === undefined &&
    csv === undefined &&
    json === undefined &&
    isDeepStrictEqual(dataset.columns, orders().columns)
  );
}

const PACK = {
  none: (body: Buffer) => body,
  gzip: (body: Buffer) => gzipSync(body),
  zstd: (body: Buffer) => zstdCompressSync(body),
  zip: (body: Buffer) => zipOf([{ name: 'orders', content: body }]),
};

function encoded(text: string, encoding = 'utf-8'): Buffer {
  if (!encoding.startsWith('utf-16')) return Buffer.from(text, encoding === 'utf-8' ? 'utf8' : 'ascii');
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? bytes.swap16() : bytes;
}

function others({ source: { format, compression, encoding } }: Dataset): Record<string, Buffer> {
  if (format === 'avro')
    return { 'orders/0': avroOrders(12, 'deflate').body, 'orders/z': avroOrders(5, 'deflate').body };
  const kind = format === 'csv' || format === 'text' ? format : 'jsonl';
  const file = () => new TextFile(kind, undefined, '\n', (text) => encoded(text, encoding));
  const first = file().sound(3).with({ id: '2' }, 'duplicate').with({ amount: 'x' }, ['amount.type']);
  const pack = PACK[compression];
  return { 'orders/0': pack(first.body), 'orders/z': pack(file().sound(5).body) };
}

/** Those that are declared alike, so that one batch can have them all. */
const groups = Map.groupBy(
  corpus.filter((one) => canHaveOthers(one) && Object.keys(one.objects()).length === 1),
  ({ dataset }) => JSON.stringify([dataset.source, dataset.unique]),
);

test.each([...groups])('those of %s', async (_source, cases) => {
  const [first] = cases;
  if (first === undefined) throw new Error('no group is empty');
  const { dataset } = first;
  const around = others(dataset);
  const bad = cases.map((one, i) => [`orders/${one.name} ${i}`, Object.values(one.objects())[0]!] as const);
  const without = await runAll(dataset, around, { pieceBytes: 1 << 16 });
  const bodies = Object.fromEntries([...Object.entries(around), ...bad].sort(([a], [b]) => (a < b ? -1 : 1)));
  const all = await runAll(dataset, bodies, { pieceBytes: 1 << 16 });
  expect(all.failedObjects.map(({ key }) => key).sort()).toEqual(bad.map(([key]) => key).sort());
  expect([all.counts, all.rows, all.rejected, all.rules]).toEqual([
    without.counts,
    without.rows,
    without.rejected,
    without.rules,
  ]);
});
