import { checkHistories } from './histories';

it('the real code breaks no invariant in 60 random histories of two to six runs', async () => {
  const tally = await checkHistories(1, 60);
  expect(tally.histories).toBe(60);
  // The histories are not all alike.
  for (const count of Object.values(tally)) expect(count).toBeGreaterThan(0);
}, 60_000);
