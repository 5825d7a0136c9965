import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  IncomingWebhook,
  IncomingWebhookHTTPError,
  IncomingWebhookRequestError,
  type IncomingWebhookSendArguments,
} from '@slack/webhook';
import { MINUTE_MS } from '../contracts/partition';
import { redact } from '../contracts/redact';
import { describeForeign } from './classify';

/** What became of a post. Only `delivered` means that Slack has it. */
export type Delivery =
  | { readonly outcome: 'delivered' }
  /** Posting the same again is no use: the webhook is gone, or Slack does not take the message. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Later it may succeed: rate limit, a fault of Slack's, no answer. */
  | { readonly outcome: 'passing'; readonly reason: string; readonly retryAfterSeconds: number | undefined }
  /** There is no webhook to post to. */
  | { readonly outcome: 'not-configured'; readonly reason: string };

export type SlackMessage = Pick<IncomingWebhookSendArguments, 'blocks'> & { readonly text: string };

/** Something that posts: the sender below, or a test's. */
export interface Poster {
  /** Never throws for anything that Slack, the network or the secret does. `withinMs`: the time that the caller has left. */
  post(channel: string, message: SlackMessage, withinMs: number): Promise<Delivery>;
}

export interface SlackOptions {
  readonly secrets: SecretsManagerClient;
  /** Secret with `{"<channel>": "<URL>"}`, or one URL for all channels. */
  readonly secretArn: string;
  /** Longest time that a post may take. */
  readonly timeoutMs: number;
  readonly now: () => Date;
}

/** The channel that answers for those without a webhook of their own. */
const DEFAULT_CHANNEL = 'default';
/** How long the secret is kept: a new webhook is in use within minutes, and the secret is not read for every run. */
const SECRET_TTL_MS = 5 * MINUTE_MS;

/** Slack's answers that no repetition changes. The body decides before the status, because statuses differ between sources. */
const PERMANENT =
  /^(invalid_payload|invalid_blocks|invalid_blocks_format|msg_blocks_too_long|msg_too_long|no_text|too_many_attachments|user_not_found|action_prohibited|invalid_token|posting_to_general_channel_denied|channel_not_found|channel_is_archived|no_service|no_service_id|no_active_hooks|no_team|team_disabled)\b/;
const PASSING = /^(rate_limited|ratelimited|rollup_error|timeout|service_unavailable)\b/;
/** Answers about the message rather than the webhook: plain text may still be taken. */
const ABOUT_THE_MESSAGE = /^(invalid_payload|invalid_blocks|invalid_blocks_format|msg_blocks_too_long)\b/;

/** Whether another message may fare better at the same webhook. */
export function isAboutTheMessage(delivery: Delivery): boolean {
  return delivery.outcome === 'refused' && ABOUT_THE_MESSAGE.test(delivery.reason);
}

type Webhooks = ReadonlyMap<string, string>;

/** A thin sender on Slack's incoming webhooks: no retry of its own (the outbox is the retry), and the URL never leaves it. */
export class Slack implements Poster {
  private cached: { readonly webhooks: Webhooks; readonly at: number } | undefined;

  constructor(private readonly options: SlackOptions) {}

  async post(channel: string, message: SlackMessage, withinMs: number): Promise<Delivery> {
    const timeoutMs = Math.min(this.options.timeoutMs, withinMs);
    const found = await this.webhooks();
    if ('outcome' in found) return found;
    const url = found.get(channel) ?? found.get(DEFAULT_CHANNEL);
    if (url === undefined) {
      return { outcome: 'not-configured', reason: `the secret has no webhook for ${channel} and no default` };
    }
    const delivery = await send(url, message, timeoutMs);
    if (delivery.outcome !== 'refused') return delivery;
    // The webhook may have been replaced: read the secret again next time.
    this.cached = undefined;
    if (message.blocks === undefined || !ABOUT_THE_MESSAGE.test(delivery.reason)) return delivery;
    // Slack did not take it, so this is no repetition. A plain message that arrives beats a fine one that does not.
    return send(url, { text: message.text }, timeoutMs);
  }

  private async webhooks(): Promise<Webhooks | Delivery> {
    const { secrets, secretArn, now } = this.options;
    if (this.cached !== undefined && now().getTime() - this.cached.at < SECRET_TTL_MS) return this.cached.webhooks;
    let text: string | undefined;
    try {
      ({ SecretString: text } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn })));
    } catch (error) {
      const { name, status } = describeForeign(error);
      const reason = `the secret could not be read: ${name}`;
      const denied = status !== undefined && status >= 400 && status < 500 && !/Throttl|TooManyRequests/.test(name);
      return denied ? { outcome: 'not-configured', reason } : passing(reason);
    }
    const webhooks = parseWebhooks(text ?? '');
    if (webhooks === undefined) {
      return { outcome: 'not-configured', reason: 'the secret is neither a webhook URL nor JSON from channel to URL' };
    }
    this.cached = { webhooks, at: now().getTime() };
    return webhooks;
  }
}

/** Channel → URL; undefined when the secret is malformed. A channel whose value is no URL has no webhook. */
export function parseWebhooks(secret: string): Webhooks | undefined {
  const text = secret.trim();
  if (isUrl(text)) return new Map([[DEFAULT_CHANNEL, text]]);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json === 'string') return isUrl(json) ? new Map([[DEFAULT_CHANNEL, json]]) : undefined;
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  return new Map(
    Object.entries(json).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && isUrl(entry[1])),
  );
}

function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

async function send(url: string, message: SlackMessage, timeoutMs: number): Promise<Delivery> {
  let retryAfterSeconds: number | undefined;
  const webhook = new IncomingWebhook(url, {
    timeout: timeoutMs,
    // The error that the library throws does not carry the header.
    fetch: async (target, init) => {
      const response = await fetch(target, init);
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      retryAfterSeconds = Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
      return response;
    },
  });
  try {
    await webhook.send(message);
    return { outcome: 'delivered' };
  } catch (error) {
    if (error instanceof IncomingWebhookHTTPError) return ofAnswer(error.statusCode, error.body, retryAfterSeconds);
    // The message of a network error may hold the URL; its name and code do not.
    const original = error instanceof IncomingWebhookRequestError ? error.original : error;
    const { name, code } = describeForeign(original);
    const cause = original instanceof Error ? describeForeign(original.cause).code : undefined;
    return passing(`no answer: ${[name, code ?? cause].filter(Boolean).join(' ')}`);
  }
}

function ofAnswer(status: number, body: string, retryAfterSeconds: number | undefined): Delivery {
  const answer = body.trim();
  // A proxy's page is no answer of Slack's and may hold anything: only words like Slack's own are repeated.
  const reason = /^[a-z_]{1,60}\b/.test(answer) ? redact(answer, 120) : `HTTP ${status}`;
  if (PERMANENT.test(answer)) return { outcome: 'refused', reason };
  if (PASSING.test(answer) || status === 429 || status === 408 || status >= 500)
    return passing(reason, retryAfterSeconds);
  return { outcome: 'refused', reason: reason === `HTTP ${status}` ? reason : `${reason} (HTTP ${status})` };
}

function passing(reason: string, retryAfterSeconds?: number): Delivery {
  return { outcome: 'passing', reason, retryAfterSeconds };
}
