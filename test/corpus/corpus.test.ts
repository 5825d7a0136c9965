import { existsSync, rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { run } from '../core/engine/harness';
import type { Case } from './case';
import { csvCases } from './csv-cases';
import { endOf, truthOf } from './end';
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

  const all: readonly Case[] = [...csvCases, ...jsonlCases, ...envelopeCases];

  test.each(all.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { dataset, objects, batchBytes = 1 << 28, batchRecords } = one;
    const bodies = objects();
    const more = { pieceBytes: 1 << 16, batchBytes, ...(batchRecords === undefined ? {} : { batchRecords }) };
    const [end, truth] = [await endOf(one, () => run(dataset, bodies, more)), truthOf(one)];
    // Some have a million ids, which jest compares in seconds: it is asked only where they differ.
    const same = isDeepStrictEqual(end, truth);
    expect(same ? [] : end).toEqual(same ? [] : truth);
  });

  test('and none of them was executed', () => {
    expect(existsSync(CANARY)).toBe(false);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('it has no two cases of one name', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });
});
