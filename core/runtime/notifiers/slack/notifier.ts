import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Message } from '../../../domain/messages/message';
import { timeouts } from '../../aws/timeouts';
import type { Answer, Notifier } from '../../delivery/notifier';
import type { NotifierOptions } from '../kind';
import { render, type SlackMessage } from './render';
import { send } from './send';
import { Webhooks, type WebhooksOptions } from './webhooks';

export interface SlackOptions extends WebhooksOptions {
  /** Longest time that a post may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Tells by Slack's incoming webhooks, one for each channel. */
export class SlackNotifier implements Notifier<SlackMessage> {
  readonly #webhooks: Webhooks;
  readonly #timeoutMs: number;

  constructor({ timeoutMs, ...options }: SlackOptions) {
    this.#webhooks = new Webhooks(options);
    this.#timeoutMs = timeoutMs;
  }

  render(message: Message): SlackMessage {
    return render(message);
  }

  async post(channel: string, message: SlackMessage, withinMs: number): Promise<Answer> {
    const until = performance.now() + Math.min(this.#timeoutMs, withinMs);
    const url = await this.#webhooks.urlFor(channel, until - performance.now());
    if (typeof url !== 'string') return url;
    const leftMs = Math.floor(until - performance.now());
    // Reading the secret has taken it all.
    if (leftMs <= 0) return { is: 'unknown', reason: 'no time was left for the post', mayHaveTaken: false };
    const answer = await send(url, message, leftMs);
    if (answer.is === 'channel-refused') this.#webhooks.forget();
    return answer;
  }
}

/** The notifier of the app's secret. */
export function createSlackNotifier({ env, now }: NotifierOptions): SlackNotifier {
  // Few and short attempts: without the secret, the message waits for the sweep.
  const secrets = new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: new NodeHttpHandler(timeouts(2_000, 3_000)),
  });
  return new SlackNotifier({ secrets, secretArn: env.SLACK_SECRET_ARN, timeoutMs: env.SLACK_TIMEOUT_MS, now });
}
