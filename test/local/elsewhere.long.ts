import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openSession } from '../../local/session';

/** A folder of datasets that has nothing to do with this project but that it imports `rollcall`. */

const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'rollcall-elsewhere-'));
afterAll(() => rmSync(folder, { recursive: true }));

const datasets = join(folder, 'datasets');
mkdirSync(join(datasets, 'things'), { recursive: true });
writeFileSync(
  join(datasets, 'things', 'dataset.ts'),
  `import { defineDataset } from 'rollcall';
   import { columns } from '../columns';
   export default defineDataset({
     name: 'things', owner: 'tests', cadence: 'daily', calendar: { firstPartition: '2026-01-20' }, empty: 'fault',
     source: { bucket: 'vendor', prefix: 'things/{yyyy}-{MM}-{dd}/', format: 'csv' }, columns,
     transform: { code: 'process.ts', columns }, output: { format: 'jsonl' },
   });`,
);
writeFileSync(
  join(datasets, 'columns.ts'),
  "import type { DatasetInput } from 'rollcall';\nexport const columns: DatasetInput['columns'] = { id: { type: 'string' } };",
);
writeFileSync(
  join(datasets, 'things', 'process.ts'),
  `import { defineProcess, type ProcessRecord } from 'rollcall';
   import { columns } from '../columns';
   const [name = ''] = Object.keys(columns);
   export default defineProcess((records) => records.map((record): ProcessRecord => ({ id: record[name] + '!' })));`,
);

/** What a program that fails printed. */
function complaints(program: () => string): string {
  try {
    return program();
  } catch (error) {
    return String(Object(error).stdout);
  }
}

test('tsc checks it, by a tsconfig.json of one line', () => {
  writeFileSync(
    join(datasets, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['.'] }),
  );
  const check = () => execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', datasets], { encoding: 'utf8' });
  expect(check()).toBe('');
  writeFileSync(join(datasets, 'wrong.ts'), "import { defineDataset } from 'rollcall';\ndefineDataset({ name: 1 });");
  expect(complaints(check)).toMatch(/wrong\.ts\(2,\d+\): error TS/);
  rmSync(join(datasets, 'wrong.ts'));
});

test('a partition is published through the synthesized app, transform and all', async () => {
  const notBefore = new Date('2026-01-21T00:20:00Z');
  const session = await openSession({
    fresh: true,
    notBefore,
    datasetsDir: datasets,
    dataDir: join(folder, 'local'),
  });
  try {
    const { world } = session;
    world.s3.store.put('vendor', 'things/2026-01-20/a.csv', Buffer.from('id\na\nb\n'));
    const input = { dataset: 'things', partition: '2026-01-20', trigger: 'manual' };
    const execution = await world.run('PartitionRun', input, 'elsewhere');
    expect(execution.status).toBe('SUCCEEDED');
    const lake = world.bucket('Lake');
    const file = world.s3.store.keys(lake).find((key) => key.endsWith('.jsonl.gz')) ?? '';
    expect(gunzipSync(world.s3.store.get(lake, file).body).toString()).toBe('{"id":"a!"}\n{"id":"b!"}\n');
  } finally {
    await session.close();
  }
}, 180_000);
