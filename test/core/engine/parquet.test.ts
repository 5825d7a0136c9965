import type { DatasetInput } from '../../../core/contracts/dataset/dataset';
import { datasetWith } from '../../kit/datasets';
import { parquetOf as parquet, run } from '../../kit/engine';

const source = { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'parquet' as const };
const of = (columns: DatasetInput['columns'], more: Partial<DatasetInput> = {}) =>
  datasetWith({ source, columns, ...more });
const plain = of({ a: { type: 'integer' }, b: { type: 'string', nullable: true } });

describe('a Parquet object', () => {
  it('gives its records by the names of its columns', async () => {
    const body = await parquet(`SELECT 'x' || i AS b, i::INTEGER AS a FROM range(10000) r(i)`);
    const outcome = await run(plain, body, { pieceBytes: 4096 });
    expect(outcome.counts).toMatchObject({ read: 10000, accepted: 10000 });
    expect(outcome.rows[9999]).toEqual({ a: 9999, b: 'x9999' });
  });

  it('quarantines records with the values as they are', async () => {
    const dataset = of({ a: { type: 'integer', max: 5 }, b: { type: 'string' } }, { unique: ['a'] });
    const body = await parquet(
      `SELECT * FROM (VALUES (1::UBIGINT, 'x'), (9223372036854775809, 'y'), (1, 'z'), (7, NULL)) t(a, b)`,
    );
    const outcome = await run(dataset, { one: body, two: body });
    expect(outcome.rows).toEqual([{ a: 1, b: 'x' }]);
    expect(outcome.counts).toMatchObject({ read: 8, accepted: 1, quarantined: 4, duplicates: 3 });
    expect(outcome.rejected.filter(({ object }) => object === 'one').map(({ object: _, ...rest }) => rest)).toEqual(
      expect.arrayContaining([
        {
          line: null,
          broken: ['a.type'],
          brokenValues: { a: '9223372036854776000' },
          values: { a: Number(9223372036854775809n), b: 'y' },
        },
        { line: null, broken: ['unique'], brokenValues: { a: '1' }, values: { a: 1, b: 'z' } },
        { line: null, broken: ['a.range', 'b.null'], brokenValues: { a: '7', b: 'null' }, values: { a: 7, b: null } },
      ]),
    );
  });

  it.each([
    ['integer', '5::TINYINT', 5],
    ['integer', '5::UBIGINT', 5],
    ['integer', '18446744073709551615::UBIGINT', undefined],
    ['double', '1.5::FLOAT', 1.5],
    ['double', '5::INTEGER', 5],
    ['double', '9007199254740993::BIGINT', undefined],
    ['double', "'nan'::DOUBLE", undefined],
    ['double', "'inf'::DOUBLE", undefined],
    ['boolean', 'true', true],
    ['date', "DATE '2001-02-03'", '2001-02-03'],
    ['timestamp', "TIMESTAMP '2001-02-03 04:05:06'", '2001-02-03 04:05:06+00'],
    ['timestamp', "TIMESTAMPTZ '2001-02-03 04:05:06+02'", '2001-02-03 02:05:06+00'],
    ['timestamp', "'2001-02-03 04:05:06'::TIMESTAMP_MS", '2001-02-03 04:05:06+00'],
    ['timestamp', "'2001-02-03 04:05:06.123456'::TIMESTAMP_NS", '2001-02-03 04:05:06.123456+00'],
    ['timestamp', "'2001-02-03 04:05:06.1234567'::TIMESTAMP_NS", undefined],
    ['timestamp', "'infinity'::TIMESTAMP", undefined],
  ] as const)('gives as %s the value of %s', async (type, sql, value) => {
    const outcome = await run(of({ v: { type } }), await parquet(`SELECT ${sql} AS v`));
    expect(outcome.rows.map((row) => row['v'])).toEqual(value === undefined ? [] : [value]);
    expect(outcome.broken).toEqual(value === undefined ? { 'v.type': 1 } : {});
  });

  it.each([
    ['1.01::DECIMAL(5,2)', '1.01'],
    ['1.00::DECIMAL(18,4)', '1.00'],
    ['1.005::DECIMAL(18,4)', undefined],
    ['1234::INTEGER', undefined],
    ['12::INTEGER', '12.00'],
  ])('gives as a decimal the value of %s', async (sql, value) => {
    const dataset = of({ v: { type: 'decimal', precision: 5, scale: 2 } });
    const outcome = await run(dataset, await parquet(`SELECT ${sql} AS v`));
    expect(outcome.rows.map((row) => row['v'])).toEqual(value === undefined ? [] : [value]);
  });

  it.each([
    ['integer', '1.5::DOUBLE'],
    ['integer', "'5'"],
    ['string', '5'],
    ['timestamp', "DATE '2001-01-01'"],
    ['double', '1.5::DECIMAL(5,2)'],
    ['boolean', '1'],
    ['date', "TIMESTAMP '2001-01-01'"],
    ['string', '{a: 1}'],
  ] as const)('is refused where a column declared %s is %s', async (type, sql) => {
    await expect(run(of({ v: { type } }), await parquet(`SELECT ${sql} AS v`))).rejects.toMatchObject({
      name: 'SchemaMismatch',
      message: expect.stringMatching(/^s3:\/\/vendor\/an-object: .*"v" is .*, expected an? /),
    });
  });

  it('is refused for a column that is missing or not declared', async () => {
    await expect(run(plain, await parquet(`SELECT 1 AS a, 2 AS c`))).rejects.toMatchObject({
      name: 'SchemaMismatch',
      message: expect.stringContaining('missing "b"; not declared "c"'),
    });
  });

  it('without records has none', async () => {
    expect((await run(plain, await parquet(`SELECT 1 AS a, 'x' AS b WHERE false`))).counts.read).toBe(0);
  });

  it('that is truncated, damaged or no Parquet at all is corrupt', async () => {
    const body = await parquet(`SELECT i::INTEGER AS a, 'x' || i AS b FROM range(5000) r(i)`);
    const damagedFooter = Buffer.from(body);
    damagedFooter.fill(0xff, body.length - 100, body.length - 60);
    const wrongLength = Buffer.from(body);
    wrongLength.writeUInt32LE(body.length * 2, body.length - 8);
    const broken = [
      body.subarray(0, 3000),
      body.subarray(0, body.length - 1),
      Buffer.from('a,b\n1,x\n'.repeat(10)),
      Buffer.alloc(0),
      damagedFooter,
      wrongLength,
    ];
    for (const bytes of broken)
      await expect(run(plain, bytes, { pieceBytes: 4096 })).rejects.toMatchObject({
        name: 'SourceCorrupt',
        details: { object: 'an-object' },
      });
  });
});
