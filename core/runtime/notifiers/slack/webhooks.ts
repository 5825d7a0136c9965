import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { MINUTE_MS } from '../../../contracts/partition';
import { describeForeign } from '../../aws/classify';
import type { Failure } from '../../delivery/notifier';

/** The channel that answers for those without a webhook of their own. */
const DEFAULT_CHANNEL = 'default';
/** How long the secret is kept: a new webhook is in use within minutes, and the secret is not read for every run. */
const SECRET_TTL_MS = 5 * MINUTE_MS;
/** Hosts that no request leaves the machine for: only there may a webhook be without TLS, for local runs and tests. */
const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

export interface WebhooksOptions {
  readonly secrets: SecretsManagerClient;
  /** Secret with `{"<channel>": "<URL>"}`, or one URL for all channels. */
  readonly secretArn: string;
  readonly now: () => Date;
}

/** The webhooks in the secret. Their URLs are secrets themselves, and never part of a reason. */
export class Webhooks {
  #cached: { readonly urls: ReadonlyMap<string, string>; readonly at: number } | undefined;

  constructor(private readonly options: WebhooksOptions) {}

  /** The URL for a channel, or why there is none. Reading the secret takes no longer than `withinMs`. */
  async urlFor(channel: string, withinMs: number): Promise<string | Failure> {
    const urls = await this.#urls(withinMs);
    if ('is' in urls) return urls;
    const url = urls.get(channel) ?? urls.get(DEFAULT_CHANNEL);
    return url ?? notConfigured(`the secret has no webhook for ${channel} and no default`);
  }

  /** Reads the secret again next time: a webhook that was refused may have been replaced. */
  forget(): void {
    this.#cached = undefined;
  }

  async #urls(withinMs: number): Promise<ReadonlyMap<string, string> | Failure> {
    const { secrets, secretArn, now } = this.options;
    if (this.#cached !== undefined && now().getTime() - this.#cached.at < SECRET_TTL_MS) return this.#cached.urls;
    let text: string | undefined;
    try {
      ({ SecretString: text } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }), {
        abortSignal: AbortSignal.timeout(Math.max(1, Math.floor(withinMs))),
      }));
    } catch (error) {
      const { name, status } = describeForeign(error);
      const reason = `the secret could not be read: ${name}`;
      const denied = status !== undefined && status >= 400 && status < 500 && !/Throttl|TooManyRequests/.test(name);
      return denied ? notConfigured(reason) : { is: 'unknown', reason, mayHaveTaken: false };
    }
    const urls = parseWebhooks(text ?? '');
    if (urls === undefined) {
      return notConfigured('the secret is neither a webhook URL (https) nor JSON from channel to URL');
    }
    this.#cached = { urls, at: now().getTime() };
    return urls;
  }
}

/** "Not configured" looks the same as "configured wrongly": a person has to do something, and the message waits. */
function notConfigured(reason: string): Failure {
  return { is: 'channel-refused', reason, retryAfterSeconds: undefined };
}

/** Channel → URL; undefined when the secret is malformed. A channel whose value is no webhook's URL has no webhook. */
export function parseWebhooks(secret: string): ReadonlyMap<string, string> | undefined {
  const text = secret.trim();
  if (isWebhook(text)) return new Map([[DEFAULT_CHANNEL, text]]);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json === 'string') return isWebhook(json) ? new Map([[DEFAULT_CHANNEL, json]]) : undefined;
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  return new Map(
    Object.entries(json).filter((entry): entry is [string, string] => {
      return typeof entry[1] === 'string' && isWebhook(entry[1]);
    }),
  );
}

/** `https`, since a reader of the URL on its way can post too; `http` on this machine only. */
function isWebhook(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}
