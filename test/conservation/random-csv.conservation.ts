import type { Dataset } from '../../core/contracts/dataset/dataset';
import { dialects, filesWithoutLoss, single, spanning } from '../core/engine/random-csv';

it.each<[string, Dataset]>([
  ['values of one line', single],
  ['values of several lines', spanning],
  ...dialects.map((dataset): [string, Dataset] => [JSON.stringify(dataset.source.csv), dataset]),
])(
  'no record gets lost in 300 random CSV files (%s)',
  async (_what, dataset) => {
    expect(await filesWithoutLoss(dataset, 300)).toBe(300);
  },
  600_000,
);
