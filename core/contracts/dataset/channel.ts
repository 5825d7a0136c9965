import { z } from 'zod';

/** Where people are told: a webhook of that name in the app's Slack secret, or what the setting `channels` says. */
export const CHANNEL_NAME = /^[a-z0-9_-]{1,80}$/;

export const channelSchema = z.string().regex(CHANNEL_NAME, { error: 'expected lower-case letters, digits, _ and -' });

/** The channel of datasets that name none. */
export const DEFAULT_CHANNEL = 'default';
