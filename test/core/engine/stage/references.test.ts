import { writeFileSync } from 'node:fs';
import type { Column, DatasetInput } from '../../../../core/contracts/dataset/dataset';
import type { Output } from '../../../../core/contracts/batch/lake-file';
import type { References } from '../../../../core/engine/stage/references';
import { datasetWith } from '../../../kit/datasets';
import { parquetOf, publishedFile, run } from '../../../kit/engine';

/** What `airports` has published, in as many files as there are queries. */
async function airports(...queries: string[]): Promise<References> {
  const made = await Promise.all(queries.map((query, i) => publishedFile(`${i}.parquet`, query)));
  const bodies = new Map(made.map(({ file, body }) => [file.key, body]));
  return {
    of: [{ dataset: 'airports', partition: '2026-01-20T05', runId: 'a', files: made.map(({ file }) => file) }],
    land: async ({ key }, path) => writeFileSync(path, bodies.get(key)!),
  };
}

const to = (column: string) => ({ dataset: 'airports', column });
const flights = (columns: DatasetInput['columns'], part: Partial<DatasetInput> = {}) =>
  datasetWith({ upstreams: ['airports'], columns: { id: { type: 'integer' }, ...columns }, ...part });
const origin = (part: object = {}) =>
  flights({ origin: { type: 'string', nullable: true, references: to('iata'), ...part } });
const csv = (...lines: string[]) => `id,origin\n${lines.map((line) => `${line}\n`).join('')}`;
const values = (...list: string[]) => `SELECT unnest([${list.join(', ')}]) AS iata`;

describe('a value that has to be found in another dataset', () => {
  it('is accepted where it is there, rejected where it is not; a missing one is the null rule’s matter', async () => {
    const references = await airports(values(`'AMS'`, `'LHR'`, `'LHR'`));
    const outcome = await run(origin(), csv('1,AMS', '2,XXX', '3,', '4,ams', '5, AMS', '6,LHR'), { references });
    expect(outcome.rows.map((row) => row['id'])).toEqual([1, 3, 6]);
    expect(outcome.rules).toEqual([
      {
        name: 'origin.reference',
        broken: 3,
        samples: [
          { object: 'an-object', line: 3, value: '"XXX"' },
          { object: 'an-object', line: 5, value: '"ams"' },
          { object: 'an-object', line: 6, value: '" AMS"' },
        ],
      },
    ]);
    expect(outcome.rejected.map(({ line, raw, broken }) => [line, raw, broken])).toEqual([
      [3, '2,XXX', ['origin.reference']],
      [5, '4,ams', ['origin.reference']],
      [6, '5, AMS', ['origin.reference']],
    ]);
  });

  it('is looked for in every file, and not found in one that is missing there', async () => {
    const references = await airports(values(`'AMS'`, 'NULL'), values('NULL::VARCHAR'), values(`'LHR'`, `'AMS'`));
    const { rows, broken } = await run(origin(), csv('1,AMS', '2,LHR', '3,XXX', '4,'), { references });
    expect(rows.map((row) => row['id'])).toEqual([1, 2, 4]);
    expect(broken).toEqual({ 'origin.reference': 1 });
  });

  it.each([
    ['without a file', async () => await airports()],
    ['without a record', async () => await airports(`${values(`'AMS'`)} LIMIT 0`)],
    ['without a value', async () => await airports(values('NULL::VARCHAR'))],
  ])('is not found in a publication %s, and what is missing is still no matter of this rule', async (_what, make) => {
    const { rows, broken } = await run(origin(), csv('1,AMS', '2,'), { references: await make() });
    expect(rows.map((row) => row['id'])).toEqual([2]);
    expect(broken).toEqual({ 'origin.reference': 1 });
  });

  it('may be only told of, or fail the partition', async () => {
    const references = await airports(values(`'AMS'`));
    const warned = await run(origin({ otherwise: { reference: 'warn' } }), csv('1,AMS', '2,XXX'), { references });
    expect(warned.rows.map((row) => row['id'])).toEqual([1, 2]);
    expect(warned.rules).toMatchObject([{ name: 'origin.reference', broken: 1, samples: [{ line: 3 }] }]);
    const failing = await run(origin({ otherwise: { reference: 'fail' } }), csv('1,AMS', '2,XXX'), { references });
    expect(failing.rejected).toMatchObject([{ line: 3, broken: ['origin.reference'] }]);
  });

  const INSTANT = '2026-01-20 05:00:00.25';
  const types: [string, Column['type'], object, string, string, string, string][] = [
    ['a string of digits', 'string', {}, `SELECT '007' AS iata`, 'VARCHAR', '007', '7'],
    ['an integer', 'integer', {}, 'SELECT 7::INTEGER AS iata', 'INTEGER', '007', '8'],
    [
      'an integer',
      'integer',
      {},
      'SELECT 9007199254740993::UBIGINT AS iata',
      'UBIGINT',
      '9007199254740993',
      '9007199254740992',
    ],
    [
      'a decimal',
      'decimal',
      { precision: 6, scale: 3 },
      'SELECT 1.50::DECIMAL(4,2) AS iata',
      'DECIMAL',
      '1.500',
      '1.501',
    ],
    [
      'a decimal',
      'decimal',
      { precision: 3, scale: 1 },
      'SELECT unnest([7, 70000])::BIGINT AS iata',
      'BIGINT',
      '7',
      '7.1',
    ],
    ['a date', 'date', {}, `SELECT DATE '2026-01-20' AS iata`, 'DATE', '2026-01-20', '2026-01-21'],
    [
      'an instant',
      'timestamp',
      {},
      `SELECT TIMESTAMPTZ '${INSTANT}+00' AS iata`,
      'TIMESTAMPTZ',
      '2026-01-20T06:00:00.25+01:00',
      '2026-01-20T06:00:00.25Z',
    ],
  ];
  it.each(types)('is compared as %s (%s%j) with %s of %s', async (_what, type, more, query, _type, known, unknown) => {
    const column = { type, references: to('iata'), ...more } as DatasetInput['columns'][string];
    const outcome = await run(flights({ origin: column }), csv(`1,${known}`, `2,${unknown}`), {
      references: await airports(query),
    });
    expect(outcome.broken).toEqual({ 'origin.reference': 1 });
    expect(outcome.rows.map((row) => row['id'])).toEqual([1]);
  });

  it('is told from one that is not of its type, and row rules are asked only about the others', async () => {
    const rowRules = [{ name: 'small', sql: 'origin < 5' }];
    const dataset = flights({ origin: { type: 'integer', references: to('iata') } }, { rowRules });
    const references = await airports(values('1', '9'));
    const { rejected } = await run(dataset, csv('1,1', '2,x', '3,7', '4,9'), { references });
    expect(rejected.map(({ broken }) => broken)).toEqual([['origin.type'], ['origin.reference'], ['small']]);
  });

  it('is looked up in JSONL and Parquet too, in two columns, and over several objects', async () => {
    const columns = {
      origin: { type: 'string', references: to('iata') },
      destination: { type: 'string', references: to('city') },
    } as const;
    const references = await airports(`SELECT 'AMS' AS iata, 'Amsterdam' AS city`);
    const jsonl = flights(columns, { source: { ...origin().source, format: 'jsonl' } });
    const lines = [
      '{"id":1,"origin":"AMS","destination":"Amsterdam"}',
      '{"id":2,"origin":"Amsterdam","destination":"AMS"}',
      'no record',
    ].join('\n');
    const outcome = await run(jsonl, { a: lines, b: `${lines}\n` }, { references });
    expect(outcome.counts).toMatchObject({ read: 6, accepted: 2, quarantined: 4 });
    expect(outcome.rejected.map(({ object, line, broken }) => [object, line, broken.length])).toEqual([
      ['a', 2, 2],
      ['a', 3, 1],
      ['b', 2, 2],
      ['b', 3, 1],
    ]);
    const parquet = flights(columns, { source: { ...origin().source, format: 'parquet' } });
    const body = await parquetOf(`SELECT 1 AS id, 'AMS' AS origin, 'Paris' AS destination`);
    const { broken } = await run(parquet, body, { references });
    expect(broken).toEqual({ 'destination.reference': 1 });
  });

  it('leaves the records in their order, also where there are more values than fit into memory', async () => {
    const many = 1_500_000;
    // 60 MB, and as much again for the join, beside a limit of 100.
    const long = (i: string) => `lpad(${i}::VARCHAR, 40, 'x')`;
    const references = await airports(`SELECT ${long('i')} AS iata FROM range(${many}) t(i)`);
    const lines = Array.from(
      { length: 3000 },
      (_, i) => `${i},${String(i % 100 === 7 ? many + i : i).padStart(40, 'x')}`,
    );
    const { rows, rejected } = await run(origin(), csv(...lines), {
      references,
      pieceBytes: 1 << 16,
      limits: { memoryMb: 100, spillMb: 1000 },
    });
    const unknown = lines.flatMap((_, i) => (i % 100 === 7 ? [i] : []));
    expect(rows.map((row) => row['id'])).toEqual(lines.flatMap((_, i) => (i % 100 === 7 ? [] : [i])));
    expect(rejected.map(({ line }) => line)).toEqual(unknown.map((i) => i + 2));
  });
});

describe('a reference that cannot be followed', () => {
  const error = async (dataset = origin(), references?: References) =>
    run(dataset, csv('1,AMS'), { references: references ?? (await airports(values(`'AMS'`))) }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );

  it('because there is no such column names those that there are', async () => {
    expect(await error(origin(), await airports(`SELECT 1 AS code, 2 AS city`))).toMatchObject({
      name: 'SchemaMismatch',
      message: 'origin refers to airports.iata, but airports 2026-01-20T05 has only code, city',
    });
  });

  it('because the column is of another type names that', async () => {
    expect(await error(origin(), await airports(`SELECT 1 AS iata`))).toMatchObject({
      name: 'SchemaMismatch',
      message: 'origin refers to airports.iata, but airports 2026-01-20T05 has it as INTEGER, expected a UTF-8 string',
    });
  });

  it('because what stands is text says what to do', async () => {
    const references = await airports(values(`'AMS'`));
    const [one] = references.of;
    const files = one!.files.map((file) => ({ ...file, key: 'data/airports/2026-01-20T05/0.csv.gz' }));
    expect(await error(origin(), { ...references, of: [{ ...one!, files }] })).toMatchObject({
      name: 'SchemaMismatch',
      message:
        'origin refers to airports.iata, but airports 2026-01-20T05 is published as csv.gz, expected parquet: reprocess that partition',
    });
  });

  it('because a file is not the one that was published stops the batch', async () => {
    const references = await airports(values(`'AMS'`));
    const [file] = references.of[0]!.files;
    const withFile = (part: Partial<Output>): References => ({
      ...references,
      of: [{ ...references.of[0]!, files: [{ ...file!, ...part }] }],
    });
    expect(await error(origin(), withFile({ records: 2 }))).toMatchObject({
      name: 'RecordsUnaccounted',
      message: '0.parquet of airports 2026-01-20T05 has 1 records, expected 2',
    });
    expect(await error(origin(), withFile({ crc32: 'AAAAAA==' }))).toMatchObject({
      name: 'RecordsUnaccounted',
      message: expect.stringMatching(/^0.parquet of airports 2026-01-20T05 was altered on this machine/) as string,
    });
  });
});
