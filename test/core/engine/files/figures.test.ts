import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { Database } from '../../../../core/engine/duckdb/database';
import { FigureTally, type ColumnExpectation } from '../../../../core/engine/files/figures';
import { datasetWith } from '../../../kit/datasets';

const END = new Date('2026-01-20T06:00:00Z');
const dataset = datasetWith({
  columns: {
    n: { type: 'integer', nullable: true },
    ratio: { type: 'double', nullable: true },
    day: { type: 'date', nullable: true },
    wide: { type: 'decimal', precision: 38, scale: 2, nullable: true },
    text: { type: 'string', nullable: true },
  },
});

let workDir: string;
let database: Database;
beforeEach(async () => {
  workDir = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  database = await Database.open(workDir, { memoryMb: 128, spillMb: 128 });
});
afterEach(() => {
  database.close();
  rmSync(workDir, { recursive: true, force: true });
});

/** A file of accepted records, from rows of SQL literals. */
async function file(name: string, rows: readonly string[]): Promise<string> {
  const path = join(workDir, `${name}.parquet`);
  const typed =
    'n::BIGINT AS n, ratio::DOUBLE AS ratio, day::DATE AS day, wide::DECIMAL(38, 2) AS wide, t::VARCHAR AS text';
  await database.run(
    `COPY (SELECT ${typed} FROM (VALUES ${rows.join(', ')}) r(n, ratio, day, wide, t)) TO '${path}' (FORMAT parquet)`,
  );
  return path;
}

it('measures doubles, dates and the widest decimals, where sums may overflow, too', async () => {
  const most = '9'.repeat(36);
  const expectations: ColumnExpectation[] = [
    { kind: 'sum', column: 'ratio', max: 1, otherwise: 'fail' },
    { kind: 'freshness', column: 'day', maxAgeMinutes: 400, otherwise: 'fail' },
    { kind: 'sum', column: 'wide', min: 1, otherwise: 'fail' },
  ];
  const tally = await FigureTally.create(database, dataset, expectations);
  await tally.add([
    await file('a', [`(1, 0.5, '2026-01-20', '${most}', 'a')`, `(1, 0.75, '2026-01-19', '${most}', 'b')`]),
  ]);
  await tally.add([await file('b', [`(1, NULL, NULL, '${most}', 'a')`, `(1, NULL, 'infinity', NULL, NULL)`])]);
  expect(await tally.measure(4, END)).toEqual([
    { name: 'sum(ratio)', value: 1.25, breach: true },
    { name: 'freshness(day)', value: 360, breach: false },
    expect.objectContaining({ name: 'sum(wide)', breach: false }),
  ]);
  await expect(tally.measure(5, END)).rejects.toThrow('the files have 4 accepted records, expected 5');
});

it('of any records in any files is what they are together', async () => {
  const value = fc.option(fc.integer({ min: -5, max: 5 }), { nil: null });
  const expectations: ColumnExpectation[] = [
    { kind: 'distinct', column: 'n', otherwise: 'fail' },
    { kind: 'nulls', column: 'n', otherwise: 'fail' },
    { kind: 'sum', column: 'n', min: 0, otherwise: 'fail' },
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(value, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      async (files) => {
        const tally = await FigureTally.create(database, dataset, expectations, 3);
        for (const [i, values] of files.entries())
          await tally.add([
            await file(
              String(i),
              values.map((n) => `(${n}::BIGINT, NULL, NULL, NULL, NULL)`),
            ),
          ]);
        const all = files.flat();
        const present = all.filter((n) => n !== null);
        const sum = present.reduce((total, n) => total + n, 0);
        const measured = await tally.measure(all.length, END);
        expect(measured.map(({ value: figure }) => figure)).toEqual([
          new Set(present).size,
          expect.closeTo((all.length - present.length) / all.length, 12),
          present.length === 0 ? null : sum,
        ]);
        expect(measured[2]?.breach).toBe(present.length > 0 && sum < 0);
        for (const table of ['_rollcall_partials', '_rollcall_hashes0']) await database.run(`DROP TABLE ${table}`);
      },
    ),
    { numRuns: 15 },
  );
});
