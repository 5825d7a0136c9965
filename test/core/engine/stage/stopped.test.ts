import { mostRejected } from '../../../../core/domain/batch/tolerance';
import type { Dataset, DatasetInput } from '../../../../core/contracts/dataset/dataset';
import { datasetWith } from '../../../kit/datasets';
import { parquetOf, run } from '../../../kit/engine';

/** Reading ends where it is certain that too many records are rejected, and enough of them are known to show. */

const columns = { id: { type: 'integer' }, note: { type: 'string', nullable: true } } as const;
const dataset = (format: 'csv' | 'jsonl' | 'parquet', part: Partial<DatasetInput> = {}): Dataset =>
  datasetWith({
    columns,
    unique: ['id'],
    rowRules: [{ name: 'small', sql: 'id < 1000' }],
    ...part,
    source: { bucket: 'vendor', prefix: 'x/{yyyy}/{MM}/{dd}/{HH}/', format },
  });

/** An object of so many records that keep all rules, and so many that break one. */
async function body(format: 'csv' | 'jsonl' | 'parquet', good: number, bad: number): Promise<Buffer | string> {
  const ids = [...Array.from({ length: good }, (_, i) => i), ...Array.from({ length: bad }, (_, i) => 1000 + i)];
  switch (format) {
    case 'csv':
      return `id,note\n${ids.map((id) => `${id},n${id}`).join('\n')}\n`;
    case 'jsonl':
      return `${ids.map((id) => `{"id":${id},"note":"n${id}"}`).join('\n')}\n`;
    case 'parquet':
      return parquetOf(`SELECT unnest([${ids.join(', ')}])::BIGINT AS id, 'n' || id AS note`);
  }
}

const failing = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );

describe.each(['csv', 'jsonl', 'parquet'] as const)('a batch of %s', (format) => {
  it('is not read on once more records are rejected than may be', async () => {
    const bodies = {
      a: await body(format, 50, 10),
      b: await body(format, 0, 40),
      // Reading it would end otherwise.
      c: format === 'parquet' ? await parquetOf('SELECT 1 AS other') : 'id\n"',
    };
    const landing = format === 'csv' ? { a: bodies.a, b: bodies.b, c: await body(format, 9, 0) } : bodies;
    const failed = await failing(run(dataset(format), landing, { mostRejected: () => 30, enoughRejected: 20 }));
    const of = format === 'csv' ? 109 : format === 'jsonl' ? 102 : 101;
    expect(failed).toMatchObject({
      name: 'TooManyRejected',
      message: `reading stopped after 100 of ${of} records, of which 50 were rejected, at most 30 may be`,
      details: {
        stopped: {
          of,
          records: { read: 100, accepted: 50, quarantined: 50, duplicates: 0, dropped: 0, added: 0, published: 50 },
          rules: [
            {
              name: 'small',
              broken: 50,
              samples: [
                { object: 'a', value: expect.stringMatching(/^id = "?1000"?$/) },
                { object: 'a', value: expect.stringMatching(/^id = "?1001"?$/) },
                { object: 'a', value: expect.stringMatching(/^id = "?1002"?$/) },
              ],
            },
          ],
        },
      },
    });
  });

  it.each([
    ['fewer are rejected than are enough to show', { mostRejected: () => 30, enoughRejected: 60 }],
    ['as many are rejected as may be', { mostRejected: () => 50, enoughRejected: 20 }],
    ['it cannot be said how many may be', { enoughRejected: 20 }],
  ])('is read to its end where %s', async (_why, more) => {
    const bodies = { a: await body(format, 50, 10), b: await body(format, 0, 40) };
    const { counts, rejected } = await run(dataset(format), bodies, more);
    // The second object repeats ten ids of the first, which are rejected there too.
    expect(counts).toMatchObject({ read: 100, accepted: 50, quarantined: 50 });
    expect(rejected).toHaveLength(50);
  });
});

describe('lines that are no record', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, i) => `${i},"n`).join('\n');

  it('end the reading in the middle of their object', async () => {
    const text = `id,note\n1,a\n${lines(500)}\n2,b\n`;
    const failed = await failing(run(dataset('csv'), text, { mostRejected: () => 100, enoughRejected: 50 }));
    expect(failed).toMatchObject({
      name: 'TooManyRejected',
      message: 'reading stopped after 101 of 502 records, of which 101 were rejected, at most 100 may be',
      details: {
        stopped: {
          records: { read: 101, accepted: 0, quarantined: 101 },
          rules: [
            {
              name: 'record.shape',
              broken: 101,
              samples: [
                { object: 'an-object', line: 3, value: 'a quote that is not closed' },
                { object: 'an-object', line: 4, value: 'a quote that is not closed' },
                { object: 'an-object', line: 5, value: 'a quote that is not closed' },
              ],
            },
          ],
        },
      },
    });
  });

  it('count together with records that break other rules, objects before included', async () => {
    const bodies = { a: await body('csv', 10, 60), b: `id,note\n5000,x\n${lines(500)}\n`, c: await body('csv', 1, 0) };
    const failed = await failing(run(dataset('csv'), bodies, { mostRejected: () => 100, enoughRejected: 50 }));
    expect(failed).toMatchObject({
      message: 'reading stopped after 111 of 572 records, of which 101 were rejected, at most 100 may be',
      details: {
        stopped: {
          records: { read: 111, accepted: 10, quarantined: 101 },
          rules: [
            { name: 'small', broken: 60, samples: [{ object: 'a', line: 12 }, { line: 13 }, { line: 14 }] },
            { name: 'record.shape', broken: 41, samples: [{ object: 'b', line: 3 }, { line: 4 }, { line: 5 }] },
          ],
        },
      },
    });
  });

  it('of JSON are in the stage, and counted there', async () => {
    const text = `${Array.from({ length: 80 }, () => 'no').join('\n')}\n{"id":1}\n`;
    const failed = await failing(run(dataset('jsonl'), text, { mostRejected: () => 10, enoughRejected: 5 }));
    expect(failed).toMatchObject({
      message: '80 of 81 records were rejected, at most 10 may be',
      details: { stopped: { of: 81, rules: [{ name: 'record.shape', broken: 80, samples: [{ line: 1 }, {}, {}] }] } },
    });
  });

  it('of JSON that no parser gets end the reading too', async () => {
    const deep = `{"id":1,"note":${'['.repeat(2000)}`;
    const text = `{"id":1}\n${Array.from({ length: 50 }, () => deep).join('\n')}\n`;
    const failed = await failing(run(dataset('jsonl'), text, { mostRejected: () => 10, enoughRejected: 5 }));
    expect(failed).toMatchObject({
      message: 'reading stopped after 11 of 51 records, of which 11 were rejected, at most 10 may be',
      details: {
        stopped: { rules: [{ name: 'record.shape', samples: [{ value: 'JSON nested more than 1000 deep' }, {}, {}] }] },
      },
    });
  });
});

describe('how many may be rejected for certain', () => {
  const most = (rejected: object, of: { records: number | null; isWhole: boolean }) =>
    mostRejected(datasetWith({ columns, tolerance: { rejected } }).tolerance, of);

  it('is the number, in any batch', () => {
    expect(most({ records: 7 }, { records: 1000, isWhole: false })).toBe(7);
    expect(most({ records: 7 }, { records: null, isWhole: true })).toBe(7);
  });

  it('is the share of a batch that is the whole partition, whose records are known', () => {
    expect(most({ share: 0.01 }, { records: 1000, isWhole: true })).toBe(10);
    expect(most({ share: 0.01 }, { records: 1000, isWhole: false })).toBe(Infinity);
    expect(most({ share: 0.01 }, { records: null, isWhole: true })).toBe(Infinity);
    expect(most({ share: 0 }, { records: null, isWhole: true })).toBe(Infinity);
    expect(most({ share: 0.5, records: 3 }, { records: 1000, isWhole: true })).toBe(3);
  });
});
