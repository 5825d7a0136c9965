import type { DatasetInput } from '../../../core/contracts/dataset/dataset';
import { datasetWith } from '../../kit/datasets';
import { run } from '../../kit/engine';

type Column = DatasetInput['columns'][string];

/** Values as CSV text: what each becomes, or that it breaks the type. */
async function outcomeOf(column: Column, values: readonly string[]) {
  const dataset = datasetWith({ columns: { n: { type: 'integer' }, v: column } });
  const body = values.map((value, i) => `${i},"${value.replaceAll('"', '""')}"\n`).join('');
  const { rows, rejected, counts } = await run(dataset, `n,v\n${body}`);
  expect(counts.read).toBe(values.length);
  return {
    accepted: Object.fromEntries(rows.map((row) => [values[Number(row['n'])], row['v']])),
    rejected: rejected.map(({ raw, broken }) => [values[Number((raw ?? '').split(',')[0])], broken[0]]),
  };
}

const broken = (rule: string, values: readonly string[]) => values.map((value) => [value, rule]);

describe('a text value', () => {
  it('is an integer only if it is written as one', async () => {
    const bad = [
      '1.7',
      '2.5',
      '5.0',
      ' 5 ',
      '5 ',
      '1e3',
      '1_000',
      '0x1F',
      '1,000',
      'nan',
      '--5',
      '+',
      '٣',
      '9223372036854775808',
      '5\u0000',
    ];
    const { accepted, rejected } = await outcomeOf({ type: 'integer' }, [
      '5',
      '-5',
      '+5',
      '007',
      '-0',
      '9223372036854775807',
      ...bad,
    ]);
    expect(accepted).toEqual({
      '5': 5,
      '-5': -5,
      '+5': 5,
      '007': 7,
      '-0': 0,
      '9223372036854775807': '9223372036854775807',
    });
    expect(rejected).toEqual(broken('v.type', bad));
  });

  it('is a double only if it is finite', async () => {
    const bad = [
      'nan',
      'NaN',
      'inf',
      '-Infinity',
      '1e400',
      '-1e400',
      ' 1',
      '1 ',
      '1_0.5',
      '0x1p3',
      '1e',
      '.',
      '',
      '1.5f',
      '1,5',
    ].filter(Boolean);
    const { accepted, rejected } = await outcomeOf({ type: 'double' }, [
      '1.5',
      '-.5',
      '5.',
      '1e3',
      '1E-3',
      '+7',
      ...bad,
    ]);
    expect(accepted).toEqual({ '1.5': 1.5, '-.5': -0.5, '5.': 5, '1e3': 1000, '1E-3': 0.001, '+7': 7 });
    expect(rejected).toEqual(broken('v.type', bad));
  });

  it('is a decimal only if nothing has to be rounded', async () => {
    const bad = ['1.005', '1234.00', '1.501', '1e3', '1e-3', '.', '5.e', '0x10', '1 000', 'nan', ' 1'];
    const { accepted, rejected } = await outcomeOf({ type: 'decimal', precision: 5, scale: 2 }, [
      '1.01',
      '-999.99',
      '12',
      '0.5',
      '.5',
      '5.',
      '1.500',
      '1e1',
      '-150E-2',
      ...bad,
    ]);
    expect(accepted).toEqual({
      '1.01': '1.01',
      '-999.99': '-999.99',
      '12': '12.00',
      '0.5': '0.50',
      '.5': '0.50',
      '5.': '5.00',
      '1.500': '1.50',
      '1e1': '10.00',
      '-150E-2': '-1.50',
    });
    expect(rejected).toEqual(broken('v.type', bad));
  });

  it('is a boolean only as true or false', async () => {
    const bad = ['t', 'yes', 'Y', '1', '0', 'tRuE', ' true', 'on'];
    const { accepted, rejected } = await outcomeOf({ type: 'boolean' }, ['true', 'FALSE', 'True', ...bad]);
    expect(accepted).toEqual({ true: true, FALSE: false, True: true });
    expect(rejected).toEqual(broken('v.type', bad));
  });

  it('is an instant only in ISO 8601, and becomes UTC', async () => {
    const good = {
      '2001-01-01T05:00:00Z': '2001-01-01 05:00:00+00',
      '2001-01-01 05:00': '2001-01-01 05:00:00+00',
      '2001-01-01T05:00:00+05:00': '2001-01-01 00:00:00+00',
      '2001-01-01T05:00:00-0330': '2001-01-01 08:30:00+00',
      '2001-01-01T05:00Z': '2001-01-01 05:00:00+00',
      '2001-01-01 05:00+05:00': '2001-01-01 00:00:00+00',
      '2001-01-01T05:00:00+05': '2001-01-01 00:00:00+00',
      '2001-01-01T05:00:00.123456Z': '2001-01-01 05:00:00.123456+00',
    };
    const bad = [
      '2001-1-1',
      '2001-01-01',
      'epoch',
      'infinity',
      'now',
      '2001-01-01T24:00:00Z',
      '2001-01-01T05:00:60Z',
      '2001-02-29T00:00:00Z',
      '2001-01-01T05:60Z',
      '2001-01-01T24:00',
      '2001-01-01T05:00:00.1234567Z',
      '2001-01-01T05:00:00+99:00',
      '2001-01-01T05:00:00z',
      '2001-01-01T05:00:00Zgarbage',
      '01/02/2001 05:00',
      '978325200',
    ];
    const { accepted, rejected } = await outcomeOf({ type: 'timestamp' }, [...Object.keys(good), ...bad]);
    expect(accepted).toEqual(good);
    expect(rejected).toEqual(broken('v.type', bad));
  });

  it('is a date only if it exists', async () => {
    const bad = [
      '2001-01-01garbage',
      '2001-01-01 10:00:00',
      '2001-02-30',
      '2001-2-3',
      '20010203',
      '01/02/2003',
      'infinity',
      '2001-13-01',
    ];
    const { accepted, rejected } = await outcomeOf({ type: 'date' }, ['2001-02-03', '2004-02-29', ...bad]);
    expect(accepted).toEqual({ '2001-02-03': '2001-02-03', '2004-02-29': '2004-02-29' });
    expect(rejected).toEqual(broken('v.type', bad));
  });

  it('keeps its spaces, quotes and characters', async () => {
    const values = [
      ' x ',
      'a"b',
      "it's",
      'NULL',
      '\\N',
      'naïve 🙂',
      "'); DROP TABLE _rollcall_stage; --",
      '$1',
      '{}',
      '\u0000',
    ];
    const { accepted } = await outcomeOf({ type: 'string' }, values);
    expect(accepted).toEqual(Object.fromEntries(values.map((value) => [value, value])));
  });
});

describe('a rule', () => {
  it('of each kind names its column', async () => {
    const dataset = datasetWith({
      columns: {
        id: { type: 'string', pattern: "[A-Z]{2}\\d+'?" },
        delay: { type: 'integer', min: -90, max: 2000, nullable: true },
        kind: { type: 'string', values: ["it's", 'b'], nullable: true },
        at: { type: 'timestamp', min: '2001-01-01T00:00Z', max: '2001-12-31T00:00:00.5Z', nullable: true },
        on: { type: 'date', min: '2001-01-01', nullable: true },
        level: { type: 'integer', values: [1, -2], nullable: true },
        price: { type: 'decimal', precision: 10, scale: 2, max: 0.1, nullable: true },
      },
    });
    const {
      broken: byRule,
      rows,
      rules,
    } = await run(
      dataset,
      [
        'id,delay,kind,at,on,level,price',
        "AB1',-90,it's,2001-01-01T00:00:00Z,2001-01-01,-2,0.10",
        'AB1x,,,,,,',
        ',,,,,,',
        'AB2,-91,,,,,',
        'AB3,2001,,,,,',
        'AB4,,c,,,,',
        'AB5,,,2000-12-31T23:59:59Z,,,',
        'AB6,,,,2000-12-31,,',
        'AB7,,,,,2,',
        'AB8,,,,,,0.11',
        'ab9,x,c,x,,,',
        '',
      ].join('\n'),
    );
    expect(rows).toHaveLength(1);
    expect(byRule).toEqual({
      'id.pattern': 2,
      'id.null': 1,
      'delay.range': 2,
      'delay.type': 1,
      'kind.values': 2,
      'at.range': 1,
      'at.type': 1,
      'on.range': 1,
      'level.values': 1,
      'price.range': 1,
    });
    expect(rules.find(({ name }) => name === 'delay.range')?.samples).toEqual([
      { object: 'an-object', line: 5, value: '"-91"' },
      { object: 'an-object', line: 6, value: '"2001"' },
    ]);
  });

  it('over a whole record is broken by NULL and by an expression that fails, and is not asked about broken columns', async () => {
    const dataset = datasetWith({
      columns: { a: { type: 'integer', nullable: true }, b: { type: 'string' } },
      rowRules: [
        { name: 'small', sql: 'a < 10' },
        { name: 'b-is-a-number', sql: 'b::INTEGER > 0 -- really' },
      ],
    });
    const outcome = await run(dataset, 'a,b\n1,1\n10,1\n,1\nx,1\n2,secret\n');
    expect(outcome.broken).toEqual({ small: 2, 'a.type': 1, 'b-is-a-number': 1 });
    expect(outcome.rules.find(({ name }) => name === 'small')?.samples[0]).toEqual({
      object: 'an-object',
      line: 3,
      value: 'a = "10"',
    });
  });

  it('is one of many: more than fit into one mask', async () => {
    const columns = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`c${i}`, { type: 'integer' as const, max: i }]),
    );
    const dataset = datasetWith({ columns, rowRules: [{ name: 'sum', sql: 'c0 + c39 < 30' }] });
    const header = Object.keys(columns).join(',');
    const line = (value: (i: number) => unknown) => Array.from({ length: 40 }, (_, i) => value(i)).join(',');
    const outcome = await run(
      dataset,
      `${header}\n${line(() => 0)}\n${line((i) => i + 1)}\n${line((i) => (i === 39 ? 'x' : 0))}\n${line((i) => i)}\n`,
    );
    expect(outcome.counts).toMatchObject({ read: 4, accepted: 1 });
    expect(Object.keys(outcome.broken)).toHaveLength(42);
    expect(outcome.rejected[1]?.broken).toEqual(['c39.type']);
    expect(outcome.rejected[2]?.broken).toEqual(['sum']);
  });
});

describe('a unique key', () => {
  const dataset = datasetWith({
    columns: { a: { type: 'integer', nullable: true }, b: { type: 'string' }, c: { type: 'integer', max: 9 } },
    unique: ['a', 'b'],
  });
  it('keeps the first sound record, and counts later ones as duplicates only', async () => {
    const outcome = await run(dataset, {
      one: 'a,b,c\n1,x,99\n1,x,1\n1,y,1\n',
      two: 'c,b,a\n2,x,1\n99,x,1\n3,x,1\n1,y,2\n,,\n',
    });
    expect(outcome.rows).toEqual([
      { a: 1, b: 'x', c: 1 },
      { a: 1, b: 'y', c: 1 },
      { a: 2, b: 'y', c: 1 },
    ]);
    expect(outcome.counts).toMatchObject({ read: 8, accepted: 3, quarantined: 3, duplicates: 2 });
    expect(outcome.rejected.map(({ object, line, broken: rules }) => [object, line, rules])).toEqual([
      ['one', 2, ['c.range']],
      ['two', 2, ['unique']],
      ['two', 3, ['c.range']],
      ['two', 4, ['unique']],
      ['two', 6, ['b.null', 'c.null']],
    ]);
    expect(outcome.rules.find(({ name }) => name === 'unique')?.samples[0]?.value).toBe('a = "1", b = "x"');
  });
  it('takes missing values for equal', async () => {
    const outcome = await run(dataset, 'a,b,c\n,x,1\n,x,2\n,y,3\n');
    expect(outcome.counts).toMatchObject({ accepted: 2, duplicates: 1 });
  });
});
