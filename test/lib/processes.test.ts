import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformHash } from '../../core/contracts/dataset/dataset';
import type { Processes } from '../../core/contracts/dataset/process';
import { bundleProcesses } from '../../lib/build/bundle-processes';
import { loadDatasets } from '../../lib/datasets';

const root = mkdtempSync(join(tmpdir(), 'rollcall-processes-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A folder with one dataset and the files beside its declaration. */
function folderWith(transform: string, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, 'datasets-'));
  mkdirSync(join(folder, 'things'));
  writeFileSync(
    join(folder, 'things', 'dataset.ts'),
    `export default { name: 'things', owner: 'o', cadence: 'daily', calendar: { firstPartition: '2026-01-20' },
       source: { bucket: 'vendor', prefix: 'things/{yyyy}-{MM}-{dd}/', format: 'csv' }, empty: 'normal',
       columns: { id: { type: 'string' } }, ${transform} };`,
  );
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'things', name), content);
  return folder;
}
const CODED = "transform: { code: 'process.ts', columns: { id: { type: 'string' } } }";
const hashOf = (files: Readonly<Record<string, string>>): string => {
  const [dataset] = loadDatasets(folderWith(CODED, files));
  if (dataset === undefined) throw new Error('no dataset');
  return transformHash(dataset);
};

test('the hash of a transform changes with its code and with what that imports, and with nothing else', () => {
  const code = "import { by } from './by';\nexport default (records) => records.slice(by);";
  const before = hashOf({ 'process.ts': code, 'by.ts': 'export const by = 1;' });
  expect(hashOf({ 'process.ts': `// Why.\n${code}`, 'by.ts': 'export const by = 1;' })).toBe(before);
  expect(hashOf({ 'process.ts': code, 'by.ts': 'export const by = 2;' })).not.toBe(before);
  expect(hashOf({ 'process.ts': code.replace('slice', 'splice'), 'by.ts': 'export const by = 1;' })).not.toBe(before);
});

test('a file that is missing, not declared or broken fails the synthesis', () => {
  expect(() => loadDatasets(folderWith(CODED, {}))).toThrow(
    /dataset.ts: transform.code: got "process.ts", expected a file of that name beside dataset.ts/,
  );
  expect(() => loadDatasets(folderWith('', { 'process.ts': 'export default 1' }))).toThrow(
    /process.ts: is there, expected transform.code: 'process.ts' to declare it/,
  );
  expect(() => loadDatasets(folderWith(CODED, { 'process.ts': 'export default (' }))).toThrow(
    /process.ts: does not compile: Unexpected end of file/,
  );
  expect(() => loadDatasets(folderWith(CODED, { 'process.ts': "import './none'; export default 1;" }))).toThrow(
    /does not compile: Could not resolve/,
  );
});

test('the bundle has the transforms by dataset, and is there where there are none', async () => {
  const folder = folderWith(CODED, { 'process.ts': "export default (records) => [...records, { id: 'more' }];" });
  const load = (datasets: Parameters<typeof bundleProcesses>[0]): Processes => {
    const file = join(mkdtempSync(join(root, 'bundle-')), 'processes.js');
    bundleProcesses(datasets, folder, file);
    return (require(file) as { processes: Processes }).processes;
  };
  const processes = load(loadDatasets(folder));
  expect(
    await processes['things']?.([{ id: 'a' }], { dataset: 'things', partition: '2026-01-20', settings: {} }),
  ).toEqual([{ id: 'a' }, { id: 'more' }]);
  expect(load([])).toEqual({});
});

test('a transform imports rollcall from outside of the project; the bundle has what it uses of it, and no more', async () => {
  const code =
    "import { defineProcess, type ProcessRecord } from 'rollcall';\nexport default defineProcess((records) =>";
  const folder = folderWith(CODED, {
    'process.ts': `${code} records.map((record): ProcessRecord => ({ ...record, id: 'b' })));`,
  });
  const file = join(folder, 'processes.js');
  bundleProcesses(loadDatasets(folder), folder, file);
  expect(statSync(file).size).toBeLessThan(5_000);
  const { processes } = require(file) as { processes: Processes };
  const about = { dataset: 'things', partition: '2026-01-20', settings: {} };
  expect(await processes['things']?.([{ id: 'a' }], about)).toEqual([{ id: 'b' }]);
});
