import type { BackfillManifest } from '../../contracts/backfill-manifest';
import { keys, messageIdOf } from '../../contracts/keys';
import type { Manifest, OutboxPointer, Receipt } from '../../contracts/manifest';
import { InternalError } from '../../contracts/errors';
import type { Dataset } from '../../contracts/dataset';
import { backfillMessageOf } from '../../domain/backfill-message';
import { messageOf } from '../../domain/messages';
import type { Logger } from '../logger';
import type { Delivery, Poster, SlackMessage } from '../slack';
import type { Store } from '../store';

export interface TellContext {
  readonly ledger: Store;
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly slack: Poster;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly now: () => Date;
  readonly remainingMs: () => number;
}

/** The receipt, and what else has to be done after a post, needs this long; a post that cannot be followed by it is left to the sweep. */
const AFTER_POST_MS = 3_000;
/** Less is not worth trying. */
const SHORTEST_POST_MS = 500;

/** Notes that a message is owed, before there is anything to tell: from here on the sweep knows. Repeating it changes nothing. */
export async function owe(ledger: Store, manifestKey: string, since: Date): Promise<void> {
  const messageId = idOf(manifestKey);
  const pointer: OutboxPointer = { schemaVersion: 1, messageId, manifestKey, since: since.toISOString() };
  await ledger.putJson(keys.outbox(messageId), pointer, { absent: true });
}

/** Whether Slack is known to have taken the message about a manifest. */
export async function isDelivered(ledger: Store, manifestKey: string): Promise<boolean> {
  return hasReceipt(ledger, idOf(manifestKey));
}

/** Whether Slack is known to have taken a message. */
export async function hasReceipt(ledger: Store, messageId: string): Promise<boolean> {
  return (await ledger.head(keys.receipt(messageId))) !== undefined;
}

/**
 * Posts the message about a stored manifest, unless there is a receipt, then writes the receipt and removes the pointer. Whatever Slack
 * does, it does not throw for that: the pointer stays, and the sweep tries again. Undefined: there was too little time left to post.
 */
export async function tell(
  context: TellContext,
  manifestKey: string,
  manifest: Manifest | BackfillManifest,
): Promise<Delivery | undefined> {
  const channel = channelOf(manifest, context.datasets);
  return tellOnce(context, idOf(manifestKey), channel, () => render(manifest, context.logger));
}

/** Posts a message unless it has its receipt, as {@link tell}. */
export async function tellOnce(
  context: TellContext,
  messageId: string,
  channel: string,
  render: () => SlackMessage,
): Promise<Delivery | undefined> {
  const { ledger, logger } = context;
  let delivery: Delivery | undefined = { outcome: 'delivered' };
  if (!(await hasReceipt(ledger, messageId))) {
    delivery = await post(context, channel, render());
    if (delivery?.outcome !== 'delivered') {
      logger.warn('message not delivered, its pointer stays in the outbox', { messageId, channel, delivery });
      return delivery;
    }
    const receipt: Receipt = { schemaVersion: 1, messageId, deliveredAt: context.now().toISOString(), channel };
    await ledger.putJson(keys.receipt(messageId), receipt);
  }
  await ledger.delete(keys.outbox(messageId));
  return delivery;
}

async function post(context: TellContext, channel: string, message: SlackMessage): Promise<Delivery | undefined> {
  const timeoutMs = context.remainingMs() - AFTER_POST_MS;
  // Killed between post and receipt, we would have to tell twice; not having posted costs some minutes.
  return timeoutMs < SHORTEST_POST_MS ? undefined : context.slack.post(channel, message, timeoutMs);
}

/**
 * The dataset's channel, of one that is not deployed any more the one that it had; where a backfill is about datasets of several, the
 * default one.
 */
export function channelOf(manifest: Manifest | BackfillManifest, datasets: TellContext['datasets']): string {
  if (manifest.kind === 'backfill') return channelOfAll(manifest.datasets, datasets);
  return datasets.get(manifest.dataset ?? '')?.notify.channel ?? manifest.channel ?? 'default';
}

/** The channel that all of these datasets have; where they differ, the default one. */
export function channelOfAll(names: readonly string[], datasets: TellContext['datasets']): string {
  const channels = new Set(names.map((name) => datasets.get(name)?.notify.channel ?? 'default'));
  const [channel = 'default', ...others] = channels;
  return others.length === 0 ? channel : 'default';
}

/** A message that cannot be rendered is a defect, and not a reason to tell nothing. */
function render(manifest: Manifest | BackfillManifest, logger: TellContext['logger']): SlackMessage {
  const isBackfill = manifest.kind === 'backfill';
  try {
    const { text, blocks } = isBackfill ? backfillMessageOf(manifest) : messageOf(manifest);
    return { text, blocks: blocks.map((block) => structuredClone(block)) };
  } catch (error) {
    const id = isBackfill ? manifest.backfillId : manifest.runId;
    logger.error('message could not be rendered', { id, error: error as Error });
    if (isBackfill) return { text: `backfill ${id} ${manifest.status}` };
    const { dataset, partition, status, reason } = manifest;
    return { text: `${dataset ?? `run ${id}`} ${partition ?? ''} ${status}: ${reason.code}` };
  }
}

function idOf(manifestKey: string): string {
  const messageId = messageIdOf(manifestKey);
  if (messageId === null) throw new InternalError(`${manifestKey} is not the key of a manifest`);
  return messageId;
}
