import * as fc from 'fast-check';
import type { DatasetInput } from '../../../core/contracts/dataset/dataset';
import { datasetWith, run } from './harness';

const delays = (otherwise: DatasetInput['columns'][string]['otherwise'], part: Partial<DatasetInput> = {}) =>
  datasetWith({
    columns: {
      id: { type: 'string' },
      delay: { type: 'integer', nullable: true, min: -90, max: 2000, otherwise },
    },
    ...part,
  });
const csv = (...lines: string[]) => `id,delay\n${lines.map((line) => `${line}\n`).join('')}`;

describe('a column rule that only warns', () => {
  const dataset = delays({ range: 'warn' });

  it('accepts the record, counts it and shows where it stands', async () => {
    const { counts, rows, rejected, rules } = await run(dataset, csv('a,5', 'b,9000', 'c,x', 'd,-100', 'e,'));
    expect(counts).toMatchObject({ read: 5, accepted: 4, quarantined: 1 });
    expect(rows.map((row) => row['delay'])).toEqual([5, 9000, -100, null]);
    expect(rejected).toMatchObject([{ line: 4, broken: ['delay.type'] }]);
    expect(rules).toEqual([
      {
        name: 'delay.range',
        broken: 2,
        samples: [
          { object: 'an-object', line: 3, value: '"9000"' },
          { object: 'an-object', line: 5, value: '"-100"' },
        ],
      },
      { name: 'delay.type', broken: 1, samples: [expect.objectContaining({ line: 4 })] },
    ]);
  });

  it('shows three of many, and counts those too that are rejected for another rule', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `${i % 100 === 0 ? '' : `r${i}`},9999`);
    const { counts, broken, rules, rejected } = await run(dataset, csv(...lines), { pieceBytes: 4096 });
    expect(counts).toMatchObject({ accepted: 2970, quarantined: 30 });
    expect(broken).toEqual({ 'delay.range': 3000, 'id.null': 30 });
    expect(rules[0]?.samples.map(({ line }) => line)).toEqual([2, 3, 4]);
    // In quarantine a record stands for what it was rejected for.
    expect(rejected.every(({ broken }) => broken.join() === 'id.null')).toBe(true);
  });

  it('lets row rules look at the record, and counts over several objects and formats', async () => {
    const rowRules = [{ name: 'short', sql: 'delay < 9500' }];
    const parts = { a: csv('a,9000', 'b,9900'), b: csv('c,1'), c: csv('d,9901') };
    const { counts, broken } = await run(delays({ range: 'warn' }, { rowRules }), parts);
    expect(counts).toMatchObject({ accepted: 2, quarantined: 2 });
    expect(broken).toEqual({ 'delay.range': 3, short: 2 });
    const jsonl = delays({ range: 'warn' }, { source: { ...dataset.source, format: 'jsonl' } });
    const outcome = await run(jsonl, '{"id":"a","delay":9000}\n{"id":"b","delay":1}\n');
    expect(outcome.counts).toMatchObject({ accepted: 2, quarantined: 0 });
    expect(outcome.rules).toMatchObject([{ name: 'delay.range', broken: 1, samples: [{ line: 1, value: '9000' }] }]);
  });

  it('may be about missing values, which are then published as missing', async () => {
    const missing = datasetWith({ columns: { id: { type: 'string', otherwise: { null: 'warn' } } } });
    const { rows, broken } = await run(missing, 'id\n\na\n');
    expect(rows).toEqual([{ id: null }, { id: 'a' }]);
    expect(broken).toEqual({ 'id.null': 1 });
  });
});

describe('a row rule that only warns', () => {
  const rowRules = [
    { name: 'late', sql: 'delay < 60', otherwise: 'warn' as const },
    { name: 'sane', sql: 'delay > -50' },
  ];

  it('accepts the record beside rules that reject', async () => {
    const { counts, broken, rejected, rules } = await run(delays({}, { rowRules }), csv('a,70', 'b,-60', 'c,1'));
    expect(counts).toMatchObject({ accepted: 2, quarantined: 1 });
    expect(broken).toEqual({ late: 1, sane: 1 });
    expect(rejected).toMatchObject([{ line: 3, broken: ['sane'] }]);
    expect(rules[0]).toMatchObject({ name: 'late', samples: [{ line: 2, value: 'delay = "70"' }] });
  });

  it('finds its place among more rules than one mask has', async () => {
    const many = Array.from({ length: 70 }, (_, i) => ({
      name: `r${i}`,
      sql: `delay <> ${i}`,
      ...(i % 2 === 0 ? { otherwise: 'warn' as const } : {}),
    }));
    const lines = Array.from({ length: 70 }, (_, i) => `k${i},${i}`);
    const { counts, broken } = await run(delays({}, { rowRules: many }), csv(...lines));
    expect(counts).toMatchObject({ accepted: 35, quarantined: 35 });
    expect(Object.values(broken)).toEqual(Array.from({ length: 70 }, () => 1));
  });
});

describe('a later record of a unique key', () => {
  it('is published where the dataset only wants to hear of it', async () => {
    const dataset = delays({}, { unique: ['id'], duplicates: 'warn' });
    const { counts, rows, broken, rules } = await run(dataset, { a: csv('a,1', 'a,2'), b: csv('b,1', 'a,3', 'x,y') });
    expect(counts).toMatchObject({ read: 5, accepted: 4, quarantined: 1, duplicates: 0 });
    expect(rows).toHaveLength(4);
    expect(broken).toEqual({ unique: 2, 'delay.type': 1 });
    expect(rules[0]?.samples.map(({ object, line }) => [object, line])).toEqual([
      ['a', 3],
      ['b', 3],
    ]);
  });
});

describe('the length of a text', () => {
  it('is counted in characters', async () => {
    const dataset = datasetWith({ columns: { code: { type: 'string', minLength: 2, maxLength: 3 } } });
    const { rows, rejected } = await run(dataset, 'code\na\nab\néé🙂\nabcd\n');
    expect(rows).toEqual([{ code: 'ab' }, { code: 'éé🙂' }]);
    expect(rejected.map(({ broken }) => broken)).toEqual([['code.length'], ['code.length']]);
  });
});

it('whatever rules only warn, each record is accepted exactly when it breaks none of the others', async () => {
  const value = fc.constantFrom('', 'x', '1', '5', '50', '-3');
  await fc.assert(
    fc.asyncProperty(
      fc.array(value, { minLength: 1, maxLength: 12 }),
      fc.subarray(['null', 'range', 'row'] as const),
      async (values, warning) => {
        const warns = (rule: (typeof warning)[number]) => (warning.includes(rule) ? 'warn' : 'reject');
        const dataset = datasetWith({
          columns: {
            n: { type: 'integer', otherwise: { null: warns('null'), range: warns('range') }, min: 0, max: 9 },
            k: { type: 'string' },
          },
          rowRules: [{ name: 'row', sql: 'n <> 5', otherwise: warns('row') }],
        });
        const { counts, broken } = await run(dataset, `n,k\n${values.map((text) => `${text},k\n`).join('')}`);
        // By other means: which rules each value breaks, row rules only where no column rule rejects.
        const byHand = values.map((text) => {
          const columns = [
            ...(text === 'x' ? ['n.type'] : []),
            ...(text === '' ? ['n.null'] : []),
            ...(text === '50' || text === '-3' ? ['n.range'] : []),
          ];
          const rejects = (rule: string) => !warning.some((one) => rule === one || rule === `n.${one}`);
          if (columns.some(rejects)) return { columns, accepted: false };
          const row = text === '5' || text === '' ? ['row'] : [];
          return { columns: [...columns, ...row], accepted: !row.some(rejects) };
        });
        expect(counts.accepted).toBe(byHand.filter(({ accepted }) => accepted).length);
        const all = byHand.flatMap(({ columns }) => columns);
        for (const name of new Set(all)) expect(broken[name]).toBe(all.filter((one) => one === name).length);
      },
    ),
    { numRuns: 12 },
  );
});
