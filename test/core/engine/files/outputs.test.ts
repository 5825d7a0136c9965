import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../../../core/engine/duckdb/database';
import { writeParquet } from '../../../../core/engine/files/outputs';
import { passesThrough } from '../../../../core/engine/files/result';
import { text } from '../../../../core/engine/duckdb/sql';

let workDir: string;
let path: string;
let database: Database;
beforeEach(async () => {
  workDir = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  path = join(workDir, 'out.parquet');
  database = await Database.open(workDir, { memoryMb: 256, spillMb: 512 });
  const input = join(workDir, 'in.parquet');
  await database.run(
    `COPY (SELECT i, 'v' || (i % 7) AS v, (i % 3)::DOUBLE AS d FROM range(5000) t(i)) TO ${text(input)} (FORMAT parquet)`,
  );
  await database.run(`CREATE TEMP VIEW records AS SELECT * FROM read_parquet(${text(input)})`);
});
afterEach(() => {
  jest.restoreAllMocks();
  database.close();
  rmSync(workDir, { recursive: true, force: true });
});

/** Statements that make a table of a query's result. */
function spyOnTables(): () => number {
  const counted = jest.spyOn(Database.prototype, 'count');
  return () => counted.mock.calls.filter(([sql]) => sql.startsWith('CREATE TEMP TABLE')).length;
}

describe('a query whose records only pass through', () => {
  it.each([
    ['SELECT * FROM records', true],
    ['SELECT *, d > 1 AS late FROM records WHERE v <> \'v3\' -- "GROUP BY"', true],
    ['SELECT i, random() AS r FROM records', true],
    ['SELECT * FROM records ORDER BY v', false],
    ['SELECT v, count(*) AS n FROM records GROUP BY v', false],
    ['SELECT *, row_number() OVER (ORDER BY v) AS n FROM records', false],
    ['SELECT DISTINCT v FROM records', false],
    ['SELECT * FROM records LIMIT 10', false],
    ['SELECT a.* FROM records a JOIN records b USING (i)', false],
    ['SELECT * FROM records UNION ALL SELECT * FROM records', false],
    ['SELECT *, (SELECT max(i) FROM records) AS last FROM records', false],
  ])('%s: %s', async (query, passes) => {
    expect(await passesThrough(database, query)).toBe(passes);
  });
});

describe('Parquet of a query', () => {
  it.each([
    ['SELECT *, d > 1 AS late FROM records WHERE i >= 1000', 4000, 0],
    ['SELECT v, count(*) AS n FROM records GROUP BY v', 7, 1],
    ['SELECT i, i AS I, v AS "a ""b""" FROM records', 5000, undefined],
  ])('%s is read back: %s records', async (query, records, tables) => {
    const made = spyOnTables();
    expect(await writeParquet(database, query, path)).toMatchObject({ records });
    if (tables !== undefined) expect(made()).toBe(tables);
  });

  it('holds what one run of the query gave where each gives something else', async () => {
    const made = spyOnTables();
    expect(await writeParquet(database, 'SELECT i, random() AS r FROM records', path)).toMatchObject({ records: 5000 });
    expect(made()).toBe(1);
  });

  it('is refused where a value does not survive, with the name of its column', async () => {
    await expect(
      writeParquet(database, 'SELECT i, 170141183460469231731687303715884105727::HUGEINT AS huge FROM records', path),
    ).rejects.toThrow(/"huge" \(HUGEINT\)/);
  });

  it('is none where there is no record', async () => {
    expect(await writeParquet(database, 'SELECT * FROM records WHERE i < 0', path)).toBeNull();
  });

  it('is refused where the file holds something else', async () => {
    const row = database.row.bind(database);
    jest.spyOn(Database.prototype, 'row').mockImplementation(async (sql, values) => {
      const found = await row(sql, values);
      return /sum\(.*out\.parquet/s.test(sql) ? { ...found, hashes: '1' } : found;
    });
    await expect(writeParquet(database, 'SELECT * FROM records', path)).rejects.toThrow(/not those that were made/);
  });
});
