import type { NotifierKind } from '../kind';
import type * as Notifier from './notifier';

/** Stands for the webhook that the app's secret has for a channel: webhooks are secrets, so no setting has them. */
export const SLACK_ADDRESS = 'slack';

/** Slack's incoming webhooks. Every function that posts may read the secret, since a webhook can be put there at any time. */
export const slack: NotifierKind = {
  address: /^slack$/,
  expected: '"slack"',
  grantsFor: () => [],
  create: (_address, options) => (require('./notifier') as typeof Notifier).createSlackNotifier(options),
};
