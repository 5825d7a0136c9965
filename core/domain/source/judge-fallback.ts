import type { Dataset } from '../../contracts/dataset/dataset';
import { endingOf, type ReasonCode } from '../../contracts/run/endings';
import { InternalError } from '../../contracts/errors';
import type { Lack } from '../../contracts/dataset/fallback';
import { MINUTE_MS } from '../../contracts/partition';
import type { PartitionRecord } from '../../contracts/run/partition-record';
import type { SourceObject, SourceSummary } from '../../contracts/batch/plan';
import type { Source } from '../../contracts/dataset/source';
import type { Run } from '../../contracts/run/steps';
import type { UsedUpstream } from '../../contracts/dataset/upstreams';
import { judgeArrival, type Found, type Look } from './arrival';
import { duration } from '../text/times';

/** The second source of a partition: when it is asked and whether it may be used. Pure. See docs/decisions/fallback.md. */

/**
 * What an ending says about the primary, for a fallback; undefined: the primary is there, and a fallback is no remedy.
 * @param objects data objects that the primary has for the partition; 0 where it could not be listed
 */
export function lackOf(code: ReasonCode, objects: number): Lack | undefined {
  const { lack } = endingOf(code);
  // A marker that never came, and nothing else either. Half a delivery is a primary that is there.
  if (lack === 'empty where it has no objects') return objects === 0 ? 'empty' : undefined;
  return lack ?? undefined;
}

/** The source that a plan was made from: its bucket's owner, and how its keys are laid out. */
export function sourceOf(dataset: Pick<Dataset, 'source' | 'fallback'>, kind: SourceSummary['kind']): Source {
  const { source, fallback } = dataset;
  if (kind === 'primary') return source;
  if (fallback === undefined) throw new InternalError('the plan says fallback, and the dataset declares none');
  const account = fallback.account ?? (fallback.bucket === source.bucket ? source.account : undefined);
  return {
    ...source,
    bucket: fallback.bucket,
    account,
    prefix: fallback.prefix,
    suffix: fallback.suffix ?? source.suffix,
  };
}

/** The line of a definition that says whose the bucket of a source has to be. */
export const ownerFieldOf = (kind: SourceSummary['kind']): string =>
  kind === 'primary' ? 'source.account' : 'fallback.account';

/** Seconds since the newest object came; null without objects. */
export function newestAgeSeconds(objects: readonly SourceObject[], now: Date): number | null {
  if (objects.length === 0) return null;
  const newest = objects.reduce((latest, object) => Math.max(latest, Date.parse(object.lastModified)), -Infinity);
  // S3's clock and ours may differ by a little: an age is never negative.
  return Math.max(0, Math.floor((now.getTime() - newest) / 1000));
}

/** What a look at the fallback means. */
export type FallbackVerdict =
  | { readonly kind: 'usable' }
  | { readonly kind: 'wait'; readonly resumeAt: Date; readonly waitingFor: string }
  | { readonly kind: 'unusable'; readonly because: string };

/**
 * Whether what lies in the fallback may be published: there, complete by the same conditions as the primary, and not too old. One
 * without objects never is: only the primary can say that a partition is empty.
 */
export function judgeFallback(dataset: Dataset, partition: string, found: Found, look: Look): FallbackVerdict {
  const { fallback } = dataset;
  if (fallback === undefined) return { kind: 'unusable', because: 'none is declared' };
  const age = newestAgeSeconds(found.objects, look.now);
  if (age !== null && age * 1000 > fallback.maxAgeMinutes * MINUTE_MS) {
    const [old, limit] = [duration(age), duration(fallback.maxAgeMinutes * 60)];
    return { kind: 'unusable', because: `its newest object is ${old} old, and the limit is ${limit} (maxAgeMinutes)` };
  }
  const second = { ...dataset, empty: 'fault' as const, source: sourceOf(dataset, 'fallback') };
  const verdict = judgeArrival(second, partition, found, look);
  switch (verdict.kind) {
    case 'complete':
      return { kind: 'usable' };
    case 'wait':
      return verdict;
    case 'ended':
      return { kind: 'unusable', because: verdict.error.message };
  }
}

/**
 * Whether a run goes to the fallback while the circuit of its source is open. Not where it was asked to replace what is published: that
 * can wait for the primary. Nor where the circuit stops the dataset's runs, whatever they failed of.
 */
export function servesWithoutPrimary(
  { fallback, circuit }: Pick<Dataset, 'fallback' | 'circuit'>,
  { reprocess }: Pick<Run, 'reprocess'>,
): boolean {
  if (circuit.counts === 'all') return false;
  return fallback !== undefined && fallback.when.includes('unavailable') && !reprocess;
}

/**
 * Why a run must leave the fallback alone; undefined where it may use it. What the primary gave is never replaced with it, and a backfill
 * does not replace with it what it gave itself either, which would be the same again, unless an upstream was replaced since. By hand it
 * can be done, for a newer copy.
 * @param used the upstream publications that the run works on
 */
export function forgoesFallback(
  { trigger, reprocess }: Pick<Run, 'trigger' | 'reprocess'>,
  record: PartitionRecord | undefined,
  used: readonly UsedUpstream[],
): string | undefined {
  const publication = record?.publication;
  if (!reprocess || !publication) return undefined;
  const { runId, source } = publication;
  const isPrimarys = source.kind === 'primary' && source.objects > 0;
  if (!isPrimarys && (trigger !== 'backfill' || hasChanged(publication.upstreams, used))) return undefined;
  const who = isPrimarys ? 'a run' : 'a backfill';
  return `${who} does not replace with it what run ${runId} published from the ${source.kind}`;
}

function hasChanged(before: readonly UsedUpstream[], now: readonly UsedUpstream[]): boolean {
  return before.some(({ dataset, partition, runId }) => {
    return now.some((one) => one.dataset === dataset && one.partition === partition && one.runId !== runId);
  });
}
