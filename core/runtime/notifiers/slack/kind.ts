import type { NotifierKind } from '../kind';
import type * as Notifier from './notifier';

/** Stands for the webhook that the app's secret has for a channel: webhooks are secrets, so no setting has them. */
export const SLACK_ADDRESS = 'slack';

/** Slack's incoming webhooks. Every function that posts may read the secret: a webhook can come at any time. */
export const slack: NotifierKind = {
  address: /^slack$/,
  expected: '"slack"',
  grantsFor: () => [],
  create: (_address, options) => (require('./notifier') as typeof Notifier).createSlackNotifier(options),
};
