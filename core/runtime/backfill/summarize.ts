import type { BackfillPlan } from '../../contracts/backfill/backfill';
import type { BackfillSummary } from '../../contracts/backfill/backfill-manifest';
import { outcomeOfItem, plannedOf, summaryOf } from '../../domain/backfill/backfill-outcome';
import { inParallel } from '../aws/parallel';
import { lookAtRecord } from '../ledger/partition-record';
import { valueOrNone } from '../store/reading';
import type { Store } from '../store/store';

/** A little under the 50 connections that the S3 client keeps. */
const AT_A_TIME = 48;

/**
 * What is true in the ledger now about everything that was planned: one read per partition. Of a record that is unreadable nothing is
 * known, so its partition is still missing.
 */
export async function summarizePlan(ledger: Store, plan: BackfillPlan, now: Date): Promise<BackfillSummary> {
  const outcomes = await inParallel(plannedOf(plan), AT_A_TIME, async (item) =>
    outcomeOfItem(item, valueOrNone(await lookAtRecord(ledger, item))),
  );
  return summaryOf(plan, outcomes, now);
}
