import type { CircuitNotice } from '../../contracts/run/circuit';
import { keys } from '../../contracts/keys';
import type { DeliveryContext } from '../delivery/delivery-context';
import { noticeContent } from '../delivery/kinds';
import type { MessageRef } from '../delivery/outbox';
import type { Claimed } from '../delivery/tell';
import type { EnterInOutbox } from './record-ending';

/** A message about a circuit. */
export interface OwnedNotice {
  readonly dependency: string;
  readonly notice: CircuitNotice;
}

/** Its message: the content is in the circuit's record. */
export function noticeRef({ dependency, notice: { messageId } }: OwnedNotice): MessageRef {
  return { kind: 'circuit', messageId, manifestKey: keys.circuit(dependency) };
}

/** Enters what a run did to a circuit in the outbox; what the caller has to tell of it. */
export async function enterNotices(
  context: DeliveryContext,
  notices: readonly OwnedNotice[],
  since: Date,
  enter: EnterInOutbox,
): Promise<Claimed[]> {
  const claimed: Claimed[] = [];
  for (const owned of notices) {
    const claim = await enter(context, noticeRef(owned), since);
    if (claim === undefined) continue;
    claimed.push({ claim, content: noticeContent(owned.dependency, owned.notice, context.datasets) });
  }
  return claimed;
}
