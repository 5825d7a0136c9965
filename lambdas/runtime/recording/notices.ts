import type { CircuitNotice } from '../../contracts/circuit';
import { dependencyOf } from '../../contracts/circuit-settings';
import { keys } from '../../contracts/keys';
import type { OutboxPointer } from '../../contracts/manifest';
import { circuitMessage } from '../../domain/circuit-message';
import type { Message } from '../../domain/slack-text';
import type { Delivery } from '../slack';
import type { Store } from '../store';
import { channelOfAll, hasReceipt, tellOnce, type TellContext } from './tell';

/** What has to be told about a circuit. */
export interface OwnedNotice {
  readonly dependency: string;
  readonly notice: CircuitNotice;
}

/** Notes that it has to be told, unless it was. True where nobody had noted it before. */
export async function oweNotice(ledger: Store, { dependency, notice }: OwnedNotice, since: Date): Promise<boolean> {
  const { messageId } = notice;
  if (await hasReceipt(ledger, messageId)) return false;
  const pointer: OutboxPointer = {
    schemaVersion: 1,
    kind: 'circuit',
    messageId,
    manifestKey: keys.circuit(dependency),
    since: since.toISOString(),
  };
  return (await ledger.putJson(keys.outbox(messageId), pointer, { absent: true })) !== undefined;
}

/** Tells it, unless it has its receipt, as `tell` does for a manifest. */
export function tellNotice(context: TellContext, owned: OwnedNotice): Promise<Delivery | undefined> {
  const { channel, message } = renderNotice(owned, context.datasets);
  const { text, blocks } = message;
  return tellOnce(context, owned.notice.messageId, channel, () => ({
    text,
    blocks: blocks.map((block) => structuredClone(block)),
  }));
}

/** The message, and the channel for it: that of the datasets which the circuit guards. */
export function renderNotice(
  { dependency, notice }: OwnedNotice,
  datasets: TellContext['datasets'],
): { readonly channel: string; readonly message: Message; readonly owner: string } {
  const guarded = [...datasets.values()].filter((dataset) => dependencyOf(dataset) === dependency);
  const names = guarded.map(({ name }) => name).toSorted();
  const owners = [...new Set(guarded.map(({ owner }) => owner))].toSorted();
  const all = guarded.some(({ circuit }) => circuit.counts === 'all');
  return {
    channel: names.length === 0 ? 'default' : channelOfAll(names, datasets),
    message: circuitMessage(dependency, notice, { datasets: names, owners, all }),
    owner: owners.join(', '),
  };
}
