import { createHash } from 'node:crypto';
import type { Dataset } from '../../contracts/dataset/dataset';
import { endingOf, type ReasonCode } from '../../contracts/run/endings';
import { DAY_MS, MINUTE_MS } from '../../contracts/partition';
import type { PartitionRecord } from '../../contracts/run/partition-record';
import type { UsedUpstream } from '../../contracts/dataset/upstreams';
import { isExpected, type Scheduled } from '../partition/calendar';

/**
 * Which partitions the sweep starts again: those whose last run ended for a temporary reason, after `retry.minutes` of their dataset, and
 * those that waited for an upstream in vain, once it is published. Pure functions of the partition record, the definition and the time;
 * the record says which try it is, so there is no other state.
 */

/** How long after its ending a partition is started as soon as its upstreams are published. Later it is the next backfill's. */
const UPSTREAM_DAYS = 7;
/** A try whose name was used so long after it was due has left no trace: it is not asked for any longer. */
export const USED_UP_MS = DAY_MS;

/** How a run ended, as far as another try depends on it. */
export interface Ended {
  readonly code: ReasonCode;
  /** When. */
  readonly at: Date;
  /** How many runs with a temporary ending came right before it. */
  readonly again: number;
}

/** A run that the sweep is going to start. */
export interface NextTry {
  /** Which try it is, beginning with 1, and of how many. */
  readonly n: number;
  readonly of: number;
  /** Not before. */
  readonly next: Date;
}

/** The next try after an ending; undefined where there is none, since it was not temporary or all tries are used up. */
export function nextTry({ retry }: Pick<Dataset, 'retry'>, { code, at, again }: Ended): NextTry | undefined {
  const minutes = endingOf(code).temporary ? retry.minutes[again] : undefined;
  if (minutes === undefined) return undefined;
  return { n: again + 1, of: retry.minutes.length, next: new Date(at.getTime() + minutes * MINUTE_MS) };
}

/** The ending of a run, where that is its partition's last: nothing is published, and no run ended after it. */
export function endedOf({ publication, last }: PartitionRecord, runId: string): Ended | undefined {
  if (publication !== null || last?.runId !== runId) return undefined;
  return { code: last.ending.code, at: new Date(last.at), again: last.again ?? 0 };
}

/** Whether an ending, where it is a partition's last, is one that the sweep may start the partition again for. */
export function mayStartAgain(dataset: Pick<Dataset, 'retry'>, ended: Ended): boolean {
  return endingOf(ended.code).awaitsUpstreams || nextTry(dataset, ended) !== undefined;
}

/** What a sweep does about a partition that is to be started again after a run. */
export type Restart =
  /** Nothing any more: another run has taken it on, it is published, or it is not wanted any more. */
  | { readonly kind: 'over' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'start'; readonly n: number; readonly due: Date }
  /** It depends on whether its upstreams are published. */
  | { readonly kind: 'ask-upstreams' };

/** What is to be done about a partition after the ending of a run. */
export function restartOf(
  dataset: Scheduled & Pick<Dataset, 'retry'>,
  { partition, runId }: { readonly partition: string; readonly runId: string },
  record: PartitionRecord | undefined,
  now: Date,
): Restart {
  const ended = record === undefined ? undefined : endedOf(record, runId);
  if (record === undefined || ended === undefined || !isExpected(dataset, partition)) return { kind: 'over' };
  // How that run ends decides.
  if (record.holder !== null) return { kind: 'wait' };
  if (endingOf(ended.code).awaitsUpstreams) {
    const until = ended.at.getTime() + UPSTREAM_DAYS * DAY_MS;
    return { kind: now.getTime() <= until ? 'ask-upstreams' : 'over' };
  }
  const next = nextTry(dataset, ended);
  if (next === undefined) return { kind: 'over' };
  return now >= next.next ? { kind: 'start', n: next.n, due: next.next } : { kind: 'wait' };
}

/** Name of the execution that is the n-th try after a run: always the same, so that it is started once, whichever sweep does it. */
export function tryName(dataset: string, partition: string, { n, after }: { n: number; after: string }): string {
  return `again-${n}-${hashOf(after)}-${dataset}-${partition}`;
}

/** Name of the execution that is started because upstreams are published: once for these publications. */
export function upstreamName(dataset: string, partition: string, used: readonly UsedUpstream[]): string {
  const publications = used.map((one) => `${one.dataset} ${one.partition} ${one.runId}`).toSorted();
  return `upstream-${hashOf(publications.join('\n'))}-${dataset}-${partition}`;
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
