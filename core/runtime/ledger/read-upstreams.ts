import type { Found, Need } from '../../domain/source/judge-upstreams';
import { inParallel } from '../aws/parallel';
import { lookAtRecord } from './partition-record';
import { valueOrNone } from '../store/reading';
import type { Store } from '../store/store';

/** A day needs 24 hours of each upstream. */
const AT_A_TIME = 24;

/** Whether a partition would not have to wait for any upstream now. */
export async function areUpstreamsPublished(ledger: Store, needs: readonly Need[]): Promise<boolean> {
  return (await readUpstreams(ledger, needs)).every(({ record }) => Boolean(record?.publication));
}

/** What the ledger says now about each upstream partition: one read each. */
export function readUpstreams(ledger: Store, needs: readonly Need[]): Promise<Found[]> {
  return inParallel(needs, AT_A_TIME, async (need) => {
    const of = { dataset: need.upstream.name, partition: need.partition };
    const reading = await lookAtRecord(ledger, of);
    return { ...need, record: valueOrNone(reading), unreadable: reading.kind === 'unreadable' };
  });
}
