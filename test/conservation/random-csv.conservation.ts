import { filesWithoutLoss, single, spanning } from '../core/engine/random-csv';

it.each([
  ['values of one line', single],
  ['values of several lines', spanning],
])(
  'no record gets lost in 300 random CSV files (%s)',
  async (_what, dataset) => {
    expect(await filesWithoutLoss(dataset, 300)).toBe(300);
  },
  600_000,
);
