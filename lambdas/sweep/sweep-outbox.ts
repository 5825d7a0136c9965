import type { Finding } from '../../core/domain/sweep/incident-transitions';
import { undeliveredFindings } from '../../core/domain/delivery/undelivered';
import { deliverOutbox } from '../../core/runtime/delivery/deliver-outbox';
import { attempt, type SweepContext } from './sweep-context';
import { nameUnreadable } from './unreadable-state';

/**
 * Delivers what waits in the outbox. Says for each dataset whether its messages are stuck, so that a person is called by another way than
 * the one that they wait for.
 */
export async function sweepOutbox(context: SweepContext, hasTime: () => boolean): Promise<Finding[]> {
  const { at, datasets, tally, onOutbox } = context;
  const { delivered, left } = await deliverOutbox(
    {
      ...context,
      attempt: (what, details, work) => attempt(context, what, details, work),
      onUnreadable: (pointer) => nameUnreadable(context, pointer),
    },
    hasTime,
  );
  tally.delivered += delivered;
  tally.undelivered = left.length;
  onOutbox(Math.max(0, ...left.map(({ pointer: { since } }) => secondsSince(since, at))));
  return undeliveredFindings(datasets, left, at);
}

function secondsSince(since: string, at: Date): number {
  return Math.round((at.getTime() - Date.parse(since)) / 1000);
}
