import type { NotifierKind } from '../kind';
import type * as Notifier from './notifier';

/** Not a FIFO topic: neither e-mail nor SMS nor chat can subscribe to one. */
export const TOPIC_ARN = /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/;

/** A topic of Amazon SNS, for e-mail, SMS, chat bots, queues and functions. */
export const sns: NotifierKind = {
  address: TOPIC_ARN,
  expected: 'the ARN of a standard SNS topic',
  grantsFor: (topicArn) => [{ actions: ['sns:Publish'], resources: [topicArn] }],
  create: (topicArn) => (require('./notifier') as typeof Notifier).createSnsNotifier(topicArn),
};
