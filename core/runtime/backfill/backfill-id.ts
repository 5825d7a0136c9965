import { z } from 'zod';
import { keys, runIdOf, runIdOfReuse } from '../../contracts/keys';
import { DAY_MS } from '../../contracts/partition';
import { isSameStart, type Described } from '../../domain/partition/identity-of-run';
import { valueOrNone } from '../store/reading';
import type { Store } from '../store/store';

const manifestStart = z.object({ times: z.object({ started: z.iso.datetime() }) });
const planTime = z.object({ plannedAt: z.iso.datetime() });

/**
 * The id of a backfill: that of its execution's name, unless an earlier execution of that name has left its manifest or plan under it
 * (a name can come again after 90 days). The same for the plan, the recorders and the sweep.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function backfillIdOf(
  ledger: Store,
  { name, startTime, claimedAs }: Omit<Described, 'arn'>,
): Promise<string> {
  const id = claimedAs ?? runIdOf(name);
  // Who knows no start has nothing to compare.
  if (claimedAs !== undefined || Number.isNaN(Date.parse(startTime))) return id;
  const another = runIdOfReuse(name, new Date(startTime).toISOString());
  // What can't be read counts as its own: what stands is never passed over.
  const started = valueOrNone(await ledger.read(keys.backfill(id, 'manifest'), manifestStart))?.times.started;
  if (started !== undefined) return isSameStart(started, startTime) ? id : another;
  const planned = valueOrNone(await ledger.read(keys.backfill(id, 'plan'), planTime))?.plannedAt;
  return planned !== undefined && Date.parse(planned) < Date.parse(startTime) - DAY_MS ? another : id;
}
