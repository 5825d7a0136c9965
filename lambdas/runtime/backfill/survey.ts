import type { BackfillPlan } from '../../contracts/backfill';
import type { Dataset } from '../../contracts/dataset';
import { listingHash } from '../../domain/batches';
import { assemblePlan, planPartition, type Planned, type Surveyed } from '../../domain/backfill-plan';
import { candidatesOf, type BackfillRequest } from '../../domain/backfill-request';
import { isCompared, type Listing } from '../../domain/debt';
import type { Holder } from '../../domain/protocol';
import { classify } from '../classify';
import { inParallel } from '../parallel';
import { readRecord } from '../partition-record';
import type { SourceReader } from '../source';
import type { Store } from '../store';

/** Partitions that are looked at at a time: a little under the 50 connections that the S3 client keeps. */
const AT_A_TIME = 48;

export interface SurveyContext {
  readonly ledger: Store;
  readonly source: Pick<SourceReader, 'objects'>;
  /** Whether the run that holds a partition goes on. */
  readonly isRunning: (holder: Holder) => Promise<boolean>;
  readonly codeVersion: string;
}

/**
 * Looks at every expected partition of a request and plans what is owed: one read per partition, one LIST per publication in the late
 * window, nothing else, and nothing is written. Also what `rollcall backfill plan` does.
 * @throws RollcallError when the ledger or, for a passing fault, the source does not answer
 */
export async function makePlan(
  context: SurveyContext,
  request: BackfillRequest,
  { backfillId, now }: { readonly backfillId: string; readonly now: Date },
): Promise<BackfillPlan> {
  const surveyed: Surveyed[] = [];
  // One dataset after the other: each is wide enough to keep all connections busy.
  for (const dataset of request.datasets) surveyed.push(await survey(context, request, dataset, { backfillId, now }));
  return assemblePlan(request, surveyed, { backfillId, now, codeVersion: context.codeVersion });
}

async function survey(
  context: SurveyContext,
  request: BackfillRequest,
  dataset: Dataset,
  of: { readonly backfillId: string; readonly now: Date },
): Promise<Surveyed> {
  const partitions = candidatesOf(request, dataset, of.now);
  const failures: string[] = [];
  const planned = await inParallel(partitions, AT_A_TIME, async (partition): Promise<Planned | undefined> => {
    const record = (await readRecord(context.ledger, { dataset: dataset.name, partition }))?.value;
    const listing = isCompared(dataset, { partition, record }, of.now)
      ? await listOrNote(context, dataset, partition, failures)
      : undefined;
    const heldOn = record?.holder ? await context.isRunning(record.holder) : false;
    return planPartition(dataset, { partition, record, listing }, { ...of, input: request.input, heldOn });
  });
  const [error] = failures;
  return {
    summary: {
      dataset: dataset.name,
      cadence: dataset.cadence,
      expected: partitions.length,
      notCompared: error === undefined ? null : { partitions: failures.length, error },
    },
    newest: partitions.at(-1),
    planned: planned.filter((one) => one !== undefined),
  };
}

/** A source that cannot be listed for good (denied, gone) must not keep other partitions from being recovered: it is noted and told. */
async function listOrNote(
  { source }: SurveyContext,
  dataset: Dataset,
  partition: string,
  failures: string[],
): Promise<Listing | undefined> {
  try {
    const objects = await source.objects(dataset, partition);
    return { hash: listingHash(objects), objects: objects.length };
  } catch (error) {
    const known = classify(error);
    if (known.retryable) throw known;
    failures.push(`${known.name}: ${known.message}`);
    return undefined;
  }
}
