import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import type { DatasetInput } from '../../../core/contracts/dataset/dataset';
import { datasetWith } from '../../kit/datasets';
import { run } from '../../kit/engine';

type Columns = DatasetInput['columns'];
const source = (words: Partial<DatasetInput['source']> = {}) => ({
  bucket: 'vendor',
  prefix: '{yyyy}/{MM}/{dd}/{HH}/',
  format: 'json' as const,
  ...words,
});
const columns = { a: { type: 'integer' }, b: { type: 'string', nullable: true } } as const satisfies Columns;
const plain = datasetWith({ source: source(), columns });
const lines = (wanted: Columns, words: Partial<DatasetInput['source']> = {}) =>
  datasetWith({ source: source({ format: 'jsonl', extraColumns: 'ignore', ...words }), columns: wanted });

describe('an object of JSON documents', () => {
  it.each([
    ['one behind the other', '{"a":1,"b":"x"}{"a":2}{"a":3,"b":"z"}'],
    ['with all kinds of line ends', '\ufeff{"a":1,"b":"x"}\r\n\r\n{"a":2}\r{"a":3,"b":"z"}'],
    ['in a list', '[{"a":1,"b":"x"},{"a":2},{"a":3,"b":"z"}]'],
    ['in several lists', '[{"a":1,"b":"x"},{"a":2}]\n[]\n{"a":3,"b":"z"}'],
    ['pretty-printed', JSON.stringify([{ a: 1, b: 'x' }, { a: 2 }, { b: 'z', a: 3 }], null, 2)],
  ])('%s gives its records in order', async (_what, body) => {
    for (const pieceBytes of [1, 1000])
      expect((await run(plain, body, { pieceBytes })).rows).toEqual([
        { a: 1, b: 'x' },
        { a: 2, b: null },
        { a: 3, b: 'z' },
      ]);
  });

  it('keeps what is no record as it came, with its line', async () => {
    const none = ['[1,\n2]', '5', '"x"', 'null', '{"a":1,"a":2}', '{"a":tru}', '{"a":1 2}', '{\n"a":\n"x\ny"}'];
    const { rejected, counts, rules } = await run(plain, `[{"a":0},\n${none.join(',\n')},\n{"a":9}]`);
    expect(rejected.map(({ raw }) => raw)).toEqual(none);
    expect(rejected.map(({ line }) => line)).toEqual([2, 4, 5, 6, 7, 8, 9, 10]);
    expect(counts).toMatchObject({ read: 10, accepted: 2, quarantined: 8 });
    expect(rules.map(({ name, broken }) => [name, broken])).toEqual([['record.shape', 8]]);
  });

  it('shows and keeps a record that breaks a rule as it came', async () => {
    const { rejected, rules } = await run(plain, '[\n {\n  "a": 12345678901234567890123\n }\n]');
    expect(rejected).toMatchObject([{ line: 2, raw: '{\n  "a": 12345678901234567890123\n }', broken: ['a.type'] }]);
    expect(rules[0]?.samples[0]?.value).toBe('"12345678901234567890123"');
  });

  it('loses only records that are too long, too deep or not UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('[{"a":1},{"a":2,"b":"'),
      Buffer.from([0xff]),
      Buffer.from(`"},{"a":3,"b":${'['.repeat(2000)}${']'.repeat(2000)}},{"a":4,"b":"`),
      Buffer.alloc(5_000_000, 'y'),
      Buffer.from('"},\n{"a":5}]'),
    ]);
    const { rows, rejected } = await run(plain, body, { pieceBytes: 1 << 16 });
    expect(rows.map(({ a }) => a)).toEqual([1, 5]);
    expect(rejected.map(({ problem }) => problem)).toEqual([
      'bytes that are not UTF-8',
      'JSON nested more than 1000 deep',
      expect.stringMatching(/^a record of \d+ bytes, expected at most 4194304$/),
    ]);
  });

  it.each([
    ['cut off', '[{"a":1},{"a":', 'SourceCorrupt', /an-object: no JSON at line 1, byte 15: it ends in a value/],
    ['no JSON', '<Error/>', 'SourceCorrupt', /line 1, byte 1: expected a value, found "<"/],
    ['with members that are not declared', '{"a":1}{"a":2,"c":3}', 'SchemaMismatch', /not declared "c"/],
  ])('that is %s is refused', async (_what, body, name, message) => {
    await expect(run(plain, body)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  it('without a document has no records', async () => {
    for (const body of ['', '\n', '[]']) expect((await run(plain, body)).counts.read).toBe(0);
  });

  it('like those of CloudTrail has its records in the list at a path, and members of members as columns', async () => {
    const dataset = datasetWith({
      source: source({ compression: 'gzip', extraColumns: 'ignore', json: { records: ['Records'] } }),
      columns: {
        id: { type: 'string', from: 'eventID' },
        kind: { type: 'string', nullable: true, from: ['userIdentity', 'type'] },
      },
    });
    const record = (id: string) => ({ eventID: id, userIdentity: { type: 'Role', arn: id }, x: [] });
    const body = (value: unknown) => gzipSync(JSON.stringify(value));
    const { rows, counts } = await run(dataset, {
      a: body({ Records: [record('e0'), { ...record('e1'), userIdentity: null }], more: 1 }),
      b: body({ Records: [] }),
    });
    expect(rows).toEqual([
      { id: 'e0', kind: 'Role' },
      { id: 'e1', kind: null },
    ]);
    expect(counts.read).toBe(2);
    await expect(run(dataset, body({ records: [] }))).rejects.toMatchObject({
      name: 'SchemaMismatch',
      message: expect.stringContaining("a document without a list at ['Records']"),
    });
  });
});

describe('a column of JSON', () => {
  it('is the member at its path, and no other of its name', async () => {
    const dataset = lines({
      id: { type: 'string' },
      p: { type: 'decimal', precision: 38, scale: 20, nullable: true, from: ['o', 'p'] },
      n: { type: 'integer', nullable: true, from: ['o', '0'] },
    });
    const { rows } = await run(
      dataset,
      [
        '{"id":"a","p":9,"x":{"o":{"p":8}},"o":{"q":{"p":7},"p":0.10000000000000000555,"0":9007199254740993}}',
        '{"id":"b","o":[{"p":1},2],"p":0.1}',
        '{"id":"c","o":{"p":1E-7,"0":"5"},"s":"\\"p\\":5"}',
      ].join('\n'),
    );
    expect(rows).toEqual([
      { id: 'a', p: '0.10000000000000000555', n: '9007199254740993' },
      { id: 'b', p: null, n: null },
      { id: 'c', p: '0.00000010000000000000', n: 5 },
    ]);
  });

  it('is refused where its member stands twice, however deep', async () => {
    const dataset = lines({ n: { type: 'integer', nullable: true, from: ['o', 'p', 'n'] } });
    const { counts, broken } = await run(
      dataset,
      '{"o":{"p":{"n":1,"n":2}}}\n{"o":{"p":{"n":1},"p":{}}}\n{"o":{"p":{"n":1},"q":1,"q":2}}\n{"o":{"p":{"n":1}}}\n',
    );
    expect([counts.accepted, broken]).toEqual([1, { 'record.shape': 3 }]);
  });

  it('of type json has digits and order as they came, and NULL for null', async () => {
    const dataset = lines({ id: { type: 'integer' }, d: { type: 'json', nullable: true } });
    const values = [
      '{"b":1, "a":[true,null]}',
      '[1]',
      '"x"',
      '1.10',
      '12345678901234567890123',
      'null',
      '{"b":1,"b":2}',
    ];
    const body = values.map((value, id) => `{"id":${id},"d":${value}}`).join('\n');
    const kept = [...values.slice(0, 5).map((value) => value.replace(', ', ',')), null, values[6]];
    expect((await run(dataset, body)).rows.map(({ d }) => (d === null ? null : String(d)))).toEqual(kept);
    const { rows, broken } = await run(dataset, '{"id":1}\n{"id":2,"d":NaN}\n{"id":3,"d":[1,]}\n{"id":4,"d":1');
    expect(rows).toEqual([{ id: 1, d: null }]);
    expect(broken).toEqual({ 'd.type': 2, 'record.shape': 1 });
  });

  it('is no decimal where its number is too small for one, and for a double', async () => {
    const dataset = lines({ p: { type: 'decimal', precision: 9, scale: 2 } });
    expect((await run(dataset, '{"p": 1e-400}\n{"p":0e-400}\n{"p":1}\n')).broken).toEqual({ 'p.type': 1 });
  });

  it('and a member of it may both be columns', async () => {
    const dataset = lines({ o: { type: 'json' }, p: { type: 'decimal', precision: 9, scale: 2, from: ['o', 'p'] } });
    expect((await run(dataset, '{"o":{"p":1.50}}\n')).rows).toEqual([{ o: '{"p":1.50}', p: '1.50' }]);
  });

  it('has values that do not depend on other records of its object', async () => {
    const dataset = lines({
      p: { type: 'decimal', precision: 20, scale: 6, nullable: true },
      d: { type: 'double', nullable: true },
      i: { type: 'integer', nullable: true },
    });
    const literal = fc.oneof(
      fc.stringMatching(/^-?(0|[1-9]\d{0,18})(\.\d{1,18})?([eE][+-]?\d{1,2})?$/),
      fc.stringMatching(/^"-?\d{1,3}(\.\d{1,7})?"$/),
      fc.constantFrom('null', 'true', '[1.5]', '{"p":1}', 'NaN', '1e400', '1e-400', ' -2.5e-330', '1e-0007', '""'),
    );
    const [sample = []] = fc.sample(fc.array(fc.tuple(literal, literal, literal), { minLength: 25, maxLength: 25 }), 1);
    const body = sample.map(([p, d, i]) => `{"p":${p},"d":${d},"i":${i}}`);
    const alone = await run(dataset, Object.fromEntries(body.map((line, i) => [`o${i}`, line])));
    // A number that the reader would alter: all digits are taken from the bytes.
    const beside = await run(dataset, [...body, '{"p":0.10000000000000000555}'].join('\n'));
    const asText = (outcome: typeof alone) => outcome.rejected.map(({ raw, broken }) => [raw, broken]);
    expect(beside.rows).toEqual(alone.rows);
    expect(asText(beside).slice(0, -1)).toEqual(asText(alone));
  });
});

describe('a column that no record of an object has', () => {
  const wanted = { id: { type: 'integer' }, c: { type: 'string', nullable: true } } as const satisfies Columns;
  const mismatch = (message: RegExp) => ({ name: 'SchemaMismatch', message: expect.stringMatching(message) });

  it('is NULL where it is merely left out', async () => {
    expect((await run(lines(wanted), { a: '{"id":1}\n', b: '{"id":2,"c":"x"}\n' })).rows).toEqual([
      { id: 1, c: null },
      { id: 2, c: 'x' },
    ]);
  });

  it('was renamed where the object has members that no object with the column has', async () => {
    const bodies = { a: '{"id":1,"c":"x","z":1}\n', b: '{"id":2,"z":1,"cc":"y"}\n' };
    await expect(run(lines(wanted), bodies)).rejects.toMatchObject(
      mismatch(/vendor\/b: no record has "c", and not declared: "cc"; write from: "cc" if it was renamed/),
    );
    const { rows } = await run(lines(wanted), { a: bodies.a, b: '{"id":2,"z":1}\n' });
    expect(rows.map(({ c }) => c)).toEqual(['x', null]);
  });

  it('is looked for where its path leads', async () => {
    const inside = lines({ id: wanted.id, c: { ...wanted.c, from: ['o', 'n', 'c'] } });
    await expect(run(inside, '{"id":1,"o":{"n":{"d":1}}}\n')).rejects.toMatchObject(
      mismatch(/not declared in "o"\."n": "d"; write from: \["o","n","d"\]/),
    );
    await expect(run(inside, '{"id":1,"o":{"m":{"c":"x"}}}\n')).rejects.toMatchObject(mismatch(/in "o": "m"/));
    expect((await run(inside, '{"id":1,"o":{"n":{}}}\n{"id":2,"o":null}\n')).counts.accepted).toBe(2);
  });

  it('may be missing if it is optional, or null', async () => {
    const optional = lines({ ...wanted, c: { ...wanted.c, optional: true } });
    expect((await run(optional, '{"id":1,"cc":"y"}\n')).counts.accepted).toBe(1);
    expect((await run(lines(wanted), '{"id":1,"c":null,"cc":"y"}\n')).counts.accepted).toBe(1);
  });

  it('is why all records are rejected, where it must not be missing', async () => {
    const dataset = lines({ id: { type: 'integer' } });
    const more = { mostRejected: () => 0, enoughRejected: 1 };
    await expect(run(dataset, '{"Records":[{"id":1}]}\n', more)).rejects.toMatchObject(mismatch(/"id".*"Records"/));
  });
});
