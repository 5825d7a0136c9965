import { keys } from '../contracts/keys';
import type { OutboxPointer, Receipt } from '../contracts/manifest';
import { isStuck, nextAttemptAfter, planDelivery } from '../domain/delivery-plan';
import { backfillMessageOf } from '../domain/backfill-message';
import type { Finding } from '../domain/incidents';
import { messageOf } from '../domain/messages';
import type { Message } from '../domain/slack-text';
import { overdueMessage, summaryMessage } from '../domain/sweep-messages';
import { inParallel } from '../runtime/parallel';
import { isAboutTheMessage, type Delivery, type SlackMessage } from '../runtime/slack';
import { attempt, type SweepContext } from './context';
import { readOutbox, type Pending } from './outbox';

/** More than the sender's own time-out (`SLACK_TIMEOUT_MS`), which decides. */
const POST_MS = 30_000;
const AT_A_TIME = 16;

/**
 * Delivers what is owed and due: alone, or, where a dataset owes many endings, all of them in one summary. Says for each dataset whether
 * its messages are stuck, so that somebody is called by another way than Slack.
 */
export async function deliverOutbox(context: SweepContext, hasTime: () => boolean): Promise<Finding[]> {
  const pending = await readOutbox(context, hasTime);
  const stuck = new Map<Pending, boolean>();
  const left = new Set(pending);
  for (const { channel, units } of planDelivery(pending, context.at)) {
    for (const unit of units) {
      if (!hasTime()) break;
      const delivery = await attempt(context, 'a message', { channel, messageId: unit[0]?.pointer.messageId }, () =>
        deliver(context, channel, unit),
      );
      if (delivery?.outcome === 'delivered') for (const one of unit) left.delete(one);
      if (delivery !== undefined && delivery.outcome !== 'delivered') {
        for (const one of unit) stuck.set(one, isForGood(delivery));
        // The next message would fare no better.
        if (!isAboutTheMessage(delivery)) break;
      }
    }
  }
  context.tally.undelivered = left.size;
  context.onOutbox(Math.max(0, ...[...left].map(({ since }) => secondsSince(since, context.at))));
  return findingsOf(context, [...left], stuck);
}

/** Posts one message and writes the receipt of every ending in it. Undefined: somebody else is at it, or has done it. */
async function deliver(
  context: SweepContext,
  channel: string,
  unit: readonly Pending[],
): Promise<Delivery | undefined> {
  const { ledger, at, slack, tally, now } = context;
  const leased = (await inParallel(unit, AT_A_TIME, (one) => lease(context, one))).filter((one) => one !== undefined);
  if (leased.length === 0) return undefined;
  const delivery = await slack.post(
    channel,
    render(
      leased.map(({ pending }) => pending),
      at,
    ),
    POST_MS,
  );
  if (delivery.outcome === 'delivered') {
    await inParallel(leased, AT_A_TIME, async ({ pending: { pointer } }) => {
      const { messageId } = pointer;
      const receipt: Receipt = { schemaVersion: 1, messageId, deliveredAt: now().toISOString(), channel };
      await ledger.putJson(keys.receipt(messageId), receipt);
      await ledger.delete(keys.outbox(messageId));
    });
    tally.delivered += leased.length;
    return delivery;
  }
  context.logger.warn('sweep: message not delivered', { channel, endings: leased.length, delivery });
  await inParallel(leased, AT_A_TIME, async ({ pointer, etag }) => {
    const refused = isForGood(delivery);
    const seconds = delivery.outcome === 'passing' ? delivery.retryAfterSeconds : undefined;
    const noted: OutboxPointer = {
      ...pointer,
      nextAttemptAt: nextAttemptAfter(pointer.attempts ?? 1, at, refused).toISOString(),
      ...(seconds === undefined ? {} : { notBefore: new Date(now().getTime() + seconds * 1000).toISOString() }),
      lastError: delivery.reason,
      refused,
    };
    await ledger.putJson(keys.outbox(pointer.messageId), noted, { etag });
  });
  return delivery;
}

/**
 * Takes a message for this attempt, by compare-and-swap: of two sweeps one posts. Killed after that, the next attempt is made when this
 * one's time is up. A message that has its receipt is not posted again.
 */
async function lease(
  { ledger, at }: SweepContext,
  pending: Pending,
): Promise<{ pending: Pending; pointer: OutboxPointer; etag: string } | undefined> {
  const { pointer, etag } = pending;
  const attempts = (pointer.attempts ?? 0) + 1;
  const taken = { ...pointer, attempts, nextAttemptAt: nextAttemptAfter(1, at, false).toISOString() };
  const key = keys.outbox(pointer.messageId);
  const swapped = await ledger.putJson(key, taken, { etag });
  if (swapped === undefined) return undefined;
  if ((await ledger.head(keys.receipt(pointer.messageId))) !== undefined) {
    await ledger.delete(key);
    return undefined;
  }
  return { pending, pointer: taken, etag: swapped.etag };
}

function render(unit: readonly Pending[], at: Date): SlackMessage {
  const { text, blocks } = messageFor(unit, at);
  return { text, blocks: blocks.map((block) => structuredClone(block)) };
}

function messageFor(unit: readonly Pending[], at: Date): Message {
  const [first] = unit;
  if (unit.length === 1 && first !== undefined) {
    switch (first.about.kind) {
      case 'overdue':
        return overdueMessage(first.about.run, at);
      case 'backfill':
        return backfillMessageOf(first.about.manifest);
      case 'ending':
        return messageOf(first.about.manifest);
      case 'circuit':
        return first.about.message;
    }
  }
  const manifests = unit.flatMap(({ about }) => (about.kind === 'ending' ? [about.manifest] : []));
  return summaryMessage(first?.dataset ?? null, manifests, at);
}

/** The webhook is gone, the message is not taken, or there is no webhook: somebody has to do something. */
function isForGood({ outcome }: Delivery): boolean {
  return outcome === 'refused' || outcome === 'not-configured';
}

/** For each deployed dataset, and whatever else owes messages: is somebody to be called? */
function findingsOf(
  { datasets, at }: SweepContext,
  left: readonly Pending[],
  stuck: ReadonlyMap<Pending, boolean>,
): Finding[] {
  const byDataset = Map.groupBy(left, ({ dataset }) => dataset ?? 'none');
  const names = new Set([...datasets.keys(), ...byDataset.keys(), 'none']);
  return [...names].map((dataset) => {
    const of = byDataset.get(dataset) ?? [];
    const bad = of.filter((one) => {
      return isStuck({ since: one.since, refused: stuck.get(one) ?? one.pointer.refused ?? false }, at);
    });
    const since = bad.map((one) => one.since).sort()[0];
    return {
      kind: 'undelivered',
      dataset,
      owner: datasets.get(dataset)?.owner ?? bad[0]?.owner ?? 'unknown',
      severity: 'critical',
      summary:
        since === undefined
          ? `Slack has taken all messages of ${dataset}.`
          : `${bad.length} messages of ${dataset} cannot be delivered to Slack, the oldest since ${since}. Their endings are on record in the ledger.`,
      // While anything is left, it is not over: it may be about to become stuck.
      active: bad.length > 0 ? true : of.length > 0 ? undefined : false,
    };
  });
}

function secondsSince(since: string, at: Date): number {
  return Math.round((at.getTime() - Date.parse(since)) / 1000);
}
