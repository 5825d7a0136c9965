import type { z } from 'zod';
import { LedgerContention } from '../../contracts/errors';
import { manifestSchema, type Manifest } from '../../contracts/manifest';
import type { Store } from '../store';

/** A manifest is never removed, so being refused twice and finding nothing is all that a conflict in S3 (409) can do. */
const MAX_TRIES = 3;

/** Writes the manifest of a run unless there is one, and gives the one that stands. Throws like {@link putOnce}. */
export function writeOnce(ledger: Store, manifestKey: string, composed: Manifest): Promise<Manifest> {
  return putOnce(ledger, manifestKey, composed, manifestSchema);
}

/**
 * Writes a document that never changes unless it is there, and gives the one that stands.
 * @throws LedgerContention when S3 says again and again that there is one, and there is none
 * @throws InternalError when the one that stands cannot be read
 */
export async function putOnce<S extends z.ZodType>(
  ledger: Store,
  key: string,
  composed: z.output<S>,
  schema: S,
): Promise<z.output<S>> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if ((await ledger.putJson(key, composed, { absent: true })) !== undefined) return composed;
    // Another's, or our own with its response lost.
    const stored = await ledger.getJson(key, schema);
    if (stored !== undefined) return stored.value;
  }
  throw new LedgerContention(`${key}: refused as present, and not there`);
}
