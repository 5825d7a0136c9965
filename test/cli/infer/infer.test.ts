import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { inferCommand, type InferOptions } from '../../../cli/commands/infer';
import { infer, type InferDeps } from '../../../cli/infer/infer';
import type { asJson } from '../../../cli/infer/as-json';
import { definitionOf } from '../../../core/domain/infer/draft';
import { zipOf } from './zip';

const deps: InferDeps = { s3: fail, today: '2026-01-20' };
function fail(): never {
  throw new Error('no S3 is needed');
}

let folder: string;
const printed = { out: [] as string[], err: [] as string[] };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-infer-'));
  printed.out = [];
  printed.err = [];
  jest.spyOn(console, 'log').mockImplementation((text: string) => void printed.out.push(text));
  jest.spyOn(console, 'error').mockImplementation((text: string) => void printed.err.push(text));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function files(all: Readonly<Record<string, string | Buffer>>): string {
  for (const [name, body] of Object.entries(all)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), body);
  }
  return folder;
}

async function definition(all: Readonly<Record<string, string | Buffer>>, more: Partial<InferDeps> = {}) {
  const { draft, notes } = await infer([files(all)], { ...deps, ...more });
  return { definition: definitionOf(draft.entries), notes };
}

const command = (given: readonly string[], options: InferOptions = {}) => inferCommand(given, options, deps);

describe('rollcall infer', () => {
  it('writes the definition to standard output, or to a file named by its dataset', async () => {
    files({ 'in/2026/01/20/a.csv': 'id;v\n1;a\n' });
    expect(await command([join(folder, 'in/2026/01/20/a.csv')])).toBe(0);
    expect(printed.out.join('\n')).toMatch(/^import \{ defineDataset \} from 'rollcall';\n/);
    const out = join(folder, 'datasets/orders/dataset.ts');
    expect(await command([folder], { out })).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain("  name: 'orders',\n");
    expect(await inferCommand([folder], { out }, deps).catch((error: Error) => error.message)).toMatch(
      /is there already; give --force/,
    );
    expect(await command([join(folder, 'in')], { out, force: true })).toBe(0);
  });

  it('gives the definition and what was seen as JSON', async () => {
    files({ 'a.csv': 'id,d\n1,01/02/2026\n' });
    expect(await command([join(folder, 'a.csv')], { json: true })).toBe(0);
    const json = JSON.parse(printed.out.join('')) as ReturnType<typeof asJson>;
    expect(json.definition).toMatchObject({
      source: { format: 'csv', suffix: '.csv' },
      columns: { id: { type: 'integer' } },
    });
    expect(json.seen).toContainEqual({
      path: ['columns', 'id'],
      value: { type: 'integer' },
      sure: true,
      saw: ['1; 0 of 1 empty'],
    });
    expect(json.files).toMatchObject([{ key: 'a.csv', seen: 18, whole: true }]);
  });

  it.each<[string, Record<string, string | Buffer>, RegExp]>([
    ['0 bytes', { 'a.csv': '' }, /a\.csv: it has 0 bytes$/],
    ['blank lines', { 'a.csv': '\n\n' }, /there is nothing in it but blank lines$/],
    [
      'another kind',
      { 'a.orc': 'ORC…' },
      /it is an ORC file, which is not read: have it delivered as Parquet, CSV or JSON$/,
    ],
    ['cut off Parquet', { 'a.parquet': 'PAR1…' }, /a Parquet file that is cut off: it does not end with PAR1$/],
    ['damaged Avro', { 'a.avro': 'Obj\x01…' }, /an Avro file that is damaged/],
    ['bytes', { a: Buffer.from([0, 1, 2, 0, 0, 0, 200, 201]) }, /bytes of no known kind/],
    [
      'several entries',
      { 'a.zip': zipOf({ 'a.csv': 'x', 'b.csv': 'y' }) },
      /a zip archive of 2 files \(a\.csv, b\.csv…\): only archives of one file/,
    ],
    [
      'a workbook',
      { 'a.xlsx': zipOf({ '[Content_Types].xml': '', 'xl/workbook.xml': '' }) },
      /it is an Excel workbook \(\.xlsx\), which is not read: save it as CSV$/,
    ],
    ['gzip of nothing', { 'a.gz': gzipSync('') }, /gzip of 0 bytes$/],
  ])('says what is wrong with a file: %s', async (_what, all, says) => {
    const path = join(files(all), Object.keys(all)[0]!);
    expect(await command([path])).toBe(1);
    expect(printed.err.join('\n')).toMatch(says);
  });

  it('says what is wrong with a path', async () => {
    expect(await command([join(folder, 'nothing.csv')])).toBe(1);
    expect(printed.err[0]).toMatch(/nothing\.csv: there is no such file$/);
    expect(await command([folder])).toBe(1);
    expect(printed.err[1]).toMatch(/there is no file$/);
    expect(await command(['https://example.com/a.csv'])).toBe(1);
    expect(printed.err[2]).toMatch(/only files of this machine and S3 URIs .* are read; download it first$/);
  });

  it('opens gzip, zip and UTF-16', async () => {
    const csv = 'id,v\n1,ä\n2,b\n';
    expect((await definition({ 'g/a.csv.gz': gzipSync(csv) })).definition).toMatchObject({
      source: { compression: 'gzip', suffix: '.csv.gz' },
    });
    rmSync(join(folder, 'g'), { recursive: true });
    const zip = zipOf({ '__MACOSX/._a.csv': 'x', 'folder/': '', 'folder/a.csv': csv });
    expect((await definition({ 'z/a.csv.zip': zip })).definition).toMatchObject({
      source: { compression: 'zip' },
      columns: { v: { type: 'string' } },
    });
    rmSync(join(folder, 'z'), { recursive: true });
    expect((await definition({ 'u/a.csv': Buffer.from(`\ufeff${csv}`, 'utf16le') })).definition).toMatchObject({
      source: { encoding: 'utf-16' },
    });
  });

  it('brings files together, and leaves out what is never data', async () => {
    const { definition: found, notes } = await definition({
      'dt=2026-01-20/a.csv': 'id,v\n1,a\n',
      'dt=2026-01-20/b.csv': 'id\n2\n',
      'dt=2026-01-20/c.csv': '',
      'dt=2026-01-20/_SUCCESS': '',
      'dt=2026-01-20/_temporary/0/x.csv': 'other\n1\n',
    });
    expect(found).toMatchObject({
      source: { prefix: expect.stringMatching(/dt=\{yyyy\}-\{MM\}-\{dd\}\/$/) },
      calendar: { firstPartition: '2026-01-20' },
      columns: { id: { type: 'integer' }, v: { type: 'string', optional: true } },
      tolerance: { failedObjects: { objects: 1 } },
    });
    expect(notes).toEqual([
      '2 of 5 files are never data by their names (such as _SUCCESS): not looked at',
      expect.stringMatching(/c\.csv: it has 0 bytes$/),
    ]);
  });

  it('names files of another kind than most, and tables of table formats', async () => {
    const { definition: found, notes } = await definition({
      'data/a.csv': 'id,v\n1,a\n',
      'data/b.csv': 'id,v\n2,b\n',
      'data/c.csv.gz': gzipSync('id,v\n3,c\n'),
      'metadata/v2.metadata.json': '{}',
    });
    expect(found).toMatchObject({ source: { format: 'csv' } });
    expect(notes[0]).toMatch(
      /^a table of Apache Iceberg .*: its files may be superseded, and a run refuses its prefix$/,
    );
    expect(notes.at(-1)).toMatch(/is of another kind \(text, compression gzip\) than most/);
  });

  it('looks at the beginning of a large file, at samples of the rest, and at its end', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => (i === 39_000 ? `${i},x,` : `${i},${i}.5,a`)).join('\n');
    const limits = { head: 20_000, pieces: 40, piece: 20_000, most: 10_000_000 };
    const body = `id,n,v\n${rows}\nTRAILER,40000\n`;
    for (const all of [{ 'plain/a.csv': body }, { 'packed/a.csv.gz': gzipSync(body) }]) {
      const { draft, files: seen } = await infer([join(files(all), Object.keys(all)[0]!)], { ...deps, limits });
      const found = definitionOf(draft.entries);
      // The one value that is no number stands in the last part, and so does the trailer.
      expect(found).toMatchObject({
        source: { csv: { trailer: { prefix: 'TRAILER' } } },
        columns: { id: { type: 'integer' }, n: { type: 'string' }, v: { type: 'string', nullable: true } },
      });
      expect(seen[0]).toMatchObject({ whole: false });
      expect(seen[0]!.seen).toBeLessThan(1_000_000);
    }
  });
});
