import {
  IncomingWebhook,
  IncomingWebhookHTTPError,
  IncomingWebhookRequestError,
  type IncomingWebhookSendArguments,
} from '@slack/webhook';
import type { Answer } from '../../delivery/notifier';
import { answerOf, unansweredOf } from './answers';

export type SlackMessage = Pick<IncomingWebhookSendArguments, 'blocks'> & { readonly text: string };

/** Posts a message to a webhook, once: the outbox is the retry. Back within `timeoutMs` milliseconds, and never throws. */
export async function send(url: string, message: SlackMessage, timeoutMs: number): Promise<Answer> {
  let retryAfterSeconds: number | undefined;
  let status = 200;
  let notSent: unknown;
  const webhook = new IncomingWebhook(url, {
    timeout: timeoutMs,
    // The error that the library throws does not carry the header, nor always what caused it; and a redirect is an answer.
    fetch: async (target, init) => {
      const response = await fetch(target, { ...init, redirect: 'manual' }).catch((error: unknown) => {
        notSent = error;
        throw error;
      });
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      retryAfterSeconds = Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
      status = response.status;
      return response;
    },
  });
  try {
    const { text } = await webhook.send(message);
    return answerOf(status, text, retryAfterSeconds);
  } catch (error) {
    if (error instanceof IncomingWebhookHTTPError) return answerOf(error.statusCode, error.body, retryAfterSeconds);
    return unansweredOf(notSent ?? (error instanceof IncomingWebhookRequestError ? error.original : error));
  }
}
