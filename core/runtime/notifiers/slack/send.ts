import { IncomingWebhook, IncomingWebhookHTTPError, IncomingWebhookRequestError } from '@slack/webhook';
import type { Answer } from '../../delivery/notifier';
import { unansweredOf } from '../unanswered';
import { answerOf } from './answers';
import type { SlackMessage } from './render';

/** Posts a message to a webhook, once: the outbox is the retry. Back within `timeoutMs` milliseconds, and never throws. */
export async function send(url: string, { text, blocks }: SlackMessage, timeoutMs: number): Promise<Answer> {
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
    // The library's own types have no lists that can't be changed.
    const answer = await webhook.send({
      text,
      ...(blocks === undefined ? {} : { blocks: structuredClone([...blocks]) }),
    });
    return answerOf(status, answer.text, retryAfterSeconds);
  } catch (error) {
    if (error instanceof IncomingWebhookHTTPError) return answerOf(error.statusCode, error.body, retryAfterSeconds);
    return unansweredOf(notSent ?? (error instanceof IncomingWebhookRequestError ? error.original : error));
  }
}
