import type { VirtualClock } from './clock';
import { listen, readBody, type LoopbackServer } from './aws/loopback-server';
import { minute } from '../core/domain/text/times';

/** A message that Slack took. */
export interface SlackMessage {
  /** Simulated time of arrival, epoch milliseconds. */
  readonly at: number;
  /** The webhook's path: which channel it was meant for. */
  readonly path: string;
  readonly text: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * How Slack behaves: `ok`; `down` (500); `slow`: the post is taken but answered only after so much
 * simulated time; `lost`: taken, and the connection cut before the answer; `refuse`: this answer instead.
 */
export type SlackMood =
  | { readonly is: 'ok' }
  | { readonly is: 'down' }
  | { readonly is: 'slow'; readonly ms: number; readonly taken: boolean }
  | { readonly is: 'lost' }
  | { readonly is: 'refuse'; readonly status: number; readonly body: string; readonly retryAfterSeconds?: number };

/** One mood for all messages, or one for each. */
export type SlackMoods = SlackMood | ((message: SlackMessage) => SlackMood);

/** Slack's incoming webhooks, on loopback. */
export class LocalSlack {
  readonly messages: SlackMessage[] = [];
  /** Every post, taken or not. */
  posts = 0;
  mood: SlackMoods = { is: 'ok' };
  /** Hears of every message that is taken, and whether its sender can learn of that. */
  onMessage: ((message: SlackMessage, answered: boolean) => void) | undefined;
  #server: LoopbackServer | undefined;

  private constructor(readonly clock: VirtualClock) {}

  static async start(clock: VirtualClock): Promise<LocalSlack> {
    const slack = new LocalSlack(clock);
    slack.#server = await listen(async (request, response) => {
      const body = await readBody(request);
      slack.posts += 1;
      const message = slack.#read(request.url ?? '/', body);
      const mood = slack.#moodFor(message);
      const answer = (status: number, text: string, headers: Record<string, string> = {}): void => {
        response.writeHead(status, { 'content-type': 'text/html', ...headers });
        response.end(text);
      };
      if (mood.is === 'down') return answer(500, 'rollup_error');
      if (mood.is === 'refuse') {
        return answer(
          mood.status,
          mood.body,
          mood.retryAfterSeconds === undefined ? {} : { 'retry-after': String(mood.retryAfterSeconds) },
        );
      }
      if (mood.is !== 'slow' || mood.taken) {
        if (typeof message === 'string') return answer(400, message);
        slack.#take(message, mood.is === 'ok');
      }
      if (mood.is === 'lost') return void request.socket.destroy();
      if (mood.is === 'slow') await clock.advance(mood.ms);
      if (!response.destroyed) answer(200, 'ok');
    });
    return slack;
  }

  /** The URL of a webhook; the path tells channels apart. */
  webhook(path = '/services/T000/B000/local'): string {
    return (this.#server?.url ?? '') + path;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
  }

  reset(): void {
    this.messages.length = 0;
    this.posts = 0;
    this.mood = { is: 'ok' };
  }

  #moodFor(message: SlackMessage | string): SlackMood {
    if (typeof this.mood !== 'function') return this.mood;
    return typeof message === 'string' ? { is: 'ok' } : this.mood(message);
  }

  /** What a request holds, or the word with which Slack refuses it. */
  #read(path: string, body: Buffer): SlackMessage | string {
    let payload: Record<string, unknown>;
    try {
      payload = JSON.parse(body.toString()) as Record<string, unknown>;
    } catch {
      return 'invalid_payload';
    }
    if (typeof payload['text'] !== 'string' && !Array.isArray(payload['blocks'])) return 'no_text';
    if (Array.isArray(payload['blocks']) && payload['blocks'].length > 50) return 'invalid_blocks';
    return { at: this.clock.now(), path, text: String(payload['text'] ?? ''), payload };
  }

  #take(message: SlackMessage, answered: boolean): void {
    this.messages.push(message);
    this.onMessage?.(message, answered);
  }
}

interface Block {
  readonly type: string;
  readonly text?: { readonly text: string };
  readonly fields?: readonly { readonly text: string }[];
  readonly elements?: readonly { readonly text?: string | { readonly text: string }; readonly url?: string }[];
}

/** A message as lines for a terminal: its text, then what its blocks add, fields side by side. */
export function printSlackMessage(message: SlackMessage): string[] {
  const time = `${minute(new Date(message.at).toISOString())}Z`;
  const blocks = (message.payload['blocks'] ?? []) as readonly Block[];
  const lines = blocks.flatMap(linesOf).filter((line) => line !== '' && line !== plain(message.text));
  return [`${time}  ${plain(message.text)}`, ...lines.map((line) => `    ${line}`)];
}

function linesOf(block: Block): string[] {
  const text = block.text === undefined ? [] : plain(block.text.text).split('\n');
  const fields = (block.fields ?? []).map((field) => plain(field.text).replace(/\n/g, ' '));
  const elements = (block.elements ?? []).map((element) => {
    const label = typeof element.text === 'string' ? element.text : (element.text?.text ?? '');
    return plain(element.url === undefined ? label : `${label} (${element.url})`).replace(/\n/g, ' ');
  });
  return [
    ...text,
    ...(fields.length > 0 ? [fields.join(' · ')] : []),
    ...(elements.length > 0 ? [elements.join(' · ')] : []),
  ];
}

/** Slack's mrkdwn without its marks. */
function plain(text: string): string {
  return text
    .replace(/<(https?:[^|>]+)\|([^>]+)>/g, '$2 ($1)')
    .replace(/(^|[\s(])[*_](\S(?:.*?\S)?)[*_](?=$|[\s).,:;])/gm, '$1$2')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}
