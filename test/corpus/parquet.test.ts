import { run } from '../engine/harness';
import { compare, expectRefused, peakMb } from './compare';
import { parquetCorpus, type ParquetCorpus } from './parquet-cases';

/** Parquet files of the corpus. They are made by queries, so that nothing binary has to be kept. */

let corpus: ParquetCorpus;
beforeAll(async () => {
  corpus = await parquetCorpus();
});

/** Each test goes through many files; on a machine that does other things too that takes its time. */
const PATIENCE_MS = 300_000;

it(
  'each ends as its truth says',
  async () => {
    for (const one of corpus.cases) {
      const limits = { memoryMb: 128, spillMb: 64 };
      const before = peakMb();
      const outcome = run(one.dataset, one.objects(), { pieceBytes: 1 << 16, limits });
      if (one.truth.ends === 'counted') compare(one.truth, await outcome, one.name);
      else await expectRefused(outcome, one);
      if (one.growsAtMostMb !== undefined) expect(peakMb() - before).toBeLessThan(one.growsAtMostMb);
    }
  },
  PATIENCE_MS,
);

it(
  'a bit turned in the footer is found, or changes nothing about the number of records',
  async () => {
    for (const body of corpus.flippedFooters) await outcomeOf(body);
  },
  PATIENCE_MS,
);

it(
  'a bit turned in the pages is found, or changes nothing about the number of records: no value can be checked without a checksum',
  async () => {
    for (const body of corpus.flippedPages) await outcomeOf(body);
  },
  PATIENCE_MS,
);

async function outcomeOf(body: Buffer): Promise<void> {
  try {
    const { counts } = await run(corpus.dataset, body, { pieceBytes: 1 << 16 });
    expect(counts.read).toBe(corpus.records);
    expect(counts.accepted + counts.quarantined + counts.duplicates).toBe(corpus.records);
  } catch (error) {
    expect(['SourceCorrupt', 'SchemaMismatch']).toContain((error as Error).name);
  }
}
