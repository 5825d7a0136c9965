import { keys } from '../../contracts/keys';
import { messageSubjectOf } from '../../contracts/message-ids';
import { outboxSchema, type OutboxPointer } from '../../contracts/run/manifest';
import type { Reading, Stored } from '../store/reading';
import type { Store } from '../store/store';

/**
 * A pointer of the outbox. One that is unreadable is made anew from its name, which says what the message is about: only when it was noted,
 * and how often it was tried, is lost. By If-Match on what was read, so that of several who try one does, and the others find it gone or
 * readable.
 *
 * Unreadable comes out only what a newer release noted, which it tells itself, or what has no name of ours.
 */
export async function readPointer(ledger: Store, key: string, now: Date): Promise<Reading<OutboxPointer>> {
  const reading = await ledger.read(key, outboxSchema);
  if (reading.kind !== 'unreadable' || reading.ofSomeRelease) return reading;
  const pointer = pointerNamed(key, now);
  if (pointer === undefined) return reading;
  const written = await ledger.putJson(key, pointer, { etag: reading.etag });
  if (written === undefined) return ledger.read(key, outboxSchema);
  const stored: Stored<OutboxPointer> = { value: pointer, etag: written.etag, json: pointer };
  return { kind: 'found', ...stored };
}

function pointerNamed(key: string, now: Date): OutboxPointer | undefined {
  const messageId = key.slice(keys.outboxArea.length, -'.json'.length);
  const message = messageSubjectOf(messageId);
  if (message === undefined || keys.outbox(messageId) !== key) return undefined;
  const { kind, about } = message;
  return {
    schemaVersion: 1,
    messageId,
    manifestKey: about,
    since: now.toISOString(),
    lease: null,
    ...(kind === undefined ? {} : { kind }),
  };
}
