import { redact } from '../../../contracts/secrets/redact';
import type { Answer } from '../../delivery/notifier';

/**
 * What Slack's answers to a post mean. The body decides before the status, because statuses differ between sources. Which of Slack's words
 * speak of the webhook and which of the message: docs.slack.dev, "Sending messages using incoming webhooks".
 */

/** The whole body of a post that was taken. */
const TAKEN = 'ok';
/** Speak of the message: another one, or the same more plainly, may be taken. */
const ABOUT_THE_MESSAGE =
  /^(invalid_(?!token)[a-z_]+|msg_[a-z_]*too_long|no_text|too_many_attachments|user_not_found|missing_text_or_fallback_or_attachments)\b/;
/** Speak of the webhook, its channel or its workspace. */
const ABOUT_THE_CHANNEL =
  /^(action_prohibited|invalid_token|posting_to_general_channel_denied|channel_not_found|channel_is_archived|no_service|no_service_id|no_active_hooks|no_team|team_disabled)\b/;
const RATE_LIMITED = /^(rate_limited|ratelimited)\b/;
/** Slack has not taken it, and may later. */
const SLACKS_FAULT = /^(rollup_error|timeout|service_unavailable|fatal_error|internal_error)\b/;
/** How long to wait where Slack does not say. */
const DEFAULT_RETRY_AFTER_SECONDS = 60;

/** What an answer means. A proxy's page is no answer of Slack's and may hold anything: only words like Slack's own are repeated. */
export function answerOf(status: number, body: string, retryAfterSeconds: number | undefined): Answer {
  const word = body.trim();
  if (status >= 200 && status < 300) {
    if (word === TAKEN) return { is: 'taken' };
    // What says that is not Slack: a captive portal, a proxy, another service at that address.
    return { is: 'channel-refused', reason: `HTTP ${status} without Slack's "ok"`, retryAfterSeconds: undefined };
  }
  const isWord = /^[a-z_]{1,60}\b/.test(word);
  const reason = isWord ? redact(word, 120) : `HTTP ${status}`;
  if (RATE_LIMITED.test(word) || status === 429) {
    return { is: 'channel-refused', reason, retryAfterSeconds: retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS };
  }
  if (ABOUT_THE_CHANNEL.test(word)) return { is: 'channel-refused', reason, retryAfterSeconds: undefined };
  if (ABOUT_THE_MESSAGE.test(word)) return { is: 'message-refused', reason };
  // A gateway that gave up waiting says nothing of what became of the request.
  if (status === 504) return { is: 'unknown', reason, mayHaveTaken: true };
  if (SLACKS_FAULT.test(word) || status === 408 || status >= 500) return { is: 'unknown', reason, mayHaveTaken: false };
  const said = isWord ? `${reason} (HTTP ${status})` : reason;
  // Slack answers 400 to messages, and 413 is their size; any other status is that of an address where no webhook is.
  if (status === 400 || status === 413) return { is: 'message-refused', reason: said };
  return { is: 'channel-refused', reason: said, retryAfterSeconds: undefined };
}
