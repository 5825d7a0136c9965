import type { Dataset } from '../contracts/dataset';
import { endingOf } from '../contracts/endings';
import type { Trigger } from '../contracts/manifest';
import { cadenceOf, DAY_MS, partitionEnd } from '../contracts/partition';
import {
  MAX_DECIDED,
  noTroubles,
  type EndedTrouble,
  type MissingPartition,
  type Telling,
  type Trouble,
  type Troubles,
} from '../contracts/troubles';
import { withMissing } from './missing';
import { afterTelling, awaitsEnd, howRepeated, remembered, withOccurrence } from './repeats';
import { isTold, pointsElsewhere, type Tellable } from './telling';

/**
 * What a run's ending changes about the troubles of its dataset, and how it is told: pure functions of the record.
 * `runtime/troubles.ts` swaps what they decide. A function that changes nothing gives back the very record it was given.
 */

/** A run that has ended. */
export interface EndedRun extends Tellable {
  readonly runId: string;
  readonly partition: string;
  readonly trigger: Trigger;
  /** ISO 8601. */
  readonly endedAt: string;
  /** Whether the calendar asks for the partition, and it was over. */
  readonly expected: boolean;
  /** Whether the partition is published, by whichever run. */
  readonly published: boolean;
  /** Whether the partition is tried again by itself within hours. */
  readonly triesLeft: boolean;
}

/** What of a definition decides about it. */
type Of = Pick<
  Dataset,
  'cadence' | 'calendar' | 'availableMinutes' | 'deadlineMinutes' | 'lateWindowDays' | 'source' | 'notify'
>;

/** A run by hand of a partition that was over by then is somebody's work on the past. */
const BY_HAND_MS = 2 * DAY_MS;

export interface Decision {
  readonly telling: Telling;
  readonly next: Troubles;
}

/** How a run's ending is told, and the record with it in it. Asking again about the same run gives the same answer. */
export function decideTelling(stored: Troubles, run: EndedRun, of: Of, now: Date): Decision {
  const id = `${run.partition}/${run.runId}`;
  const decided = stored.decided.find((one) => one.run === id);
  if (decided !== undefined) return { telling: decided.telling, next: stored };
  const before = ofCadence(stored, of);
  const { telling, next } = isPublication(run) ? published(before, run, of, now) : unpublished(before, run, of, now);
  if (next === before && before === stored) return { telling, next: stored };
  const kept = before.decided.slice(-(MAX_DECIDED - 1));
  return { telling, next: { ...next, decided: [...kept, { run: id, telling }] } };
}

/** A dataset that was hourly and is daily now has other partitions: what was remembered of the old ones says nothing. */
function ofCadence(troubles: Troubles, { cadence }: Of): Troubles {
  const { trouble, missing, repeats } = troubles;
  const named = [trouble, ...Object.values(repeats)].flatMap((one) => (one === null ? [] : [one.to]));
  const fits = [...named, ...missing.map(({ partition }) => partition)].every((one) => cadenceOf(one) === cadence);
  return fits ? troubles : { ...noTroubles(troubles.dataset), decided: troubles.decided };
}

const isPublication = ({ status }: EndedRun): boolean =>
  status === 'PUBLISHED' || status === 'PARTIAL' || status === 'NO_DATA';

/**
 * What can come again and again, so that it would be told again and again: every ending but the plain successes, and what is told about
 * those.
 */
function kindOf(run: EndedRun): string | undefined {
  const { reason, source, quality, status } = run;
  if (status === 'PARTIAL') return reason.code;
  // What is published stays, or another run has the partition: that is soon told, and no two of them are alike.
  if (!isPublication(run)) return run.published || pointsElsewhere(reason.code) ? undefined : reason.code;
  if (source?.kind === 'fallback') return 'FALLBACK';
  return quality !== undefined && quality.warnings.length > 0 ? 'WARNED' : undefined;
}

function published(before: Troubles, run: EndedRun, of: Of, now: Date): Decision {
  const { trouble } = before;
  const own = before.missing.find(({ partition }) => partition === run.partition);
  const missing = own === undefined ? before.missing : before.missing.filter((one) => one !== own);
  // An old hour that a backfill recovers says nothing about the newest ones, unless nothing else is missing.
  const isLater = trouble !== null && run.partition >= trouble.to && run.trigger !== 'backfill';
  const ends = trouble !== null && (isLater || (own !== undefined && missing.length === 0));
  const cleared: Troubles =
    own === undefined && !ends ? before : { ...before, missing, trouble: ends ? null : trouble };
  const { telling, next } = completeAgain(told(cleared, run, of, now, { again: false, unbroken: false }), run, of);
  if (!ends) return { telling: own?.told === true ? atLeastWhole(telling) : telling, next };
  const over = overOf(trouble, missing);
  // Who was told that it began is told that it is over.
  if (of.notify.when === 'every-run' || !trouble.told) return { telling: { ...telling, over }, next };
  return { telling: { ...atLeastWhole(telling), over, byItself: true }, next };
}

/** Under `changes`: the first publication with all of its records after some without is told, as were those. */
function completeAgain(decision: Decision, run: EndedRun, { notify }: Of): Decision {
  const { telling, next } = decision;
  const row = next.repeats['WITHIN_TOLERANCE'];
  const isComplete = run.status === 'PUBLISHED' && run.trigger !== 'backfill';
  if (notify.when === 'every-run' || !isComplete || !awaitsEnd(row, run.partition)) return decision;
  const repeats = { ...next.repeats, WITHIN_TOLERANCE: { ...row, endTold: true } };
  const afterPartial = { count: row.count, from: row.from };
  return { telling: { ...atLeastWhole(telling), afterPartial }, next: { ...next, repeats } };
}

const atLeastWhole = (telling: Telling): Telling => (telling.how === 'silent' ? { ...telling, how: 'whole' } : telling);

function overOf({ since, from, to, failures, code }: Trouble, missing: readonly MissingPartition[]): EndedTrouble {
  const [first, last] = [missing[0], missing.at(-1)];
  const range =
    first === undefined || last === undefined
      ? null
      : { count: missing.length, from: first.partition, to: last.partition };
  return { since, from, to, failures, code, missing: range };
}

function unpublished(before: Troubles, run: EndedRun, of: Of, now: Date): Decision {
  const own = before.missing.find(({ partition }) => partition === run.partition);
  const { code } = run.reason;
  const unbroken = before.trouble?.code === code;
  // Somebody tries it again by hand, and wants to know how it went.
  if (own !== undefined && run.trigger === 'manual') return { telling: { how: 'whole' }, next: before };
  const { telling, next } = told(before, run, of, now, { again: own !== undefined, unbroken });
  if (!isFailure(run, now)) return { telling, next };

  const isTrouble = telling.how !== 'silent';
  const row = next.repeats[code];
  const began = row === undefined || row.count === 1 ? run.endedAt : row.since;
  const trouble = troubleWith(before.trouble, run, { isNew: own === undefined, began, isTold: isTrouble });
  const entry: MissingPartition = {
    partition: run.partition,
    since: own?.since ?? run.endedAt,
    of: own?.of ?? trouble?.of ?? began,
    told: own?.told === true || isTrouble,
  };
  return { telling, next: { ...next, trouble, missing: withMissing(before.missing, entry, now) } };
}

/** Whether an ending means that the dataset fails, and that a partition of it is missing now. */
function isFailure({ reason, expected, published: isThere, trigger, partition }: EndedRun, now: Date): boolean {
  const { debt, toldUnderChanges } = endingOf(reason.code);
  if (!debt || !toldUnderChanges || !expected || isThere) return false;
  switch (trigger) {
    case 'schedule':
    case 'sweep':
      return true;
    case 'manual':
      return now.getTime() - partitionEnd(partition).getTime() < BY_HAND_MS;
    // Its message tells what became of the partitions that it was started for.
    case 'backfill':
      return false;
  }
}

/** A partition that failed before and was tried again in vain is no further failure. */
function troubleWith(
  trouble: Trouble | null,
  { partition, reason, endedAt }: EndedRun,
  { isNew, began, isTold: told }: { readonly isNew: boolean; readonly began: string; readonly isTold: boolean },
): Trouble | null {
  const { code } = reason;
  if (trouble === null)
    return isNew ? { since: endedAt, from: partition, to: partition, failures: 1, code, of: began, told } : null;
  return {
    ...trouble,
    code,
    from: partition < trouble.from && isNew ? partition : trouble.from,
    to: partition > trouble.to ? partition : trouble.to,
    failures: trouble.failures + (isNew ? 1 : 0),
    told: trouble.told || told,
  };
}

/** How the ending is told, seen for itself and in the row of its kind. */
function told(
  troubles: Troubles,
  run: EndedRun,
  of: Of,
  now: Date,
  how: { readonly again: boolean; readonly unbroken: boolean },
): Decision {
  const { when } = of.notify;
  const isCandidate = isTold(run, when, undefined) && !(when === 'changes' && run.triesLeft);
  const kind = kindOf(run);
  if (kind === undefined || run.trigger === 'backfill')
    return { telling: { how: isCandidate ? 'whole' : 'silent' }, next: troubles };
  const { partition, endedAt } = run;
  const row = withOccurrence(troubles.repeats[kind], { kind, partition, endedAt, ...how }, of);
  const decided = isCandidate ? howRepeated(row, when, of.cadence, now) : 'silent';
  const repeats = remembered(troubles.repeats, partition, of.cadence);
  const daily = when === 'changes' && decided !== 'silent' && row.told > 0;
  return {
    telling: { how: decided, nth: row.count, from: row.from, ...(daily ? { daily } : {}) },
    next: { ...troubles, repeats: { ...repeats, [kind]: afterTelling(row, decided, now) } },
  };
}
