import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Message } from '../../../domain/messages/message';
import { timeouts } from '../../aws/timeouts';
import type { Answer, Notifier } from '../../delivery/notifier';
import { answerOf } from './answers';
import { render, type SnsMessage } from './render';

/** Longest time that a post may take, in milliseconds. */
const LONGEST_POST_MS = 5_000;

/** Tells by publishing to a topic. Whom it reaches, and how, is the topic's subscriptions' to say. */
export class SnsNotifier implements Notifier<SnsMessage> {
  constructor(
    private readonly topicArn: string,
    private readonly sns: SNSClient,
  ) {}

  render(message: Message, channel: string): SnsMessage {
    return render(message, channel);
  }

  async post(_channel: string, { subject, messages, attributes }: SnsMessage, withinMs: number): Promise<Answer> {
    const command = new PublishCommand({
      TopicArn: this.topicArn,
      Subject: subject,
      MessageStructure: 'json',
      Message: JSON.stringify(messages),
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
      ),
    });
    const abortSignal = AbortSignal.timeout(Math.max(1, Math.floor(Math.min(LONGEST_POST_MS, withinMs))));
    try {
      await this.sns.send(command, { abortSignal });
      return { is: 'taken' };
    } catch (error) {
      return answerOf(error);
    }
  }
}

/** The notifier of a topic. Its client asks in the topic's region, and once: the outbox is the retry. */
export function createSnsNotifier(topicArn: string): SnsNotifier {
  const [, , , region = ''] = topicArn.split(':');
  const requestHandler = new NodeHttpHandler(timeouts(2_000, LONGEST_POST_MS));
  return new SnsNotifier(topicArn, new SNSClient({ region, maxAttempts: 1, requestHandler }));
}
