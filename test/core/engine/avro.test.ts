import type { DatasetInput } from '../../../core/contracts/dataset/dataset';
import { avroFile, Branch, CODECS, decimalBytes, SYNC } from '../../kit/avro';
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
  const records = Array.from({ length: 250 }, (_, id) => ({
    id,
    note: id % 3 === 0 ? null : `nöte ${'ab'.repeat(id)}`,
  }));

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
        {
          __proto__x: 'long',
          left: ['null', 'com.x.Tree'],
          'a-b': { type: 'map', values: ['null', 'double', 'string'] },
        },
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
    const head = body.indexOf(SYNC) + SYNC.length;
    const { rejected, rows, counts } = await run(dataset, body);
    expect(counts).toMatchObject({ read: 3, accepted: 1, quarantined: 2 });
    expect(rows).toEqual([{ id: 1, d: 1 }]);
    expect(rejected).toMatchObject([
      { line: null, broken: ['d.type'], brokenValues: { d: '"NaN"' }, place: { block: head, number: 2 } },
      { line: null, broken: ['d.range'], place: { block: head, number: 3 }, values: { id: 3, d: 2, more: '' } },
    ]);
  });
});

describe('a column of Avro', () => {
  const id = { type: 'integer' } as const;
  const text = { type: 'string', nullable: true } as const;
  const refused = (columns: Columns, bodies: Parameters<typeof run>[1], words: Partial<DatasetInput['source']> = {}) =>
    run(of(columns, words), bodies).then(
      () => 'nothing',
      ({ name, message }: Error) => `${name}: ${message}`,
    );
  const ids = avroFile(record({ id: 'long' }), [{ id: 1 }]);
  const idsAnd = (name: string) => avroFile(record({ id: 'long', [name]: 'string' }), [{ id: 1, [name]: 'x' }]);

  it('that is nullable may be absent, and in another object of the batch be there', async () => {
    expect((await run(of({ id, note: text }), { a: ids, b: idsAnd('note') })).rows).toEqual([
      { id: 1, note: null },
      { id: 1, note: 'x' },
    ]);
  });

  it('that was renamed is named with what may be its new name', async () => {
    const loose = { extraColumns: 'ignore' } as const;
    const found = await refused({ id, note: text }, { a: idsAnd('note'), b: idsAnd('remark') }, loose);
    expect(found).toMatch(/^SchemaMismatch: s3:\/\/vendor\/b: no record has "note", and not declared: "remark"/);
    const inner = record({ id: 'long', o: record({ remark: 'int' }, { name: 'O' }) });
    const body = avroFile(inner, [{ id: 1, o: { remark: 2 } }]);
    expect(await refused({ id, n: { type: 'integer', nullable: true, from: ['o', 'note'] } }, body)).toMatch(
      /no record has "n", and not declared in "o": "remark"; write from: \["o","remark"\]/,
    );
    const { rows } = await run(of({ id, note: { ...text, optional: true } }, loose), idsAnd('remark'));
    expect(rows).toEqual([{ id: 1, note: null }]);
  });

  it('is found by its name, by that in from, and by one that it had before', async () => {
    const fields = [
      { name: 'ID', type: 'long' },
      { name: 'remark', type: 'string', aliases: ['note'] },
    ];
    const body = avroFile({ type: 'record', name: 'R', fields }, [{ ID: 1, remark: 'x' }]);
    const { rows } = await run(of({ id: { ...id, from: 'ID' }, note: { type: 'string' } }), body);
    expect(rows).toEqual([{ id: 1, note: 'x' }]);
  });

  it.each<[string, Columns, Buffer, RegExp]>([
    ['is absent', { id, note: { type: 'string' } }, ids, /missing "note"/],
    ['is not declared', { id }, idsAnd('note'), /not declared "note"/],
    [
      'is text for a number',
      { id, note: id },
      idsAnd('note'),
      /"note" is string, expected int, long, a decimal of scale 0/,
    ],
  ])('that %s is refused, but not of an object without records', async (_what, columns, body, says) => {
    expect(await refused(columns, body)).toMatch(says);
    const { counts } = await run(of(columns), avroFile(record({ other: 'double' }), []));
    expect(counts.read).toBe(0);
  });

  it('has single values that do not fit in quarantine', async () => {
    const schema = record({
      n: ['null', 'long', 'string'],
      d: logical('bytes', 'decimal', { precision: 9, scale: 3 }),
      b: 'bytes',
      at: logical('long', 'timestamp-nanos'),
      j: { type: 'array', items: 'double' },
      k: ['long', 'double'],
    });
    const sound = { n: 1, d: decimalBytes(1500n), b: 'x', at: 1000, j: [1], k: 5 };
    const { rows, rejected } = await run(
      of({
        n: { type: 'integer', nullable: true },
        d: { type: 'decimal', precision: 5, scale: 2 },
        b: { type: 'string' },
        at: { type: 'timestamp' },
        j: { type: 'json' },
        k: { type: 'double' },
      }),
      avroFile(schema, [
        sound,
        { ...sound, n: null, k: new Branch(1, -0) },
        { ...sound, n: new Branch(2, '1') },
        { ...sound, d: decimalBytes(1501n) },
        { ...sound, d: decimalBytes(10n ** 8n) },
        { ...sound, b: Buffer.from([0xc3]) },
        { ...sound, at: 1001 },
        { ...sound, j: [1, Infinity] },
        { ...sound, k: 9007199254740993n },
      ]),
    );
    expect(rows.map(({ n, d, k }) => [n, d, k])).toEqual([
      [1, '1.50', 5],
      [null, '1.50', -0],
    ]);
    expect(rejected.map(({ broken, brokenValues }) => [broken, brokenValues])).toEqual([
      [['n.type'], { n: '"1"' }],
      [['d.type'], { d: '1.501' }],
      [['d.type'], { d: '"100000.000"' }],
      [['b.type'], { b: '{"base64":"ww=="}' }],
      [['at.type'], { at: '"1970-01-01T00:00:00.000001001Z"' }],
      [['j.type'], { j: '[1,"Infinity"]' }],
      [['k.type'], { k: '"9007199254740993"' }],
    ]);
  });
});

it('a record of Avro that is too long, too deep, too full or not UTF-8 goes to quarantine as its bytes', async () => {
  const schema = record({ id: 'int', s: 'string', next: ['null', 'Order'], a: { type: 'array', items: 'null' } });
  const one = { id: 1, s: '', next: null, a: [] };
  let deep: object = one;
  for (let i = 0; i < 1100; i += 1) deep = { ...one, next: deep };
  const records = [
    one,
    { ...one, s: 'y'.repeat(5_000_000) },
    deep,
    { ...one, a: Array.from({ length: 300_000 }, () => null) },
    { ...one, s: Buffer.from([0xff]) },
    { ...one, id: 2 },
  ];
  const { rows, rejected, broken } = await run(
    of({ id: { type: 'integer' } }, { extraColumns: 'ignore' }),
    avroFile(schema, records),
    {
      pieceBytes: 1 << 16,
    },
  );
  expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
  expect(broken).toEqual({ 'record.shape': 4 });
  expect(rejected.map(({ problem, place }) => [problem, place])).toEqual([
    ['a record of 5000007 bytes, expected at most 4194304', expect.objectContaining({ number: 2 })],
    ['nested more than 1000 deep', expect.objectContaining({ number: 3 })],
    ['more than 250000 values in one record', expect.objectContaining({ number: 4 })],
    ['bytes that are not UTF-8', expect.objectContaining({ number: 5 })],
  ]);
});
