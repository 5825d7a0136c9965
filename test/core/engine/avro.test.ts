import type { DatasetInput } from '../../../core/contracts/dataset/dataset';
import { avroFile, Branch, CODECS, decimalBytes } from '../../kit/avro';
import { datasetWith } from '../../kit/datasets';
import { run } from '../../kit/engine';

type Columns = DatasetInput['columns'];
const of = (columns: Columns, words: Partial<DatasetInput['source']> = {}) =>
  datasetWith({
    source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'avro', ...words },
    columns,
  });
const record = (fields: Readonly<Record<string, unknown>>, more: object = {}) => ({
  type: 'record',
  name: 'Order',
  ...more,
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
});
const logical = (type: unknown, logicalType: string, more: object = {}) => ({ type, logicalType, ...more });

describe('an object of Avro', () => {
  const schema = record({ id: 'long', note: ['null', 'string'] });
  const columns = { id: { type: 'integer' }, note: { type: 'string', nullable: true } } as const satisfies Columns;
  const records = Array.from({ length: 250 }, (_, id) => ({ id, note: id % 3 === 0 ? null : `nöte ${'ab'.repeat(id)}` }));

  it.each(CODECS)('with the codec %s gives its records in order', async (codec) => {
    for (const pieceBytes of [1, 1000])
      expect((await run(of(columns), avroFile(schema, records, { codec, perBlock: 70 }), { pieceBytes })).rows).toEqual(
        records,
      );
  });

  it('gives values of all types exactly', async () => {
    const all = record({
      i: 'int',
      l: 'long',
      f: 'float',
      d: 'double',
      b: 'boolean',
      e: { type: 'enum', name: 'E', symbols: ['A', 'B'] },
      x: 'bytes',
      dec: logical('bytes', 'decimal', { precision: 38, scale: 10 }),
      fix: logical({ type: 'fixed', name: 'F', size: 16 }, 'decimal', { precision: 30, scale: 2 }),
      day: logical('int', 'date'),
      ms: logical('long', 'timestamp-millis'),
      us: ['null', logical('long', 'timestamp-micros')],
      ns: logical('long', 'timestamp-nanos'),
      local: logical('long', 'local-timestamp-micros'),
      t: logical('int', 'time-millis'),
      u: logical('string', 'uuid'),
    });
    const { rows, broken } = await run(
      of({
        i: { type: 'integer' },
        l: { type: 'integer' },
        f: { type: 'double' },
        d: { type: 'double' },
        b: { type: 'boolean' },
        e: { type: 'string' },
        x: { type: 'string' },
        dec: { type: 'decimal', precision: 38, scale: 10 },
        fix: { type: 'decimal', precision: 20, scale: 1 },
        day: { type: 'date' },
        ms: { type: 'timestamp' },
        us: { type: 'timestamp', nullable: true },
        ns: { type: 'timestamp' },
        local: { type: 'timestamp' },
        t: { type: 'string' },
        u: { type: 'string' },
      }),
      avroFile(all, [
        {
          i: -7,
          l: 9223372036854775807n,
          f: 0.5,
          d: -1e-300,
          b: true,
          e: 'B',
          x: 'bütes',
          dec: decimalBytes(-12345678901234567890123456789012345678n),
          fix: decimalBytes(-1250n, 16),
          day: -1,
          ms: 1768885200123,
          us: -1,
          ns: 1768885200123456000n,
          local: 253402300800000000n,
          t: 18_367_250,
          u: '123e4567-e89b-12d3-a456-426614174000',
        },
      ]),
    );
    expect(broken).toEqual({});
    expect(rows).toEqual([
      {
        i: -7,
        l: '9223372036854775807',
        f: 0.5,
        d: -1e-300,
        b: true,
        e: 'B',
        x: 'bütes',
        dec: '-1234567890123456789012345678.9012345678',
        fix: '-12.5',
        day: '1969-12-31',
        ms: '2026-01-20 05:00:00.123+00',
        us: '1969-12-31 23:59:59.999999+00',
        ns: '2026-01-20 05:00:00.123456+00',
        local: '10000-01-01 00:00:00+00',
        t: '05:06:07.250',
        u: '123e4567-e89b-12d3-a456-426614174000',
      },
    ]);
  });

  it('has records, arrays and maps as JSON, with digits and order as they came', async () => {
    const nested = record({
      id: 'int',
      tree: record(
        { __proto__x: 'long', left: ['null', 'com.x.Tree'], 'a-b': { type: 'map', values: ['null', 'double', 'string'] } },
        { name: 'Tree', namespace: 'com.x' },
      ),
      list: { type: 'array', items: { type: 'map', values: logical('bytes', 'decimal', { precision: 9, scale: 2 }) } },
    });
    const { rows } = await run(
      of({
        id: { type: 'integer' },
        tree: { type: 'json' },
        list: { type: 'json', nullable: true },
        deep: { type: 'integer', nullable: true, from: ['tree', 'left', '__proto__x'] },
        ten: { type: 'string', nullable: true, from: ['tree', 'a-b', '10'] },
      }),
      avroFile(nested, [
        {
          id: 1,
          tree: {
            __proto__x: 9007199254740993n,
            left: { __proto__x: 2, left: null, 'a-b': {} },
            'a-b': [
              ['b', 1.5],
              ['10', new Branch(2, '"q"\n')],
              ['__proto__', null],
            ],
          },
          list: [{ m: decimalBytes(1250n) }, {}],
        },
      ]),
    );
    expect(rows).toEqual([
      {
        id: 1,
        tree: '{"__proto__x":9007199254740993,"left":{"__proto__x":2,"left":null,"a-b":{}},"a-b":{"b":1.5,"10":"\\"q\\"\\n","__proto__":null}}',
        list: '[{"m":12.50},{}]',
        deep: 2,
        ten: '"q"\n',
      },
    ]);
  });

  it('keeps a record that breaks a rule with all its values, and where it is', async () => {
    const body = avroFile(record({ id: 'long', d: 'double', more: 'bytes' }), [
      { id: 1, d: 1, more: '' },
      { id: 9007199254740993n, d: NaN, more: Buffer.from([0xff]) },
      { id: 3, d: 2, more: '' },
    ]);
    const dataset = of({ id: { type: 'integer' }, d: { type: 'double', max: 1 } }, { extraColumns: 'ignore' });
    const { rejected, rows, counts } = await run(dataset, body);
    expect(counts).toMatchObject({ read: 3, accepted: 1, quarantined: 2 });
    expect(rows).toEqual([{ id: 1, d: 1 }]);
    const block = body.length - 16 - 34;
    expect(rejected).toMatchObject([
      { line: null, broken: ['d.type'], brokenValues: { d: '"NaN"' }, place: { number: 2 } },
      { line: null, broken: ['d.range'], place: { number: 3 }, values: { id: 3, d: 2, more: '' } },
    ]);
    expect(body.subarray(Number((rejected[0]?.['place'] as { block: number }).block)).length).toBeLessThan(body.length - 50);
    expect(block).toBeGreaterThan(0);
  });
});
