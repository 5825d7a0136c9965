import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryFiles, type Tried } from '../../../cli/try/attempt';
import { loadDefinition } from '../../../cli/try/tried-definition';
import { gatherFiles } from '../../../cli/try/tried-files';
import type { Dataset } from '../../../core/contracts/dataset/dataset';
import { CASES, type Case } from '../../kit/cases';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-cases-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function attempt({ name, files, definition, expected }: Case): Promise<{ dataset: Dataset; tried: Tried }> {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'dataset.ts'), `export default ${JSON.stringify(definition)};\n`);
  const loaded = await loadDefinition(folder, name);
  const gathered = await gatherFiles(loaded.dataset, [files], { s3: noS3, partition: expected.partition });
  const tried = await tryFiles({ ...loaded, gathered, rows: 1000, show: (_column, value) => String(value) });
  return { dataset: loaded.dataset, tried };
}

function noS3(): never {
  throw new Error('no S3 is needed');
}

/** Rows in the form of the cases: by their content, whatever their order. */
function rowsOf({ columns }: Dataset, { published }: Tried): string[] {
  return (published?.rows ?? [])
    .map((row) =>
      row.map((value, i) => {
        const { name = '', type = '' } = published?.columns[i] ?? {};
        if (value === null) return null;
        if (columns[name]?.type === 'json') return JSON.stringify(JSON.parse(value));
        return type.startsWith('TIMESTAMP') ? isoTime(value) : value;
      }),
    )
    .map((row) => JSON.stringify(row))
    .sort();
}

function isoTime(text: string): string {
  const [, date = '', time = '', fraction = ''] = /^(\S+) ([\d:]+)(?:\.(\d+))?/.exec(text) ?? [];
  return `${date}T${time}.${fraction.padEnd(6, '0')}Z`;
}

describe('rollcall try on every kind of delivery', () => {
  it.each(CASES.map((one) => [one.name, one] as const))('says of %s what a run makes of it', async (_name, one) => {
    const { expected } = one;
    if (expected.status.includes('REFUSED')) {
      await expect(attempt(one)).rejects.toThrow(new RegExp(expected.message?.[0] ?? '.', 'i'));
      return;
    }
    const { dataset, tried } = await attempt(one);
    expect(expected.status).toContain(tried.would.status);
    if (expected.code) expect(expected.code).toContain(tried.would.code);
    expect(tried.records).toMatchObject(expected.records ?? {});
    for (const pattern of expected.message ?? [])
      expect(`${tried.would.message} ${tried.would.hint}`).toMatch(new RegExp(pattern, 'i'));
    const answers = expected.rowsAnyOf ?? [expected.rows ?? null];
    if (answers.every((rows) => rows === null)) return;
    const allowed = answers.map((rows) => (rows ?? []).map((row) => JSON.stringify(row)).sort());
    expect(allowed).toContainEqual(rowsOf(dataset, tried));
  });
});
