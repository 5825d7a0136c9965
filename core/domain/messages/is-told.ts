import { endingOf, statuses } from '../../contracts/run/endings';
import type { Manifest } from '../../contracts/run/manifest';
import type { EndingRef } from '../../contracts/run/partition-record';

/** What decides whether a run has a message of its own. */
export interface Tellable extends Pick<Manifest, 'status' | 'quality' | 'retry'> {
  readonly reason: Pick<Manifest['reason'], 'code'>;
  readonly source: Pick<NonNullable<Manifest['source']>, 'kind'> | null;
}

/**
 * Whether a run's ending has a message of its own. Under `changes`: what the table of endings says, what comes from a fallback or with a
 * warning, and the first success after trouble, where `previous` is how the run before it ended. A first temporary ending has no message of
 * its own, since the partition is tried again: the success after it says so. The runs of a backfill are in its
 * message (`runtime/recording/by-backfill.ts`).
 */
export function isTold(run: Tellable, when: 'every-run' | 'changes', previous: EndingRef | undefined): boolean {
  if (when === 'changes' && run.retry?.n === 1) return false;
  if (when === 'every-run' || endingOf(run.reason.code).toldUnderChanges || run.source?.kind === 'fallback')
    return true;
  if (run.quality !== undefined && run.quality.warnings.length > 0) return true;
  return isSuccess(run.status) && previous !== undefined && endingOf(previous.code).toldUnderChanges;
}

/** Whether a run did what it was started for: only then can it be the first success after trouble. */
export function isSuccess(status: Manifest['status']): boolean {
  return statuses[status].complete;
}
