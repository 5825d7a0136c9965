import type { Dataset } from '../../contracts/dataset/dataset';
import { cadenceOf } from '../../contracts/partition';
import {
  MAX_DECIDED,
  noTroubles,
  type EndedTrouble,
  type MissingPartition,
  type Telling,
  type Trouble,
  type Troubles,
} from '../../contracts/run/troubles';
import { isFailure, isPublication, kindOf, type EndedRun } from './ended-run';
import { withMissing } from './missing-since';
import { afterTelling, awaitsEnd, howRepeated, remembered, withOccurrence } from './repeats';
import { isTold } from '../messages/is-told';

/**
 * What a run's ending changes about the troubles of its dataset, and how it is announced: pure functions of the record.
 * `runtime/ledger/troubles-record.ts` swaps what they decide. A function that changes nothing gives back the very record it was given.
 */

/** What of a definition decides about it. */
type Of = Pick<
  Dataset,
  'cadence' | 'calendar' | 'availableMinutes' | 'deadlineMinutes' | 'lateWindowDays' | 'source' | 'notify'
>;

export interface Decision {
  readonly telling: Telling;
  readonly next: Troubles;
}

/** How a run's ending is announced, and the record with it in it. Asking again about the same run gives the same answer. */
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
  // Its failure was left to this run's message, or had one: either way this is what became of it.
  const isAnswer = own !== undefined && run.trigger !== 'backfill';
  if (!ends) return { telling: isAnswer ? atLeastWhole(telling) : telling, next };
  const over = overOf(trouble, missing);
  // That it was only this partition, and for how many runs, its first line says.
  const isSaid = trouble.failures === 1 && own !== undefined && run.again > 0;
  const said = isSaid ? telling : { ...telling, over };
  // Where a message said that it began, another says that it is over.
  if (of.notify.when === 'every-run' || !trouble.told) return { telling: isAnswer ? atLeastWhole(said) : said, next };
  return { telling: { ...atLeastWhole(said), byItself: true }, next };
}

/** Under `changes`: the first publication with all of its records after some without has a message, as those had. */
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
  // A person tries it again by hand, and wants to know how it went.
  if (own !== undefined && run.trigger === 'manual') return { telling: { how: 'whole' }, next: before };
  const { telling, next } = told(before, run, of, now, { again: own !== undefined, unbroken });
  if (!isFailure(run, now)) return { telling, next };

  const isTrouble = telling.how !== 'silent';
  const row = next.repeats[kindOf(run) ?? code];
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

/** How the ending is announced, seen for itself and in the row of its kind. */
function told(
  troubles: Troubles,
  run: EndedRun,
  of: Of,
  now: Date,
  how: { readonly again: boolean; readonly unbroken: boolean },
): Decision {
  const { when } = of.notify;
  const isCandidate = isTold(run, when, undefined);
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
