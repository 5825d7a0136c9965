import type { BackfillPlan } from '../../contracts/backfill';
import type { BackfillSummary } from '../../contracts/backfill-manifest';
import { outcomeOfItem, plannedOf, summaryOf } from '../../domain/backfill-outcome';
import { inParallel } from '../parallel';
import { lookAtRecord } from '../partition-record';
import { valueOrNone } from '../reading';
import type { Store } from '../store';

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
