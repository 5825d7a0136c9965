import type { Dataset } from '../../contracts/dataset/dataset';
import type { OutboxPointer } from '../../contracts/run/manifest';
import { isStuck } from './delivery-state';
import type { Finding } from '../sweep/incident-transitions';
import { count } from '../text/numbers';

/** A message that is still in the outbox after a sweep. */
export interface LeftOver {
  readonly pointer: OutboxPointer;
  readonly dataset: string | null;
  readonly owner: string;
}

/** Where a message is of no dataset. */
const NO_DATASET = 'none';
/** Reasons that an incident names. */
const MOST_REASONS = 3;

/** For each deployed dataset, and whatever else has messages: is a person to be called, because they cannot be delivered? */
export function undeliveredFindings(
  datasets: ReadonlyMap<string, Dataset>,
  left: readonly LeftOver[],
  at: Date,
): Finding[] {
  const byDataset = Map.groupBy(left, ({ dataset }) => dataset ?? NO_DATASET);
  const names = new Set([...datasets.keys(), ...byDataset.keys(), NO_DATASET]);
  return [...names].map((dataset) => {
    const of = byDataset.get(dataset) ?? [];
    const bad = of.filter(({ pointer }) => isStuck({ since: pointer.since, refused: pointer.refused ?? false }, at));
    return {
      kind: 'undelivered',
      dataset,
      owner: datasets.get(dataset)?.owner ?? bad[0]?.owner ?? 'unknown',
      severity: 'critical',
      summary: bad.length === 0 ? `All messages of ${dataset} are delivered.` : summaryOf(dataset, bad),
      // While anything is left, it is not over: it may be about to become stuck.
      active: bad.length > 0 ? true : of.length > 0 ? undefined : false,
    };
  });
}

function summaryOf(dataset: string, bad: readonly LeftOver[]): string {
  const since = bad.map(({ pointer }) => pointer.since).toSorted()[0];
  const reasons = Map.groupBy(bad, ({ pointer }) => pointer.lastError ?? 'not tried yet');
  const named = [...reasons]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .slice(0, MOST_REASONS)
    .map(([reason, of]) => `${reason} (${of.length})`);
  return (
    `${count(bad.length, 'message')} of ${dataset} not delivered, the oldest since ${since}: ` +
    `${named.join(', ')}. Their endings are on record in the ledger.`
  );
}
