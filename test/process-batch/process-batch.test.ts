import { inspect } from 'node:util';
import { gunzipSync } from 'node:zlib';
import type { ProcessFunction } from '../../core/contracts/dataset/process';
import type { DatasetInput } from '../../core/contracts/dataset/dataset';
import type { SettingValue } from '../../core/contracts/run/run-settings';
import { checksumOf } from '../../local/aws/s3/s3-store';
import { BatchWorld } from '../kit/batch-world';
import { things } from '../kit/datasets';

let world: BatchWorld;
beforeAll(async () => (world = await BatchWorld.open()));
afterAll(() => world.close());

const body = 'id,name\n1,x\n2,y\n3,z\nno,\n';

async function processed(transform: { sql: string; mayDrop?: boolean; mayAdd?: boolean }, source = body) {
  world.reset(things({ transform }));
  const load = world.plan([{ 'a.csv': source }]);
  const validated = await world.validate(load, 0);
  return { load, validated, output: await world.process(load, 0) };
}

const NASTY = "x', (SELECT 1)) OR true; DROP TABLE records; --\"\\' $1 {0} 👍";
const SETTINGS: DatasetInput['dependencies'] = [
  {
    kind: 'postgres',
    name: 'jobs',
    secret: 'db',
    query: 'SELECT 1',
    settings: { least: { type: 'integer' }, word: { type: 'string', nullable: true } },
  },
];

describe('a batch with settings', () => {
  const ruled = () => things({ dependencies: SETTINGS, rowRules: [{ name: 'least', sql: "id >= setting('least')" }] });
  const transformed = () =>
    things({ dependencies: SETTINGS, transform: { sql: "SELECT id, setting('word') AS word FROM records" } });
  const values = (least: string, word: string | null): SettingValue[] => [
    { name: 'least', type: 'integer', value: least, dependency: 'jobs', sensitive: false },
    { name: 'word', type: 'string', value: word, dependency: 'jobs', sensitive: false },
  ];

  it.each([NASTY, '', null, "''"])('takes %j as the value that it is, whatever SQL it looks like', async (word) => {
    world.reset(transformed());
    const load = world.plan([{ 'a.csv': 'id,name\n1,x\n2,y\n' }], { settings: world.settings(values('1', word)) });
    await world.validate(load, 0);
    const { fingerprint, records } = await world.process(load, 0);
    expect(records).toMatchObject({ read: 2, accepted: 2, dropped: 0, published: 2 });
    expect(await world.records(world.record(fingerprint).output?.key ?? '')).toEqual([
      { id: 1, word },
      { id: 2, word },
    ]);
  });

  it('judges by the settings of the run, and another setting makes another file', async () => {
    const outcome = async (least: string) => {
      const settings = world.settings(values(least, null));
      const load = world.plan([{ 'a.csv': 'id,name\n1,x\n2,y\n3,z\n' }], { settings });
      return world.validate(load, 0);
    };
    world.reset(ruled());
    const [two, three, twoAgain] = [await outcome('2'), await outcome('3'), await outcome('2')];
    expect([two, three].map(({ records }) => records.accepted)).toEqual([2, 1]);
    expect(three.fingerprint).not.toBe(two.fingerprint);
    expect(twoAgain).toEqual({ ...two, reused: true });
  });

  it('keeps its file when a setting changes that it does not read', async () => {
    world.reset(transformed());
    const body = { 'a.csv': 'id,name\n1,x\n' };
    const first = world.plan([body], { settings: world.settings(values('1', 'a')) });
    const [validated, processed] = [await world.validate(first, 0), await world.process(first, 0)];
    const second = world.plan([body], { settings: world.settings(values('1', 'b')) });
    expect(await world.validate(second, 0)).toEqual({ ...validated, reused: true });
    expect((await world.process(second, 0)).fingerprint).not.toBe(processed.fingerprint);
  });

  it('refuses settings that are gone, or not those of the plan', async () => {
    world.reset(ruled());
    const settings = world.settings(values('2', null));
    const load = world.plan([{ 'a.csv': 'id,name\n1,x\n' }], { settings });
    world.settings(values('3', null));
    await expect(world.validate(load, 0)).rejects.toMatchObject({
      name: 'InternalError',
      message: expect.stringContaining('the plan was made with'),
    });
    world.s3.store.delete('ledger', settings.key);
    await expect(world.validate(load, 0)).rejects.toThrow('there are no settings');
  });
});

describe('ProcessBatch', () => {
  it('writes what the transform makes of the accepted records', async () => {
    const { validated, output } = await processed({ sql: 'SELECT id * 10 AS tens, upper(name) AS name FROM records;' });
    expect(output.fingerprint).not.toBe(validated.fingerprint);
    const record = world.record(output.fingerprint);
    expect(record).toMatchObject({ kind: 'processed', from: validated.fingerprint });
    expect(record.records).toMatchObject({ read: 4, accepted: 3, quarantined: 1, dropped: 0, added: 0, published: 3 });
    expect(await world.records(record.output?.key ?? '')).toEqual([
      { tens: 10, name: 'X' },
      { tens: 20, name: 'Y' },
      { tens: 30, name: 'Z' },
    ]);
  });

  it('does not do again what is done', async () => {
    const { load, output } = await processed({ sql: 'SELECT * FROM records' });
    expect(await world.process(load, 0)).toEqual({ ...output, reused: true });
  });

  it('counts what is dropped and what is added', async () => {
    const dropping = await processed({ sql: 'SELECT * FROM records WHERE id > 2', mayDrop: true });
    expect(dropping.output.records).toMatchObject({ accepted: 3, dropped: 2, added: 0, published: 1 });
    const adding = await processed({ sql: 'SELECT * FROM records, range(2)', mayAdd: true });
    expect(adding.output.records).toMatchObject({ accepted: 3, dropped: 0, added: 3, published: 6 });
    const all = await processed({ sql: 'SELECT * FROM records WHERE false', mayDrop: true });
    expect(all.output.records).toMatchObject({ dropped: 3, published: 0 });
    expect(world.record(all.output.fingerprint).output).toBeNull();
  });

  it.each([
    ['drops', 'SELECT * FROM records WHERE id > 2', 'mayDrop'],
    ['adds', 'SELECT * FROM records, range(2)', 'mayAdd'],
  ])('refuses a transform that %s records without declaring it', async (verb, sql, declaration) => {
    await expect(processed({ sql })).rejects.toMatchObject({
      name: 'RecordsUnaccounted',
      message: expect.stringMatching(new RegExp(`${verb} \\d records.*${declaration}`)),
    });
  });

  it('makes nothing out of nothing', async () => {
    const { output } = await processed({ sql: 'SELECT count(*) AS n FROM records', mayAdd: true }, 'id,name\nno,x\n');
    expect(output.records).toMatchObject({ read: 1, quarantined: 1, published: 0, added: 0 });
  });

  it('does not quote values of a dataset with sensitive columns when a transform fails', async () => {
    world.reset(
      things({
        columns: { id: { type: 'integer' }, name: { type: 'string', nullable: true, sensitive: true } },
        transform: { sql: 'SELECT CAST(name AS INTEGER) AS n FROM records' },
      }),
    );
    const load = world.plan([{ 'a.csv': 'id,name\n1,jane\n' }]);
    await world.validate(load, 0);
    const failed: unknown = await world.process(load, 0).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      name: 'DefinitionFault',
      message:
        'the transform of things failed in "n": Conversion Error, whose text may quote values of sensitive columns',
    });
    expect(inspect(failed, { depth: 9 })).not.toContain('jane');
  });

  it('says what is wrong with a transform that fails', async () => {
    const sql = "SELECT id, name::INTEGER AS number, 'x' || name AS x FROM records";
    await expect(processed({ sql })).rejects.toMatchObject({
      name: 'DefinitionFault',
      code: 'DEFINITION_FAULT',
      message: expect.stringMatching(
        /^the transform of things failed in "number": Conversion Error: Could not convert string 'x' to INT32/,
      ),
    });
    // What no column can be computed without is the fault of none.
    await expect(processed({ sql: 'SELECT id, name FROM records WHERE name::INTEGER > 1' })).rejects.toMatchObject({
      name: 'DefinitionFault',
      message: expect.stringMatching(/^the transform of things failed: Conversion Error/),
    });
  });

  it('cannot be made to do anything but read its records', async () => {
    for (const sql of [
      "SELECT 1) TO '/tmp/rollcall-escaped'; --",
      "SELECT * FROM read_text('/etc/passwd')",
      'SELECT 1; SELECT 2',
    ])
      await expect(processed({ sql, mayDrop: true })).rejects.toMatchObject({ name: 'DefinitionFault' });
  });
});

describe('ProcessBatch with an output of text', () => {
  const columns = {
    id: { type: 'integer' },
    name: { type: 'string', nullable: true },
    at: { type: 'timestamp', nullable: true },
  } as const;
  const source = 'id,name,at\n1,"x, ""y""",2026-01-20T06:00:00+01:00\n2,,\nno,,\n';
  const texts = {
    jsonl: '{"id":1,"name":"x, \\"y\\"","at":"2026-01-20T05:00:00.000000Z"}\n{"id":2,"name":null,"at":null}\n',
    csv: 'id,name,at\n1,"x, ""y""",2026-01-20T05:00:00.000000Z\n2,,\n',
  };

  async function outcome(part: Partial<DatasetInput>) {
    world.reset(things({ columns, ...part }));
    const load = world.plan([{ 'a.csv': source }]);
    const validated = await world.validate(load, 0);
    const { fingerprint, records } = await world.process(load, 0);
    const { output } = world.record(fingerprint);
    const { body, headers } = world.s3.store.get('lake', output?.key ?? '');
    return { load, validated, fingerprint, records, output, body, headers };
  }

  it.each(['jsonl', 'csv'] as const)('writes the accepted records as they are (%s)', async (format) => {
    const { load, validated, fingerprint, records, output, body, headers } = await outcome({ output: { format } });
    expect(records).toMatchObject({ read: 3, accepted: 2, quarantined: 1, dropped: 0, added: 0, published: 2 });
    expect(output).toEqual({
      key: `data/things/2026-01-20T05/${fingerprint}.${format}.gz`,
      records: 2,
      bytes: body.length,
      crc32: checksumOf('crc32', body),
    });
    expect(gunzipSync(body).toString()).toBe(texts[format]);
    expect(headers).toMatchObject({ 'content-type': 'application/gzip' });
    expect(headers).not.toHaveProperty('content-encoding');
    // What was validated stays Parquet: the expectations read it, and another format can be made of it.
    expect(world.record(validated.fingerprint).output?.key).toMatch(/\.parquet$/);
    expect(await world.process(load, 0)).toMatchObject({ fingerprint, reused: true });
  });

  it('writes what a transform gives, counted as ever', async () => {
    const sql = 'SELECT [id, id + 1] AS ids FROM records WHERE id > 1';
    const { records, body } = await outcome({ output: { format: 'jsonl' }, transform: { sql, mayDrop: true } });
    expect(gunzipSync(body).toString()).toBe('{"ids":[2,3]}\n');
    expect(records).toMatchObject({ accepted: 2, dropped: 1, published: 1 });
  });

  it('writes none where no record is accepted', async () => {
    world.reset(things({ output: { format: 'csv' } }));
    const load = world.plan([{ 'a.csv': 'id,name\nno,\n' }]);
    await world.validate(load, 0);
    const { fingerprint, records } = await world.process(load, 0);
    expect(records).toMatchObject({ read: 1, quarantined: 1, published: 0 });
    expect(world.record(fingerprint).output).toBeNull();
  });

  it('refuses what the format has no way to write', async () => {
    const nested = {
      output: { format: 'csv' },
      transform: { sql: 'SELECT id, [name] AS names FROM records' },
    } as const;
    await expect(outcome(nested)).rejects.toMatchObject({
      name: 'DefinitionFault',
      message: expect.stringContaining('csv has no way to write "names" (VARCHAR[])'),
    });
  });
});

describe('ProcessBatch with a transform in TypeScript', () => {
  const columns = {
    id: { type: 'integer' },
    name: { type: 'string', nullable: true },
    amount: { type: 'decimal', precision: 12, scale: 2, nullable: true },
    at: { type: 'timestamp', nullable: true },
    day: { type: 'date', nullable: true },
    ratio: { type: 'double', nullable: true },
    ok: { type: 'boolean', nullable: true },
  } as const;
  const given = 'id,name,amount,at,day,ratio,ok\n1,x,12.50,2026-01-20T05:00:00.123456Z,2026-01-20,0.1,true\n2,,,,,,\n';

  async function processed(process: ProcessFunction, part: object = {}, source = given) {
    world.reset(things({ columns, transform: { code: 'process.ts', columns, ...part } }));
    world.processes = { things: process };
    const load = world.plan([{ 'a.csv': source }]);
    await world.validate(load, 0);
    return world.process(load, 0);
  }
  const published = async (fingerprint: string) => world.records(world.record(fingerprint).output?.key ?? '');
  const wrong = (process: ProcessFunction, part: object = {}) =>
    processed(process, part).then(
      () => 'nothing was thrown',
      (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`,
    );

  it('gives it typed records, exact, and writes what it gives', async () => {
    const seen: unknown[] = [];
    const output = await processed((records, about) => {
      seen.push(...records, about);
      return records.map((record) => ({ ...record, id: Number(record['id']) * 10 }));
    });
    expect(seen).toEqual([
      { id: 1, name: 'x', amount: '12.50', at: '2026-01-20T05:00:00.123456Z', day: '2026-01-20', ratio: 0.1, ok: true },
      { id: 2, name: null, amount: null, at: null, day: null, ratio: null, ok: null },
      { dataset: 'things', partition: '2026-01-20T05', settings: {} },
    ]);
    const [first, second] = await published(output.fingerprint);
    expect(first).toMatchObject({ id: 10, name: 'x', day: '2026-01-20', ratio: 0.1, ok: true });
    expect(String(first?.['at'])).toContain('05:00:00.123456');
    expect(second).toMatchObject({ id: 20, name: null, amount: null });
    expect(output.records).toMatchObject({ accepted: 2, dropped: 0, added: 0, published: 2 });
  });

  it('gives it the settings of the run, typed, and works anew when one changes', async () => {
    const dependencies: DatasetInput['dependencies'] = [
      { kind: 'postgres', name: 'jobs', secret: 'db', query: 'SELECT 1', settings: { least: { type: 'integer' } } },
    ];
    world.reset(things({ dependencies, columns, transform: { code: 'process.ts', columns } }));
    const seen: unknown[] = [];
    world.processes = {
      things: (records, { settings }) => {
        seen.push(settings);
        return records;
      },
    };
    const outcome = async (value: string) => {
      const least: SettingValue = { name: 'least', type: 'integer', value, dependency: 'jobs', sensitive: false };
      const load = world.plan([{ 'a.csv': given }], { settings: world.settings([least]) });
      await world.validate(load, 0);
      return world.process(load, 0);
    };
    const [first, second] = [await outcome('5'), await outcome('6')];
    expect(seen).toEqual([{ least: 5 }, { least: 6 }]);
    expect(second.fingerprint).not.toBe(first.fingerprint);
    await expect(outcome('9007199254740993')).rejects.toThrow('setting least: got a whole number beyond ±2^53');
  });

  it('calls it for some thousands of records at a time, in their order', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `${i},,,,,,`);
    const sizes: number[] = [];
    const output = await processed(
      async (records) => {
        sizes.push(records.length);
        return await Promise.resolve(records);
      },
      {},
      ['id,name,amount,at,day,ratio,ok', ...lines, ''].join('\n'),
    );
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(5000);
    const ids = (await published(output.fingerprint)).map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  });

  it('is given every record, also where what it gave is written in between', async () => {
    // DuckDB writes appended rows every 204,800; on the connection of the stream that would end the stream.
    const many = 45;
    world.reset(
      things({
        columns: { id: { type: 'integer' } },
        transform: { code: 'process.ts', columns: { id: { type: 'integer' } }, mayAdd: true },
      }),
    );
    world.processes = { things: (records) => records.flatMap((record) => Array.from({ length: many }, () => record)) };
    const load = world.plan([{ 'a.csv': ['id', ...Array.from({ length: 5000 }, (_, i) => String(i)), ''].join('\n') }]);
    await world.validate(load, 0);
    expect((await world.process(load, 0)).records).toMatchObject({ accepted: 5000, published: 5000 * many });
  });

  it('counts what it drops and adds, and refuses what is not declared', async () => {
    expect((await processed((records) => records.slice(1), { mayDrop: true })).records).toMatchObject({
      dropped: 1,
      published: 1,
    });
    expect(await wrong((records) => records.slice(1))).toMatch(/^RecordsUnaccounted: .* drops 1 records.*mayDrop/);
    expect(await wrong((records) => [...records, ...records])).toMatch(
      /^RecordsUnaccounted: .* adds 2 records.*mayAdd/,
    );
  });

  it.each<[string, ProcessFunction, string]>([
    ['throws', () => JSON.parse('{') as never, 'process.ts of things threw SyntaxError: '],
    ['rejects', () => Promise.reject(new Error('no rates today')), 'process.ts of things threw Error: no rates today'],
    ['gives no array', () => ({}) as never, 'process.ts of things gave object, expected an array of records'],
    ['gives no records', () => ['x'] as never, 'process.ts of things gave string for a record, expected an object'],
    [
      'gives another column',
      (records) => records.map((record) => ({ ...record, x: 1 })),
      'gave a column "x", expected one of transform.columns: id, name',
    ],
    [
      'leaves a column out',
      (records) => records.map(({ id: _, ...record }) => record),
      'gave no value for "id", which transform.columns does not call nullable',
    ],
    [
      'gives a value of another type',
      (records) => records.map((record) => ({ ...record, day: '2026-02-30' })),
      'gave 2 values for "day" that are not of the type date',
    ],
    [
      'gives an object for a value',
      (records) => records.map((record) => ({ ...record, name: {} as never })),
      'gave object for "name", expected text, a number, true or false',
    ],
  ])('fails the batch when it %s', async (_, process, message) => {
    expect(await wrong(process)).toContain(message);
    expect(await wrong(process)).toMatch(/^DefinitionFault/);
  });

  it('does not give it an integer that JavaScript would alter', async () => {
    const big = 'id,name,amount,at,day,ratio,ok\n9007199254740993,,,,,,\n';
    await expect(processed((records) => records, {}, big)).rejects.toThrow(/an integer beyond 2\^53 \(column "id"\)/);
  });

  it('does not quote what it throws where a column is sensitive', async () => {
    world.reset(
      things({
        columns: { ...columns, name: { type: 'string', nullable: true, sensitive: true } },
        transform: { code: 'process.ts', columns },
      }),
    );
    world.processes = { things: ([record]) => Promise.reject(new Error(`cannot do ${String(record?.['name'])}`)) };
    const load = world.plan([{ 'a.csv': 'id,name,amount,at,day,ratio,ok\n1,jane,,,,,\n' }]);
    await world.validate(load, 0);
    const failed: unknown = await world.process(load, 0).catch((error: unknown) => error);
    expect(inspect(failed, { depth: 9 })).not.toContain('jane');
    expect(failed).toMatchObject({ name: 'DefinitionFault' });
  });

  it('says so when it is not in the bundle', async () => {
    world.reset(things({ columns, transform: { code: 'process.ts', columns } }));
    world.processes = {};
    const load = world.plan([{ 'a.csv': given }]);
    await world.validate(load, 0);
    await expect(world.process(load, 0)).rejects.toThrow('process.ts of things is not in the bundle');
  });
});
