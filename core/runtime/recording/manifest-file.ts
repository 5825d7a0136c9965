import { manifestSchema, type Manifest } from '../../contracts/run/manifest';
import { putOnce, recordedOr } from '../store/once';
import type { Store } from '../store/store';

/**
 * Writes the manifest of a run unless there is one, and gives the one that stands; where that is unreadable it stands all the same, and
 * what was composed is given. Throws like {@link putOnce}.
 */
export async function writeOnce(ledger: Store, manifestKey: string, composed: Manifest): Promise<Manifest> {
  return recordedOr(composed, await putOnce(ledger, manifestKey, composed, manifestSchema));
}
