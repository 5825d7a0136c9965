import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { manifestSchema } from '../../core/contracts/run/manifest';

const ROOT = path.join(__dirname, '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'rollcall-trial-'));
afterAll(() => rmSync(folder, { recursive: true }));
const own = (...parts: string[]) => path.join(folder, ...parts);

const DEFINITION = {
  name: 'trial',
  owner: 'tests',
  cadence: 'daily',
  calendar: { firstPartition: '2026-01-01' },
  source: { bucket: 'trial-bucket', prefix: ['in/{yyyy}/{M}/{d}/', 'more/{yyyy}-{MM}-{dd}/'], format: 'csv' },
  complete: { settleMinutes: 30 },
  empty: 'fault',
  columns: { id: { type: 'integer' } },
};

function put(file: string, content: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** `npm run local -- run trial <partitions>`, from another folder than the project's. */
function trial(partitions: readonly string[], ...options: string[]) {
  const args = ['run', 'trial', ...partitions, '--datasets', 'datasets', '--data', 'data', '--json', ...options];
  const tsx = path.join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsx, path.join(ROOT, 'local', 'main.ts'), ...args], {
    cwd: ROOT,
    env: { ...process.env, INIT_CWD: folder },
    encoding: 'utf8',
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { status, stderr, manifests: lines.map((line) => manifestSchema.parse(JSON.parse(line))) };
}

test('a trial of own definitions on own files tells the truth', () => {
  put(
    own('datasets', 'trial', 'dataset.ts'),
    `import { defineDataset } from 'rollcall';\nexport default defineDataset(${JSON.stringify(DEFINITION)} as never);\n`,
  );
  const missing = trial(['2026-01-20']);
  expect(missing.manifests.map(({ reason }) => reason.code)).toEqual(['SOURCE_BUCKET_NOT_FOUND']);
  expect(missing.status).toBe(1);

  // Made just now, long after the partition: not still arriving.
  put(own('files', 'in/2026/1/20/a.csv'), 'id\n1\n2\n');
  put(own('files', 'in/2026/1/20/_temporary/a.csv'), 'id\n9\n');
  put(own('files', 'more/2026-01-20/b.csv'), 'id\n3\n');
  const first = trial(['2026-01-20', '2026-01-21'], '--source', 'files', '--fault', 'Slack:down:1');
  expect(first.manifests.map(({ partition, reason, records }) => [partition, reason.code, records.published])).toEqual([
    ['2026-01-20', 'COMPLETE', 3],
    ['2026-01-21', 'SOURCE_EMPTY', 0],
  ]);
  expect(first.manifests[1]?.reason.message).toContain(
    'the nearest that exists is s3://trial-bucket/in/2026/1/20/a.csv',
  );
  expect(first.status).toBe(1);
  expect(first.stderr).not.toContain('Synthesizing');
  expect(existsSync(own('data', 'buckets', 'index.json'))).toBe(true);

  // What the bucket had is gone, and what is published is not.
  put(own('other', 'in/2026/1/22/a.csv'), 'id\n1\n');
  const again = trial(['2026-01-20'], '--source', 'other', '--reprocess', '--now', '2026-01-23T00:00:00Z');
  expect(again.manifests.map(({ reason }) => reason.code)).toEqual(['SOURCE_EMPTY']);
  const files = spawnSync(process.execPath, [
    path.join(ROOT, 'cli', 'rollcall.cjs'),
    'files',
    'trial',
    '2026-01-20',
    '--local',
    own('data'),
  ]);
  expect(files.stdout.toString()).toMatch(/\.parquet\n$/);
}, 600_000);
