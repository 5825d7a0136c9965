import { HOUR_MS, MINUTE_MS } from '../contracts/partition';

/** What the sweep does about undelivered messages: pure. */

/** A message that is owed. */
export interface Owed {
  readonly dataset: string | null;
  readonly channel: string;
  /** ISO 8601. */
  readonly since: string;
  /** ISO 8601; undefined while nobody has tried. */
  readonly nextAttemptAt: string | undefined;
  /** ISO 8601; until when Slack wants to be left alone. */
  readonly notBefore: string | undefined;
  /** Only endings are summarized. */
  readonly kind: 'ending' | 'overdue' | 'backfill' | 'circuit';
}

/** More endings of one dataset than this, and nobody reads them one by one. */
const SUMMARIZE_ABOVE = 5;
/** Each is named in the message; more would not fit into Slack's 13,000 characters. */
const MOST_IN_SUMMARY = 400;

/**
 * What to post, channel by channel, in the order of posting: each unit is one message, about one or many of the owed ones. A channel at
 * which nothing is due is left alone, and one whose Retry-After is not over; where something is, everything that is owed there goes, since the first post tells whether Slack
 * takes messages again.
 */
export function planDelivery<T extends Owed>(owed: readonly T[], now: Date): { channel: string; units: T[][] }[] {
  return [...Map.groupBy(owed, ({ channel }) => channel)]
    .filter(([, of]) => of.some((one) => isDue(one.nextAttemptAt, now)) && of.every((one) => isDue(one.notBefore, now)))
    .map(([channel, ofChannel]) => ({
      channel,
      units: [...Map.groupBy(ofChannel, ({ dataset, kind }) => `${kind} ${dataset ?? ''}`).values()].flatMap(unitsOf),
    }));
}

function isDue(time: string | undefined, now: Date): boolean {
  return time === undefined || Date.parse(time) <= now.getTime();
}

function unitsOf<T extends Owed>(group: readonly T[]): T[][] {
  const inOrder = group.toSorted((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0));
  if (inOrder.length <= SUMMARIZE_ABOVE || inOrder[0]?.kind !== 'ending') return inOrder.map((one) => [one]);
  const units: T[][] = [];
  for (let at = 0; at < inOrder.length; at += MOST_IN_SUMMARY) units.push(inOrder.slice(at, at + MOST_IN_SUMMARY));
  return units;
}

/**
 * When to try again after so many attempts: the next sweeps after 10, 20 and 40 minutes, then every hour. What was refused for good only
 * every hour: somebody may have mended the webhook.
 */
export function nextAttemptAfter(attempts: number, now: Date, refused: boolean): Date {
  const backoff = refused ? HOUR_MS : Math.min(HOUR_MS, 10 * MINUTE_MS * 2 ** Math.max(0, attempts - 1));
  // Less a minute: a sweep that comes some seconds early would leave it to the next one.
  return new Date(now.getTime() + backoff - MINUTE_MS);
}

/** A message that is not delivered for so long, or never will be, is a reason to call somebody. */
const ESCALATE_AFTER_MS = 30 * MINUTE_MS;

export function isStuck(message: { readonly since: string; readonly refused: boolean }, now: Date): boolean {
  return message.refused || now.getTime() - Date.parse(message.since) >= ESCALATE_AFTER_MS;
}
