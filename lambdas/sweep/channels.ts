import { DEFAULT_CHANNEL } from '../../core/contracts/dataset/channel';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import { HOUR_MS } from '../../core/contracts/partition';
import { channelsStateSchema, type ChannelsState, type ChannelState } from '../../core/contracts/sweep/roll-call';
import type { Notifier } from '../../core/runtime/delivery/notifier';
import type { SweepContext } from './sweep-context';
import { recall, type Memory } from './unreadable-state';

/** What a sweep knows of the channels. */
export interface Channels {
  readonly memory: Memory<ChannelsState>;
  /** Every channel that a dataset has, and the default one, as it stands now. */
  readonly states: Map<string, ChannelState>;
}

/** How exactly it is remembered when a channel took something: often enough for days, and no write for each message. */
const PRECISION_MS = HOUR_MS;

/** The channels that the datasets have, and the default one. */
function channelsOf(datasets: Iterable<Dataset>): string[] {
  return [...new Set([DEFAULT_CHANNEL, ...[...datasets].map(({ notify }) => notify.channel)])].toSorted();
}

/** What is remembered of the channels. */
export async function readChannels(context: SweepContext): Promise<Channels> {
  const { datasets, at } = context;
  const memory = await recall(context, keys.sweep('channels'), channelsStateSchema);
  const states = channelsOf(datasets.values()).map((channel): [string, ChannelState] => {
    const fresh = { since: at.toISOString(), deliveredAt: null, daily: null, weekly: null };
    return [channel, memory.value?.channels[channel] ?? fresh];
  });
  return { memory, states: new Map(states) };
}

/** The notifier, noting which channels take something. */
export function watching(notifier: Notifier, taken: Set<string>): Notifier {
  return {
    render: (message, channel) => notifier.render(message, channel),
    post: async (channel, message, withinMs) => {
      const answer = await notifier.post(channel, message, withinMs);
      if (answer.is === 'taken') taken.add(channel);
      return answer;
    },
  };
}

/**
 * Remembers what the channels took, and says for how many seconds the one that took nothing for the longest time has not; those that never
 * did, since they were first seen. A sweep beside this one may have been faster; what it remembers is as good.
 */
export async function noteChannels(
  { at, onChannels }: SweepContext,
  { memory, states }: Channels,
  taken: ReadonlySet<string>,
): Promise<void> {
  for (const [channel, state] of states) {
    const isOld = state.deliveredAt === null || at.getTime() - Date.parse(state.deliveredAt) >= PRECISION_MS;
    if (taken.has(channel) && isOld) states.set(channel, { ...state, deliveredAt: at.toISOString() });
  }
  const ages = [...states.values()].map(({ deliveredAt, since }) => at.getTime() - Date.parse(deliveredAt ?? since));
  onChannels(Math.round(Math.max(0, ...ages) / 1000));
  const channels = Object.fromEntries(states);
  const before = memory.value?.channels ?? {};
  const isSame =
    Object.keys(before).length === states.size && [...states].every(([channel, state]) => before[channel] === state);
  if (isSame && !memory.isLost) return;
  await memory.keep({ schemaVersion: 1, channels }, ['channels']);
}
