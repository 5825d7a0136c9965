import { keys } from '../../contracts/keys';
import { messageIdOf } from '../../contracts/message-ids';
import { outboxSchema, type OutboxPointer, type Receipt } from '../../contracts/run/manifest';
import { InternalError } from '../../contracts/errors';
import {
  formOf,
  givenBack,
  holderOf,
  LEASE_MS,
  leaseFor,
  renewedBy,
  takenBy,
} from '../../domain/delivery/delivery-state';
import type { Store, Stored } from '../store/store';
import type { DeliveryContext } from './delivery-context';
import { readPointer } from './pointer';

/**
 * The outbox: one pointer for each message that has to be posted, and a receipt once it was. A pointer is created with the lease of the
 * recorder that posts at once, or with none; it changes by compare-and-swap only, and is removed only when there is a receipt.
 */

/** Which message: its id, and where its content is. */
export interface MessageRef {
  readonly messageId: string;
  readonly manifestKey: string;
  /** Absent: the ending, or the backfill, whose manifest it is. */
  readonly kind?: string;
}

/** A message that no other may post while the lease lasts. */
export interface Claim {
  readonly pointer: OutboxPointer;
  readonly etag: string;
  /** The pointer as it stands, with all that only another release knows of. */
  readonly json: unknown;
}

/** The message about the manifest of a run or of a backfill. */
export function manifestRef(manifestKey: string): MessageRef {
  const messageId = messageIdOf(manifestKey);
  if (messageId === null) throw new InternalError(`${manifestKey} is not the key of a manifest`);
  return { messageId, manifestKey };
}

/**
 * Notes that a message has to be posted, by the next sweep. Repeating it changes nothing. True where it was not noted before.
 * @throws what S3 answers when the ledger does not
 */
export async function addToOutbox(ledger: Store, ref: MessageRef, since: Date): Promise<boolean> {
  const pointer: OutboxPointer = { schemaVersion: 1, ...ref, since: since.toISOString(), lease: null };
  return (await ledger.putJson(keys.outbox(ref.messageId), pointer, { absent: true })) !== undefined;
}

/**
 * Notes that a message has to be posted, and takes it for the caller, who posts it in a moment: one request. Where it was noted before,
 * it is the caller's only if no other holds it and it is due. Undefined: it is posted, another is posting it, or the sweep will.
 * @throws what S3 answers when the ledger does not
 */
export async function claimMessage(context: DeliveryContext, ref: MessageRef, since: Date): Promise<Claim | undefined> {
  const { ledger, token, now, logger } = context;
  const key = keys.outbox(ref.messageId);
  const lease = leaseFor(token, now());
  const pointer: OutboxPointer = { schemaVersion: 1, ...ref, since: since.toISOString(), lease, attempts: 1 };
  const created = await ledger.putJson(key, pointer, { absent: true });
  if (created !== undefined) return { pointer, etag: created.etag, json: pointer };
  const stored = await readPointer(ledger, key, now());
  // It costs this message its haste, and the ending nothing.
  if (stored.kind === 'unreadable') logger.error('an outbox pointer could not be read', { key, why: stored.why });
  return stored.kind === 'found' && isForRecorders(stored.value, now()) ? claimStored(context, stored) : undefined;
}

/**
 * Takes a message that is in the outbox, by compare-and-swap: of several one gets it. Undefined: another holds it, or has posted it.
 * @throws what S3 answers when the ledger does not
 */
export async function claimStored(
  { ledger, token, now }: Pick<DeliveryContext, 'ledger' | 'token' | 'now'>,
  stored: Stored<OutboxPointer>,
): Promise<Claim | undefined> {
  const { value, etag, json } = stored;
  const key = keys.outbox(value.messageId);
  const holder = holderOf(value, token, now());
  if (holder === 'another') return undefined;
  if (holder === 'me' && leaseLeftMs({ pointer: value }, now()) > LEASE_MS / 2) return { pointer: value, etag, json };
  const pointer = holder === 'me' ? renewedBy(token, value, now()) : takenBy(token, value, now());
  const swapped = await ledger.swapJson(key, stored, pointer);
  if (swapped !== undefined) return { pointer, etag: swapped.etag, json: swapped.json };
  // Another was faster, or the answer to our own write got lost: what is there now says which.
  const stands = await ledger.read(key, outboxSchema);
  if (stands.kind !== 'found' || stands.value.lease?.token !== token) return undefined;
  return { pointer: stands.value, etag: stands.etag, json: stands.json };
}

/** Milliseconds that a claim still lasts. */
export function leaseLeftMs({ pointer }: Pick<Claim, 'pointer'>, now: Date): number {
  return pointer.lease === undefined || pointer.lease === null ? 0 : Date.parse(pointer.lease.until) - now.getTime();
}

/** Whether a message is known to have been taken. */
export async function hasReceipt(ledger: Store, messageId: string): Promise<boolean> {
  return (await ledger.head(keys.receipt(messageId))) !== undefined;
}

/** Writes the receipt, once, and then removes the pointer. */
export async function settle(ledger: Store, receipt: Omit<Receipt, 'schemaVersion'>): Promise<void> {
  const { messageId } = receipt;
  const written: Receipt = { schemaVersion: 1, ...receipt };
  // Where there is one already, it was taken before, or the answer to our own write got lost: either way it is posted.
  await ledger.putJson(keys.receipt(messageId), written, { absent: true });
  await removePointer(ledger, messageId);
}

/** Removes the pointer of a message that has its receipt, or that has nothing to tell any more. */
export async function removePointer(ledger: Store, messageId: string): Promise<void> {
  await ledger.delete(keys.outbox(messageId));
}

/** Writes what became of a claim. Where it is not the caller's any more, nothing is written: its new holder writes its own. */
export async function changePointer(ledger: Store, { pointer, etag, json }: Claim, next: OutboxPointer): Promise<void> {
  await ledger.swapJson(keys.outbox(next.messageId), { value: pointer, etag, json }, next);
}

/** Gives a message back that was not posted after all, so that no other waits for the lease to end. */
export async function giveBack(ledger: Store, claim: Claim): Promise<void> {
  await changePointer(ledger, claim, givenBack(claim.pointer));
}

/** Whether the recorder that has just recorded it may post it: it is due, and by itself. */
function isForRecorders(pointer: OutboxPointer, now: Date): boolean {
  const times = [pointer.nextAttemptAt, pointer.notBefore];
  return formOf(pointer) !== 'name' && times.every((time) => time === undefined || Date.parse(time) <= now.getTime());
}
