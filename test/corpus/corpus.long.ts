import { corpus, played } from './corpus';

/** Files of 100 MB and gigabytes packed into little: they end as their truth says, and take no more memory than they may. */

const large = corpus.filter(({ growsAtMostMb }) => growsAtMostMb !== undefined);

test.each(large.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
  const { end, truth } = await played(one);
  expect(end).toEqual(truth);
});
