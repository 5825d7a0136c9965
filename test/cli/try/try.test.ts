import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { tryCommand, type TryOptions } from '../../../cli/commands/try';

const ORDERS = `
  name: 'orders',
  owner: 'Sales',
  cadence: 'daily',
  calendar: { firstPartition: '2026-01-01' },
  empty: 'fault',
  source: { bucket: 'vendor', prefix: 'orders/{yyyy}/{MM}/{dd}/', suffix: '.csv', format: 'csv' },
  columns: {
    id: { type: 'integer' },
    email: { type: 'string', sensitive: true, pattern: '.+@.+' },
    total: { type: 'decimal', precision: 8, scale: 2 },
  },
  unique: ['id'],
`;
const LINES = ['id,email,total', '1,a@example.com,1.50', '2,b@example.com,2'];

const folder = mkdtempSync(join(tmpdir(), 'rollcall-try-'));
afterAll(() => rmSync(folder, { recursive: true }));

let places = 0;
const said: string[] = [];
const complained: string[] = [];

/** A folder of its own with definition and files, and the command in it. */
function delivery(files: Readonly<Record<string, string | Buffer>>, definition = ORDERS) {
  const at = join(folder, String((places += 1)));
  const write = (path: string, body: string | Buffer) => {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), body);
  };
  write(
    'datasets/orders/dataset.ts',
    `import { defineDataset } from 'rollcall';\nexport default defineDataset({${definition}});\n`,
  );
  for (const [path, body] of Object.entries(files)) write(path, body);
  const deps = {
    s3: () => {
      throw new Error('no S3 is needed');
    },
    width: 100,
  };
  const attempt = async (given: readonly string[], options: TryOptions = {}) => {
    said.length = complained.length = 0;
    const paths = given.map((path) => join(at, path));
    const status = await tryCommand('orders', paths, { datasets: join(at, 'datasets'), ...options }, deps);
    return {
      status,
      text: said.join('\n').replaceAll(`${at}/`, ''),
      problem: complained.join('\n').replaceAll(`${at}/`, ''),
    };
  };
  return { at, attempt };
}

describe('rollcall try', () => {
  beforeEach(() => {
    jest.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
    jest.spyOn(console, 'error').mockImplementation((line: string) => void complained.push(line));
  });
  afterEach(() => jest.restoreAllMocks());

  it('says counts, broken rules with samples, and the first rows', async () => {
    const lines = [...LINES, '2,c@example.com,3', '3,nobody,4', '4,d@example.com,x'];
    const { attempt } = delivery({ 'in/orders/2026/01/20/a.csv': lines.join('\n') });
    const { status, text } = await attempt(['in']);
    expect(status).toBe(1);
    expect(text).toContain('orders 2026-01-20: a run would publish nothing: FAILED (TOO_MANY_REJECTED)');
    expect(text).toContain('1 file, 5 records read: 2 accepted, 2 quarantined, 1 duplicate');
    expect(text).toContain('    in/orders/2026/01/20/a.csv:6  "x"');
    expect(text).toMatch(
      /email\.pattern: 1 record rejected\..*\n {4}in\/orders\/2026\/01\/20\/a\.csv:5 {2}hash:[0-9a-f]{12}\n/,
    );
    expect(text).toMatch(/│ +1 │ hash:[0-9a-f]{12} │ +1\.50 │\n│ +2 │ hash:/);
    expect(text).not.toContain('@example.com');
  });

  it('gives all of it as JSON', async () => {
    const { at, attempt } = delivery({ 'a.csv': LINES.join('\n'), 'notes.txt': 'x' });
    const { status } = await attempt(['a.csv', 'notes.txt'], { json: true, rows: '1', partition: '2026-01-21' });
    expect(status).toBe(0);
    expect(JSON.parse(said.join('\n'))).toEqual({
      dataset: 'orders',
      partition: '2026-01-21',
      publishes: true,
      would: { status: 'PUBLISHED', code: 'COMPLETE', message: expect.stringMatching(/./), hint: '' },
      records: { read: 2, accepted: 2, quarantined: 0, duplicates: 0, dropped: 0, added: 0, published: 2 },
      rules: [],
      expectations: [],
      files: [{ path: join(at, 'a.csv'), key: 'orders/2026/01/21/a.csv', bytes: 53, problem: null }],
      leftOut: [{ path: join(at, 'notes.txt'), why: 'does not end with .csv (source.suffix)' }],
      notes: [],
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'email', type: 'VARCHAR' },
        { name: 'total', type: 'DECIMAL(8,2)' },
      ],
      rows: [{ id: '1', email: expect.stringMatching(/^hash:/), total: '1.50' }],
    });
  });

  it('names each file that cannot be read with the line to write, and looks at the others', async () => {
    const { attempt } = delivery({
      'in/orders/2026/01/20/a.csv': LINES.join('\n'),
      'in/orders/2026/01/20/b.csv': gzipSync(LINES.join('\n')),
      'in/orders/2026/01/20/c.csv': LINES.join('\n').replaceAll(',', ';'),
    });
    const { status, text } = await attempt(['in']);
    expect(status).toBe(1);
    expect(text).toContain('2 of 3 objects cannot be read, none may be: in/orders/2026/01/20/b.csv: ');
    expect(text).toMatch(/b\.csv \(SCHEMA_MISMATCH\)\n.*compression: 'gzip'/);
    expect(text).toMatch(/c\.csv \(SCHEMA_MISMATCH\)\n.*delimiter: ';'/);
    expect(text).toContain('3 files, 2 records read: 2 accepted');
  });

  it('publishes without files that may fail', async () => {
    const files = { 'a.csv': LINES.join('\n'), 'b.csv': gzipSync(LINES.join('\n')) };
    const { attempt } = delivery(files, `${ORDERS}tolerance: { failedObjects: { objects: 1 } },`);
    const { status, text } = await attempt(['a.csv', 'b.csv']);
    expect(status).toBe(0);
    expect(text).toContain('PARTIAL (WITHIN_TOLERANCE)');
    expect(text).toContain('  b.csv (SCHEMA_MISMATCH)');
  });

  it('applies the transform, and what it drops is said', async () => {
    const transform = `transform: { sql: 'SELECT id, total * 2 AS twice FROM records WHERE id > 1', mayDrop: true }, output: { format: 'csv' },`;
    const { attempt } = delivery({ 'a.csv': LINES.join('\n') }, `${ORDERS}${transform}`);
    const { status, text } = await attempt(['a.csv']);
    expect(status).toBe(0);
    expect(text).toContain('; 1 dropped by the transform');
    expect(text).toMatch(/│ +2 │ +4\.0 │/);
  });

  it('runs a transform in TypeScript', async () => {
    const code = `transform: { code: 'process.ts', columns: { id: { type: 'integer' }, at: { type: 'string' } } },`;
    const { at, attempt } = delivery({ 'a.csv': LINES.join('\n') }, `${ORDERS}${code}`);
    writeFileSync(
      join(at, 'datasets/orders/process.ts'),
      `import { defineProcess } from 'rollcall';\nexport default defineProcess((records, { partition }) => records.map(({ id }) => ({ id: id ?? 0, at: partition })));\n`,
    );
    expect((await attempt(['a.csv'], { partition: '2026-01-20' })).text).toMatch(/│ +2 │ 2026-01-20 │/);
  });

  it('holds expectations against the records', async () => {
    const { attempt } = delivery(
      { 'a.csv': LINES.join('\n') },
      `${ORDERS}expectations: [{ kind: 'rows', min: 5, otherwise: 'fail' }],`,
    );
    const { status, text } = await attempt(['a.csv']);
    expect(status).toBe(1);
    expect(text).toMatch(/QUALITY_GATE_FAILED[^]*Expectations\n {2}broken: /);
  });

  it('says what only a run can say', async () => {
    const referring = ORDERS.replace(
      "id: { type: 'integer' }",
      "id: { type: 'integer', references: { dataset: 'shops', column: 'id' } }",
    );
    const upstream = `upstreams: [{ dataset: 'shops' }],`;
    const { attempt } = delivery({ 'a.csv': LINES.join('\n') }, `${referring}${upstream}`);
    const { text, status } = await attempt(['a.csv'], { partition: '2025-12-31' });
    expect(status).toBe(0);
    expect(text).toContain('not checked: id.references, which needs what is published of shops');
    expect(text).toContain('no run of 2025-12-31 is expected: the first is 2026-01-01 (calendar.firstPartition)');
  });

  it('reads the files of one partition, and asks which one where there are several', async () => {
    const { attempt } = delivery({
      'in/orders/2026/01/20/a.csv': LINES.join('\n'),
      'in/orders/2026/01/21/a.csv': LINES.join('\n'),
    });
    await expect(attempt(['in'])).rejects.toThrow('2 partitions (2026-01-20, 2026-01-21): say with --partition');
    const { text } = await attempt(['in'], { partition: '2026-01-21' });
    expect(text).toContain('orders 2026-01-21: a run would publish this');
    expect(text).toContain('in/orders/2026/01/20/a.csv: of partition 2026-01-20');
  });

  it('refuses wrong usage by name', async () => {
    const { attempt } = delivery({ 'a.csv': LINES.join('\n') });
    await expect(attempt(['a.csv'], { rows: 'many' })).rejects.toThrow('--rows: got "many"');
    await expect(attempt(['a.csv'], { partition: '2026-01-20T05' })).rejects.toThrow(
      '--partition: got "2026-01-20T05"',
    );
    await expect(attempt(['a.csv'], { datasets: '/nowhere' })).rejects.toThrow('--datasets');
    await expect(attempt(['a.txt'])).resolves.toMatchObject({
      status: 1,
      problem: expect.stringContaining('there is no such file'),
    });
    const wrong = delivery({ 'a.csv': 'x' }, ORDERS.replace("'csv' }", "'xml' }"));
    await expect(wrong.attempt(['a.csv'])).rejects.toThrow('source.format: got "xml"');
    const sql = delivery({ 'a.csv': 'x' }, `${ORDERS}rowRules: [{ name: 'no', sql: 'nosuch > 1' }],`);
    await expect(sql.attempt(['a.csv'])).rejects.toThrow('rowRules.0.sql');
  });
});
