import { endingOf, statuses } from '../../contracts/run/endings';
import type { Trigger } from '../../contracts/run/manifest';
import { DAY_MS, partitionEnd } from '../../contracts/partition';
import type { Tellable } from '../messages/is-told';

/** What an ending means for its dataset: pure. */

/** A run that has ended. */
export interface EndedRun extends Tellable {
  readonly runId: string;
  readonly partition: string;
  readonly trigger: Trigger;
  /** ISO 8601. */
  readonly endedAt: string;
  /** Whether the calendar asks for the partition, and it was over. */
  readonly expected: boolean;
  /** Whether the partition is published, by whichever run. */
  readonly published: boolean;
  /** How many failed runs of the partition it comes right after, as its message says. */
  readonly again: number;
}

/** A run by hand of a partition that was over by then is work on the past. */
const BY_HAND_MS = 2 * DAY_MS;

/** Whether the run published something, be it that there was nothing. */
export const isPublication = ({ status }: EndedRun): boolean => statuses[status].publishes;

/**
 * What can come again and again, so that its message would, too: every ending but the plain successes, and what messages say of
 * those.
 */
export function kindOf(run: EndedRun): string | undefined {
  const { reason, source, quality, status } = run;
  if (status === 'PARTIAL') return reason.code;
  if (!isPublication(run)) {
    // What is published stays, or another run has the partition: that is soon told, and no two of them are alike.
    if (run.published || endingOf(reason.code).speaksFor === 'another-run') return undefined;
    // The last one, which is not tried again, says for the first time what there is to do.
    return run.retry === undefined ? reason.code : `${reason.code}, tried again`;
  }
  if (source?.kind === 'fallback') return 'FALLBACK';
  return quality !== undefined && quality.warnings.length > 0 ? 'WARNED' : undefined;
}

/** Whether an ending means that the dataset fails, and that a partition of it is missing now. */
export function isFailure({ reason, expected, published: isThere, trigger, partition }: EndedRun, now: Date): boolean {
  const { missing, toldUnderChanges } = endingOf(reason.code);
  if (!missing || !toldUnderChanges || !expected || isThere) return false;
  switch (trigger) {
    case 'schedule':
    case 'sweep':
      return true;
    case 'manual':
      return now.getTime() - partitionEnd(partition).getTime() < BY_HAND_MS;
    // Its message tells what became of the partitions that it was started for.
    case 'backfill':
      return false;
  }
}
