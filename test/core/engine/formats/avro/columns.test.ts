import type { DatasetInput } from '../../../../../core/contracts/dataset/dataset';
import { avroFile, Branch, decimalBytes } from '../../../../kit/avro';
import { datasetWith } from '../../../../kit/datasets';
import { run } from '../../../../kit/engine';

const of = (columns: DatasetInput['columns']) =>
  datasetWith({
    source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'avro', extraColumns: 'ignore' },
    columns,
  });
const record = (name: string, fields: Readonly<Record<string, unknown>>) => ({
  type: 'record',
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
});
const decimal = (type: unknown, precision: number, scale: number) => ({
  ...(typeof type === 'object' ? type : { type }),
  logicalType: 'decimal',
  precision,
  scale,
});

describe('the columns of Avro', () => {
  it('are the same however many groups of records they are written in', async () => {
    const schema = record('R', { id: 'long', ok: ['null', 'boolean'], x: ['null', 'double'], s: ['null', 'string'] });
    const records = Array.from({ length: 700 }, (_, id) => ({
      id: id % 2 === 0 ? id : -id * 2 ** 40,
      ok: id % 3 === 0 ? null : id % 5 === 0,
      x: id % 7 === 0 ? null : id / 8,
      s: id % 11 === 0 ? null : `${id} ü`.repeat(id % 10 === 0 ? 20_000 : id % 9),
    }));
    const { rows, counts } = await run(
      of({
        id: { type: 'integer' },
        ok: { type: 'boolean', nullable: true },
        x: { type: 'double', nullable: true },
        s: { type: 'string', nullable: true },
      }),
      avroFile(schema, records),
      { pieceBytes: 1 << 16 },
    );
    expect(counts).toMatchObject({ read: 700, accepted: 700 });
    expect(rows.map((row) => ({ ...row, id: Number(row['id']) }))).toEqual(records);
  });

  it('are whole numbers of any length, and decimals to the last that fits', async () => {
    const edges = [6, 7, 13, 14, 20, 21, 27, 28, 31, 32, 34, 35, 48, 49, 52, 53, 55, 56, 62, 63]
      .flatMap((bits) => [-1n, 0n, 1n].flatMap((more) => [2n ** BigInt(bits) + more, -(2n ** BigInt(bits)) + more]))
      .filter((value) => BigInt.asIntN(64, value) === value);
    const schema = record('R', {
      n: 'long',
      d: decimal('bytes', 18, 2),
      f: decimal({ type: 'fixed', name: 'F', size: 16 }, 38, 2),
    });
    const most = 10n ** 18n - 1n;
    const limited = edges.map((value) => (value > most ? most : value < -most ? -most : value));
    const { rows, rejected } = await run(
      of({
        n: { type: 'integer' },
        d: { type: 'decimal', precision: 18, scale: 2 },
        f: { type: 'decimal', precision: 18, scale: 2 },
      }),
      avroFile(schema, [
        ...edges.map((n, i) => ({ n, d: decimalBytes(limited[i]!), f: decimalBytes(limited[i]!, 16) })),
        { n: 0, d: decimalBytes(0n), f: decimalBytes(10n ** 18n, 16) },
        { n: 1, d: Buffer.alloc(0), f: decimalBytes(-(10n ** 18n), 16) },
      ]),
    );
    const text = (value: bigint) =>
      `${value < 0n ? '-' : ''}${String(value < 0n ? -value : value)
        .padStart(3, '0')
        .replace(/(..)$/, '.$1')}`;
    expect(rows.map(({ n, d, f }) => [String(n), d, f])).toEqual(
      edges.map((n, i) => [String(n), text(limited[i]!), text(limited[i]!)]),
    );
    expect(rejected.map(({ broken }) => broken)).toEqual([['f.type'], ['d.type', 'f.type']]);
  });

  it('are found behind whatever else a record has, twice where two are of one field', async () => {
    const inner = record('Inner', { before: 'string', x: ['null', 'long'], more: { type: 'map', values: 'Tree' } });
    const schema = record('R', {
      list: { type: 'array', items: record('Tree', { leaf: 'float', inside: { type: 'array', items: 'Tree' } }) },
      none: { type: 'array', items: 'null' },
      inner: ['null', inner, record('Other', { y: 'int', x: 'string' })],
      bytes: { type: 'fixed', name: 'Four', size: 4 },
      last: 'double',
    });
    const tree = { leaf: 1.5, inside: [{ leaf: 2, inside: [] }] };
    const one = { list: [tree, tree, tree], none: [null, null], bytes: Buffer.alloc(4), last: 0.1 };
    const { rows, rejected } = await run(
      of({
        x: { type: 'integer', from: ['inner', 'x'], nullable: true },
        again: { type: 'double', from: ['inner', 'x'], nullable: true },
        y: { type: 'integer', from: ['inner', 'y'], nullable: true },
        all: { type: 'json', from: 'inner', nullable: true },
        last: { type: 'double' },
      }),
      avroFile(schema, [
        { ...one, inner: { before: 'b', x: 7, more: { a: tree, b: tree } } },
        { ...one, list: [], inner: null },
        { ...one, inner: { before: '', x: null, more: {} } },
        { ...one, inner: new Branch(2, { y: 3, x: '7' }) },
        { ...one, last: NaN, inner: null },
      ]),
    );
    expect(rows.map(({ x, again, y, last }) => [x, again, y, last])).toEqual([
      [7, 7, null, 0.1],
      [null, null, null, 0.1],
      [null, null, null, 0.1],
    ]);
    expect(rows.map(({ all }) => (all === null ? null : JSON.parse(String(all))))).toEqual([
      { before: 'b', x: 7, more: { a: tree, b: tree } },
      null,
      { before: '', x: null, more: {} },
    ]);
    expect(rejected.map(({ broken }) => broken)).toEqual([['x.type', 'again.type'], ['last.type']]);
  });

  it('may together be no longer than a reader takes', async () => {
    const quotes = '"'.repeat(3_000_000);
    const { rows, rejected } = await run(
      of({ id: { type: 'integer' }, s: { type: 'string' }, j: { type: 'json', from: 's' } }),
      avroFile(record('R', { id: 'int', s: 'string' }), [
        { id: 1, s: '' },
        { id: 2, s: quotes },
        { id: 3, s: 'x' },
      ]),
      { pieceBytes: 1 << 16 },
    );
    expect(rows.map(({ id }) => id)).toEqual([1, 3]);
    expect(rejected.map(({ broken, problem, place }) => [broken, problem, place])).toEqual([
      [['record.shape'], expect.stringMatching(/^a record of 1\d{7} bytes/), expect.objectContaining({ number: 2 })],
    ]);
  });
});
