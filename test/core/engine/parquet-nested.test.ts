import { datasetWith } from '../../kit/datasets';
import { parquetOf, run } from '../../kit/engine';

const source = { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'parquet' as const };
const nested = datasetWith({ source, columns: { id: { type: 'integer' }, v: { type: 'json', nullable: true } } });
const valuesOf = async (query: string) => {
  const { rows, broken, rejected } = await run(nested, await parquetOf(query));
  return { values: rows.map(({ v }) => v), broken, rejected: rejected.length };
};

describe('a column of JSON in Parquet', () => {
  it.each([
    ['a struct', `{'b': 1.10::DECIMAL(5, 2), 'a': ['ä', NULL]}`, '{"b":1.1,"a":["ä",null]}'],
    ['a list', `['x', 'y"']`, '["x","y\\""]'],
    ['an empty list', `[]::VARCHAR[]`, '[]'],
    ['a map', `MAP {'k': 1, 'j': NULL}`, '{"k":1,"j":null}'],
    [
      'large numbers',
      `{'n': 9223372036854775807, 'd': '12345678901234567890.123'::DECIMAL(38, 3)}`,
      '{"n":9223372036854775807,"d":12345678901234567890.123}',
    ],
  ])('keeps %s as its text', async (_what, value, text) => {
    expect((await valuesOf(`SELECT 1::BIGINT AS id, ${value} AS v UNION ALL SELECT 2, NULL`)).values).toEqual([
      text,
      null,
    ]);
  });

  it('breaks its type where JSON cannot hold a number, and not where a text looks like that', async () => {
    const found = await valuesOf(`
      SELECT 1::BIGINT AS id, {'d': [1.5::DOUBLE], 's': 'NaN'} AS v
      UNION ALL SELECT 2, {'d': [1.5, 'nan'::DOUBLE], 's': ''}
      UNION ALL SELECT 3, {'d': ['-inf'::DOUBLE], 's': ''}`);
    expect(found).toEqual({ values: ['{"d":[1.5],"s":"NaN"}'], broken: { 'v.type': 2 }, rejected: 2 });
  });

  it('is refused for a number or a text', async () => {
    await expect(valuesOf(`SELECT 1::BIGINT AS id, 'x' AS v`)).rejects.toMatchObject({
      name: 'SchemaMismatch',
      message: expect.stringContaining('"v" is VARCHAR, expected a struct, a list, a map or JSON'),
    });
  });
});

/** `coupon` without any value, as pyarrow writes it: two records with the ids 3 and 4. */
const ALL_NULL = [
  'UEFSMRUEFSAVJEwVBBUAEgAAEDwDAAAAAAAAAAQAAAAAAAAAFQAVEhUWLBUEFRAVBhUGHBgIBAAAAAAAAAAYCAMAAAAAAAAAFgAo',
  'CAQAAAAAAAAAGAgDAAAAAAAAABERAAAACSACAAAABAEBAwIVBBUAFQJMFQAVABIAAAAVABUOFRIsFQQVEBUGFQYcAAAABxgCAAAA',
  'BAAAFQQZPDUAGAZzY2hlbWEVBAAVBCUCGAJpZAAVAiUCGAZjb3Vwb25svAAAABYEGRwZLCYAHBUEGTUABhAZGAJpZBUCFgQWzAEW',
  '1AEmSCYIHBgIBAAAAAAAAAAYCAMAAAAAAAAAFgAoCAQAAAAAAAAAGAgDAAAAAAAAABERABksFQQVABUCABUAFRAVAgA8KQYZJgAE',
  'AAAAJgAcFQIZNQAGEBkYBmNvdXBvbhUCFgQWUBZWJvoBJtwBKSwVBBUAFQIAFQAVEBUCADwpBhkmBAAAAAAWnAIWBCYIFqoCABkc',
  'GAxBUlJPVzpzY2hlbWEY7AEvLy8vLzZnQUFBQVFBQUFBQUFBS0FBd0FCZ0FGQUFnQUNnQUFBQUFCQkFBTUFBQUFDQUFJQUFBQUJB',
  'QUlBQUFBQkFBQUFBSUFBQUJFQUFBQUJBQUFBTlQvLy84QUFBRUJFQUFBQUJ3QUFBQUVBQUFBQUFBQUFBWUFBQUJqYjNWd2IyNEFB',
  'QVFBQkFBRUFBQUFFQUFVQUFnQUJnQUhBQXdBQUFBUUFCQUFBQUFBQUFFQ0VBQUFBQndBQUFBRUFBQUFBQUFBQUFJQUFBQnBaQUFB',
  'Q0FBTUFBZ0FCd0FJQUFBQUFBQUFBVUFBQUFBPQAYIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGSwcAAAcAAAABwIA',
  'AFBBUjE=',
].join('');

describe("a column of Parquet's type Null", () => {
  it('has no values, whatever type is declared', async () => {
    for (const column of [{ type: 'string' }, { type: 'timestamp' }, { type: 'json' }] as const) {
      const dataset = datasetWith({
        source,
        columns: { id: { type: 'integer' }, coupon: { ...column, nullable: true } },
      });
      const { rows } = await run(dataset, Buffer.from(ALL_NULL, 'base64'));
      expect(rows.map(({ coupon }) => coupon)).toEqual([null, null]);
    }
  });
});
