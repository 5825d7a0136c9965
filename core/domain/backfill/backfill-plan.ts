import { createHash } from 'node:crypto';
import type {
  BackfillInput,
  BackfillPlan,
  BackfillRange,
  PlanBackfillOutput,
  PlanItem,
  Wave,
} from '../../contracts/backfill/backfill';
import type { Dataset } from '../../contracts/dataset/dataset';
import { DAY_MS, partitionEnd, partitionStart } from '../../contracts/partition';
import type { MissingUpstream } from '../../contracts/dataset/upstreams';
import type { BackfillRequest } from './backfill-request';
import { whyMissing, leftByCircuit, type Missing, type Observation } from './why-missing';
import { upstreamsFirst } from '../source/judge-upstreams';

/** How far the range of a scheduled backfill reaches back where nothing older is missing, however often it comes: at least once a week. */
const WEEK_MS = 7 * DAY_MS;

/** A partition of the plan: to be run, or left to the run that holds it. */
export type Planned =
  | { readonly kind: 'run'; readonly item: PlanItem }
  | { readonly kind: 'held'; readonly item: BackfillPlan['running'][number] };

/** Names of a backfill's children begin so: they are the same however often it is planned, and no two backfills share them. */
export function childPrefixOf(backfillId: string): string {
  return createHash('sha256').update(backfillId).digest('hex').slice(0, 16);
}

/** The name of the execution that a backfill starts for a partition. */
export function childNameOf(backfillId: string, { dataset, partition }: Named): string {
  return `${childPrefixOf(backfillId)}-${dataset}-${partition}`;
}

interface Named {
  readonly dataset: string;
  readonly partition: string;
}

/**
 * What a backfill does about one expected partition; undefined: nothing, because it is not missing and the input does not ask for it.
 * `heldOn`: whether the run that holds it goes on. `missingUpstreams`: what it needs that is not published.
 */
export function planPartition(
  dataset: Dataset,
  observation: Observation,
  {
    input,
    backfillId,
    now,
    heldOn,
    missingUpstreams = [],
  }: {
    input: BackfillInput;
    backfillId: string;
    now: Date;
    heldOn: boolean;
    missingUpstreams?: MissingUpstream[];
  },
): Planned | undefined {
  const { partition, record } = observation;
  const missing =
    input.recovery === undefined
      ? (whyMissing(dataset, observation, now) ?? askedFor(observation, input))
      : leftByCircuit(dataset, observation);
  if (missing === undefined) return undefined;
  const of = { dataset: dataset.name, partition };
  if (record?.holder && heldOn) {
    const { runId, since } = record.holder;
    // Said whatever reasons were asked for: how that run ends is not known yet.
    return { kind: 'held', item: { ...of, runId, since } };
  }
  if (input.onlyReasons !== undefined && !input.onlyReasons.includes(missing.reason)) return undefined;
  const publication = record?.publication ?? null;
  const item = {
    ...of,
    ...missing,
    reprocess: publication !== null,
    publishedBy: publication?.runId ?? null,
    publications: publication === null ? 0 : (record?.superseded.length ?? 0) + 1,
    missingUpstreams,
    childName: childNameOf(backfillId, of),
  };
  return { kind: 'run', item };
}

/** What is not missing, and asked for by an option. */
function askedFor({ record }: Observation, { alsoPartial, everything }: BackfillInput): Missing | undefined {
  const ending = record?.publication?.ending;
  if (ending === undefined) return undefined;
  if (alsoPartial && ending.status === 'PARTIAL') return { reason: 'PARTIAL', code: ending.code };
  return everything ? { reason: 'REPROCESS', code: ending.code } : undefined;
}

/** What was found in a dataset. */
export interface Surveyed {
  readonly summary: BackfillPlan['datasets'][number];
  /** The last partition that was looked at; undefined where none was. */
  readonly newest: string | undefined;
  readonly planned: readonly Planned[];
}

/** The plan: the newest partitions first, but each after its upstreams; as many as the limit allows. */
export function assemblePlan(
  request: BackfillRequest,
  surveyed: readonly Surveyed[],
  of: { readonly backfillId: string; readonly codeVersion: string; readonly now: Date },
): BackfillPlan {
  const planned = surveyed.flatMap((one) => one.planned);
  const newest = planned.flatMap((one) => (one.kind === 'run' ? [one.item] : [])).toSorted(newestFirst);
  // So a limit never cuts off what a partition that is run needs.
  const missing = upstreamsFirst(newest, request.datasets);
  const running = planned.flatMap((one) => (one.kind === 'held' ? [one.item] : [])).toSorted(newestFirst);
  const { limit } = request.input;
  return {
    schemaVersion: 1,
    backfillId: of.backfillId,
    plannedAt: of.now.toISOString(),
    codeVersion: of.codeVersion,
    input: request.input,
    range: rangeOf(request, surveyed, [...missing, ...running]),
    datasets: surveyed.map((one) => one.summary),
    items: missing.slice(0, limit),
    left: missing.slice(limit),
    running,
  };
}

/** The newest data is what most people wait for. */
function newestFirst(a: Named, b: Named): number {
  const [startA, startB] = [partitionStart(a.partition).getTime(), partitionStart(b.partition).getTime()];
  return startB - startA || (a.dataset < b.dataset ? -1 : a.dataset > b.dataset ? 1 : 0);
}

/**
 * The range that the input asks for; else the week up to the last partition that is past its deadline, and further back to the oldest
 * one that is missing.
 */
function rangeOf(request: BackfillRequest, surveyed: readonly Surveyed[], missing: readonly Named[]): BackfillRange {
  if (request.exact) return bounds(request.from.getTime(), request.to.getTime());
  const ends = surveyed.flatMap(({ newest }) => (newest === undefined ? [] : [partitionEnd(newest).getTime()]));
  const to = ends.length === 0 ? request.to.getTime() : latest(ends);
  const starts = missing.map(({ partition }) => partitionStart(partition).getTime());
  const from = starts.reduce((a, b) => Math.min(a, b), to - WEEK_MS);
  return bounds(from, to);
}

const latest = (times: readonly number[]): number => times.reduce((a, b) => Math.max(a, b));

function bounds(from: number, to: number): BackfillRange {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    startDate: day(from),
    endDate: day(to - 1),
  };
}

/**
 * The runs in the order of their start: upstreams before what waits for them; then what is missing before what replaces a publication. The
 * same plan always gives the same waves.
 */
export function wavesOf(plan: BackfillPlan): Extract<PlanBackfillOutput, { planned: true }>['waves'] {
  const depths = new Map(plan.datasets.map(({ dataset, depth }) => [dataset, depth]));
  const byDepth = Map.groupBy(plan.items, ({ dataset }) => depths.get(dataset) ?? 0);
  return inOrder(byDepth).flatMap(([, ofDepth]) =>
    inOrder(Map.groupBy(ofDepth, ({ publications }) => publications)).map(([publications, items]): Wave => ({
      reprocess: publications > 0,
      publications,
      items: items.map(({ dataset, partition }) => ({ dataset, partition })),
    })),
  );
}

const inOrder = <T>(groups: ReadonlyMap<number, T>): [number, T][] => [...groups].toSorted(([a], [b]) => a - b);
