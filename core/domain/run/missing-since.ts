import { DAY_MS, HOUR_MS } from '../../contracts/partition';
import { MAX_MISSING, type MissingPartition, type Troubles } from '../../contracts/run/troubles';

/** The partitions of a dataset that failed and are not published: pure functions of what is remembered of them. */

/** A partition that was not published in so many days is given up: no backfill looks further back. */
const GIVEN_UP_AFTER_MS = 35 * DAY_MS;
/** With one more; without those that are given up. In order. */
export function withMissing(
  missing: readonly MissingPartition[],
  entry: MissingPartition,
  now: Date,
): MissingPartition[] {
  return [...missing.filter(({ partition }) => partition !== entry.partition), entry]
    .filter((one) => !isGivenUp(one, now))
    .toSorted((a, b) => (a.partition < b.partition ? -1 : 1))
    .slice(-MAX_MISSING);
}

/** The partitions that are missing since longer than some hours, the oldest first. */
export function missingSince({ missing }: Troubles, hours: number, now: Date): MissingPartition[] {
  const limit = now.getTime() - hours * HOUR_MS;
  return missing.filter(({ since }) => Date.parse(since) <= limit);
}

/**
 * The record without partitions of which it turned out that they are published, or that they are not asked for any more. A trouble of which
 * nothing is left is over.
 */
export function withoutMissing(troubles: Troubles, gone: ReadonlySet<string>): Troubles {
  const missing = troubles.missing.filter(({ partition }) => !gone.has(partition));
  if (missing.length === troubles.missing.length) return troubles;
  return { ...troubles, missing, trouble: missing.length === 0 ? null : troubles.trouble };
}

/** Whether a missing partition is given up. */
export function isGivenUp({ since }: MissingPartition, now: Date): boolean {
  return now.getTime() - Date.parse(since) >= GIVEN_UP_AFTER_MS;
}
