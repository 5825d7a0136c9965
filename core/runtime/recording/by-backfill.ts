import { backfillManifestSchema } from '../../contracts/backfill/backfill-manifest';
import { keys } from '../../contracts/keys';
import type { Store } from '../store/store';

/**
 * Whether a run's ending is in the message of its backfill: it is going to be while that has no manifest yet, and it was if the
 * manifest names the run. A run that ended after its backfill was over, or that names a backfill that there never was, has to speak for
 * itself.
 */
export async function isToldByBackfill(ledger: Store, backfillId: string, runId: string): Promise<boolean> {
  const reading = await ledger.read(keys.backfill(backfillId, 'manifest'), backfillManifestSchema);
  if (reading.kind === 'absent') return (await ledger.head(keys.backfill(backfillId, 'plan'))) !== undefined;
  // Which runs it named is not known any more: rather two messages than none.
  if (reading.kind === 'unreadable') return false;
  const manifest = reading.value;
  const named = [...manifest.recovered, ...Object.values(manifest.stillMissing).flat()];
  return named.some((one) => one.runId === runId);
}
