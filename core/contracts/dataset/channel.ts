import { z } from 'zod';

/** Key of a webhook in the app's Slack secret. */
export const CHANNEL_NAME = /^[a-z0-9_-]{1,80}$/;

export const channelSchema = z.string().regex(CHANNEL_NAME, { error: 'expected lower-case letters, digits, _ and -' });

/** The channel of datasets that name none. */
export const DEFAULT_CHANNEL = 'default';
