import { keys } from '../../contracts/keys';
import type { MessageKind, OutboxPointer } from '../../contracts/run/manifest';
import { planDelivery, type Unit } from '../../domain/delivery/delivery-plan';
import { holderOf } from '../../domain/delivery/delivery-state';
import { inParallel } from '../aws/parallel';
import type { Stored, Unreadable } from '../store/reading';
import type { DeliveryContext } from './delivery-context';
import { kindOf, readContent, type Content } from './kinds';
import { claimStored, removePointer } from './outbox';
import { readPointer } from './pointer';
import { tellTogether, type Told } from './tell';

/** A message in the outbox that this sweep has read. */
interface Pending {
  readonly stored: Stored<OutboxPointer>;
  readonly pointer: OutboxPointer;
  readonly kind: MessageKind;
  readonly content: Content;
  readonly channel: string;
  readonly dataset: string | null;
  readonly owner: string;
}

/** What a sweep lends to delivery. */
export interface DeliverContext extends DeliveryContext {
  /** Does one piece of work. If it fails, that is noted, and the others go on. */
  readonly attempt: <T>(
    what: string,
    details: Readonly<Record<string, unknown>>,
    work: () => Promise<T>,
  ) => Promise<T | undefined>;
  /** Told of a pointer that this release can't read, and leaves alone. */
  readonly onUnreadable: (pointer: Unreadable) => void;
}

/** What a sweep did about the outbox. */
export interface Delivered {
  readonly delivered: number;
  /** What is left: not due, refused, without an answer, or another's. */
  readonly left: readonly Pending[];
}

const AT_A_TIME = 16;
/** So many different messages failing alike in a row: then it is the channel, and the others would fare no better now. */
const MOST_ALIKE = 3;

/**
 * Delivers what waits in the outbox and is due: alone, or, where a dataset has many endings, all of them in one summary. A message that
 * fails waits for its own time and keeps no other waiting; a channel is left alone where the fault is its own.
 * @throws what S3 answers when the outbox cannot be listed
 */
export async function deliverOutbox(context: DeliverContext, hasTime: () => boolean): Promise<Delivered> {
  const { now, token } = context;
  const all = await readOutbox(context, hasTime);
  const at = now();
  const free = all.filter(({ pointer }) => holderOf(pointer, token, at) !== 'another');
  const left = new Map(all.map((one) => [one.pointer.messageId, one]));
  for (const { units } of planDelivery(free, at)) await deliverChannel(context, units, hasTime, left);
  return { delivered: all.length - left.size, left: [...left.values()] };
}

/**
 * Posts the units of one channel in their order. What was posted is taken out of `left`, what was not is replaced by
 * its pointer as it is now.
 */
async function deliverChannel(
  context: DeliverContext,
  units: readonly Unit<Pending>[],
  hasTime: () => boolean,
  left: Map<string, Pending>,
): Promise<void> {
  const queue = [...units];
  let channelTakes = false;
  let alike = { reason: '', count: 0 };
  for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
    const { messages, as, due } = unit;
    if (!hasTime()) return;
    if (!due && !channelTakes) continue;
    const result = await context.attempt('a message', detailsOf(messages), () =>
      deliverUnit(context, messages, as, channelTakes),
    );
    if (result === undefined) continue;
    for (const one of result.taken) left.delete(one.pointer.messageId);
    for (const one of result.left) left.set(one.pointer.messageId, one);
    const { told } = result;
    switch (told.is) {
      case 'told':
        channelTakes = true;
        alike = { reason: '', count: 0 };
        continue;
      case 'known':
      case 'no-time':
        continue;
      case 'message-refused':
        if (result.left.length > 1) {
          queue.unshift(
            ...result.left.map((one) => ({ messages: [one], as: as === 'notice' ? as : 'itself', due }) as const),
          );
          continue;
        }
        break;
      case 'channel-refused':
        if (!channelTakes || told.retryAfterSeconds !== undefined) return;
        break;
      case 'unknown':
        break;
    }
    const reason = `${told.is} ${told.reason}`;
    alike = { reason, count: reason === alike.reason ? alike.count + 1 : 1 };
    if (alike.count >= MOST_ALIKE) return;
  }
}

/** What a log line says of the messages of a unit. */
function detailsOf(messages: readonly Pending[]): Readonly<Record<string, unknown>> {
  const [first] = messages;
  if (messages.length !== 1 || first?.content.about.kind !== 'ending')
    return { ids: messages.slice(0, 3).map(idOf), messages: messages.length };
  const { dataset, partition } = first.content.about.manifest;
  return { messageId: idOf(first), dataset, partition };
}

const idOf = ({ pointer }: Pending): string => pointer.messageId;

/** Takes the messages of a unit, and tells those that it got. */
async function deliverUnit(
  context: DeliverContext,
  messages: readonly Pending[],
  as: Unit<Pending>['as'],
  channelTakes: boolean,
): Promise<{ readonly told: Told; readonly taken: readonly Pending[]; readonly left: readonly Pending[] }> {
  const held = await inParallel(messages, AT_A_TIME, async (one) => {
    const claim = await claimStored(context, one.stored);
    return claim === undefined ? undefined : { ...one, claim };
  });
  const mine = held.filter((one) => one !== undefined);
  const { told, left } = await tellTogether(context, mine, as, channelTakes);
  const stands = new Map(left.map(({ claim }) => [claim.pointer.messageId, claim]));
  return {
    told,
    taken: mine.filter(({ pointer }) => !stands.has(pointer.messageId)),
    left: mine.flatMap((one): Pending[] => {
      const claim = stands.get(one.pointer.messageId);
      if (claim === undefined) return [];
      return [{ ...one, pointer: claim.pointer, stored: { value: claim.pointer, etag: claim.etag, json: claim.json } }];
    }),
  };
}

/** Every message whose content is there. */
async function readOutbox(context: DeliverContext, hasTime: () => boolean): Promise<readonly Pending[]> {
  const found: string[] = [];
  for await (const { key } of context.ledger.list(keys.outboxArea)) found.push(key);
  const pending = await inParallel(found, AT_A_TIME, async (key) =>
    hasTime() ? context.attempt('an outbox pointer', { key }, () => readPending(context, key)) : undefined,
  );
  return pending.filter((one) => one !== undefined);
}

async function readPending(context: DeliverContext, key: string): Promise<Pending | undefined> {
  const stored = await readPointer(context.ledger, key, context.now());
  // Delivered in the meantime.
  if (stored.kind === 'absent') return undefined;
  if (stored.kind === 'unreadable') {
    context.onUnreadable(stored);
    return undefined;
  }
  const { value: pointer } = stored;
  const kind = kindOf(pointer);
  const content = await readContent(context, pointer);
  if (kind === undefined || content === 'later') return undefined;
  if (content === 'nothing') {
    await removePointer(context.ledger, pointer.messageId);
    return undefined;
  }
  const { channel, dataset, owner } = content;
  return { stored, pointer, kind, content, channel, dataset, owner };
}
