import { checkHistories } from './histories';

it('the real code breaks no invariant in 3,000 random histories of two to six runs', async () => {
  const { histories } = await checkHistories(10_001, 3000);
  expect(histories).toBe(3000);
});
