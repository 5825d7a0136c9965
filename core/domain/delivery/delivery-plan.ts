import type { MessageKind, OutboxPointer } from '../../contracts/run/manifest';
import { formOf, isHeld } from './delivery-state';

/** What a sweep posts about the messages that wait in the outbox: pure. */

/** A message that has to be posted. */
export interface Waiting {
  readonly pointer: OutboxPointer;
  readonly kind: MessageKind;
  readonly dataset: string | null;
  readonly channel: string;
}

/** One post, about one or many messages. */
export interface Unit<T extends Waiting> {
  readonly messages: readonly T[];
  /** `summary`: the endings of one dataset. `notice`: messages that are only named. */
  readonly as: 'itself' | 'summary' | 'notice';
  /** Whether it is time for it. Where not, it goes out only if the channel takes another one. */
  readonly due: boolean;
}

/** More endings of one dataset than this are too many to read one by one. */
const SUMMARIZE_ABOVE = 5;
/** Each is named in the message; more would not fit into Slack's 13,000 characters. */
const MOST_IN_SUMMARY = 400;
/** A notice gives each message a line with a reason and a key: some 250 characters. */
const MOST_IN_NOTICE = 20;

/**
 * What to post, channel by channel, in the order of posting: first what is due, and there what has failed least, so that a message which
 * is never taken keeps no other one waiting. What is not due follows for the case that the channel takes something: then its failures were
 * the channel's. Only a message whose failures are its own waits for its time in any case. A channel that rests is left alone.
 */
export function planDelivery<T extends Waiting>(
  waiting: readonly T[],
  now: Date,
): readonly { readonly channel: string; readonly units: readonly Unit<T>[] }[] {
  return [...Map.groupBy(waiting, ({ channel }) => channel)]
    .filter(([, of]) => of.every(({ pointer }) => isDue(pointer.notBefore, now)))
    .map(([channel, of]) => ({ channel, units: inOrder(unitsOf(of, now)) }))
    .filter(({ units }) => units.some(({ due }) => due));
}

/** The units of one channel. */
function unitsOf<T extends Waiting>(all: readonly T[], now: Date): Unit<T>[] {
  const due = ({ pointer }: T) => isDue(pointer.nextAttemptAt, now);
  const ready = all
    .filter((one) => !isOwn(one) || due(one))
    .toSorted((a, b) => (a.pointer.since < b.pointer.since ? -1 : a.pointer.since > b.pointer.since ? 1 : 0));
  const units: Unit<T>[] = [];
  const add = (as: Unit<T>['as'], messages: readonly T[], most: number, isUnitDue: boolean) => {
    for (let at = 0; at < messages.length; at += most)
      units.push({ as, messages: messages.slice(at, at + most), due: isUnitDue });
  };
  const { named = [], told = [] } = Object.groupBy(ready, ({ pointer }) => {
    return formOf(pointer) === 'name' ? 'named' : 'told';
  });
  for (const [, group] of Map.groupBy(told.filter(canBeSummarized), ({ dataset }) => dataset ?? '')) {
    if (group.length > SUMMARIZE_ABOVE) add('summary', group, MOST_IN_SUMMARY, group.some(due));
    else for (const one of group) add('itself', [one], 1, due(one));
  }
  for (const one of told) if (!canBeSummarized(one)) add('itself', [one], 1, due(one));
  for (const one of named.filter(isOwn)) add('notice', [one], 1, true);
  const [held, refused] = partition(
    named.filter((one) => !isOwn(one)),
    ({ pointer }) => isHeld(pointer),
  );
  add('notice', refused, MOST_IN_NOTICE, refused.some(due));
  // What arrives is not known: then a notice is one more post that may be repeated. So another message tells first whether there are
  // answers again; where there is none, one of these does, each time another.
  const probe = units.some((unit) => unit.due) || !held.every(due) ? undefined : leastTried(held);
  if (probe !== undefined) add('notice', [probe], 1, true);
  add(
    'notice',
    held.filter((one) => one !== probe),
    MOST_IN_NOTICE,
    false,
  );
  return units;
}

function partition<T>(all: readonly T[], is: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(is), all.filter((one) => !is(one))];
}

/** The first of those with the fewest attempts. */
function leastTried<T extends Waiting>(all: readonly T[]): T | undefined {
  return all.toSorted((a, b) => (a.pointer.attempts ?? 0) - (b.pointer.attempts ?? 0))[0];
}

/** Only endings are posted together, and none that has to be put plainly or fails by itself. */
function canBeSummarized(one: Waiting): boolean {
  return one.kind === 'ending' && !isOwn(one) && formOf(one.pointer) === 'full';
}

const isOwn = ({ pointer }: Waiting): boolean => pointer.own ?? false;

/** Fewest failures first; at the end what fails by itself. */
function inOrder<T extends Waiting>(units: readonly Unit<T>[]): readonly Unit<T>[] {
  const rank = ({ messages, due }: Unit<T>): number => {
    const failures = Math.min(...messages.map(({ pointer }) => pointer.attempts ?? 0));
    return (due ? 0 : 1_000) + (messages.some(isOwn) ? 10_000 : 0) + Math.min(failures, 999);
  };
  return units.toSorted((a, b) => rank(a) - rank(b));
}

function isDue(time: string | undefined, now: Date): boolean {
  return time === undefined || Date.parse(time) <= now.getTime();
}
