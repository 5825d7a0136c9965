import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDatasets } from '../../lib/datasets';
import { DATASETS_DIR } from './synthesize';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-datasets-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A datasets folder with one dataset whose definition is given as JavaScript. */
function withDataset(name: string, definition: string): string {
  const datasets = mkdtempSync(join(folder, 'case-'));
  mkdirSync(join(datasets, name));
  writeFileSync(join(datasets, name, 'dataset.ts'), definition);
  return datasets;
}

const orders = `{
  name: 'orders', owner: 'sales', cadence: 'hourly', calendar: { firstPartition: '2026-01-01T00' },
  source: { bucket: 'vendor-drop', prefix: 'orders/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv' },
  empty: 'fault', columns: { id: { type: 'integer' } },
}`;

test('every dataset of the folder is loaded, in the order of their names, with defaults filled in', () => {
  expect(loadDatasets(DATASETS_DIR).map(({ name, lateWindowDays }) => [name, lateWindowDays])).toEqual([
    ['clicks', 7],
    ['orders', 7],
  ]);
});

test('a folder without dataset.ts is passed over', () => {
  const datasets = withDataset('orders', `exports.default = ${orders};`);
  mkdirSync(join(datasets, 'notes'));
  expect(loadDatasets(datasets)).toHaveLength(1);
});

test('a wrong definition names file, field, value and what was expected', () => {
  const wrong = withDataset('orders', `exports.default = ${orders.replace("'hourly'", "'monthly'")};`);
  expect(() => loadDatasets(wrong)).toThrow(
    expect.objectContaining({
      name: 'InvalidDataset',
      message: expect.stringMatching(/orders\/dataset\.ts: dataset orders: cadence: got "monthly", expected /),
    }),
  );
});

test('a folder that is not called like its dataset is refused', () => {
  const wrong = withDataset('order', `exports.default = ${orders};`);
  expect(() => loadDatasets(wrong)).toThrow(/name: got "orders", expected the name of its folder, "order"/);
});

test('upstreams that make a circle are refused, naming the file and the circle', () => {
  const circle = withDataset('orders', `exports.default = ${orders.replace('empty', "upstreams: ['sales'], empty")};`);
  mkdirSync(join(circle, 'sales'));
  const sales = orders.replaceAll('orders', 'sales').replace('empty', "upstreams: ['orders'], empty");
  writeFileSync(join(circle, 'sales', 'dataset.ts'), `exports.default = ${sales};`);
  expect(() => loadDatasets(circle)).toThrow(
    /orders\/dataset\.ts: dataset orders: upstreams\.0\.dataset: got "sales", expected no circle: orders waits for sales waits for orders$/,
  );
});

test('datasets that share a circuit and do not agree on it are refused, and both are named', () => {
  const datasets = withDataset('orders', `exports.default = ${orders};`);
  const other = orders.replace("'orders'", "'returns'").replace('empty:', 'circuit: { failures: 5 }, empty:');
  mkdirSync(join(datasets, 'returns'));
  writeFileSync(join(datasets, 'returns', 'dataset.ts'), `exports.default = ${other};`);
  expect(() => loadDatasets(datasets)).toThrow(
    /returns\/dataset\.ts: dataset returns: circuit\.failures: got 5, expected 3 as in orders, because both depend on vendor-drop; or name another circuit\.dependency/,
  );
  // What counts is a matter of the circuit too, but one that counts everything is another one to begin with.
  const counting = (more: string) => other.replace('failures: 5', `counts: 'all'${more}`);
  writeFileSync(join(datasets, 'returns', 'dataset.ts'), `exports.default = ${counting('')};`);
  jest.resetModules();
  expect(loadDatasets(datasets)).toHaveLength(2);
  writeFileSync(
    join(datasets, 'returns', 'dataset.ts'),
    `exports.default = ${counting(", dependency: 'vendor-drop'")};`,
  );
  jest.resetModules();
  expect(() => loadDatasets(datasets)).toThrow(/circuit\.counts: got "all", expected "source" as in orders/);
  const apart = other.replace('failures: 5', "failures: 5, dependency: 'returns-api'");
  writeFileSync(join(datasets, 'returns', 'dataset.ts'), `exports.default = ${apart};`);
  jest.resetModules();
  expect(loadDatasets(datasets)).toHaveLength(2);
  writeFileSync(
    join(datasets, 'returns', 'dataset.ts'),
    `exports.default = ${other.replace('failures: 5', 'enabled: false, failures: 5')};`,
  );
  jest.resetModules();
  expect(loadDatasets(datasets)).toHaveLength(2);
});

test('a file without a default export is refused', () => {
  expect(() => loadDatasets(withDataset('orders', 'exports.orders = 1;'))).toThrow(
    /default export: got nothing, expected/,
  );
});

test('a folder that does not exist is refused', () => {
  expect(() => loadDatasets(join(folder, 'nowhere'))).toThrow(
    /datasetsDir: got .*nowhere, expected an existing folder/,
  );
});

test('a definition is compiled from TypeScript wherever the folder is, and finds rollcall there', () => {
  const typed = orders.replace("'orders'", "'orders' as const");
  const outside = withDataset(
    'orders',
    `import { defineDataset } from 'rollcall';\nexport default defineDataset(${typed});`,
  );
  expect(loadDatasets(outside).map(({ name }) => name)).toEqual(['orders']);
});
