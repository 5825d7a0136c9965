import type { BackfillPlan } from '../../contracts/backfill';
import type { BackfillSummary } from '../../contracts/backfill-manifest';
import { outcomeOfItem, plannedOf, summaryOf } from '../../domain/backfill-outcome';
import { inParallel } from '../parallel';
import { readRecord } from '../partition-record';
import type { Store } from '../store';

/** A little under the 50 connections that the S3 client keeps. */
const AT_A_TIME = 48;

/** What is true in the ledger now about everything that was planned: one read per partition. */
export async function summarizePlan(ledger: Store, plan: BackfillPlan, now: Date): Promise<BackfillSummary> {
  const outcomes = await inParallel(plannedOf(plan), AT_A_TIME, async (item) =>
    outcomeOfItem(item, (await readRecord(ledger, item))?.value),
  );
  return summaryOf(plan, outcomes, now);
}
