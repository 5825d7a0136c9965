import type { Dataset } from '../../contracts/dataset/dataset';
import { InternalError, UpstreamMissing } from '../../contracts/errors';
import { DAY_MS, partitionEnd, partitionStart, periodMs } from '../../contracts/partition';
import type { PartitionRecord } from '../../contracts/run/partition-record';
import type { MissingUpstream, Reference, UsedUpstream, WhichPartition } from '../../contracts/dataset/upstreams';
import { afterPause, type Look } from './arrival';
import { availableAt, deadlineOf, expectedPartitions, type Scheduled } from '../partition/calendar';
import { referencedDatasets } from '../batch/references-hash';
import { statusInWords, statusOf, type PartitionStatus } from '../partition/status';
import { listed } from '../text/lists';
import { isoMinute } from '../text/times';

/** An upstream partition that a partition waits for. */
export interface Need {
  readonly upstream: Dataset;
  readonly partition: string;
  /** Whether the dataset wants to run again when this one is published anew. */
  readonly rerun: boolean;
}

/** Days after which an upstream's last partition is too old to be meant by `latest`: as far back as the scheduled backfill looks. */
const LATEST_DAYS = 35;

/**
 * The partitions of an upstream that a partition waits for; none where the upstream's calendar asks for none. By the calendars alone, so
 * that a rerun after years waits for the same ones.
 *
 * `same`: every partition that its calendar asks for and that shares time with this one. Of the same cadence
 * that is one; of a daily upstream the day that contains the hour; of an hourly one all hours of the day. What the upstream's calendar
 * does not ask for (before its first partition, on another weekday, in a pause) never comes, so it is not waited for.
 * `latest`: the last one that is over when this partition is over, however its cadence is, of the {@link LATEST_DAYS} days before.
 */
export function upstreamPartitions(upstream: Scheduled, partition: string, which: WhichPartition = 'same'): string[] {
  if (which === 'latest') return latestPartition(upstream, partitionEnd(partition));
  const period = periodMs(upstream.cadence);
  const from = Math.floor(partitionStart(partition).getTime() / period) * period;
  return expectedPartitions(upstream, new Date(from), partitionEnd(partition));
}

function latestPartition(upstream: Scheduled, end: Date): string[] {
  // Most come every day: a few days answer that with a few steps.
  for (const days of [2, LATEST_DAYS]) {
    const among = expectedPartitions(upstream, new Date(end.getTime() - days * DAY_MS), end);
    const last = among.findLast((one) => partitionEnd(one) <= end);
    if (last !== undefined) return [last];
  }
  return [];
}

/**
 * Every upstream partition that a partition of `dataset` needs.
 * @throws InternalError for an upstream that is not among the datasets, which synth refuses
 */
export function needsOf(datasets: ReadonlyMap<string, Dataset>, dataset: Dataset, partition: string): Need[] {
  return dataset.upstreams.flatMap(({ dataset: name, partition: which, whenReplaced }) => {
    const upstream = datasets.get(name);
    if (upstream === undefined) throw new InternalError(`upstream ${name} of ${dataset.name} is not deployed`);
    const rerun = whenReplaced === 'rerun';
    return upstreamPartitions(upstream, partition, which).map((one) => ({ upstream, partition: one, rerun }));
  });
}

/** A need, and what the ledger says about it. */
export interface Found extends Need {
  readonly record: PartitionRecord | undefined;
  /** Whether there is a record, and it can't be read: it may be published, and is recovered within minutes, or named to a person. */
  readonly unreadable?: boolean;
}

/** What the upstreams' statuses mean for the run. */
export type UpstreamVerdict =
  | { readonly kind: 'published'; readonly used: UsedUpstream[]; readonly references: Reference[] }
  | { readonly kind: 'wait'; readonly resumeAt: Date; readonly waitingFor: string }
  | { readonly kind: 'ended'; readonly error: UpstreamMissing };

/** Missing ones that a message names: a day may lack all of its hours. */
const MAX_NAMED = 5;

/**
 * Whether every upstream partition is published (whole, in part, or without data), still to be waited for, or not going to be: pure.
 * "Not yet" becomes an ending at the deadline, or at once where the run may not wait.
 */
export function judgeUpstreams(
  dataset: Dataset,
  partition: string,
  found: readonly Found[],
  look: Look,
): UpstreamVerdict {
  const missing = found.filter(({ record }) => !record?.publication);
  const without = referencedDatasets(dataset).find((name) => found.every(({ upstream }) => upstream.name !== name));
  if (without !== undefined) return { kind: 'ended', error: noSuchPartition(without, partition) };
  if (missing.length === 0)
    return { kind: 'published', used: found.flatMap(usedOf), references: referencesOf(dataset, found) };
  const names = missing.map((one) => {
    const status = statusOf(one.upstream, one.partition, one.record, look.now);
    const words = one.unreadable === true ? 'its record cannot be read' : statusInWords(status);
    return `${one.upstream.name} ${one.partition} (${words})`;
  });
  const what = listed(names, MAX_NAMED);
  const deadline = deadlineOf(dataset, partition);
  if (look.mayWait && look.now < deadline)
    return { kind: 'wait', resumeAt: nextLook(missing, look, deadline), waitingFor: `upstream ${what}` };
  const until =
    look.now < deadline ? 'and this run does not wait' : `and the deadline ${isoMinute(deadline)} has passed`;
  return {
    kind: 'ended',
    error: new UpstreamMissing(`not published: ${what}, ${until}`, {
      details: { upstreams: missing.map((one) => `${one.upstream.name} ${one.partition}`) },
    }),
  };
}

/** Where the calendar asks for no partition there are no values: every record would be rejected for want of them. */
function noSuchPartition(name: string, partition: string): UpstreamMissing {
  return new UpstreamMissing(
    `columns refer to ${name}, whose calendar asks for no partition to go with ${partition}: there is nothing to look values up in`,
    { details: { upstreams: [name] } },
  );
}

function usedOf({ upstream, partition, record }: Found): UsedUpstream[] {
  if (!record?.publication) return [];
  const { runId, publishedAt } = record.publication;
  return [{ dataset: upstream.name, partition, runId, publishedAt }];
}

/** The publications that columns refer to, of all that were found. */
function referencesOf(dataset: Dataset, found: readonly Found[]): Reference[] {
  const names = referencedDatasets(dataset);
  return found.flatMap(({ upstream: { name }, partition, record }) => {
    if (!names.includes(name) || !record?.publication) return [];
    const { runId, files } = record.publication;
    return [{ dataset: name, partition, runId, files }];
  });
}

/** When the last of the missing ones is available, which nothing comes before; from then on after pauses that grow. */
function nextLook(missing: readonly Need[], { now, startedAt }: Look, deadline: Date): Date {
  const available = missing.map((one) => availableAt(one.upstream, one.partition).getTime());
  const last = new Date(Math.max(startedAt.getTime(), ...available));
  return now < last ? new Date(Math.min(last.getTime(), deadline.getTime())) : afterPause(now, last, deadline);
}

/** The status of an upstream partition when a backfill is planned. */
export interface UpstreamState {
  readonly status: PartitionStatus;
  /** Whether this backfill runs it. */
  readonly planned: boolean;
}

/**
 * Whether what a partition was published from was replaced since, where its dataset wants to run again then; also where the same backfill
 * is about to replace it. A publication that does not know of an upstream (its dataset declares it only since) is not touched.
 */
export function isUpstreamReplaced(
  used: readonly UsedUpstream[],
  needs: readonly (Need & { readonly state: UpstreamState })[],
): boolean {
  return needs.some(({ upstream, partition, rerun, state: { status, planned } }) => {
    const before = used.find((one) => one.dataset === upstream.name && one.partition === partition);
    if (!rerun || before === undefined || status.kind !== 'published') return false;
    return planned || status.runId !== before.runId;
  });
}

/** The needs that are not met when a backfill is planned. */
export function missingUpstreams(needs: readonly (Need & { readonly state: UpstreamState })[]): MissingUpstream[] {
  return needs.flatMap(({ upstream, partition, state: { status, planned } }) =>
    status.kind === 'published'
      ? []
      : [{ dataset: upstream.name, partition, standing: statusInWords(status), planned }],
  );
}

/**
 * How many datasets have to run before each one, by name: 0 without upstreams, else one more than the deepest upstream. Upstreams that
 * are not among the datasets count for nothing.
 */
export function depthsOf(datasets: ReadonlyMap<string, Pick<Dataset, 'upstreams'>>): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    // Synth refuses circles; this only keeps one from being followed for ever.
    depths.set(name, 0);
    const upstreams = datasets.get(name)?.upstreams.filter(({ dataset }) => datasets.has(dataset)) ?? [];
    const depth = upstreams.reduce((deepest, { dataset }) => Math.max(deepest, depthOf(dataset) + 1), 0);
    depths.set(name, depth);
    return depth;
  };
  for (const name of datasets.keys()) depthOf(name);
  return depths;
}

/** The same items in an order in which each comes after all that it needs, and otherwise as they were: a part of it from the beginning on is complete. */
export function upstreamsFirst<T extends { readonly dataset: string; readonly partition: string }>(
  items: readonly T[],
  datasets: readonly Dataset[],
): T[] {
  const byName = new Map(datasets.map((dataset) => [dataset.name, dataset]));
  // An upstream that is not among them has no items either.
  const definitions = new Map(
    datasets.map((one) => [
      one.name,
      { ...one, upstreams: one.upstreams.filter(({ dataset }) => byName.has(dataset)) },
    ]),
  );
  if ([...definitions.values()].every(({ upstreams }) => upstreams.length === 0)) return [...items];
  const key = (dataset: string, partition: string) => `${dataset}/${partition}`;
  const waiting = new Map(items.map((item) => [key(item.dataset, item.partition), item]));
  const ordered: T[] = [];
  const take = (name: string): void => {
    const item = waiting.get(name);
    if (item === undefined) return;
    waiting.delete(name);
    const dataset = definitions.get(item.dataset);
    const needs = dataset === undefined ? [] : needsOf(definitions, dataset, item.partition);
    for (const { upstream, partition } of needs) take(key(upstream.name, partition));
    ordered.push(item);
  };
  for (const { dataset, partition } of items) take(key(dataset, partition));
  return ordered;
}
