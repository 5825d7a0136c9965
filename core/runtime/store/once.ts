import type { z } from 'zod';
import { LedgerContention } from '../../contracts/errors';
import type { Unreadable } from './reading';
import type { Store } from './store';

/** What is written once is never removed, so being refused twice and finding nothing is all that a conflict in S3 (409) can do. */
const MAX_TRIES = 3;

/** What is under a key after it was to be written once. */
export type Recorded<T> = { readonly kind: 'stands'; readonly value: T } | Unreadable;

/**
 * Writes a document that never changes unless there is one, and gives the one that stands.
 * @throws LedgerContention when S3 says again and again that there is one, and there is none
 */
export async function putOnce<S extends z.ZodType>(
  ledger: Store,
  key: string,
  composed: z.output<S>,
  schema: S,
): Promise<Recorded<z.output<S>>> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if ((await ledger.putJson(key, composed, { absent: true })) !== undefined)
      return { kind: 'stands', value: composed };
    // Another's, or our own with its response lost.
    const reading = await ledger.read(key, schema);
    switch (reading.kind) {
      case 'found':
        return { kind: 'stands', value: reading.value };
      case 'unreadable':
        return reading;
      case 'absent':
    }
  }
  throw new LedgerContention(`${key}: refused as present, and not there`);
}

/**
 * Writes what a step computes once for its whole run, and gives what stands: a repetition of the step keeps what it finds. One that has
 * become unreadable is computed again, for no later step has begun yet.
 * @throws LedgerContention when another invocation is always faster
 */
export async function computeOnce<S extends z.ZodType>(
  ledger: Store,
  key: string,
  computed: z.output<S>,
  schema: S,
): Promise<z.output<S>> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const recorded = await putOnce(ledger, key, computed, schema);
    if (recorded.kind === 'stands') return recorded.value;
    if ((await ledger.putJson(key, computed, { etag: recorded.etag })) !== undefined) return computed;
  }
  throw new LedgerContention(`${key}: lost ${MAX_TRIES} compare-and-swaps in a row`);
}

/** What stands; where that is unreadable, what was composed of the same ledger. */
export function recordedOr<T>(composed: T, recorded: Recorded<T>): T {
  return recorded.kind === 'stands' ? recorded.value : composed;
}
