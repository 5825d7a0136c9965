import { datasetWith, run } from './harness';

const source = { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'jsonl' as const };
const plain = datasetWith({ source, columns: { a: { type: 'integer' }, b: { type: 'string', nullable: true } } });
const loose = datasetWith({ source: { ...source, extraColumns: 'ignore' }, columns: plain.columns });

describe('a JSONL object', () => {
  it.each([
    ['LF', '{"a":1,"b":"x"}\n{"b":"y","a":2}\n'],
    ['CRLF and blank lines', '{"a":1,"b":"x"}\r\n\r\n  \r\n{"a":2,"b":"y"}'],
    ['a byte order mark', '\ufeff{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n'],
    ['spaces', ' { "a" : 1 , "b" : "x" } \n\t{"a":2,"b":"y"}\n'],
  ])('with %s gives its records in order', async (_what, body) => {
    for (const pieceBytes of [1, 4, 1000]) {
      const outcome = await run(plain, body, { pieceBytes });
      expect(outcome.rows).toEqual([
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ]);
    }
  });

  it('has a missing value where a key is absent or null', async () => {
    const outcome = await run(plain, '{"a":1}\n{"a":2,"b":null}\n{"b":"x"}\n{"a":null}\n');
    expect(outcome.rows).toEqual([
      { a: 1, b: null },
      { a: 2, b: null },
    ]);
    expect(outcome.broken).toEqual({ 'a.null': 2 });
  });

  it('shows what a record has, or says that it is no standard JSON', async () => {
    const { rules } = await run(plain, '{}\n{"a":NaN}\n');
    const shown = Object.fromEntries(rules.map(({ name, samples }) => [name, samples.map(({ value }) => value)]));
    expect(shown).toEqual({ 'a.null': ['null'], 'a.type': ['a record that is not standard JSON'] });
  });

  it('keeps every line that is no object, as it came', async () => {
    const lines = [
      '{bad',
      'null',
      '5',
      '[1,2]',
      '"abc"',
      '{"a":1,"a":2}',
      '{"a":1} {"a":2}',
      '{"a":1}{"a":2}',
      '{"a":',
      '{',
    ];
    const outcome = await run(plain, `{"a":0}\n${lines.join('\n')}\n{"a":9}\n`);
    expect(outcome.rows.map((row) => row['a'])).toEqual([0, 9]);
    expect(outcome.rejected.map(({ raw }) => raw)).toEqual(lines);
    expect(outcome.rejected.map(({ line }) => line)).toEqual(lines.map((_, i) => i + 2));
    expect(outcome.broken).toEqual({ 'record.shape': lines.length });
    expect(outcome.counts).toMatchObject({ read: 12, accepted: 2, quarantined: 10 });
  });

  it.each([
    ['a string that looks like a number', '"5"'],
    ['a fraction', '5.0'],
    ['a fraction that would be rounded', '5.7'],
    ['a boolean', 'true'],
    ['NaN', 'NaN'],
    ['an exponent', '1e3'],
    ['more than 64 bits', '18446744073709551616'],
    ['one more than a BIGINT', '9223372036854775808'],
    ['an object', '{"a":1}'],
    ['a list', '[5]'],
  ])('does not take %s for an integer', async (_what, value) => {
    const outcome = await run(plain, `{"a":${value}}\n{"a":9223372036854775807}\n`);
    expect(outcome.counts).toMatchObject({ read: 2, accepted: 1, quarantined: 1 });
    expect(outcome.rejected[0]?.raw).toBe(`{"a":${value}}`);
  });

  it('does not take numbers, booleans or objects for text', async () => {
    const outcome = await run(plain, '{"a":1,"b":5}\n{"a":2,"b":true}\n{"a":3,"b":{"x":1}}\n{"a":4,"b":"5s"}\n');
    expect(outcome.broken).toEqual({ 'b.type': 3 });
    expect(outcome.rows).toEqual([{ a: 4, b: '5s' }]);
  });

  it('keeps the digits of a decimal', async () => {
    const dataset = datasetWith({ source, columns: { p: { type: 'decimal', precision: 38, scale: 25 } } });
    const body =
      '{"p":0.1234567890123456789012345}\n{"p":"12.50"}\n{"p":7}\n{"p" : 12.50 }\n{"p":0.12345678901234567890123456}\n{"p":1e2}\n';
    const outcome = await run(dataset, body);
    expect(outcome.rows.map((row) => row['p'])).toEqual([
      '0.1234567890123456789012345',
      '12.5000000000000000000000000',
      '7.0000000000000000000000000',
      '12.5000000000000000000000000',
    ]);
    expect(outcome.broken).toEqual({ 'p.type': 2 });
  });

  it('is refused for a key that the definition does not name, or not if that says so', async () => {
    const body = '{"a":1,"zz":5,"__proto__":{"x":1}}\n{"a":2,"A":3}\n';
    await expect(run(plain, body)).rejects.toMatchObject({
      name: 'SchemaMismatch',
      message: expect.stringMatching(/an-object.*not declared.*"zz"/),
    });
    expect((await run(loose, body)).rows.map((row) => row['a'])).toEqual([1, 2]);
  });

  it('may have columns with any name', async () => {
    const names = ['*', 'a.b', 'a/b', 'x[0]', '$', "it's", 'é ü', 't~r', 'select'];
    const dataset = datasetWith({
      source,
      columns: Object.fromEntries(names.map((name) => [name, { type: 'integer' as const }])),
    });
    const record = Object.fromEntries(names.map((name, i) => [name, i]));
    expect((await run(dataset, `${JSON.stringify(record)}\n`)).rows).toEqual([record]);
  });

  it('with bytes that are not UTF-8, NUL bytes or a line of 5 MB loses those lines only', async () => {
    const body = Buffer.concat([
      Buffer.from('{"a":1}\n{"a":2,"b":"'),
      Buffer.from([0xff]),
      Buffer.from('"}\n{"a":3,"b":"\0"}\n{"a":4,"b":"'),
      Buffer.alloc(5_000_000, 'y'),
      Buffer.from('"}\n{"a":5}\n'),
    ]);
    const outcome = await run(plain, body, { pieceBytes: 1 << 16 });
    expect(outcome.rows.map((row) => row['a'])).toEqual([1, 5]);
    expect(outcome.rejected.map(({ line }) => line)).toEqual([2, 3, 4]);
  });

  it('that is empty has no records', async () => {
    expect((await run(plain, '')).counts.read).toBe(0);
    expect((await run(plain, '\n\n')).counts.read).toBe(0);
  });
});
