import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { DatasetInput } from '../../../../core/contracts/dataset/dataset';
import { datasetWith, parquetOf, run } from '../harness';

const columns = { a: { type: 'integer' }, b: { type: 'string' } } as const;
const PREFIX = 'things/{yyyy}/{MM}/{dd}/{HH}/';
type Words = Pick<DatasetInput['source'], 'format' | 'compression'>;

async function messageOf(words: Words, body: Buffer | string): Promise<string> {
  const dataset = datasetWith({ columns, source: { bucket: 'vendor', prefix: PREFIX, ...words } });
  return run(dataset, body).then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

const CSV = 'a,b\n1,x\n';

describe('an object that is not what the definition says', () => {
  it.each<[string, Words, string | Buffer, string]>([
    ['gzip for CSV', { format: 'csv' }, gzipSync(CSV), 'it begins as gzip does'],
    ['zstd for Parquet', { format: 'parquet' }, zstdCompressSync(CSV), 'it begins as zstd does'],
    [
      'no gzip',
      { format: 'csv', compression: 'gzip' },
      CSV,
      'it is not in gzip: it begins as fields of text between "," does',
    ],
    [
      'JSON in gzip',
      { format: 'csv', compression: 'gzip' },
      gzipSync('{"a":1}\n'),
      'it begins as an object of JSON does',
    ],
    ['an array of JSON', { format: 'csv' }, '[{"a":1}]', 'it begins as an array of JSON does'],
    ['UTF-16', { format: 'csv' }, Buffer.from(`\ufeff${CSV}`, 'utf16le'), 'it begins as text of UTF-16 does'],
    ['CSV for Parquet', { format: 'parquet' }, `${CSV}2,y\n`, 'it begins as fields of text between "," does'],
  ])('is said to be what its first bytes look like: %s', async (_what, words, body, says) => {
    expect(await messageOf(words, body)).toMatch(new RegExp(`^s3://vendor/an-object: .+; ${says}$`));
  });

  it('is said to be Parquet where CSV is declared', async () => {
    const body = await parquetOf('SELECT 1 AS a, 2 AS b');
    expect(await messageOf({ format: 'csv' }, body)).toMatch(/; it begins as a Parquet file does$/);
  });

  it('is not said to be anything where it begins as declared', async () => {
    expect(await messageOf({ format: 'csv' }, 'c,d\n1,x\n')).toMatch(/not declared "c", "d"$/);
    expect(await messageOf({ format: 'csv', compression: 'gzip' }, gzipSync(CSV).subarray(0, 20))).not.toContain(
      'begins',
    );
  });
});
