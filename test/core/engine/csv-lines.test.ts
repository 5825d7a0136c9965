import { DIALECTS, readRandomLines } from './random-lines';

describe('a line of CSV', () => {
  // `npm run test:long` reads a million, of every dialect.
  it('has the same values alone and with any others before and after it', async () => {
    const some = DIALECTS.filter((_, i) => i % 4 === 0);
    const { read, differences } = await readRandomLines(some, { perDialect: 200, alone: 0, seed: 1 });
    expect(differences).toEqual([]);
    expect(read).toBeGreaterThan(200 * some.length);
  });
});
