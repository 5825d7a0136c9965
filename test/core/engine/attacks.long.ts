import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '../../../core/contracts/dataset/dataset';
import { defineDataset } from '../../../core/contracts/dataset/dataset';
import { checkSql } from '../../../core/engine/sql/check-sql';
import { Database } from '../../../core/engine/duckdb/database';
import { processRecords } from '../../../core/engine/transform/process-records';
import { datasetWith, parquetOf, run } from './harness';

/**
 * What a user's SQL may try. Each attack is refused as a rule and as a transform, at synth and when it runs; and, were it let through,
 * by the database itself, which can reach its work directory and nothing else. What has no end is ended.
 */

const columns = { a: { type: 'integer' }, b: { type: 'string' } } as const;
const limits = { memoryMb: 128, spillMb: 32 };

let workDir: string;
/** A folder that no process may write to. */
let outside: string;
beforeEach(() => {
  workDir = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  outside = mkdtempSync(join(tmpdir(), 'rollcall-outside-'));
  writeFileSync(join(outside, 'secret.txt'), 'a secret\n');
});
afterEach(() => {
  const found = readdirSync(outside).join();
  if (found !== 'secret.txt') throw new Error(`an attack wrote outside: ${found}`);
  rmSync(workDir, { recursive: true, force: true });
  rmSync(outside, { recursive: true, force: true });
});

/** An attack: a SELECT, or another statement; `{}` stands for the folder outside. */
interface Attack {
  readonly what: string;
  readonly sql: string;
  /**
   * What the database itself does with it, behind the check: refuses it, or `harmless`: it runs, and reaches nothing but this database,
   * which ends with the batch. `fatal`: it is refused so late that the whole process ends, so that it is not tried here; only the check
   * keeps it away.
   */
  readonly alone: 'refused' | 'harmless' | 'fatal';
}
const refused = (what: string, sql: string): Attack => ({ what, sql, alone: 'refused' });
const harmless = (what: string, sql: string): Attack => ({ what, sql, alone: 'harmless' });

const ATTACKS: readonly Attack[] = [
  refused('reads a file', "SELECT content FROM read_text('{}/secret.txt')"),
  refused('reads a file by its name alone', "SELECT * FROM '{}/secret.txt'"),
  refused('reads a CSV file', "SELECT * FROM read_csv('{}/secret.txt')"),
  refused('reads a JSON file', "SELECT * FROM read_json('{}/secret.txt')"),
  refused('reads the environment of the process', "SELECT * FROM read_blob('/proc/self/environ')"),
  refused('reads a Parquet file', "SELECT * FROM read_parquet('{}/secret.txt')"),
  refused("reads a Parquet file's footer", "SELECT * FROM parquet_metadata('{}/secret.txt')"),
  refused('has a file sniffed', "SELECT * FROM sniff_csv('{}/secret.txt')"),
  refused('lists files', "SELECT * FROM glob('{}/*')"),
  refused('leaves the work directory', "SELECT * FROM read_text('{work}/../../etc/passwd')"),
  refused('reads a URL', "SELECT * FROM read_csv('https://example.com/x.csv')"),
  refused('reads a bucket', "SELECT * FROM read_parquet('s3://bucket/key')"),
  refused('reads the metadata service', "SELECT * FROM read_text('http://169.254.169.254/latest/meta-data/')"),
  refused('reads the environment', "SELECT getenv('AWS_SECRET_ACCESS_KEY')"),
  refused('writes a file', "COPY (SELECT 1) TO '{}/written.csv'"),
  refused('writes records behind a semicolon', "SELECT 1; COPY (SELECT 1) TO '{}/written.csv'"),
  refused('closes our parenthesis and writes', "SELECT 1) TO '{}/written.parquet'; --"),
  refused('exports the database', "EXPORT DATABASE '{}/export'"),
  refused('attaches a database', "ATTACH '{}/attached.db'"),
  refused('reads a database', "SELECT * FROM read_duckdb('{}/secret.txt')"),
  refused('installs an extension', 'INSTALL httpfs'),
  refused('loads an extension', 'LOAD httpfs'),
  refused('loads a library', "LOAD '{}/secret.txt'"),
  refused('installs from the community', 'INSTALL shellfs FROM community'),
  refused('allows itself the network', 'SET enable_external_access = true'),
  refused('allows itself a folder', "SET allowed_directories = ['{}']"),
  refused('takes off the lock', 'SET lock_configuration = false'),
  refused('takes more memory', "SET memory_limit = '100GB'"),
  refused('takes more disk', "SET max_temp_directory_size = '100GB'"),
  refused('has profiles written', "PRAGMA profiling_output = '{}/profile.json'"),
  refused('keeps a secret', 'CREATE PERSISTENT SECRET s (TYPE s3)'),
  {
    what: 'writes a log to a file',
    sql: "SELECT * FROM enable_logging(storage = 'file', storage_path = '{}/log')",
    alone: 'fatal',
  },
  harmless('switches on logging', 'SELECT * FROM enable_logging()'),
  harmless('writes into the log', "SELECT write_log('x')"),
  harmless('reads the log', 'SELECT * FROM duckdb_logs()'),
  refused('reads secrets', 'SELECT * FROM duckdb_secrets()'),
  harmless('reads settings', 'SELECT * FROM duckdb_settings()'),
  harmless('reads one setting', "SELECT current_setting('temp_directory')"),
  harmless('looks for other tables', 'SELECT * FROM information_schema.tables'),
  harmless('runs a text', "SELECT * FROM query('SELECT * FROM duckdb_settings()')"),
  harmless('runs a serialized text', "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 42'))"),
  harmless('sets a variable', 'SET VARIABLE x = 1'),
  harmless('makes a macro', 'CREATE TEMP MACRO setting(x) AS 1'),
  harmless('drops the records', 'DROP TABLE IF EXISTS records'),
  harmless('attaches memory', "ATTACH ':memory:' AS other"),
  harmless('writes a checkpoint', 'SELECT * FROM checkpoint()'),
];

/** Conditions that would do the same. */
const asRules = (sql: string): readonly string[] => [
  sql,
  `(${sql}) IS NOT NULL`,
  `EXISTS (${sql})`,
  `true) FROM records; ${sql}; --`,
];

function place(sql: string): string {
  return sql.replaceAll('{}', outside).replaceAll('{work}', workDir);
}

const ruled = (sql: string): Dataset => datasetWith({ columns, rowRules: [{ name: 'rule', sql }] });
const transformed = (sql: string): Dataset =>
  datasetWith({ columns, transform: { sql, mayAdd: true, mayDrop: true, perBatch: true } });

async function processed(dataset: Dataset, timeoutMs?: number) {
  const path = join(workDir, 'records.parquet');
  writeFileSync(path, await parquetOf("SELECT i AS a, 'x' AS b FROM range(10) t(i)"));
  return processRecords({
    dataset,
    input: { path, records: 10 },
    settings: [],
    workDir,
    limits: { ...limits, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    process: undefined,
    about: { dataset: 'things', partition: '2026-01-20T05', settings: {} },
  });
}

it('there are more than 30 of them', () => {
  expect(new Set(ATTACKS.map(({ sql }) => sql)).size).toBe(ATTACKS.length);
  expect(ATTACKS.length).toBeGreaterThan(30);
});

describe.each(ATTACKS)('SQL that $what', ({ sql, alone }) => {
  it('is no rule, at synth and when it runs', async () => {
    for (const rule of asRules(place(sql))) {
      const dataset = ruled(rule);
      await expect(checkSql([dataset], workDir, limits)).rejects.toMatchObject({ name: 'InvalidDataset' });
      await expect(run(dataset, 'a,b\n1,x\n')).rejects.toMatchObject({ name: 'DefinitionFault' });
    }
  });

  it('is no transform, at synth and when it runs', async () => {
    const dataset = transformed(place(sql));
    await expect(checkSql([dataset], workDir, limits)).rejects.toMatchObject({ name: 'InvalidDataset' });
    await expect(processed(dataset)).rejects.toMatchObject({ name: 'DefinitionFault' });
  });

  it('reaches nothing, were it let through', async () => {
    if (alone === 'fatal') return;
    const database = await Database.open(workDir, limits);
    try {
      const answer = await database.rows(place(sql)).then(
        (rows) =>
          `ran: ${JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`,
        () => 'refused',
      );
      expect(answer).not.toContain('a secret');
      if (alone === 'refused') expect(answer).toBe('refused');
      else expect(answer).toMatch(/^ran/);
      // The lock still holds.
      await expect(database.rows(place("SELECT * FROM read_text('{}/secret.txt')"))).rejects.toThrow(
        /ermission|disabled/,
      );
      await expect(database.run('SET threads = 8')).rejects.toThrow(/locked/);
    } finally {
      database.close();
    }
    expect(existsSync(join(homedir(), '.duckdb', 'stored_secrets'))).toBe(false);
  });
});

describe('names and values that would be SQL', () => {
  const nasty = `a") FROM read_text('/etc/passwd') --`;

  it('are no column of an expectation', () => {
    const define = () => datasetWith({ columns, expectations: [{ kind: 'distinct', column: nasty, min: 1 }] });
    expect(define).toThrow('expected one of the columns a, b');
    expect(() => datasetWith({ columns: { [nasty]: { type: 'string' } } })).toThrow('without quotes');
  });

  it('are values like any other', async () => {
    const dataset = defineDataset({
      ...datasetWith({
        columns: { "it's; DROP TABLE x": { type: 'string', values: [nasty, `'); DROP TABLE x; --`] } },
      }),
      expectations: [{ kind: 'distinct', column: "it's; DROP TABLE x", min: 1 }],
    });
    await expect(checkSql([dataset], workDir, limits)).resolves.toBeUndefined();
    const { counts } = await run(dataset, `it's; DROP TABLE x\n'); DROP TABLE x; --\nother\n`);
    expect(counts).toMatchObject({ accepted: 1, quarantined: 1 });
  });
});

describe('SQL that has no end', () => {
  it.each([
    'SELECT count(*) AS n FROM range(1000000000000000) t(i) WHERE hash(i) % 7 = 0',
    'SELECT sum(x.range * y.range) AS s FROM range(100000000) x, range(100000000) y',
    'WITH RECURSIVE c AS (SELECT 1 AS i UNION ALL SELECT (i + 1) % 7 FROM c) SELECT max(i) AS i FROM c',
    'SELECT a.a FROM records a, range(100000) b, range(100000) c, range(100000) d WHERE hash(b.range, c.range, d.range) = 1',
  ])('is ended by its time, or by the room that it has: %s', async (sql) => {
    const failed: unknown = await processed(transformed(sql), 1500).catch((error: unknown) => error);
    expect(failed).toHaveProperty(
      'message',
      expect.stringMatching(/^(the transform of things: the SQL did not finish in 2 s|Out of Memory Error)/),
    );
  });

  it('is ended where a rule has none', async () => {
    // DuckDB looks up between two thousand records and the next; Lambda's own time-out is for what takes longer than that.
    const sql = 'list_sum([(hash(x) % 7)::BIGINT FOR x IN range(a * 200)]) < 0';
    const body = `a,b\n${Array.from({ length: 100_000 }, (_, i) => `${(i % 90) + 1},x`).join('\n')}\n`;
    const limited = { limits: { ...limits, timeoutMs: 1000 } };
    await expect(run(ruled(sql), body, limited)).rejects.toThrow(/did not finish in 1 s$/);
  });

  it('takes no more room than it may', async () => {
    const sql = 'SELECT i, md5(i::VARCHAR) AS h FROM range(100000000) t(i) ORDER BY h';
    await expect(processed(transformed(sql), 30_000)).rejects.toThrow(/Out of Memory/);
  });
});
