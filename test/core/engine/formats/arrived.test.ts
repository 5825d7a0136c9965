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
    [
      'gzip',
      { format: 'csv' },
      gzipSync(CSV),
      "it is gzip of CSV with a comma between its values; write compression: 'gzip'",
    ],
    [
      'zstd for Parquet',
      { format: 'parquet' },
      zstdCompressSync(CSV),
      'it is zstd of CSV with a comma between its values',
    ],
    [
      'no gzip',
      { format: 'csv', compression: 'gzip' },
      CSV,
      "it is not gzip: it is CSV with a comma between its values, not compressed; write compression: 'none'",
    ],
    [
      'JSON in gzip',
      { format: 'csv', compression: 'gzip' },
      gzipSync('{"a":1}\n'),
      "it is JSON, one object a line, not CSV; write format: 'jsonl'",
    ],
    ['an array of JSON', { format: 'csv' }, '[{"a":1}]', "it is a JSON array, not CSV; write format: 'json'"],
    [
      'UTF-16',
      { format: 'csv' },
      Buffer.from(`\ufeff${CSV}`, 'utf16le'),
      "it is UTF-16, not utf-8 (a byte-order mark of UTF-16); write encoding: 'utf-16'",
    ],
    [
      'CSV for Parquet',
      { format: 'parquet' },
      `${CSV}2,y\n`,
      "it is CSV with a comma between its values, not parquet; write format: 'csv'",
    ],
    ['another delimiter', { format: 'csv' }, 'a;b\n1;x\n', `the delimiter is ";"; write csv: { delimiter: ';' }`],
    [
      'no header',
      { format: 'csv' },
      '1,x\n2,y\n',
      'it has no header: the first line has values like the others; write csv: { header: false }',
    ],
  ])('is said to be what its first bytes look like: %s', async (_what, words, body, says) => {
    const message = await messageOf(words, body);
    expect(message).toMatch(/^s3:\/\/vendor\/an-object: /);
    expect(message).toContain(`; ${says}`);
  });

  it('is said to be Parquet where CSV is declared', async () => {
    const body = await parquetOf('SELECT 1 AS a, 2 AS b');
    expect(await messageOf({ format: 'csv' }, body)).toMatch(/; it is a Parquet file; write format: 'parquet'$/);
  });

  it('is not said to be anything where it begins as declared', async () => {
    expect(await messageOf({ format: 'csv' }, 'c,d\n1,x\n')).toMatch(/not declared "c", "d"$/);
    const cutOff = await messageOf({ format: 'csv', compression: 'gzip' }, gzipSync(CSV).subarray(0, 20));
    expect(cutOff).not.toMatch(/; it is |write /);
  });
});
