import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetInput } from '../../../../core/contracts/dataset/dataset';
import { isOutOfMemory } from '../../../../core/engine/duckdb/briefly';
import { checkSql } from '../../../../core/engine/sql/check-sql';
import { Database } from '../../../../core/engine/duckdb/database';
import { UNSTEADY } from '../../../../core/engine/sql/steady';
import { datasetWith } from '../../../kit/datasets';

const limits = { memoryMb: 128, spillMb: 128 };
let workDir: string;
beforeEach(() => (workDir = mkdtempSync(join(tmpdir(), 'rollcall-test-'))));
afterEach(() => rmSync(workDir, { recursive: true, force: true }));

const check = (part: Partial<DatasetInput>) =>
  checkSql([datasetWith({ columns: { a: { type: 'integer' }, b: { type: 'string' } }, ...part })], workDir, limits);
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

describe('unique.deleted', () => {
  const deleted = (sql: string) => check({ unique: { columns: ['a'], keep: 'last', deleted: sql } });

  it('is a condition as rules are', async () => {
    await expect(deleted("lower(b) = 'd'")).resolves.toBeUndefined();
    for (const [sql, why] of [
      ["op = 'D'", /unique\.deleted: got "op = 'D'", expected one SQL condition over the columns of a record \(.*op/s],
      ["b = 'D') OR (1 = 1", /unique\.deleted: /],
      ['a = random()', /not the same each time/],
      ["setting('word') = b", /unique\.deleted: /],
    ] as const)
      await expect(deleted(sql)).rejects.toMatchObject({ name: 'InvalidDataset', message: expect.stringMatching(why) });
  });
});

describe('the SQL of a definition', () => {
  it('may be a condition over the columns', async () => {
    await rule("a > 1 AND b LIKE '%x%' -- a comment");
    await expect(rule('CASE WHEN a IS NULL THEN true ELSE length(b) < 5 END')).resolves.toBeUndefined();
    await expect(rule('length(b)')).resolves.toBeUndefined();
    await expect(rule('true')).resolves.toBeUndefined();
    await expect(rule('TRY(1 / a > 0)')).resolves.toBeUndefined();
    await expect(rule('a')).resolves.toBeUndefined();
  });

  it.each([
    'a >',
    'a > 1; DROP TABLE records',
    'true) FROM records WHERE (true',
    'true), (false',
    'true) ORDER BY (1',
    'true) OR (1=1',
    'true) -- ',
    'a > 1 LIMIT 1',
    'DISTINCT true',
    'a > 1 AS good',
    'a > 1 UNION SELECT true',
    'a > 1 FROM records',
    '* > 1',
    'COLUMNS(*) IS NOT NULL',
    '#1 > 0',
    '$1 > 0',
    'records.a > 1',
    'rowid > 1',
    '_rollcall_rn > 1',
    'EXISTS (FROM records)',
    'a > 1 QUALIFY true',
    '[a]',
    'b',
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
    const sql = 'WITH big AS (SELECT * FROM records) SELECT b, count(*) AS n FROM big GROUP BY b -- end';
    await expect(check({ transform: { sql, perBatch: true } })).resolves.toBeUndefined();
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
    'SELECT rowid FROM records',
    'SELECT * FROM records USING SAMPLE 10%',
    'SELECT * FROM records TABLESAMPLE reservoir(3 ROWS) REPEATABLE (1)',
    'DESCRIBE records',
    'SHOW TABLES',
    'PIVOT records ON b USING count(*)',
    'SELECT * FROM information_schema.tables',
    'SELECT $1 FROM records',
  ])('is refused as a transform: %s', async (sql) => {
    await expect(transform(sql)).rejects.toMatchObject({
      name: 'InvalidDataset',
      message: expect.stringMatching(/transform\.sql: got .*, expected one SELECT over `records`/s),
    });
  });

  it.each([
    'now() > seen',
    'seen < current_timestamp',
    'seen::DATE = current_date',
    "seen > ago('1 day')",
    'seen < today()',
    'seen < localtimestamp',
    "age(seen) < INTERVAL '1 day'",
    'random() < 0.5',
    'a < uuid()::VARCHAR::INTEGER',
    'length(current_setting($$temp_directory$$)) > a',
    'len([x + random() for x in [a]]) > 1',
    'pg_sleep(1)',
    'nextval($$x$$) > a',
  ])('gives the same each time, unlike %s', async (sql) => {
    const columns = { a: { type: 'integer' }, seen: { type: 'timestamp' } } as const;
    await expect(check({ columns, rowRules: [{ name: 'rule', sql }] })).rejects.toThrow(/rowRules\.0\.sql: got/);
    const asTransform = { sql: `SELECT ${sql} AS x FROM records` };
    await expect(check({ columns, transform: asTransform })).rejects.toThrow(/transform\.sql: got/);
  });

  it('may have columns that are called like what changes, and fail on purpose', async () => {
    const columns = { current_date: { type: 'date' }, user: { type: 'string' }, seen: { type: 'timestamp' } } as const;
    const rowRules = [{ name: 'rule', sql: `"current_date" > DATE '2026-01-01' AND "user" <> 'x'` }];
    const sql = `SELECT CASE WHEN seen IS NULL THEN error('none') ELSE age(seen, seen) END AS x FROM records`;
    await expect(check({ columns, rowRules, transform: { sql } })).resolves.toBeUndefined();
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

  it('has a pattern of lines that RE2 knows', async () => {
    const lines = (pattern: string) =>
      check({
        columns: { a: { type: 'string', nullable: true } },
        source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'text', text: { pattern } },
      });
    await lines('(?<a>[[:alpha:]]+)|(?P<b>\\z)(x)');
    for (const pattern of ['(?<a>[[:foo:]])', '(?<a>(?:x{900}){900})'])
      await expect(lines(pattern)).rejects.toThrow(/source\.text\.pattern: got ".*", expected an RE2 pattern \(/);
  });

  it('has patterns that RE2 knows', async () => {
    await check({ columns: { a: { type: 'string', pattern: '[A-Z]{3}\'"' } } });
    await expect(check({ columns: { a: { type: 'string', pattern: '[[:foo:]]' } } })).rejects.toThrow(
      /columns\.a\.pattern: got "\[\[:foo:\]\]", expected an RE2 pattern/,
    );
  });
});

describe('a transform that looks at several records', () => {
  const list = { a: { type: 'integer' }, b: { type: 'string' }, d: { type: 'date' } } as const;
  const columned = (sql: string, perBatch?: boolean) =>
    check({ columns: list, transform: { sql, ...(perBatch === undefined ? {} : { perBatch }) } });

  it.each([
    ['SELECT b, sum(a) AS a FROM records GROUP BY b', 'an aggregate'],
    ['SELECT count(*) AS n FROM records', 'an aggregate'],
    ['SELECT DISTINCT b FROM records', 'DISTINCT'],
    ['SELECT DISTINCT ON (b) * FROM records', 'DISTINCT'],
    ['SELECT * FROM records ORDER BY a', 'ORDER BY'],
    ['SELECT * FROM records LIMIT 10', 'LIMIT'],
    ['SELECT *, row_number() OVER () AS n FROM records', 'a window function'],
    ['SELECT * FROM records QUALIFY rank() OVER (PARTITION BY b ORDER BY a) = 1', 'a window function'],
    ['SELECT * FROM records WHERE a > (SELECT avg(a) FROM records)', 'a join or a subquery of the records'],
    ['SELECT *, EXISTS (FROM records o WHERE o.a > r.a) AS more FROM records r', 'a subquery over the records'],
    ['SELECT r.* FROM records r JOIN records o ON r.a = o.a', 'a join or a subquery of the records'],
    ['WITH c AS (SELECT * FROM records) SELECT c.* FROM c, c AS d', 'a join or a subquery of the records'],
    ['WITH c AS (SELECT max(a) AS a FROM records) SELECT a FROM c', 'an aggregate'],
    ['SELECT a FROM records UNION SELECT 1', 'DISTINCT'],
    ['SELECT a FROM records EXCEPT SELECT 1', 'DISTINCT'],
    ['SELECT a FROM records INTERSECT ALL SELECT 1', 'INTERSECT'],
    ['SELECT t.i, a FROM range(3) t(i) LEFT JOIN records ON a = i', 'a LEFT JOIN'],
    ['SELECT i FROM range(3) t(i) ANTI JOIN records ON a = i', 'a ANTI JOIN'],
    ['SELECT * FROM records POSITIONAL JOIN range(3)', 'a join by position'],
    [
      'WITH RECURSIVE c AS (SELECT a FROM records UNION ALL SELECT a - 1 FROM c WHERE a > 0) FROM c',
      'a recursive query',
    ],
    ['SELECT row_number() OVER () AS n, (SELECT max(x) FROM unnest([a]) t(x)) AS m FROM records', 'a window function'],
  ])('has to say that it means those of a batch: %s', async (sql, what) => {
    await expect(columned(sql)).rejects.toMatchObject({
      name: 'InvalidDataset',
      message: expect.stringMatching(
        new RegExp(
          `transform\\.sql: got .*, expected one that looks at each record by itself.*perBatch.*\\(${what}`,
          's',
        ),
      ),
    });
    await expect(columned(sql, false)).rejects.toThrow('perBatch');
    await expect(columned(sql, true)).resolves.toBeUndefined();
  });

  it.each([
    'SELECT a + 1 AS a, upper(b) AS b FROM records WHERE a > 1 AND b NOT IN ($$x$$, $$y$$)',
    'WITH c AS (SELECT a, b FROM records WHERE a > 0), e AS (SELECT * FROM c) SELECT a FROM e UNION ALL SELECT length(b) FROM c',
    'SELECT r.*, v.name FROM records r LEFT JOIN (VALUES (1, $$one$$), (2, $$two$$)) v(number, name) ON a = number',
    'SELECT v.name, r.a FROM (VALUES (1, $$one$$)) v(number, name) RIGHT JOIN records r ON a = number',
    'SELECT * FROM records WHERE a IN (SELECT unnest([1, 2, 3]))',
    'SELECT a, (SELECT sum(x) FROM unnest([a, 2]) t(x)) AS s FROM records',
    'SELECT a, EXISTS (SELECT 1 FROM unnest(string_split(b, $$,$$)) t(y) WHERE y = b) AS e, list_sum([a, 2]) AS l FROM records',
    'SELECT a, unnest(string_split(b, $$,$$)) AS part FROM records',
    'SELECT a, e.key FROM records, json_each(b) e',
    'SELECT r.a, z FROM records r JOIN LATERAL (SELECT r.a + 1 AS z) ON true',
    'SELECT * FROM records, range(3)',
    'SELECT a FROM records WHERE a > (SELECT max(x) FROM (VALUES (1), (2)) v(x))',
    'UNPIVOT (SELECT a, length(b)::BIGINT AS l FROM records) ON a, l INTO NAME n VALUE v',
    'FROM records',
  ])('does not look at several: %s', async (sql) => {
    await expect(columned(sql)).resolves.toBeUndefined();
  });
});

describe('many definitions', () => {
  it('are looked at by one database, and all that is wrong is said at once', async () => {
    const named = (name: string, sql: string) =>
      datasetWith({
        name,
        columns: { a: { type: 'integer' }, b: { type: 'string', pattern: '[a-z]+' } },
        rowRules: [{ name: 'rule', sql }],
        expectations: [
          { kind: 'sum', column: 'a', min: 0 },
          { kind: 'distinct', column: 'b', min: 1 },
        ],
        transform: { sql: 'SELECT a FROM records WHERE a > 0', mayDrop: true },
      });
    const many = Array.from({ length: 12 }, (_, i) => named(`things-${i}`, 'a > 0 AND length(b) < 9'));
    await expect(checkSql(many, workDir, limits)).resolves.toBeUndefined();
    await expect(
      checkSql([named('one', 'a >'), many[0]!, named('two', 'missing > 0')], workDir, limits),
    ).rejects.toThrow(/^dataset one: rowRules\.0\.sql: got "a >".*\ndataset two: rowRules\.0\.sql: got "missing > 0"/s);
  });
});

describe('what DuckDB calls steady', () => {
  it('is what is taken for it, in the DuckDB that is installed', async () => {
    const database = await Database.open(workDir, limits);
    try {
      const rows = await database.rows(
        `SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT' ORDER BY 1`,
      );
      expect(rows.map((row) => row['function_name'])).toEqual([...UNSTEADY].sort());
    } finally {
      database.close();
    }
  });

  it('gives the same in two databases at two times, where it needs no argument', async () => {
    // What is called CONSISTENT and takes nothing is a constant, or reads something that it was not given.
    const valuesOf = async () => {
      const database = await Database.open(workDir, limits);
      try {
        const names = await database.rows(
          `SELECT DISTINCT function_name AS name FROM duckdb_functions()
           WHERE function_type = 'scalar' AND stability = 'CONSISTENT' AND len(parameters) = 0 AND varargs IS NULL ORDER BY 1`,
        );
        const values = new Map<string, string>();
        for (const { name } of names) {
          const row = await database
            .row(`SELECT "${String(name)}"()::VARCHAR AS value`)
            .catch(() => ({ value: 'none' }));
          values.set(String(name), String(row['value']));
        }
        return values;
      } finally {
        database.close();
      }
    };
    const [first, second] = [await valuesOf(), await valuesOf()];
    const others = [...first].flatMap(([name, value]) => (second.get(name) === value ? [] : [name]));
    expect(others).toEqual(['current_localtime', 'current_localtimestamp']);
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

  it('spills no more than it may, and says that it is out of memory', async () => {
    const database = await Database.open(workDir, { memoryMb: 64, spillMb: 32 });
    try {
      const failed: unknown = await database
        .run('CREATE TEMP TABLE big AS SELECT i, md5(i::VARCHAR) AS h FROM range(6000000) t(i)')
        .catch((error: unknown) => error);
      expect(isOutOfMemory(failed)).toBe(true);
      expect(failed).toMatchObject({ message: expect.stringContaining('max_temp_directory_size') });
      const spilled = readdirSync(join(workDir, 'spill')).reduce(
        (sum, name) => sum + statSync(join(workDir, 'spill', name)).size,
        0,
      );
      expect(spilled).toBeLessThan(40_000_000);
    } finally {
      database.close();
    }
  }, 60_000);

  it('spills to its work directory when memory does not suffice', async () => {
    const database = await Database.open(workDir, { memoryMb: 64, spillMb: 1024 });
    try {
      await database.run('CREATE TEMP TABLE big AS SELECT i, md5(i::VARCHAR) AS h FROM range(1500000) t(i)');
      expect(await database.count('SELECT count(DISTINCT h) FROM big')).toBe(1_500_000);
    } finally {
      database.close();
    }
  }, 60_000);
});
