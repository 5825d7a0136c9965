import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetFooter } from '../../core/engine/bytes/parquet-footer';
import { run } from '../kit/engine';
import { endOf, truthOf } from './end';
import { parquetCorpus, withFooter, type ParquetCorpus } from './parquet-cases';

/** Parquet files of the corpus. They are made by queries, so that nothing binary has to be kept. */

/** Each test goes through many files; on a machine that does other things too that takes its time. */
const PATIENCE_MS = 300_000;
const LIMITS = { memoryMb: 128, spillMb: 64 };

let corpus: ParquetCorpus;
beforeAll(async () => {
  corpus = await parquetCorpus();
});

test(
  'each ends as its truth says',
  async () => {
    for (const one of corpus.cases) {
      const { dataset, objects, batchBytes = 1 << 28 } = one;
      const bodies = objects();
      const end = await endOf(one, () => run(dataset, bodies, { pieceBytes: 1 << 16, limits: LIMITS, batchBytes }));
      expect({ name: one.name, ...end }).toEqual({ name: one.name, ...truthOf(one) });
    }
  },
  PATIENCE_MS,
);

test(
  'a bit turned in the footer is found, or changes nothing about the number of records',
  async () => {
    for (const body of corpus.flippedFooters) expect(await withFlippedBit(body)).toBe('refused, or all accounted for');
  },
  PATIENCE_MS,
);

test(
  'a bit turned in the pages is found, or changes nothing about the number of records: without a checksum no value can be checked',
  async () => {
    for (const body of corpus.flippedPages) expect(await withFlippedBit(body)).toBe('refused, or all accounted for');
  },
  PATIENCE_MS,
);

test('a footer with a number of megabytes, which takes hours to read, is given up', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-corpus-'));
  try {
    const path = join(folder, 'endless.parquet');
    writeFileSync(path, withFooter(Buffer.concat([Buffer.from([0x16]), Buffer.alloc(2 * 1024 * 1024, 0x80)])));
    await expect(parquetFooter(path, 500)).rejects.toMatchObject({
      name: 'SourceCorrupt',
      message: expect.stringContaining('timed out after 500ms'),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

async function withFlippedBit(body: Buffer): Promise<string> {
  const fine = 'refused, or all accounted for';
  try {
    const { counts } = await run(corpus.dataset, body, { pieceBytes: 1 << 16 });
    const sum = counts.accepted + counts.quarantined + counts.duplicates;
    return counts.read === corpus.records && sum === corpus.records ? fine : JSON.stringify(counts);
  } catch (error) {
    const { name } = error as Error;
    return name === 'SourceCorrupt' || name === 'SchemaMismatch' ? fine : String(error);
  }
}
