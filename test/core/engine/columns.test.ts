import type { DatasetInput } from '../../../core/contracts/dataset/dataset';
import { datasetWith } from '../../kit/datasets';
import { parquetOf, run } from '../../kit/engine';

type Columns = DatasetInput['columns'];
type Source = Partial<DatasetInput['source']>;
const of = (columns: Columns, source: Source = {}) => datasetWith({ columns, source });
const parquet = { format: 'parquet' } as const;
const jsonl = { format: 'jsonl' } as const;

describe('a column of another name in the source', () => {
  const columns: Columns = {
    id: { type: 'integer', from: 'Nr' },
    amount: { type: 'decimal', precision: 9, scale: 2, from: 'Betrag' },
  };

  it('is found by it in CSV, and told under both', async () => {
    const { rows, rejected } = await run(of(columns), 'Betrag,Nr\n1.5,1\nx,2\n');
    expect(rows).toEqual([{ id: 1, amount: '1.50' }]);
    expect(rejected).toMatchObject([{ broken: ['amount.type'], brokenValues: { amount: '"x"' } }]);
    await expect(run(of(columns), 'amount,Nr\n1.5,1\n')).rejects.toMatchObject({
      message: expect.stringContaining('missing "amount" ("Betrag" in the source); not declared "amount"'),
      details: { missing: ['amount'] },
    });
  });

  it('is found by it in Parquet, and told under both', async () => {
    const file = await parquetOf(
      `SELECT 1 AS "Nr", 1.5::DECIMAL(9,2) AS "Betrag" UNION ALL SELECT 2, 1234.567::DECIMAL(9,3)`,
    );
    const narrow = { ...columns, amount: { type: 'decimal', precision: 5, scale: 2, from: 'Betrag' } } as const;
    const { rows, rejected } = await run(of(narrow, parquet), file);
    expect(rows).toEqual([{ id: 1, amount: '1.50' }]);
    expect(rejected).toMatchObject([{ broken: ['amount.type'], brokenValues: { amount: '1234.567' } }]);
    const others = await parquetOf(`SELECT 1 AS "Nr", 'x' AS "Betrag"`);
    await expect(run(of(columns, parquet), others)).rejects.toThrow('"amount" ("Betrag" in the source) is VARCHAR');
  });

  it('may be read by several columns, each in its own way', async () => {
    const twice: Columns = {
      text: { type: 'string', from: 'v', read: { nullValues: ['-'] }, nullable: true },
      number: { type: 'integer', from: 'v', nullable: true, read: { nullValues: ['-', 'n/a'] } },
      as_it_came: { type: 'string', from: 'v' },
    };
    const body = 'v\n"1"\n-\nn/a\n""\n';
    const { rows } = await run(of(twice), body);
    expect(rows).toEqual([
      { text: 1, number: 1, as_it_came: 1 },
      { text: null, number: null, as_it_came: '-' },
      { text: 'n/a', number: null, as_it_came: 'n/a' },
      { text: '', number: null, as_it_came: '' },
    ]);
  });
});

describe('values that a column calls NULL', () => {
  const columns: Columns = {
    id: { type: 'integer' },
    a: { type: 'string', nullable: true, read: { nullValues: ['-', '\\N', ''] } },
    n: { type: 'integer', nullable: false, read: { nullValues: ['-1', '?'] } },
  };

  it('are NULL quoted too, and rules and samples see what came', async () => {
    const { rows, rejected } = await run(of(columns), 'id,a,n\n1,"-",5\n2,"",6\n3,\\N,-1\n4,x,?\n5,x,"?"\n6,"- ",7\n');
    expect(rows).toEqual([
      { id: 1, a: null, n: 5 },
      { id: 2, a: null, n: 6 },
      { id: 6, a: '- ', n: 7 },
    ]);
    expect(rejected.map(({ broken, brokenValues }) => [broken, brokenValues])).toEqual([
      [['n.null'], { n: '"-1"' }],
      [['n.null'], { n: '"?"' }],
      [['n.null'], { n: '"?"' }],
    ]);
  });

  it('are compared before backslashes are undone', async () => {
    const { rows } = await run(
      of(columns, { csv: { escape: 'backslash' } }),
      'id,a,n\n1,\\N,1\n2,"\\N",2\n3,\\\\N,3\n4,N,4\n5,\\-,5\n',
    );
    expect(rows.map(({ a }) => a)).toEqual([null, null, '\\N', 'N', '-']);
  });

  it('are numbers of JSON and Parquet too, however they are written', async () => {
    const dated: Columns = {
      id: { type: 'integer' },
      at: { type: 'timestamp', nullable: true, read: { epoch: 's', nullValues: ['-1'] } },
      n: { type: 'decimal', precision: 30, scale: 2, nullable: true, read: { nullValues: ['-9.0', 'n/a'] } },
    };
    const lines = ['{"id":1,"at":-1,"n":-9.0}', '{"id":2,"at":"-1","n":"n/a"}', '{"id":3,"at":5,"n":-9.00}'];
    const nulls = [
      { id: 1, at: null, n: null },
      { id: 2, at: null, n: null },
      { id: 3, at: '1970-01-01 00:00:05+00', n: null },
    ];
    expect((await run(of(dated, jsonl), lines.join('\n'))).rows).toEqual(nulls);
    // With a number of many digits values are taken from the bytes.
    const long = [...lines, '{"id":4,"n":1234567890123456789.25}'].join('\n');
    expect((await run(of(dated, jsonl), long)).rows).toEqual([
      ...nulls,
      { id: 4, at: null, n: '1234567890123456789.25' },
    ]);
    const file = await parquetOf(
      `SELECT 1::BIGINT AS id, -1 AS at, -9.00::DECIMAL(9,2) AS n UNION ALL SELECT 3, 5, -9`,
    );
    expect((await run(of(dated, parquet), file)).rows).toEqual([nulls[0], nulls[2]]);
  });
});

describe('a value that is no text', () => {
  const columns: Columns = {
    at: { type: 'timestamp', read: { epoch: 'ms' } },
    day: { type: 'date', read: { format: '%Y%m%d' } },
    ok: { type: 'boolean', read: { true: ['Y', '1'], false: ['N', '0'] } },
    n: { type: 'decimal', precision: 9, scale: 2, read: { decimal: ',' } },
  };
  const row = { at: '2026-01-20 05:00:00.123+00', day: '2026-01-20', ok: true, n: '1.50' };

  it('is read as its digits in JSON where the words are about text', async () => {
    const { rows, rejected } = await run(
      of(columns, jsonl),
      [
        '{"at":1768885200123,"day":20260120,"ok":1,"n":"1,5"}',
        '{"at":"1768885200123","day":"20260120","ok":true,"n":1.5}',
        '{"at":1.5,"day":20269920,"ok":2,"n":"1.5"}',
      ].join('\n'),
    );
    expect(rows).toEqual([row, row]);
    expect(rejected).toMatchObject([{ broken: ['at.type', 'day.type', 'ok.type', 'n.type'] }]);
  });

  it('is read so in Parquet, and bytes are text', async () => {
    const { rows, rejected } = await run(
      of(columns, parquet),
      await parquetOf(`SELECT 1768885200123::DECIMAL(18,0) AS at, 20260120 AS day, 1 AS ok, '1,5'::BLOB AS n
                       UNION ALL SELECT 1, 1, 2, '\\xff'::BLOB`),
    );
    expect(rows).toEqual([row]);
    expect(rejected).toMatchObject([{ broken: ['day.type', 'ok.type', 'n.type'], values: { n: '\\xFF' } }]);
    await expect(
      run(of(columns, parquet), await parquetOf(`SELECT 1.5::DOUBLE AS at, 1 AS day, true AS ok, 1 AS n`)),
    ).rejects.toThrow('"at" is DOUBLE, expected a timestamp, an integer or text');
  });

  it('of Parquet: a decimal of scale 0 is an integer, and a time without a zone is one of the column’s', async () => {
    const zoned: Columns = {
      id: { type: 'integer' },
      at: { type: 'timestamp', read: { timeZone: 'Europe/Berlin' } },
      s: { type: 'string' },
    };
    const { rows, rejected } = await run(
      of(zoned, parquet),
      await parquetOf(`SELECT 7::DECIMAL(38,0) AS id, TIMESTAMP '2026-10-25 02:30:00' AS at, encode('grün') AS s
                       UNION ALL SELECT 8, TIMESTAMP '2026-03-29 02:30:00', '\\xff'::BLOB`),
    );
    expect(rows).toEqual([{ id: 7, at: '2026-10-25 00:30:00+00', s: 'grün' }]);
    expect(rejected).toMatchObject([{ broken: ['at.type', 's.type'] }]);
  });
});

describe('what is known of a record', () => {
  const about: Columns = {
    start: { type: 'timestamp', from: '$partition' },
    day: { type: 'date', from: '$partition' },
    name: { type: 'string', from: '$partition' },
    key: { type: 'string', from: '$key', pattern: '[a-z-]+' },
    at: { type: 'timestamp', from: '$modified' },
  };
  const known = {
    start: '2026-01-20 05:00:00+00',
    day: '2026-01-20',
    name: '2026-01-20T05',
    key: 'an-object',
    at: '2001-01-01 00:00:00+00',
  };
  const lined: Columns = { id: { type: 'integer' }, ...about, line: { type: 'integer', from: '$line', max: 6 } };
  const at = { partition: '2026-01-20T05' };

  it.each<[string, Source, string, number[]]>([
    ['CSV', { csv: { skipLines: 1 }, extraColumns: 'ignore' }, '#\nid,x\n1,\n\n2,\n\n7,\nx,', [3, 5]],
    [
      'CSV with comments and a backslash',
      { csv: { comment: '#', escape: 'backslash' }, extraColumns: 'ignore' },
      'id,x\n#\n1,\n#\n2,\n\n7,\nx,',
      [3, 5],
    ],
    ['JSONL', jsonl, '\n\n{"id":1}\n\n{"id":2}\n\n{"id":7}\n{"id":"x"}', [3, 5]],
    ['JSON', { format: 'json' }, '[\n\n{"id":1},\n{\n"id":2},\n\n{"id":7},\n{"id":"x"}]', [3, 4]],
  ])('are columns of %s, with the line on which it begins', async (_format, source, body, lines) => {
    const { rows, rejected } = await run(of(lined, source), body, at);
    expect(rows).toEqual(lines.map((line, i) => ({ id: i + 1, ...known, line })));
    expect(rejected).toMatchObject([
      { line: 7, broken: ['line.range'], brokenValues: { line: '7' } },
      { line: 8, broken: ['id.type', 'line.range'] },
    ]);
  });

  it('are columns of Parquet, which has no lines', async () => {
    const { rows } = await run(
      of({ id: { type: 'integer' }, ...about }, parquet),
      await parquetOf('SELECT 1 AS id'),
      at,
    );
    expect(rows).toEqual([{ id: 1, ...known }]);
    expect(() => of(lined, parquet)).toThrow('parquet has no lines');
  });

  it('is shown where it breaks a rule', async () => {
    const { rejected } = await run(of(about, { extraColumns: 'ignore' }), { 'a/1': 'x\n1\n' }, at);
    expect(rejected).toMatchObject([{ broken: ['key.pattern'], brokenValues: { key: '"a/1"' } }]);
  });
});

describe('a column that may be absent', () => {
  const columns: Columns = {
    id: { type: 'integer' },
    coupon: { type: 'string', optional: true, from: 'Coupon' },
    gone: { type: 'decimal', precision: 9, scale: 2, optional: true },
  };

  it('is NULL where an object lacks it, and it is told in how many it was', async () => {
    const bodies = { a: 'id,Coupon\n1,x\n', b: 'id\n2\n', c: 'Coupon,id\ny,3\n', d: 'id\n' };
    const { rows, absentColumns } = await run(of(columns), bodies);
    expect(rows.map(({ coupon, gone }) => [coupon, gone])).toEqual([
      ['x', null],
      [null, null],
      ['y', null],
    ]);
    // An object without records lacks nothing.
    expect(absentColumns).toEqual({ of: 3, columns: { coupon: 1, gone: 3 } });
    await expect(run(of(columns), 'id,cuopon\n1,x\n')).rejects.toThrow('not declared "cuopon"');
  });

  it('of Parquet likewise', async () => {
    const bodies = { a: await parquetOf(`SELECT 1 AS id, 'x' AS "Coupon"`), b: await parquetOf('SELECT 2 AS id') };
    const { rows, absentColumns } = await run(of(columns, parquet), bodies);
    expect(rows.map(({ coupon }) => coupon)).toEqual(['x', null]);
    expect(absentColumns).toEqual({ of: 2, columns: { coupon: 1, gone: 2 } });
  });

  it('of JSON likewise, and nullable ones too', async () => {
    const members: Columns = { ...columns, coupon: { type: 'string', nullable: true } };
    const bodies = { a: '{"id":1,"coupon":null}', b: '{"id":2}', c: '{"id":3,"coupon":"x"}\n{"id":4}' };
    expect((await run(of(members, jsonl), bodies)).absentColumns).toEqual({ of: 3, columns: { coupon: 1, gone: 3 } });
  });

  it('is nothing to tell where none may be', async () => {
    expect((await run(of({ id: { type: 'integer' } }), 'id\n1\n')).absentColumns).toBeNull();
  });
});

it('JSON in a field of CSV is kept as it came, without the blanks between its tokens', async () => {
  const columns: Columns = { id: { type: 'integer' }, j: { type: 'json', nullable: true } };
  const values = [
    '{"b": 1.50, "a": [1 , "x  \\" y"]}',
    ' "a" ',
    'null',
    '12345678901234567890.10',
    '',
    '{"a":"NaN, ]"}',
  ];
  const bad = ['x', '{"a":1,}', '[NaN]', '{"a":-Infinity}', '{"a":1} {}', "{'a':1}"];
  const body = [...values, ...bad].map((value, i) => `${i},"${value.replaceAll('"', '""')}"\n`).join('');
  const { rows, rejected } = await run(of(columns), `id,j\n${body}`);
  expect(rows.map(({ j }) => j)).toEqual([
    '{"b":1.50,"a":[1,"x  \\" y"]}',
    '"a"',
    null,
    '12345678901234567890.10',
    null,
    '{"a":"NaN, ]"}',
  ]);
  expect(rejected.map(({ broken }) => broken)).toEqual(bad.map(() => ['j.type']));
});

it('a group of a line of text is read as the column says, and its line is a column', async () => {
  const columns: Columns = {
    at: { type: 'timestamp', from: 't', read: { format: '%d/%b/%Y:%H:%M:%S %z' } },
    bytes: { type: 'integer', nullable: true, read: { nullValues: ['-'] } },
    line: { type: 'integer', from: '$line' },
    key: { type: 'string', from: '$key' },
  };
  const source = { format: 'text', text: { pattern: '^\\[(?<t>[^\\]]+)\\] (?<bytes>\\S+)$' } } as const;
  const body = '[20/Jan/2026:05:00:01 +0100] 12\n\n[20/Jan/2026:05:00:02 Z] -\nnonsense\n[x] 5\n';
  const { rows, rejected } = await run(of(columns, source), body);
  expect(rows).toEqual([
    { at: '2026-01-20 04:00:01+00', bytes: 12, line: 1, key: 'an-object' },
    { at: '2026-01-20 05:00:02+00', bytes: null, line: 3, key: 'an-object' },
  ]);
  expect(rejected).toMatchObject([
    { line: 4, broken: ['record.shape'] },
    { line: 5, broken: ['at.type'], brokenValues: { at: '"x"' } },
  ]);
});
