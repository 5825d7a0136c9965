import { isDeepStrictEqual } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { runAll } from '../kit/engine';
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

function others({ source: { format, compression } }: Dataset): Record<string, Buffer> {
  if (format === 'avro')
    return { 'orders/0': avroOrders(12, 'deflate').body, 'orders/z': avroOrders(5, 'deflate').body };
  const kind = format === 'csv' ? 'csv' : 'jsonl';
  const pack = (body: Buffer) =>
    compression === 'gzip' ? gzipSync(body) : compression === 'zstd' ? zstdCompressSync(body) : body;
  const file = new TextFile(kind).sound(3).with({ id: '2' }, 'duplicate').with({ amount: 'x' }, ['amount.type']);
  return { 'orders/0': pack(file.body), 'orders/z': pack(new TextFile(kind).sound(5).body) };
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
