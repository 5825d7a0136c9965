import type { Dataset } from '../../contracts/dataset/dataset';
import { number, percent } from '../text/numbers';

/** A limit of a tolerance: both hold where both are given. `most`: as a number of what is limited. */
interface Limits {
  readonly most: number | undefined;
  readonly share: number | undefined;
}

/**
 * The most of `all` that are no more than a share of them. `share × all` alone is not it: 0.29 × 100 is 28.999… in floating point, while
 * 29 / 100 is 0.29.
 */
export function mostOf(share: number, all: number): number {
  let most = Math.floor(share * all);
  while (most < all && (most + 1) / all <= share) most += 1;
  while (most > 0 && most / all > share) most -= 1;
  return most;
}

/**
 * Why so many are too many, as `at most 3 may be`; null where they are not.
 * @param limits without any: none may be
 */
export function overLimit({ most, share }: Limits, some: number, all: number): string | null {
  if (some === 0) return null;
  if (most === undefined && share === undefined) return 'none may be';
  if (most !== undefined && some > most) return most === 0 ? 'none may be' : `at most ${number(most)} may be`;
  if (share === undefined || some <= mostOf(share, all)) return null;
  return share === 0 ? 'none may be' : `at most ${percent(share)} may be`;
}

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
  const byShare =
    isWhole && records !== null && rejected.share !== undefined ? mostOf(rejected.share, records) : Infinity;
  return Math.min(rejected.records ?? Infinity, byShare);
}
