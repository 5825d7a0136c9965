import type { Absent, RollCall } from '../../contracts/sweep/roll-call';
import { inWords } from '../backfill/backfill-outcome';
import { period, wholePeriod } from '../backfill/backfill-report';
import { listBlock } from './message-lists';
import { clip, context, count, escapeText, number, section, type Block, type Message } from './slack-text';

/** The regular message of a channel: a pure function of what was counted. */
export function rollCallMessage(call: RollCall): Message {
  const mark = call.kind === 'weekly' ? '📣' : isWell(call) ? '✅' : '⚠️';
  const head = escapeText(rollCallHead(call));
  const rest = escapeText(rollCallText(call));
  const parts = [
    section(`${mark} *${head}:* ${rest}`, MAX_LINE),
    listBlock('Missing', call.missing, MAX_LISTED, 2800, (absent) => escapeText(absentText(absent))),
    call.notCounted.length === 0
      ? undefined
      : section(`*Not counted:* ${escapeText(call.notCounted.slice(0, MAX_LISTED).join(', '))}`, 1000),
    context(escapeText(footer(call)), 2000),
  ];
  return {
    text: clip(`${mark} ${head}: ${rest}`, MAX_LINE),
    blocks: parts.filter((part): part is Block => part !== undefined),
  };
}

const MAX_LINE = 1400;
const MAX_LISTED = 20;
/** Datasets that the first line names. */
const MAX_NAMED = 3;

const isWell = ({ missing, running, notCounted }: RollCall): boolean =>
  missing.length === 0 && running === 0 && notCounted.length === 0;

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
  const parts = [
    `${[shareOf(published.hourly, due.hourly, 'hour'), shareOf(published.daily, due.daily, 'day')]
      .filter((part) => part !== '')
      .join(' and ')} published`,
    afterRetries === null || afterRetries === 0 ? '' : `${number(afterRetries)} after retries`,
    partial === 0 ? '' : `${number(partial)} in part`,
    noData === 0 ? '' : `${number(noData)} without data`,
    running === 0 ? '' : `${number(running)} still running`,
    absent === 0 ? '' : `${number(absent)} missing`,
  ].filter((part) => part !== '');
  return `${parts.join(', ')}.`;
}

function shareOf(published: number, due: number, noun: string): string {
  return due === 0 ? '' : `${number(published)} of ${count(due, noun)}`;
}

function absentText({ dataset, count: absent, partitions, code }: Absent): string {
  const more = absent > partitions.length ? ` and ${number(absent - partitions.length)} more` : '';
  return `${dataset}: ${partitions.join(', ')}${more} (${inWords(code)})`;
}

function footer({ kind, channel, ofAll }: RollCall): string {
  const counted = 'Counted is what had its deadline then, in UTC.';
  if (kind === 'daily')
    return `${counted} Datasets that tell only what changes; every run has its manifest in the ledger.`;
  const whose = ofAll ? `No dataset has the channel ${channel}: these are all there are.` : `Channel ${channel}.`;
  return `${counted} ${whose} This comes every Monday: where it does not, nothing else would.`;
}
