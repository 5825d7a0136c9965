import { datasetNameSchema } from '../core/contracts/dataset/dataset';
import { partitionSchema } from '../core/contracts/partition';
import { describeProblem } from '../core/contracts/problems';
import { UsageError } from './backfill/usage-error';

/**
 * Dataset and partition of a command.
 * @throws UsageError where one has not the form of its kind
 */
export function checkPlace(dataset: string, partition: string): void {
  if (!datasetNameSchema.safeParse(dataset).success)
    throw new UsageError(describeProblem({ field: 'dataset', value: dataset, expected: 'the name of a dataset' }));
  if (!partitionSchema.safeParse(partition).success)
    throw new UsageError(
      describeProblem({
        field: 'partition',
        value: partition,
        expected: 'a UTC hour like 2026-01-20T05 or a day like 2026-01-20',
      }),
    );
}
