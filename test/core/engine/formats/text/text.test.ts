import { datasetWith } from '../../../../kit/datasets';
import { run } from '../../../../kit/engine';

const textual = (pattern: string, columns: Parameters<typeof datasetWith>[0]['columns'], more: object = {}) =>
  datasetWith({
    columns,
    source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'text', text: { pattern }, ...more },
  });
const nullable = { type: 'string', nullable: true } as const;
const plain = textual('(?<a>\\d+) (?P<b>.*)', { a: { type: 'integer' }, b: nullable });

describe('an object of lines by a pattern', () => {
  it.each([
    ['LF', '1 x\n2 "y", z\n'],
    ['CRLF, blank lines and no line end at the end', '1 x\r\n\r\n\n2 "y", z'],
    ['a byte-order mark', '\ufeff1 x\n2 "y", z\n'],
  ])('with %s gives its records in order', async (_what, body) => {
    for (const pieceBytes of [1, 4, 1000]) {
      const { rows, counts } = await run(plain, body, { pieceBytes });
      expect(rows).toEqual([
        { a: 1, b: 'x' },
        { a: 2, b: '"y", z' },
      ]);
      expect(counts).toMatchObject({ read: 2, quarantined: 0 });
    }
  });

  it('keeps lines that do not match, byte for byte', async () => {
    const lines = ['x', '1', ' 1 x', '1 x\0\u2028', '"', '""', '1\r', '   '];
    const body = Buffer.concat([Buffer.from(`0 a\n${lines.join('\n')}\n`), Buffer.from([0x31, 0x20, 0xff, 10])]);
    const { rows, rejected, broken } = await run(plain, body);
    expect(rows).toEqual([
      { a: 0, b: 'a' },
      { a: 1, b: 'x\0\u2028' },
    ]);
    expect(rejected.map(({ raw, rawBase64, line }) => [line, raw ?? rawBase64])).toEqual([
      [2, 'x'],
      [3, '1'],
      [4, ' 1 x'],
      [6, '"'],
      [7, '""'],
      [8, '1'],
      [9, '   '],
      [10, 'MSD/'],
    ]);
    expect(broken).toEqual({ 'record.shape': 8 });
    expect(rejected[0]).toMatchObject({ problem: 'not a line that matches source.text.pattern' });
  });

  it('has NULL where a group took no part, and an empty text where it matched nothing', async () => {
    const dataset = textual('(?:a=(?<a>\\w*)|b=(?<b>\\w*))(?: (?<c>))?', { a: nullable, b: nullable, c: nullable });
    const { rows } = await run(dataset, 'a=x\na=\nb=\nb=y \n');
    expect(rows).toEqual([
      { a: 'x', b: null, c: null },
      { a: '', b: null, c: null },
      { a: null, b: '', c: null },
      { a: null, b: 'y', c: '' },
    ]);
  });

  it.each([
    ['(?<a>x*)(?<b>y?)(?<c>\\S+)?', 'z', { a: '', b: '', c: 'z' }],
    ['-(?:(?<a>x)|(?<b>(?<c>y|z|)))', '-', { a: null, b: '', c: '' }],
    ['(?:(?<a>x)|(?<b>y))*-', 'xy-', { a: 'x', b: 'y' }],
    ['-((?<a>x)?){0,2}(?<b>\\b)?(?<c>(?:a|b)*?)-', '--', { a: null, b: null, c: '' }],
    ['a(?<a>\\b)?(?<b>[$]+)?(?<c>$)?', 'a', { a: '', b: null, c: '' }],
  ])('%s gives of %j what RE2 says', async (pattern, line, row) => {
    const groups = Object.fromEntries([...pattern.matchAll(/<(\w)>/g)].map(([, name = '']) => [name, nullable]));
    const { rows } = await run(textual(pattern, groups), `${line}\n`);
    expect(rows).toEqual([row]);
  });

  it('has to match as a whole line, whatever the pattern says of ends and alternatives', async () => {
    const dataset = textual('(?m)^(?<a>b)$|(?<c>d)', { a: nullable, c: nullable });
    const { rows, rejected } = await run(dataset, 'b\nd\nbd\nxb\ndx\n');
    expect(rows).toEqual([
      { a: 'b', c: null },
      { a: null, c: 'd' },
    ]);
    expect(rejected.map(({ raw }) => raw)).toEqual(['bd', 'xb', 'dx']);
  });

  it('takes values from the groups that columns are of, whichever others there are', async () => {
    const dataset = textual('(x)?(?<skip>y)?(?:[(?<a>]|\\(?P?<n>)(?<a>\\d)(?<rest>.*)', {
      rest: nullable,
      a: { type: 'integer' },
    });
    const { rows } = await run(dataset, 'xy(1z\ny>2\nP<n>3w\n');
    expect(rows).toEqual([
      { rest: 'z', a: 1 },
      { rest: '', a: 2 },
      { rest: 'w', a: 3 },
    ]);
  });

  it('shows the values of a record that breaks a rule, and keeps its line', async () => {
    const dataset = textual('(?<a>\\S*) (?<b>.*)', { a: { type: 'integer' }, b: nullable });
    const { rules, rejected } = await run(dataset, 'no match?\n1 y\nx "q"\nnone\n');
    expect(rules.find(({ name }) => name === 'a.type')?.samples).toEqual([
      { object: 'an-object', line: 1, value: '"no"' },
      { object: 'an-object', line: 3, value: '"x"' },
    ]);
    expect(rejected.map(({ raw, line }) => [line, raw])).toEqual([
      [1, 'no match?'],
      [3, 'x "q"'],
      [4, 'none'],
    ]);
  });

  it('sets a line aside that is too long, and reads the others', async () => {
    const { rows, rejected } = await run(plain, `1 a\n2 ${'"'.repeat(3 << 20)}\n3 ${'"'.repeat(2 ** 21 - 10)}\n4 d`, {
      pieceBytes: 1 << 16,
    });
    expect(rows.map(({ a }) => a)).toEqual([1, 3, 4]);
    expect(rejected).toEqual([
      expect.objectContaining({
        line: 2,
        truncated: true,
        problem: 'a record of 3145730 bytes, expected at most 2097152',
      }),
    ]);
  });

  it.each(['', '\n', '\r\n\n', '\ufeff'])('has no records in %j', async (body) => {
    expect((await run(plain, body)).counts).toMatchObject({ read: 0 });
  });
});
