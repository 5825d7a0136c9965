import type { Dataset } from '../../contracts/dataset/dataset';

/**
 * How many records of one batch may be rejected before nothing can save its partition any more, whatever the other batches hold: Infinity
 * where that cannot be said.
 * @param records of the batch in all; null where they cannot be known before they are read
 * @param isWhole whether the batch is the whole partition
 */
export function mostRejected(
  { rejected }: Dataset['tolerance'],
  { records, isWhole }: { readonly records: number | null; readonly isWhole: boolean },
): number {
  const byShare = isWhole && records !== null && rejected.share !== undefined ? rejected.share * records : Infinity;
  return Math.min(rejected.records ?? Infinity, byShare);
}
