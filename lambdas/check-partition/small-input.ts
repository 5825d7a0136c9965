import type { FailedBatch } from '../../core/contracts/batch/batch';
import { reasonOfError, type ErrorName } from '../../core/contracts/errors';
import type { Plan } from '../../core/contracts/batch/plan';

/** A batch that takes up to this share of the engine's memory when it is unpacked cannot be what was too much for it. */
const SMALL = 0.25;

/**
 * A batch that ran out of memory or was killed, told apart from others where its objects are small: more memory for it would be
 * in vain. All other batches unchanged.
 * @param memoryMb of DuckDB's buffer; the process has more
 */
export function onSmallInput(failed: FailedBatch, plan: Pick<Plan, 'batches'>, memoryMb: number): FailedBatch {
  if (reasonOfError(failed.error, failed.message) !== 'OUT_OF_MEMORY') return failed;
  const batch = plan.batches.find(({ index }) => index === failed.index);
  if (batch === undefined || batch.estimatedBytes > SMALL * memoryMb * 1e6) return failed;
  const stored = batch.objects.reduce((sum, { size }) => sum + size, 0);
  const count = batch.objects.length === 1 ? 'the object has' : `the ${batch.objects.length} objects have`;
  return {
    ...failed,
    error: 'OutOfMemoryOnSmallInput' satisfies ErrorName,
    message: `${failed.message}; ${count} ${stored} bytes as stored, about ${Math.ceil(batch.estimatedBytes)} unpacked, and the engine may use ${memoryMb} MB`,
  };
}
