import type { BackfillPlan, BackfillRange } from '../../contracts/backfill/backfill';
import { backfillEndingOf, type BackfillStatus } from '../../contracts/backfill/backfill-endings';
import type { BackfillSummary, Missing } from '../../contracts/backfill/backfill-manifest';
import { cadenceOf, cadenceSchema, periodNoun, type Cadence } from '../../contracts/partition';
import { inWords } from './backfill-outcome';
import { count, number } from '../messages/slack-text';

/** The line that tells a backfill: pure functions of the plan and the summary. */

/** Partitions that the line names, and datasets. */
const MAX_NAMED = 5;
const MAX_DATASETS = 3;

/** What the line is made of. */
export interface Told {
  readonly status: BackfillStatus;
  readonly plan: BackfillPlan;
  readonly summary: BackfillSummary;
  /** What went wrong in the backfill itself; empty where nothing did. */
  readonly trouble: string;
  /** The day of its message decides whether a year has to be named. */
  readonly ended: Date;
}

/** `Recovered 3 hours of data for Jan 20 – 26 (flights), 1 still missing: 2026-01-22T05 (source empty)`. */
export function lineOf({ status, plan, summary, trouble, ended }: Told): string {
  const line = `${resultOf(plan, summary, ended)}${runningOf(plan)}${notComparedOf(plan)}${awaitingOf(plan)}`;
  switch (status) {
    case 'NOTHING_MISSING':
    case 'RECOVERED':
    case 'STILL_MISSING':
      return line;
    case 'FAILED':
      return `The backfill failed (${trouble}). ${line}`;
    case 'TIMED_OUT':
    case 'ABORTED':
      return `${backfillEndingOf(status).sentence} ${line}`;
  }
}

function resultOf(plan: BackfillPlan, { recovered, stillMissing }: BackfillSummary, ended: Date): string {
  if (recovered.length + stillMissing.length === 0) {
    const cadences = new Set(plan.datasets.map(({ cadence }) => cadence));
    const nouns = cadenceSchema.options.filter((one) => cadences.has(one)).map((one) => periodNoun(one, 2));
    return `No missing ${nouns.join(' or ')} found in date range (${wholePeriod(plan.range, ended)})`;
  }
  const all = [...recovered, ...stillMissing];
  const several = new Set(all.map(({ dataset }) => dataset)).size > 1;
  const about = `${period(plan.range, ended)} (${datasetsOf(all)})`;
  const missing =
    stillMissing.length === 0
      ? ''
      : `, ${number(stillMissing.length)} still missing: ${namesOf(stillMissing, several)}`;
  if (recovered.length === 0) return `Recovered none of ${countOf(all)} for ${about}${missing}`;
  const empty = recovered.filter((one) => one.status === 'NO_DATA').length;
  const found = empty === 0 ? '' : `, ${number(empty)} of them empty`;
  return `Recovered ${countOf(recovered)} of data for ${about}${found}${missing}`;
}

/** `3 hours`, `1 day`, `3 hours and 1 day`. */
function countOf(partitions: readonly { readonly partition: string }[]): string {
  const byCadence = Map.groupBy(partitions, ({ partition }): Cadence => cadenceOf(partition) ?? 'hourly');
  const counts = cadenceSchema.options.flatMap((cadence) => {
    const { length } = byCadence.get(cadence) ?? [];
    return length === 0 ? [] : [`${number(length)} ${periodNoun(cadence, length)}`];
  });
  return counts.join(' and ');
}

function datasetsOf(partitions: readonly { readonly dataset: string }[]): string {
  const names = [...new Set(partitions.map(({ dataset }) => dataset))].toSorted();
  const more = names.length > MAX_DATASETS ? ` and ${number(names.length - MAX_DATASETS)} more` : '';
  return `${names.slice(0, MAX_DATASETS).join(', ')}${more}`;
}

function namesOf(missing: readonly Missing[], withDataset: boolean): string {
  const named = missing.slice(0, MAX_NAMED).map(({ dataset, partition, code, reason }) => {
    // The code says less than the sentence, and five of them have room in one line.
    return `${withDataset ? `${dataset} ` : ''}${partition} (${code === null ? reason : inWords(code)})`;
  });
  const more = missing.length > MAX_NAMED ? ` and ${number(missing.length - MAX_NAMED)} more` : '';
  return `${named.join(', ')}${more}`;
}

function runningOf({ running }: BackfillPlan): string {
  const [first] = running;
  if (first === undefined) return '';
  const others = running.length === 1 ? '' : ` and ${count(running.length - 1, 'other')}`;
  return `; left to the runs that hold them: ${first.dataset} ${first.partition}${others}`;
}

function notComparedOf({ datasets }: BackfillPlan): string {
  const names = datasets.flatMap(({ dataset, notCompared }) => (notCompared === null ? [] : [dataset]));
  return names.length === 0 ? '' : `; not known whether the source of ${names.join(', ')} changed`;
}

function awaitingOf({ datasets }: BackfillPlan): string {
  const of = datasets.filter(({ awaitingPrimary }) => awaitingPrimary > 0);
  if (of.length === 0) return '';
  const counts = of.map(
    ({ dataset, cadence, awaitingPrimary: n }) => `${number(n)} ${periodNoun(cadence, n)} of ${dataset}`,
  );
  return `; still from the fallback, because the primary has nothing yet: ${counts.join(', ')}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `Jan 20`, `Jan 20 – 26`, `Jan 28 – Feb 3`, with years where they differ from that of `now` or from each other. */
export function period(range: Pick<BackfillRange, 'startDate' | 'endDate'>, now: Date): string {
  const [start, end] = [dayOf(range.startDate), dayOf(range.endDate)];
  return start.year === end.year && start.month === end.month && start.day !== end.day
    ? `${start.month} ${start.day} – ${end.day}${yearOf(range, now)}`
    : wholePeriod(range, now);
}

/** The same with every month named: `Jan 20 – Jan 26`. */
export function wholePeriod(range: Pick<BackfillRange, 'startDate' | 'endDate'>, now: Date): string {
  const [start, end] = [dayOf(range.startDate), dayOf(range.endDate)];
  const year = yearOf(range, now);
  const first = `${start.month} ${start.day}`;
  if (range.startDate === range.endDate) return `${first}${year}`;
  return `${first}${start.year === end.year ? '' : `, ${start.year}`} – ${end.month} ${end.day}${year}`;
}

function yearOf({ startDate, endDate }: Pick<BackfillRange, 'startDate' | 'endDate'>, now: Date): string {
  const [start, end] = [dayOf(startDate), dayOf(endDate)];
  return start.year === end.year && end.year === now.getUTCFullYear() ? '' : `, ${end.year}`;
}

function dayOf(date: string): { year: number; month: string; day: number } {
  const [year = '', month = '', day = ''] = date.split('-');
  return { year: Number(year), month: MONTHS[Number(month) - 1] ?? month, day: Number(day) };
}
