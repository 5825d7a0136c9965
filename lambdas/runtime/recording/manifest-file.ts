import { LedgerContention } from '../../contracts/errors';
import { manifestSchema, type Manifest } from '../../contracts/manifest';
import type { Store } from '../store';

/** A manifest is never removed, so being refused twice and finding nothing is all that a conflict in S3 (409) can do. */
const MAX_TRIES = 3;

/**
 * Writes the manifest unless there is one, and gives the one that stands.
 * @throws LedgerContention when S3 says again and again that there is one, and there is none
 * @throws InternalError when the one that stands cannot be read
 */
export async function writeOnce(ledger: Store, manifestKey: string, composed: Manifest): Promise<Manifest> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if ((await ledger.putJson(manifestKey, composed, { absent: true })) !== undefined) return composed;
    // Another recorder's, or our own with its response lost.
    const stored = await ledger.getJson(manifestKey, manifestSchema);
    if (stored !== undefined) return stored.value;
  }
  throw new LedgerContention(`${manifestKey}: refused as present, and not there`);
}
