import type { Injection } from '../case';
import { stories, type BackfillCase } from './case';

/* Which statuses a backfill may end with: a table of what each fault means, written down here and not taken from the product. */

/** More than one where the fault strikes beside what decides, and either side of it is right. */
export function allowedStatuses(one: BackfillCase): ReadonlySet<string> {
  const base = stories[one.situation].status;
  // A run that fails is data: whether its partition is recovered, the ledger says, with which the manifest is compared.
  const inRun =
    one.target === 'child'
      ? []
      : one.injections.filter(
          ({ at, kind }) => at !== 'ExecutionEnded' && at !== 'Sweep' && kind !== 'deploy' && kind !== 'spoil',
        );
  const statuses = new Set<string>(
    inRun.length === 0 ? [base] : inRun.slice(-1).flatMap((each) => statusesOf(each, one)),
  );
  if (one.target === 'child') for (const status of ['RECOVERED', 'STILL_MISSING']) statuses.add(status);
  if (one.ledger === 'away' || one.ledger === 'gone')
    for (const status of [base, 'FAILED', 'STILL_MISSING']) statuses.add(status);
  return statuses;
}

function statusesOf(injection: Injection, one: BackfillCase): string[] {
  const base = stories[one.situation].status;
  const failed = one.situation === 'nothing' ? ['FAILED', base] : ['FAILED'];
  // SummarizeBackfill and RecordRun only report: what they would have said is found out all the same.
  const inPlan = injection.at === 'PlanBackfill';
  switch (injection.kind) {
    case 'throw':
    case 'throttle':
      return inPlan && !Number.isFinite(injection.times) ? failed : [base];
    case 'time-out':
    case 'kill':
      return inPlan ? failed : [base];
    case 'output':
      // The plan stands; what it was to lead to does not happen.
      return inPlan ? [...failed, 'STILL_MISSING'] : [base];
    case 'cut':
      return cut(injection.at, injection.how, base);
    case 'deploy':
    case 'spoil':
      return [base];
    case 'request': {
      const { act } = injection;
      if (act.startsWith('abort')) return cut(injection.at, 'abort', base);
      if (act.startsWith('limit')) return cut(injection.at, 'limit', base);
      return inPlan && !['error-500', 'answer-lost', 'conflict-409'].includes(act) ? failed : [base];
    }
  }
}

function cut(at: string, how: 'abort' | 'limit', base: string): string[] {
  const status = how === 'abort' ? 'ABORTED' : 'TIMED_OUT';
  // On record already.
  if (at === 'RunOutcome?' || at === 'RunSucceeded' || at === 'RunFailed') return [base];
  // The Lambda goes on, and may record before another does.
  return at === 'RecordRun' ? [status, base] : [status];
}
