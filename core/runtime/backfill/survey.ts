import type { BackfillPlan } from '../../contracts/backfill/backfill';
import type { Dataset } from '../../contracts/dataset/dataset';
import { listingHash } from '../../domain/batch/plan-batches';
import { assemblePlan, planPartition, type Planned, type Surveyed } from '../../domain/backfill/backfill-plan';
import { candidatesOf, type BackfillRequest } from '../../domain/backfill/backfill-request';
import { awaitsPrimary, isCompared, type Listing } from '../../domain/backfill/why-missing';
import { depthsOf, isUpstreamReplaced, missingUpstreams, needsOf } from '../../domain/source/judge-upstreams';
import type { Holder } from '../../domain/partition/protocol';
import { unlessRetryable } from '../aws/unless-retryable';
import { inParallel } from '../aws/parallel';
import { lookAtRecord } from '../ledger/partition-record';
import { valueOrNone } from '../store/reading';
import type { SourceReader } from '../step/source-reader';
import type { Store } from '../store/store';
import { UpstreamStates } from './upstream-states';

/** Partitions that are looked at at a time: a little under the 50 connections that the S3 client keeps. */
const AT_A_TIME = 48;

export interface SurveyContext {
  readonly ledger: Store;
  /** Every deployed dataset: an upstream need not be part of the request. */
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly source: Pick<SourceReader, 'objects'>;
  /** Whether the run that holds a partition goes on. */
  readonly isRunning: (holder: Holder) => Promise<boolean>;
  readonly codeVersion: string;
  /** Whether it is not tried again: then a source that does not answer is noted, and keeps no other dataset from being planned. */
  readonly lastTry: boolean;
}

/**
 * Looks at every expected partition of a request and plans what is missing: one read per partition and per upstream partition, one LIST
 * per publication in the late window, nothing else, and nothing is written. Also what `rollcall backfill plan` does.
 * @throws RollcallError when the ledger or, for a temporary error, the source does not answer
 */
export async function makePlan(
  context: SurveyContext,
  request: BackfillRequest,
  { backfillId, now }: { readonly backfillId: string; readonly now: Date },
): Promise<BackfillPlan> {
  const surveyed = new Map<string, Surveyed>();
  const depths = depthsOf(context.datasets);
  const depthOf = ({ name }: Dataset) => depths.get(name) ?? 0;
  const upstreams = new UpstreamStates(context.ledger, now, context.datasets);
  const of = { backfillId, now, upstreams, depthOf };
  // One dataset after the other: each is wide enough to keep all connections busy. Upstreams first: what is going to replace one of them
  // is known then.
  for (const dataset of request.datasets.toSorted((a, b) => depthOf(a) - depthOf(b)))
    surveyed.set(dataset.name, await survey(context, request, dataset, of));
  const inOrder = request.datasets.flatMap(({ name }) => surveyed.get(name) ?? []);
  return assemblePlan(request, inOrder, { backfillId, now, codeVersion: context.codeVersion });
}

async function survey(
  context: SurveyContext,
  request: BackfillRequest,
  dataset: Dataset,
  of: {
    readonly backfillId: string;
    readonly now: Date;
    readonly upstreams: UpstreamStates;
    readonly depthOf: (dataset: Dataset) => number;
  },
): Promise<Surveyed> {
  const partitions = candidatesOf(request, dataset, of.now);
  const failures: string[] = [];
  let awaitingPrimary = 0;
  const planned = await inParallel(partitions, AT_A_TIME, async (partition): Promise<Planned | undefined> => {
    // One that is unreadable is planned as one without a run: recording the run that is started recovers it.
    const record = valueOrNone(await lookAtRecord(context.ledger, { dataset: dataset.name, partition }));
    // What a recovery is about has no publication whose source could have changed.
    const isListed = request.input.recovery === undefined && isCompared(dataset, { partition, record }, of.now);
    const listing = isListed ? await listOrNote(context, dataset, partition, failures) : undefined;
    if (isListed && awaitsPrimary(dataset, { record, listing })) awaitingPrimary += 1;
    const heldOn = record?.holder ? await context.isRunning(record.holder) : false;
    const needs = await of.upstreams.of(needsOf(context.datasets, dataset, partition));
    const upstreamReplaced = isUpstreamReplaced(record?.publication?.upstreams ?? [], needs);
    const planned = planPartition(
      dataset,
      { partition, record, listing, upstreamReplaced },
      { ...of, input: request.input, heldOn, missingUpstreams: missingUpstreams(needs) },
    );
    of.upstreams.note(dataset, partition, record, planned?.kind === 'run');
    return planned;
  });
  const [error] = failures;
  return {
    summary: {
      dataset: dataset.name,
      cadence: dataset.cadence,
      expected: partitions.length,
      depth: of.depthOf(dataset),
      notCompared: error === undefined ? null : { partitions: failures.length, error },
      awaitingPrimary,
    },
    newest: partitions.at(-1),
    planned: planned.filter((one) => one !== undefined),
  };
}

/**
 * A source that cannot be listed, for a final reason (denied, gone), must not keep other partitions from being
 * recovered: the message says so.
 */
async function listOrNote(
  { source, lastTry }: SurveyContext,
  dataset: Dataset,
  partition: string,
  failures: string[],
): Promise<Listing | undefined> {
  return unlessRetryable(
    async () => {
      const objects = await source.objects(dataset, partition);
      return { hash: listingHash(objects), objects: objects.length };
    },
    ({ name, message }) => {
      failures.push(`${name}: ${message}`);
      return undefined;
    },
    { lastTry },
  );
}
