import type { Absent, RollCall } from '../../contracts/sweep/roll-call';
import { inWords } from '../backfill/backfill-outcome';
import { joined, listed } from '../text/lists';
import { count, number } from '../text/numbers';
import { period, wholePeriod } from '../text/periods';
import { list, type Body } from './message';
import { isWell } from './severity';

/** The regular message of a channel: a pure function of what was counted. */
export function rollCallMessage(call: RollCall): Body {
  const { notCounted } = call;
  const left = notCounted.slice(0, MAX_LISTED).join(', ');
  return {
    sign: call.kind === 'weekly' ? 'overview' : isWell(call) ? 'success' : 'incomplete',
    headline: rollCallHead(call),
    story: rollCallText(call),
    sections: [
      ...list('Missing', call.missing, { most: MAX_LISTED, room: 2800 }, (absent) => [absentText(absent)]),
      ...(left === '' ? [] : [{ kind: 'facts', facts: [{ name: 'Not counted', text: [left] }], room: 1000 } as const]),
    ],
    facts: [[footer(call)]],
  };
}

const MAX_LISTED = 20;
/** Datasets that the first line names. */
const MAX_NAMED = 3;

/** `Daily overview Jan 20 (flights)`, `Weekly overview Jan 12 – 18 (43 datasets)`. */
export function rollCallHead({ kind, from, to, datasets, madeAt }: RollCall): string {
  const range = { startDate: from, endDate: to };
  const when = kind === 'daily' ? wholePeriod(range, new Date(madeAt)) : period(range, new Date(madeAt));
  const of = datasets.length <= MAX_NAMED ? datasets.join(', ') : count(datasets.length, 'dataset');
  return `${kind === 'daily' ? 'Daily' : 'Weekly'} overview ${when}${of === '' ? '' : ` (${of})`}`;
}

/** `24 of 24 hours published, 2 after retries.` */
export function rollCallText(call: RollCall): string {
  const { due, published, partial, noData, afterRetries, running, missing } = call;
  if (due.hourly + due.daily === 0) return 'nothing was due.';
  const absent = missing.reduce((sum, one) => sum + one.count, 0);
  const shares = [shareOf(published.hourly, due.hourly, 'hour'), shareOf(published.daily, due.daily, 'day')];
  const parts = [
    `${joined(shares, ' and ')} published`,
    afterRetries === null || afterRetries === 0 ? '' : `${number(afterRetries)} after retries`,
    partial === 0 ? '' : `${number(partial)} in part`,
    noData === 0 ? '' : `${number(noData)} without data`,
    running === 0 ? '' : `${number(running)} still running`,
    absent === 0 ? '' : `${number(absent)} missing`,
  ];
  return `${joined(parts, ', ')}.`;
}

function shareOf(published: number, due: number, noun: string): string {
  return due === 0 ? '' : `${number(published)} of ${count(due, noun)}`;
}

function absentText({ dataset, count: absent, partitions, code }: Absent): string {
  return `${dataset}: ${listed(partitions, Infinity, { total: absent })} (${inWords(code)})`;
}

function footer({ kind, channel, ofAll }: RollCall): string {
  const counted = 'Counted is what had its deadline then, in UTC.';
  if (kind === 'daily')
    return `${counted} Datasets that tell only what changes; every run has its manifest in the ledger.`;
  const whose = ofAll ? `No dataset has the channel ${channel}: these are all there are.` : `Channel ${channel}.`;
  return `${counted} ${whose} This comes every Monday: where it does not, nothing else would.`;
}
