import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetInput } from '../../lambdas/contracts/dataset';
import { checkSql } from '../../lambdas/engine/check-sql';
import { Database } from '../../lambdas/engine/database';
import { datasetWith } from './harness';

const limits = { memoryMb: 128, spillMb: 128 };
let workDir: string;
beforeEach(() => (workDir = mkdtempSync(join(tmpdir(), 'rollcall-test-'))));
afterEach(() => rmSync(workDir, { recursive: true, force: true }));

const check = (part: Partial<DatasetInput>) =>
  checkSql(datasetWith({ columns: { a: { type: 'integer' }, b: { type: 'string' } }, ...part }), workDir, limits);
const rule = (sql: string) => check({ rowRules: [{ name: 'rule', sql }] });
const transform = (sql: string) => check({ transform: { sql } });

describe('settings in the SQL of a definition', () => {
  const dependencies: DatasetInput['dependencies'] = [
    {
      kind: 'postgres',
      name: 'jobs',
      secret: 'db',
      query: 'SELECT 1',
      settings: { least: { type: 'integer' }, word: { type: 'string' } },
    },
  ];
  const withSettings = (sql: string) => check({ dependencies, rowRules: [{ name: 'rule', sql }] });

  it('are known by their names and types, to rules and transform', async () => {
    await expect(withSettings("a >= setting('least') AND b <> setting('word')")).resolves.toBeUndefined();
    const sql = "SELECT a + setting('least') AS a FROM records";
    await expect(check({ dependencies, transform: { sql } })).resolves.toBeUndefined();
  });

  it.each([
    ["a >= setting('most')", 'Could not find key'],
    ['a >= setting(b)', 'constant'],
    ["a >= setting('least').nothing", ''],
    ["a >= date_add(setting('least'), setting('word'))", ''],
  ])('are refused where they are none, or of another type: %s', async (sql, why) => {
    await expect(withSettings(sql)).rejects.toMatchObject({
      name: 'InvalidDataset',
      message: expect.stringMatching(new RegExp(`rowRules\\.0\\.sql: .*${why}`, 's')),
    });
  });

  it('are unknown to a dataset that declares none', async () => {
    await expect(rule("a >= setting('least')")).rejects.toMatchObject({ name: 'InvalidDataset' });
  });
});

describe('the SQL of a definition', () => {
  it('may be a condition over the columns', async () => {
    await rule("a > 1 AND b LIKE '%x%' -- a comment");
    await expect(rule('CASE WHEN a IS NULL THEN true ELSE length(b) < 5 END')).resolves.toBeUndefined();
  });

  it.each([
    'a >',
    'a > 1; DROP TABLE records',
    'true) FROM records WHERE (true',
    'true), (false',
    'true) ORDER BY (1',
    '1) UNION SELECT (2',
    'count(*) > 1',
    'row_number() OVER () > 1',
    'missing > 1',
    '(SELECT true)',
    "a IN (SELECT 1 FROM read_csv('/etc/passwd'))",
    "COPY records TO '/tmp/x'",
  ])('is refused as a row rule: %s', async (sql) => {
    await expect(rule(sql)).rejects.toMatchObject({
      name: 'InvalidDataset',
      message: expect.stringMatching(/^dataset things: rowRules\.0\.sql: got .*, expected one SQL condition/s),
    });
  });

  it('may be one SELECT as a transform', async () => {
    await expect(transform('SELECT a, upper(b) AS b FROM records WHERE a > 1;')).resolves.toBeUndefined();
    await expect(
      transform('WITH big AS (SELECT * FROM records) SELECT b, count(*) AS n FROM big GROUP BY b -- end'),
    ).resolves.toBeUndefined();
  });

  it.each([
    'SELEC a FROM records',
    'SELECT a FROM records; SELECT 2',
    'SELECT missing FROM records',
    'SELECT * FROM others',
    "SELECT * FROM read_csv('/etc/passwd')",
    "COPY records TO '/tmp/x'",
    'DROP TABLE records',
    "SELECT 1) TO '/tmp/x'; --",
  ])('is refused as a transform: %s', async (sql) => {
    await expect(transform(sql)).rejects.toMatchObject({
      name: 'InvalidDataset',
      message: expect.stringMatching(/transform\.sql: got .*, expected one SELECT over `records`/s),
    });
  });

  it('gives a text output no columns that it cannot write', async () => {
    const nested = { sql: 'SELECT a, [b] AS list, b::BLOB AS raw FROM records' };
    await expect(check({ transform: nested })).resolves.toBeUndefined();
    const refused = (format: 'jsonl' | 'csv', columns: string) =>
      expect(check({ transform: nested, output: { format } })).rejects.toMatchObject({
        name: 'InvalidDataset',
        message: expect.stringMatching(`transform\\.sql: got .*${format} has no way to write ${columns}:`),
      });
    await refused('jsonl', '"raw" \\(BLOB\\)');
    await refused('csv', '"list" \\(VARCHAR\\[\\]\\), "raw" \\(BLOB\\)');
  });

  it('has patterns that RE2 knows', async () => {
    await check({ columns: { a: { type: 'string', pattern: '[A-Z]{3}\'"' } } });
    await expect(check({ columns: { a: { type: 'string', pattern: '[[:foo:]]' } } })).rejects.toThrow(
      /columns\.a\.pattern: got "\[\[:foo:\]\]", expected an RE2 pattern/,
    );
  });
});

describe('the database', () => {
  it('reaches its work directory and nothing else, and cannot be told otherwise', async () => {
    const database = await Database.open(workDir, limits);
    try {
      await database.run(`COPY (SELECT 1 AS a) TO '${workDir}/a.parquet' (FORMAT parquet)`);
      expect(await database.count(`SELECT count(*) FROM '${workDir}/a.parquet'`)).toBe(1);
      for (const sql of [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/proc/self/environ')",
        "COPY (SELECT 1) TO '/tmp/rollcall-outside.csv'",
        `SELECT * FROM read_text('${workDir}/../../etc/passwd')`,
        "SELECT * FROM read_parquet('s3://bucket/key')",
        "SELECT * FROM read_csv('https://example.com/x.csv')",
        'SET enable_external_access = true',
        "SET allowed_directories = ['/']",
        'SET lock_configuration = false',
        'INSTALL httpfs',
        'LOAD httpfs',
        "ATTACH '/tmp/rollcall-outside.db'",
      ])
        await expect(database.run(sql)).rejects.toThrow(
          /Permission|Cannot|disabled|locked|not found|does not exist|Not implemented/,
        );
    } finally {
      database.close();
    }
  });

  it('spills to its work directory when memory does not suffice', async () => {
    const database = await Database.open(workDir, { memoryMb: 64, spillMb: 1024 });
    try {
      await database.run('CREATE TEMP TABLE big AS SELECT i, md5(i::VARCHAR) AS h FROM range(3000000) t(i)');
      expect(await database.count('SELECT count(DISTINCT h) FROM big')).toBe(3000000);
    } finally {
      database.close();
    }
  }, 60_000);
});
