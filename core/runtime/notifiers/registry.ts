import { z } from 'zod';
import { channelSchema, DEFAULT_CHANNEL } from '../../contracts/dataset/channel';
import type { Grant, NotifierKind } from './kind';
import { slack, SLACK_ADDRESS } from './slack/kind';
import { sns } from './sns/kind';

/** Every kind of notifier. */
const KINDS: readonly NotifierKind[] = [slack, sns];

const expected = `expected ${KINDS.map((kind) => kind.expected).join(' or ')}`;

/** Which address each channel has: the setting `channels`. */
export const channelsSchema = z.record(
  channelSchema,
  z.string({ error: expected }).refine((address) => kindOf(address) !== undefined, { error: expected }),
);
export type Channels = Readonly<Record<string, string>>;

/** Where a channel is told: at its own address, else at that of `default`, else by Slack. */
export function addressOf(channel: string, channels: Channels): string {
  const own = Object.hasOwn(channels, channel) ? channels[channel] : undefined;
  return own ?? channels[DEFAULT_CHANNEL] ?? SLACK_ADDRESS;
}

/** The kind of notifier that posts to an address; undefined where none does. */
export function kindOf(address: string): NotifierKind | undefined {
  return KINDS.find((kind) => kind.address.test(address));
}

/** What the functions that post have to be allowed for these channels. */
export function grantsFor(channels: Channels): readonly Grant[] {
  return [...new Set(Object.values(channels))].flatMap((address) => kindOf(address)?.grantsFor(address) ?? []);
}
