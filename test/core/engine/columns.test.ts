import { datasetWith } from '../../kit/datasets';
import { parquetOf, run } from '../../kit/engine';

const source = (words: object) => ({ source: words });

describe('a column of another name in the source', () => {
  it('is found by it in CSV, and told under both', async () => {
    const dataset = datasetWith({
      columns: {
        id: { type: 'integer', from: 'Nr' },
        amount: { type: 'decimal', precision: 9, scale: 2, from: 'Betrag' },
      },
    });
    const { rows, rejected } = await run(dataset, 'Betrag,Nr\n1.5,1\nx,2\n');
    expect(rows).toEqual([{ id: 1, amount: '1.50' }]);
    expect(rejected).toMatchObject([{ broken: ['amount.type'], brokenValues: { amount: '"x"' } }]);
    await expect(run(dataset, 'amount,Nr\n1.5,1\n')).rejects.toMatchObject({
      message: expect.stringContaining('missing "amount" ("Betrag" in the source); not declared "amount"'),
      details: { missing: ['amount'] },
    });
  });
});

it('csv header false, two columns of one field', async () => {
  const dataset = datasetWith({
    ...source({ csv: { header: false } }),
    columns: {
      id: { type: 'integer' },
      a: { type: 'string', from: 'id', read: { nullValues: ['-'] }, nullable: true },
      b: { type: 'string' },
    },
  } as never);
  const { rows } = await run(dataset, '1,x\n2,y\n');
  expect(rows).toEqual(
    [
      { id: 1, a: '1', b: 'x' },
      { id: 2, a: '2', b: 'y' },
    ].map((r) => ({ ...r, a: Number(r.a) })),
  );
});

it('about', async () => {
  const about = {
    p: { type: 'timestamp', from: '$partition' },
    d: { type: 'date', from: '$partition' },
    t: { type: 'string', from: '$partition' },
    k: { type: 'string', from: '$key' },
    m: { type: 'timestamp', from: '$modified' },
  } as const;
  const line = { l: { type: 'integer', from: '$line' } } as const;
  const columns = { id: { type: 'integer' }, ...about, ...line, j: { type: 'json', nullable: true } } as never;
  const csv = await run(
    datasetWith({ ...source({ csv: { skipLines: 1 } }), columns } as never),
    '#\nid,j\n1,"{""a"": 1.50}"\n\n2,null\nx,[NaN]\n',
    { partition: '2026-01-20T05' },
  );
  console.log(csv.rows, csv.rejected);
  const jsonl = await run(
    datasetWith({ ...source({ format: 'jsonl' }), columns } as never),
    '\n{"id":1,"j":{"a": 1.50}}\n\n{"id":2}\n{"id":"x"}',
    { partition: '2026-01-20' },
  );
  console.log(jsonl.rows, jsonl.rejected);
  const json = await run(
    datasetWith({ ...source({ format: 'json' }), columns: { id: { type: 'integer' }, ...about, ...line } } as never),
    '\n{"id":1}\n\n{"id":2}\n{"id":"x"}',
    { partition: '2026-01-20' },
  );
  console.log(json.rows, json.rejected);
  const parquet = await run(
    datasetWith({
      ...source({ format: 'parquet' }),
      columns: {
        id: { type: 'integer', from: 'x' },
        o: { type: 'string', optional: true },
        b: { type: 'string' },
        e: { type: 'timestamp', read: { epoch: 'ms' } },
        n: { type: 'decimal', precision: 9, scale: 2, read: { decimal: ',' } },
        y: { type: 'date', read: { format: '%Y%m%d' } },
        ...about,
      },
    } as never),
    await parquetOf(
      `SELECT 1::DECIMAL(9,0) AS x, 'ab'::BLOB AS b, 1768885200123 AS e, '1,5'::BLOB AS n, 20260120 AS y UNION ALL SELECT 2, '\\xff'::BLOB, 1, '1.5'::BLOB, 5`,
    ),
    { partition: '2026-01-20' },
  );
  console.log(parquet.rows, JSON.stringify(parquet.rejected));
});

it('jsonl read', async () => {
  const columns = {
    id: { type: 'integer' },
    e: { type: 'timestamp', nullable: true, read: { epoch: 's', nullValues: ['-1'] } },
    n: { type: 'decimal', precision: 9, scale: 2, nullable: true, read: { nullValues: ['-9.0', 'n/a'] } },
    b: { type: 'boolean', read: { true: ['Y', '1'], false: ['N', '0'] } },
  };
  const got = await run(
    datasetWith({ ...source({ format: 'jsonl' }), columns } as never),
    '{"id":1,"e":1768885200,"n":-9.0,"b":true}\n{"id":2,"e":-1,"n":"n/a","b":"Y"}\n{"id":3,"e":"-1","n":-9.0000000000000001,"b":0}\n{"id":4,"e":"5","n":1.5,"b":2}\n{"id":5,"e":5.5,"n":-9.00,"b":"N"}',
  );
  console.log(got.rows, got.rejected);
});
