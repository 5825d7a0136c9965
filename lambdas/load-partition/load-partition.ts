import { cut, MOST_DETAIL } from '../../core/contracts/batch/bounds';
import { SourceEmpty } from '../../core/contracts/errors';
import { keys } from '../../core/contracts/keys';
import { planSchema, type Plan, type SourceSummary } from '../../core/contracts/batch/plan';
import type { LoadInput, LoadOutput, Run } from '../../core/contracts/run/steps';
import { listingHash, planBatches } from '../../core/domain/batch/plan-batches';
import { sourcePrefixes } from '../../core/domain/partition/calendar';
import { newestAgeSeconds, sourceOf } from '../../core/domain/source/judge-fallback';
import { judgeUpstreams, needsOf } from '../../core/domain/source/judge-upstreams';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { definitionOfRun } from '../../core/runtime/step/definition';
import { computeOnce } from '../../core/runtime/store/once';
import { readRecord } from '../../core/runtime/ledger/partition-record';
import { valueOrNone } from '../../core/runtime/store/reading';
import { settingsOfRun } from '../../core/runtime/step/read-settings';
import type { StepContext } from '../../core/runtime/step/step';
import { lookAtPublished } from './look-at-published';
import { lookAtSources, type Chosen } from './look-at-sources';
import { readUpstreams } from '../../core/runtime/ledger/read-upstreams';

/** What this step needs of its context. */
export type LoadContext = Pick<StepContext<'load-partition'>, 'env' | 'datasets' | 's3' | 'ledger' | 'logger' | 'now'>;

/**
 * Looks at the upstreams, then at the source: not ready yet (and when to look again), or a plan of batches, written to S3 once. A
 * repetition of the step finds the plan and keeps it, so that all steps of a run work on one listing.
 * @throws UpstreamMissing, SourceBucketNotFound, SourceAccessDenied, SourcePrefixNotFound, SourceEmpty, SourceStillArriving,
 *   SourceNotAsPublished, ObjectTooLarge, DefinitionChanged, TransientError
 */
export async function loadPartition(context: LoadContext, { run, retryCount }: LoadInput): Promise<LoadOutput> {
  const { ledger, logger, env } = context;
  const dataset = definitionOfRun(context, run);
  const planKey = keys.plan(run.dataset, run.partition, run.runId, 1);
  const kept = valueOrNone(await ledger.read(planKey, planSchema));
  if (kept !== undefined) return ready(planKey, kept);

  const settings = await settingsOfRun(ledger, dataset, run);
  // Before the source is listed: where an upstream is replaced meanwhile, the plan names the older publication, and that shows.
  const needs = await readUpstreams(ledger, needsOf(context.datasets, dataset, run.partition));
  const look = { now: context.now(), startedAt: new Date(run.startedAt), mayWait: run.mayWait };
  const upstreams = judgeUpstreams(dataset, run.partition, needs, look);
  if (upstreams.kind === 'ended') throw upstreams.error;
  if (upstreams.kind === 'wait') return notYet(logger, upstreams);

  const looked =
    (await lookAtPublished(context, dataset, run)) ??
    (await lookAtSources(context, dataset, run, { look, upstreams: upstreams.used, retryCount }));
  if (!looked.ready) return notYet(logger, looked);
  const { objects } = looked.chosen.found;
  if (run.trigger === 'backfill' && run.reprocess && objects.length === 0) await refuseToEmpty(ledger, run);
  const worksWith = { settings, references: upstreams.references };
  const plan: Plan = {
    schemaVersion: 1,
    dataset: run.dataset,
    partition: run.partition,
    runId: run.runId,
    round: 1,
    definitionHash: run.definitionHash,
    codeVersion: run.codeVersion,
    source: summarize(dataset, run.partition, looked.chosen, look.now),
    upstreams: upstreams.used,
    ...worksWith,
    batchBytes: env.BATCH_BYTES,
    batches: planBatches(dataset, objects, env.BATCH_BYTES, worksWith),
  };
  // Another invocation of this step may have been faster: what is there counts.
  return ready(planKey, await computeOnce(ledger, planKey, plan, planSchema));
}

/**
 * A backfill processes again what is published, and must not replace data with nothing because the owner of the source has tidied up.
 * Who wants just that can start the partition by hand.
 * @throws SourceEmpty where what is published was made of objects
 */
async function refuseToEmpty(ledger: LoadContext['ledger'], run: Run): Promise<void> {
  const publication = (await readRecord(ledger, run))?.value.publication;
  if (!publication || publication.source.objects === 0) return;
  const { runId, source } = publication;
  throw new SourceEmpty(
    `nothing lies there ${source.kind === 'primary' ? 'any more' : 'yet'}, while run ${runId} published ${source.objects} objects${source.kind === 'primary' ? '' : ' of the fallback'}: a backfill does not replace that with nothing`,
    { details: { runId, objects: source.objects } },
  );
}

function notYet(
  logger: LoadContext['logger'],
  { resumeAt, waitingFor }: { readonly resumeAt: Date; readonly waitingFor: string },
): LoadOutput {
  logger.info('not ready yet', { resumeAt, waitingFor });
  return { ready: false, resumeAt: resumeAt.toISOString(), waitingFor: cut(waitingFor, MOST_DETAIL) };
}

function ready(planKey: string, plan: Plan): LoadOutput {
  return { ready: true, planKey, round: 1, batches: plan.batches.map((batch) => batch.index) };
}

function summarize(dataset: Dataset, partition: string, { found, ...of }: Chosen, now: Date): SourceSummary {
  const { objects } = found;
  const source = sourceOf(dataset, of.kind);
  return {
    ...of,
    bucket: source.bucket,
    prefix: sourcePrefixes(source, partition).join(', '),
    objects: objects.length,
    bytes: objects.reduce((sum, object) => sum + object.size, 0),
    newestAgeSeconds: newestAgeSeconds(objects, now),
    complete: true,
    listingHash: listingHash(objects),
  };
}
