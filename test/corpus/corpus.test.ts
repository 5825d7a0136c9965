import { existsSync } from 'node:fs';
import { run } from '../engine/harness';
import type { Case, Counted } from './case';
import { csvCases } from './csv-cases';
import { envelopeCases } from './envelope-cases';
import { jsonlCases } from './jsonl-cases';

/**
 * Hostile and broken input with known truth: nothing is lost, nothing is executed, memory is bounded, and the ending is clear. The files
 * are made by code (`case.ts`), the same every time.
 */

const CANARY = '/tmp/rollcall-was-here';

/** Resident memory at its highest, MB. */
const peakMb = () => process.resourceUsage().maxRSS / 1024;

async function outcomeOf({ dataset, objects, batchBytes = 1 << 28 }: Case) {
  const bodies = objects();
  const before = peakMb();
  try {
    return await run(dataset, bodies, { pieceBytes: 1 << 16, batchBytes });
  } finally {
    grownMb = peakMb() - before;
  }
}
let grownMb = 0;

function compare(truth: Counted, { counts, rows, rejected, broken }: Awaited<ReturnType<typeof run>>): void {
  const { read, accepted, quarantined, duplicates } = counts;
  expect({ read, accepted, quarantined, duplicates, rules: broken }).toEqual({
    read: truth.read,
    accepted: truth.accepted,
    quarantined: truth.quarantined,
    duplicates: truth.duplicates,
    rules: truth.rules,
  });
  expect(read).toBe(accepted + quarantined + duplicates);
  expect(rows.map((row) => row['id'])).toEqual(truth.ids);
  expect(rejected).toHaveLength(quarantined + duplicates);
  if (truth.raw !== undefined)
    expect(rejected.map(({ raw, rawBase64 }) => rawBase64 ?? Buffer.from(raw ?? '').toString('base64'))).toEqual(
      truth.raw,
    );
  if (truth.rows !== undefined) expect(rows).toEqual(truth.rows);
}

describe('a file of the corpus ends as its truth says', () => {
  afterAll(() => {
    expect(existsSync(CANARY)).toBe(false);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  const all: readonly Case[] = [...csvCases, ...jsonlCases, ...envelopeCases];

  it.each(all.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { truth } = one;
    if (truth.ends === 'counted') compare(truth, await outcomeOf(one));
    else {
      await expect(outcomeOf(one)).rejects.toMatchObject({
        name: truth.error,
        message:
          typeof truth.says === 'string' ? expect.stringContaining(truth.says) : expect.stringMatching(truth.says),
      });
    }
    if (one.growsAtMostMb !== undefined) expect(grownMb).toBeLessThan(one.growsAtMostMb);
  });

  it('has no two cases of one name', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });
});
