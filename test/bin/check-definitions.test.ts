import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { checkDefinitions } from '../../bin/check-definitions';
import { datasetWith } from '../core/engine/harness';

const root = resolve(__dirname, '..', '..');
const columns = { a: { type: 'integer' } } as const;
let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a synthesis', () => {
  it('takes definitions whose SQL DuckDB understands', async () => {
    const dataset = datasetWith({ columns, rowRules: [{ name: 'positive', sql: 'a > 0' }] });
    await expect(checkDefinitions([dataset])).resolves.toBeUndefined();
  });

  it.each(['none', 'host', 'arm64'])('refuses others in one line, also where it is for target %s', async (target) => {
    const datasets = join(folder, target);
    mkdirSync(join(datasets, 'things'), { recursive: true });
    writeFileSync(
      join(datasets, 'things', 'dataset.ts'),
      `import { defineDataset } from 'rollcall';
       export default defineDataset({
         name: 'things', owner: 'tests', cadence: 'hourly', calendar: { firstPartition: '2001-01-01T00' }, empty: 'normal',
         source: { bucket: 'vendor', prefix: 'things/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
         columns: { a: { type: 'integer' } }, rowRules: [{ name: 'positive', sql: 'a > (' }],
       });`,
    );
    const context = { target, datasetsDir: datasets };
    const failed: unknown = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', join(root, 'bin', 'rollcall.ts')],
      {
        cwd: root,
        env: { ...process.env, CDK_OUTDIR: join(folder, `${target}.out`), CDK_CONTEXT_JSON: JSON.stringify(context) },
      },
    ).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^InvalidDataset: dataset things: rowRules\.0\.sql: got "a > \(", expected one SQL/,
      ),
    });
  });
});
