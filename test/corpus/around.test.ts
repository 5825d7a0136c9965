import { existsSync, rmSync } from 'node:fs';
import { checkSql } from '../../core/engine/sql/check-sql';
import { withWorkDir } from '../../core/runtime/aws/files';
import { SourceReader } from '../../core/runtime/step/source-reader';
import { BatchBench, things } from '../helpers/batches';
import { run } from '../core/engine/harness';
import { asCsv, NAMES, orders, sound } from './case';

/** Hostile input around the records: names of objects, definitions that try more than they may, objects that change. */

const CANARY = '/tmp/rollcall-was-here';
const LIMITS = { memoryMb: 128, spillMb: 64 };
const body = (ids: readonly number[]) => `${[NAMES.join(','), ...ids.map((id) => asCsv(sound(id)))].join('\n')}\n`;

let bench: BatchBench;
beforeAll(async () => {
  rmSync(CANARY, { force: true });
  bench = await BatchBench.open();
});
afterAll(() => bench.close());

/** Every printable character of ASCII, and what S3 allows beyond: control characters, any Unicode, 1,024 bytes. */
const NAMES_OF_OBJECTS = [
  ...Array.from({ length: 95 }, (_, i) => `a${String.fromCharCode(32 + i)}b`),
  ...['\t', '\n', '\r', '\u0001', '\u007f'].map((letter) => `a${letter}b`),
  'é ü',
  '🙂',
  '日本語.csv',
  "'); DROP TABLE _rollcall_stage; --",
  '$(touch /tmp/rollcall-was-here)',
  '%2e%2e%2f%00',
  '*.csv',
  '[a-z]?{b,c}',
  '~',
  'a//b',
  'a..b/etc/passwd',
  'constructor',
  'ｆｕｌｌ',
  'x'.repeat(1000),
];

/** What is never data: folders, and what is hidden (docs/datasets.md). */
const NO_DATA = ['a//b/', '../../etc/passwd', '__proto__'];

describe('an object may have any name that S3 allows', () => {
  const keys = NAMES_OF_OBJECTS.map((name) => `things/2026/01/20/05/${name}`.slice(0, 1024));

  it('is listed by it, and read by it', async () => {
    bench.reset(things());
    const objects = Object.fromEntries(keys.map((key, i) => [key, `id,name\n${i},x\nno,${i}\n`]));
    const load = bench.plan([objects]);
    for (const name of NO_DATA) bench.s3.store.put('vendor', `things/2026/01/20/05/${name}`, Buffer.from('no data'));
    const listed = await new SourceReader(bench.client).list(bench.deployed, '2026-01-20T05');
    expect(listed.objects.map(({ key }) => key).toSorted()).toEqual([...keys].toSorted());
    const { fingerprint } = await bench.validate(load, 0);
    const { records, quarantine } = bench.record(fingerprint);
    expect(records).toMatchObject({ read: 2 * keys.length, accepted: keys.length, quarantined: keys.length });
    expect(bench.quarantine(quarantine?.key ?? '').map(({ object }) => object)).toEqual(Object.keys(objects));
  });
});

describe('a definition that tries more than it may', () => {
  const injected = [
    `true); COPY (SELECT 1) TO '${CANARY}'; --`,
    `true) FROM read_text('/etc/passwd') WHERE (true`,
    `(SELECT count(*) FROM read_text('/etc/passwd')) > 0`,
    'id > 0; DROP TABLE _rollcall_stage',
    `true /* `,
  ];

  it.each(injected)('has no row rule like %s', async (sql) => {
    const dataset = orders({}, { rowRules: [{ name: 'a-rule', sql }] });
    await expect(run(dataset, body([1]))).rejects.toMatchObject({
      name: 'DefinitionFault',
      message: expect.stringMatching(/^the rule a-rule of orders: got/),
    });
    await expect(withWorkDir((workDir) => checkSql([dataset], workDir, LIMITS))).rejects.toMatchObject({
      name: 'InvalidDataset',
      message: expect.stringContaining('rowRules.0.sql'),
    });
  });

  it.each([
    `SELECT * FROM records; COPY (SELECT 1) TO '${CANARY}'`,
    `COPY (SELECT 1) TO '${CANARY}'`,
    'DROP TABLE records',
    "ATTACH '/tmp/rollcall-was-here' AS x",
    'PRAGMA database_list',
  ])('has no transform like %s', async (sql) => {
    bench.reset(things({ transform: { sql } }));
    const load = bench.plan([{ 'a.csv': 'id,name\n1,x\n' }]);
    await bench.validate(load, 0);
    await expect(bench.process(load, 0)).rejects.toMatchObject({
      name: 'DefinitionFault',
      message: expect.stringMatching(/^the transform of things: got/),
    });
  });

  it.each([
    `SELECT * FROM read_text('/etc/passwd')`,
    `SELECT * FROM read_csv('/etc/hosts')`,
    `SELECT * FROM 's3://vendor/a.csv'`,
    `SELECT getenv('AWS_SECRET_ACCESS_KEY') AS secret FROM records`,
  ])('reads nothing but its records: %s', async (sql) => {
    bench.reset(things({ transform: { sql } }));
    const load = bench.plan([{ 'a.csv': 'id,name\n1,x\n' }]);
    await bench.validate(load, 0);
    await expect(bench.process(load, 0)).rejects.toMatchObject({ name: 'DefinitionFault' });
  });

  it('may have patterns and values with quotes in them: they are values', async () => {
    const nasty = `'); COPY (SELECT 1) TO '${CANARY}'; --`;
    const dataset = orders(
      {},
      {
        columns: {
          id: { type: 'integer' },
          'select * from x; --': { type: 'string', values: [nasty, 'ok'] },
          "it's": { type: 'string', pattern: `[^']+|'.*` },
        },
      },
    );
    const { counts, rows } = await run(dataset, `id,select * from x; --,it's\n1,${nasty},x\n2,ok,'y\n3,no,x\n`);
    expect(counts).toMatchObject({ read: 3, accepted: 2, quarantined: 1 });
    expect(rows.map((row) => row['select * from x; --'])).toEqual([nasty, 'ok']);
  });
});

describe('an object that changes between LIST and GET', () => {
  it.each([
    ['is replaced', () => bench.deliver('a.csv', 'id,name\n1,changed\n'), 'SourceChanged'],
    ['is replaced by one of the same size', () => bench.deliver('a.csv', 'id,name\n2,x\n'), 'SourceChanged'],
    ['is gone', () => bench.s3.store.delete('vendor', 'a.csv'), 'SourceChanged'],
  ])('is not read when it %s', async (_what, change, error) => {
    bench.reset(things());
    const load = bench.plan([{ 'a.csv': 'id,name\n1,x\n' }]);
    change();
    await expect(bench.validate(load, 0)).rejects.toMatchObject({ name: error });
    expect(bench.keys('lake')).toEqual([]);
  });

  it('is not read in part when it comes short', async () => {
    await expect(
      run(orders(), body([1, 2]), {
        reader: {
          read: async () =>
            (async function* () {
              yield Buffer.from(body([1]));
            })(),
        },
      }),
    ).rejects.toMatchObject({ name: 'TransientError', message: expect.stringContaining('as listed') });
  });
});

test('nothing of all this was executed', () => {
  expect(existsSync(CANARY)).toBe(false);
});
