import { MINUTE_MS, DAY_MS } from '../../core/contracts/partition';
import { executionsStateSchema, type ExecutionsState } from '../../core/contracts/sweep/sweep-state';
import { isBackfillExecution } from '../../core/contracts/backfill/backfill-endings';
import { keys } from '../../core/contracts/keys';
import { logKeysOfExecution } from '../../core/domain/run/log-keys';
import { CLOSED_GRACE_MS } from '../../core/domain/sweep/sweep-plan';
import { describeForeign } from '../../core/runtime/aws/classify';
import { withLogKeys } from '../../core/runtime/aws/logger';
import { inParallel } from '../../core/runtime/aws/parallel';
import { backfillIdOf } from '../../core/runtime/backfill/backfill-id';
import { putBackfillOnRecord } from '../../core/runtime/backfill/record-backfill';
import { forTheSweep, putOnRecord, whoseEnding, type Recorded } from '../../core/runtime/recording/record-ending';
import type { EndingReport } from '../../core/runtime/recording/report';
import { attempt, type SweepContext } from './sweep-context';
import { readOrRecover, recall } from './unreadable-state';

/** Without a memory, every execution that Step Functions still knows is looked at: it forgets them after 90 days. */
const FIRST_LOOK_BACK_MS = 90 * DAY_MS;
/** ListExecutions is eventually consistent: the last minutes are listed again next time. */
const LIST_MARGIN_MS = 5 * MINUTE_MS;
/** Executions that are remembered one by one: a week's backfill twice over. More, and the watermark waits. */
const MOST_OPEN = 2_000;
/** Describes at a time: Step Functions allows some 10–15 a second for long, 300 at once. */
const AT_A_TIME = 8;

type Open = ExecutionsState['open'][number];

/**
 * Records every execution that has closed and is not on record, however it closed, and has every closed one let go of its partition.
 * What it has seen settled it never looks at again.
 */
export async function sweepExecutions(context: SweepContext, hasTime: () => boolean): Promise<void> {
  const { at, executions } = context;
  const key = keys.sweep('executions');
  const memory = await recall(context, key, executionsStateSchema);
  const settledBefore = memory.value?.settledBefore ?? new Date(at.getTime() - FIRST_LOOK_BACK_MS).toISOString();
  const running = new Set<string>();
  const candidates = new Map<string, Open>();
  for (const list of executions.lists()) {
    for await (const { arn, startedAt, running: runs } of list) {
      if (startedAt.toISOString() < settledBefore) break;
      candidates.set(arn, { arn, startedAt: startedAt.toISOString() });
      if (runs) running.add(arn);
    }
  }
  for (const open of memory.value?.open ?? []) candidates.set(open.arn, open);

  const byAge = [...candidates.values()].toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  // Newest first; where there are too many to remember, oldest first, so that the watermark moves.
  const order = byAge.length > MOST_OPEN ? byAge : byAge.toReversed();
  const settled = new Set<string>();
  await inParallel(order, AT_A_TIME, async ({ arn }) => {
    if (running.has(arn) || !hasTime()) return;
    if ((await attempt(context, 'an execution', { arn }, () => settle(context, arn))) === true) settled.add(arn);
  });
  const next = remember(
    byAge.filter(({ arn }) => !settled.has(arn)),
    settledBefore,
    at,
  );
  // A sweep beside this one may have been faster; what it remembers is as good.
  await memory.keep(next);
}

/** What is remembered: the oldest one by one, and a watermark in front of everything that is not. */
export function remember(open: readonly Open[], before: string, at: Date): ExecutionsState {
  const limit = new Date(at.getTime() - LIST_MARGIN_MS).toISOString();
  const old = open.filter(({ startedAt }) => startedAt < limit);
  const settledBefore = old[MOST_OPEN]?.startedAt ?? limit;
  return {
    schemaVersion: 1,
    settledBefore: settledBefore > before ? settledBefore : before,
    open: old.slice(0, MOST_OPEN),
  };
}

/** Whether nothing is left to do about an execution. */
async function settle(context: SweepContext, arn: string): Promise<boolean> {
  const report = await endingOrGone(context, arn);
  if (report === 'gone') return true;
  if (report === undefined || isTooYoung(context, report)) return false;
  return withLogKeys(logKeysOfExecution(report.execution, context.datasets), () => settleClosed(context, report));
}

async function settleClosed(context: SweepContext, report: EndingReport): Promise<boolean> {
  if (isBackfillExecution(report.execution.arn)) return settleBackfill(context, report);
  const { subject, recorded, unreadable } = await whoseEnding(context, report);
  const isRecorded = recorded !== undefined || unreadable !== undefined;
  const record = subject.of === undefined ? undefined : await readOrRecover(context, subject.of);
  const holder = record?.kind === 'found' ? record.value.holder : null;
  if (!isRecorded || holder?.runId === subject.runId) await settleEnding(context, report);
  return true;
}

/** A backfill holds nothing: its manifest, and the message about it, are all that can be missing. */
async function settleBackfill(context: SweepContext, report: EndingReport): Promise<boolean> {
  const key = keys.backfill(await backfillIdOf(context.ledger, report.execution), 'manifest');
  if ((await context.ledger.head(key)) === undefined) {
    const { manifest, manifestKey } = await putBackfillOnRecord(context, report, forTheSweep);
    context.tally.recorded += 1;
    context.logger.warn('sweep: recorded a backfill that had no manifest', { manifestKey, status: manifest.status });
  }
  return true;
}

/** Listed, and forgotten by Step Functions in the meantime: how it ended is not known any more. */
async function endingOrGone(context: SweepContext, arn: string): Promise<EndingReport | 'gone' | undefined> {
  try {
    return await context.executions.describe(arn);
  } catch (error) {
    if (describeForeign(error).name !== 'ExecutionDoesNotExist') throw error;
    context.logger.error('sweep: an execution is gone, its ending cannot be recorded', { arn });
    return 'gone';
  }
}

/** The event is on its way; and an orphaned claim may still come. */
export function isTooYoung({ at }: SweepContext, { closed }: EndingReport): boolean {
  return closed === undefined || at.getTime() - closed.at.getTime() < CLOSED_GRACE_MS;
}

/** Puts an ending on record; its message goes out with those that this sweep delivers. */
export async function settleEnding(context: SweepContext, report: EndingReport): Promise<Recorded> {
  const recorded = await putOnRecord(context, report, forTheSweep);
  const { manifest, manifestKey } = recorded;
  context.tally.recorded += 1;
  context.logger.warn('sweep: recorded an ending that had no manifest', {
    manifestKey,
    status: manifest.status,
    code: manifest.reason.code,
  });
  return recorded;
}
