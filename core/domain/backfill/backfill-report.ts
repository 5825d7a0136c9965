import type { BackfillPlan } from '../../contracts/backfill/backfill';
import { backfillEndingOf, type BackfillStatus } from '../../contracts/backfill/backfill-endings';
import type { BackfillSummary, Missing } from '../../contracts/backfill/backfill-manifest';
import { cadenceOf, cadenceSchema, periodNoun, type Cadence } from '../../contracts/partition';
import { inWords } from './backfill-outcome';
import { listed } from '../text/lists';
import { count, number } from '../text/numbers';
import { period, wholePeriod } from '../text/periods';

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
  return listed(names, MAX_DATASETS);
}

function namesOf(missing: readonly Missing[], withDataset: boolean): string {
  const named = missing.map(({ dataset, partition, code, reason }) => {
    // The code says less than the sentence, and five of them have room in one line.
    return `${withDataset ? `${dataset} ` : ''}${partition} (${code === null ? reason : inWords(code)})`;
  });
  return listed(named, MAX_NAMED);
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
