import { existsSync, rmSync } from 'node:fs';
import { CANARY, corpus, played } from './corpus';

/** The cases that are about what becomes of the records; those about memory are in `corpus.long.ts`. */

describe('a file of the corpus ends as its truth says', () => {
  beforeAll(() => rmSync(CANARY, { force: true }));

  const quick = corpus.filter(({ growsAtMostMb }) => growsAtMostMb === undefined);

  test.each(quick.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { end, truth } = await played(one);
    expect(end).toEqual(truth);
  });

  test('and none of them was executed', () => {
    expect(existsSync(CANARY)).toBe(false);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('it has no two cases of one name', () => {
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
  });
});
