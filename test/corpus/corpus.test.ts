import { existsSync, rmSync } from 'node:fs';
import { run } from '../engine/harness';
import type { Case } from './case';
import { compare, expectRefused, peakMb } from './compare';
import { csvCases } from './csv-cases';
import { envelopeCases } from './envelope-cases';
import { jsonlCases } from './jsonl-cases';

/**
 * Hostile and broken input with known truth: nothing is lost, nothing is executed, memory is bounded, and the ending is clear. The files
 * are made by code (`case.ts`), the same every time.
 */

/** What an injected statement would write. */
const CANARY = '/tmp/rollcall-was-here';

describe('a file of the corpus ends as its truth says', () => {
  beforeAll(() => rmSync(CANARY, { force: true }));
  afterAll(() => {
    expect(existsSync(CANARY)).toBe(false);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  const all: readonly Case[] = [...csvCases, ...jsonlCases, ...envelopeCases];

  it.each(all.map((one) => [one.name, one] as const))('%s', async (name, one) => {
    const { dataset, objects, truth, batchBytes = 1 << 28, growsAtMostMb } = one;
    const bodies = objects();
    const before = peakMb();
    const outcome = run(dataset, bodies, { pieceBytes: 1 << 16, batchBytes });
    if (truth.ends === 'counted') compare(truth, await outcome, name);
    else await expectRefused(outcome, one);
    if (growsAtMostMb !== undefined) expect(peakMb() - before).toBeLessThan(growsAtMostMb);
  });

  it('has no two cases of one name', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });
});
