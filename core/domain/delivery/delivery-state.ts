import { MESSAGE_FORMS, type OutboxPointer } from '../../contracts/run/manifest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../contracts/partition';

/** What a pointer in the outbox says and how it changes: pure. */

/** How long the process that took a message may post it. A recorder posts within seconds; no other comes in between. */
export const LEASE_MS = 2 * MINUTE_MS;
/** After so many posts without an answer a message is not posted any more, and named in a notice as one that may have arrived. */
const MOST_UNANSWERED = 3;
/** Undelivered for so long, a message is a reason to call a person. */
const ESCALATE_AFTER_MS = 30 * MINUTE_MS;
/** Waits after the first attempts that failed; then one attempt a day. */
const BACKOFF_MINUTES = [10, 20, 40, 60, 120, 240, 480] as const;

export type PointerForm = (typeof MESSAGE_FORMS)[number];

/** Why a post was not taken, as far as the pointer is concerned. See `Answer` in `runtime/delivery/notifier.ts`. */
export type FailedPost =
  | { readonly is: 'message-refused'; readonly reason: string }
  | { readonly is: 'channel-refused'; readonly reason: string; readonly retryAfterSeconds: number | undefined }
  | { readonly is: 'unknown'; readonly reason: string; readonly mayHaveTaken: boolean };

/** Who may post a message now. */
export function holderOf(
  { lease, since }: Pick<OutboxPointer, 'lease' | 'since'>,
  token: string,
  now: Date,
): 'me' | 'none' | 'another' {
  if (lease === null) return 'none';
  // The release before wrote no leases: its recorders post within seconds.
  const until = lease === undefined ? Date.parse(since) + LEASE_MS : Date.parse(lease.until);
  if (until <= now.getTime()) return 'none';
  return lease?.token === token ? 'me' : 'another';
}

/** A lease from now on. */
export function leaseFor(token: string, now: Date): { token: string; until: string } {
  return { token, until: new Date(now.getTime() + LEASE_MS).toISOString() };
}

/**
 * The pointer once a process has taken a message that none holds: for another attempt, whose failure is counted before it happens. A
 * lease that ran out was that of a process that died: whether it posted is not known.
 */
export function takenBy(token: string, pointer: OutboxPointer, now: Date): OutboxPointer {
  const attempts = (pointer.attempts ?? 0) + 1;
  const vanished = pointer.lease === undefined || pointer.lease === null ? 0 : 1;
  return {
    ...pointer,
    lease: leaseFor(token, now),
    attempts,
    nextAttemptAt: nextAttemptAfter(attempts, now).toISOString(),
    ...unansweredFields(pointer, vanished),
  };
}

/** The pointer of a holder who goes on holding it. */
export function renewedBy(token: string, pointer: OutboxPointer, now: Date): OutboxPointer {
  return { ...pointer, lease: leaseFor(token, now) };
}

/** The pointer of a holder who has not posted after all. */
export function givenBack(pointer: OutboxPointer): OutboxPointer {
  return { ...pointer, lease: null, attempts: Math.max(0, (pointer.attempts ?? 1) - 1) };
}

/** What is known where a post failed. */
export interface Circumstances {
  /** The plainest form that was tried. */
  readonly form: PointerForm;
  /** Whether the channel took another message in the same sweep. */
  readonly channelTakes: boolean;
  readonly now: Date;
}

/**
 * The pointer after a post that was not taken, with no lease. The fault counts as the message's own where it fails again while
 * its channel takes others: then it waits for its own time, and is put more plainly next time. Else it may be the channel's, and the message
 * goes out as soon as that takes anything.
 */
export function afterFailure(leased: OutboxPointer, failed: FailedPost, how: Circumstances): OutboxPointer {
  const { now, channelTakes } = how;
  const attempts = leased.attempts ?? 1;
  const own = (leased.own ?? false) || (channelTakes && attempts > 1);
  const { notBefore: _over, ...rest } = leased;
  const noted: OutboxPointer = { ...rest, lease: null, attempts, own, lastError: failed.reason };
  const next = nextAttemptAfter(attempts, now).toISOString();
  switch (failed.is) {
    case 'message-refused': {
      const nextAttemptAt = how.form === 'name' ? nameAgainAfter(own, attempts, now).toISOString() : next;
      return { ...noted, form: 'name', refused: true, nextAttemptAt };
    }
    case 'unknown': {
      const counted = { ...noted, ...unansweredFields(leased, failed.mayHaveTaken ? 1 : 0) };
      // Where the fault may be the channel's, nothing says that a plainer one would have been taken.
      const form = own ? plainer(how.form) : (leased.form ?? 'full');
      const again = isHeld(counted) ? nextAttemptAfter(Math.min(attempts, BACKOFF_MINUTES.length), now) : undefined;
      return { ...counted, form, refused: false, nextAttemptAt: again?.toISOString() ?? next };
    }
    case 'channel-refused': {
      const { retryAfterSeconds } = failed;
      if (retryAfterSeconds !== undefined) {
        const until = new Date(now.getTime() + retryAfterSeconds * 1000).toISOString();
        // Not the message's fault: it is next again.
        return {
          ...noted,
          attempts: attempts - 1,
          own: leased.own ?? false,
          refused: false,
          nextAttemptAt: until,
          notBefore: until,
        };
      }
      if (channelTakes) return { ...noted, refused: true, nextAttemptAt: next };
      const until = restOfChannel(leased, now).toISOString();
      return { ...noted, refused: true, nextAttemptAt: until, notBefore: until };
    }
  }
}

/** The form that the next attempt begins with. A message that may have arrived several times is only named. */
export function formOf(pointer: Pick<OutboxPointer, 'form' | 'unanswered'>): PointerForm {
  return isHeld(pointer) ? 'name' : (pointer.form ?? 'full');
}

/** Whether so many of its posts may have been taken that it is not posted any more. */
export function isHeld({ unanswered = 0 }: Pick<OutboxPointer, 'unanswered'>): boolean {
  return unanswered >= MOST_UNANSWERED;
}

/** Whether any of its posts may have been taken. */
export function mayHaveArrived({ unanswered = 0 }: Pick<OutboxPointer, 'unanswered'>): boolean {
  return unanswered > 0;
}

/**
 * When to try again after so many attempts: 10, 20 and 40 minutes, 1, 2, 4 and 8 hours, then a day. Less a minute: a sweep that comes some
 * seconds early would leave it to the next one.
 */
export function nextAttemptAfter(attempts: number, now: Date): Date {
  const minutes = BACKOFF_MINUTES[Math.max(0, attempts - 1)];
  return new Date(now.getTime() + (minutes === undefined ? DAY_MS : minutes * MINUTE_MS) - MINUTE_MS);
}

/**
 * When to name a message again whose name was refused like every other form of it. Nothing changes that but a person or a deployment, so
 * it is a day; sooner at first, for the case that it was not the message, but nothing was taken just then.
 */
function nameAgainAfter(own: boolean, attempts: number, now: Date): Date {
  const sooner = attempts <= 2 ? HOUR_MS : attempts === 3 ? 4 * HOUR_MS : DAY_MS;
  return new Date(now.getTime() + (own ? DAY_MS : sooner) - MINUTE_MS);
}

/**
 * How long a channel that takes nothing rests: as long as its oldest message waits already, from the next sweep to an hour, so that what is
 * repaired is in use within the hour.
 */
function restOfChannel({ since }: OutboxPointer, now: Date): Date {
  const waits = now.getTime() - Date.parse(since);
  return new Date(now.getTime() + Math.min(HOUR_MS, Math.max(10 * MINUTE_MS, waits)) - MINUTE_MS);
}

export function isStuck(message: { readonly since: string; readonly refused: boolean }, now: Date): boolean {
  return message.refused || now.getTime() - Date.parse(message.since) >= ESCALATE_AFTER_MS;
}

function plainer(form: PointerForm): PointerForm {
  return MESSAGE_FORMS[MESSAGE_FORMS.indexOf(form) + 1] ?? form;
}

function unansweredFields({ unanswered = 0 }: OutboxPointer, more: number): { unanswered?: number } {
  return unanswered + more === 0 ? {} : { unanswered: unanswered + more };
}
