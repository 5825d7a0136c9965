import type { BackfillPlan, PlanItem } from '../../contracts/backfill/backfill';
import type { BackfillSummary, Missing, Recovered } from '../../contracts/backfill/backfill-manifest';
import { missingReasons } from '../../contracts/backfill/missing';
import { endingOf, type ReasonCode } from '../../contracts/run/endings';
import type { PartitionRecord } from '../../contracts/run/partition-record';
import { listed } from '../text/lists';

/** What became of a planned partition: exactly one of the two. */
export type ItemOutcome =
  { readonly kind: 'recovered'; readonly item: Recovered } | { readonly kind: 'missing'; readonly item: Missing };

/**
 * Whether a planned partition is recovered, by its record alone: whichever run published it, and whatever its run of this backfill said.
 * What was published when the plan was made has to be replaced since.
 */
export function outcomeOfItem(item: PlanItem, record: PartitionRecord | undefined): ItemOutcome {
  const publication = record?.publication ?? null;
  if (publication === null) return missing(item, unpublished(item, record));
  const { runId, ending, records, failedBatches, source } = publication;
  if (runId === item.publishedBy) return missing(item, notReplaced(item, record));
  if (failedBatches.length > 0)
    return missing(item, { reason: missingReasons.FAILED_BATCHES, code: ending.code, runId });
  if (item.reason === 'PARTIAL' && ending.status === 'PARTIAL')
    return missing(item, { reason: missingReasons.PARTIAL, code: ending.code, runId });
  if (item.reason === 'FROM_FALLBACK' && source.kind === 'fallback')
    return missing(item, { reason: missingReasons.FROM_FALLBACK, code: ending.code, runId });
  const { dataset, partition } = item;
  return {
    kind: 'recovered',
    item: { dataset, partition, runId, status: ending.status, records: records.published },
  };
}

/** Upstream partitions that a reason names. */
const MAX_NAMED = 3;

type Why = Pick<Missing, 'reason' | 'code' | 'runId'>;

function missing({ dataset, partition }: PlanItem, why: Why): ItemOutcome {
  return { kind: 'missing', item: { dataset, partition, ...why } };
}

function unpublished(item: PlanItem, record: PartitionRecord | undefined): Why {
  if (record?.holder) return heldBy(record.holder.runId);
  if (record?.last) {
    const { runId, ending } = record.last;
    return { reason: `${inWords(ending.code)}${upstreamsOf(item, ending.code)}`, code: ending.code, runId };
  }
  return { reason: missingReasons[item.reason], code: item.code, runId: null };
}

/** Which upstream it was: those that were missing when the plan was made, whether the backfill ran them or not. */
function upstreamsOf({ missingUpstreams }: PlanItem, code: ReasonCode): string {
  if (!endingOf(code).awaitsUpstreams || missingUpstreams.length === 0) return '';
  const names = missingUpstreams.map(({ dataset, partition }) => `${dataset} ${partition}`);
  return ` (${listed(names, MAX_NAMED)})`;
}

/** The old publication stands: because this backfill's run failed, or because there was none. */
function notReplaced(item: PlanItem, record: PartitionRecord | undefined): Why {
  if (record?.holder) return heldBy(record.holder.runId);
  const { last } = record ?? {};
  if (last?.runId !== item.childName) return { reason: missingReasons[item.reason], code: item.code, runId: null };
  const { code } = last.ending;
  return { reason: `${missingReasons[item.reason]}: ${inWords(code)}`, code, runId: last.runId };
}

/** No run id: this run has not ended, and its ending will have a message of its own. */
const heldBy = (runId: string): Why => ({ reason: `still held by run ${runId}`, code: null, runId: null });

/** `source empty` for `SOURCE_EMPTY`. */
export function inWords(code: ReasonCode): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

/** The partitions of a plan, those that were started first. */
export function plannedOf(plan: BackfillPlan): PlanItem[] {
  return [...plan.items, ...plan.left];
}

/** The summary of a plan by what became of each planned partition, in the order of {@link plannedOf}. */
export function summaryOf(plan: BackfillPlan, outcomes: readonly ItemOutcome[], now: Date): BackfillSummary {
  const over = `over the limit of ${plan.input.limit}, left for the next backfill`;
  const stillMissing = outcomes.flatMap((one, index) => {
    if (one.kind === 'recovered') return [];
    return index < plan.items.length ? [one.item] : [{ ...one.item, reason: over, runId: null }];
  });
  return {
    schemaVersion: 1,
    backfillId: plan.backfillId,
    summarizedAt: now.toISOString(),
    recovered: outcomes.flatMap((one) => (one.kind === 'recovered' ? [one.item] : [])),
    stillMissing,
  };
}
