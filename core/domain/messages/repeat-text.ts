import { statuses } from '../../contracts/run/endings';
import type { Manifest } from '../../contracts/run/manifest';
import { cadenceOf, periodNoun } from '../../contracts/partition';
import type { EndedTrouble } from '../../contracts/run/troubles';
import { joined, listed, span } from '../text/lists';
import { number, ordinal } from '../text/numbers';
import { between } from '../text/times';

/** What a message says about the endings before: plain text, to be escaped with the rest of its line. */

/** `17th hour since 2026-01-20T05`; empty where nothing repeats. Where a message comes once a day only, it says so. */
export function rowOf(manifest: Manifest): string {
  const row = nthOf(manifest);
  return row === '' || manifest.telling?.daily !== true ? row : `${row}, ${DAILY}`;
}

const DAILY = 'one message a day';

function nthOf({ telling, partition }: Manifest): string {
  if (telling?.nth === undefined || telling.nth === 1 || telling.from === undefined || partition === null) return '';
  return `${ordinal(telling.nth)} ${nounOf(partition, 1)} since ${telling.from}`;
}

/** `still SCHEMA_MISMATCH, 17th hour since 2026-01-20T05, nothing published`: all that a repeated ending has to say. */
export function repeatOf(manifest: Manifest, counts: string): string {
  const { reason, status, telling } = manifest;
  if (statuses[status].publishes) {
    const row = rowOf(manifest);
    return `${counts}${rulesOf(manifest)}${row === '' ? '' : ` (${row})`}`;
  }
  const next = manifest.retry === undefined ? '' : triedAgain(manifest.retry, manifest.times.ended);
  const parts = [`still ${reason.code}`, nthOf(manifest), 'nothing published', next];
  const line = joined(parts, ', ');
  return telling?.daily === true ? `${line} (${DAILY})` : line;
}

/** The rules that rejected most: what one would look for first in the whole story. */
function rulesOf({ rules }: Manifest): string {
  const names = rules
    .filter(({ otherwise = 'reject', broken }) => otherwise === 'reject' && broken > 0)
    .toSorted((a, b) => b.broken - a.broken)
    .map(({ name }) => name);
  return names.length === 0 ? '' : ` by ${listed(names, MAX_RULES)}`;
}

const MAX_RULES = 3;

/** What was over with an ending: `It is over after …`; empty where nothing was. */
export function overText({ telling, dataset, times, trigger }: Manifest): string {
  const over = telling?.over;
  if (over === undefined) return completeText(telling);
  const { failures, from, to, since, code } = over;
  const lasted = between(since, times.ended);
  const which = failures === 1 ? from : span(from, to);
  const row = `${number(failures)} ${nounOf(from, failures)} failed${failures === 1 ? '' : ' in a row'} (${which}, at last ${code})`;
  return `It is over after ${lasted}: ${row}.${leftText(over, dataset ?? '', trigger)}`;
}

function completeText(telling: Manifest['telling']): string {
  const { count, from } = telling?.afterPartial ?? {};
  if (count === undefined || from === undefined) return '';
  return `Complete again after ${number(count)} ${nounOf(from, count)} in part, since ${from}.`;
}

function leftText({ missing, from }: EndedTrouble, dataset: string, trigger: Manifest['trigger']): string {
  if (missing === null) return ' Nothing is missing.';
  const what = `${number(missing.count)} ${nounOf(from, missing.count)} ${missing.count === 1 ? 'is' : 'are'} still missing`;
  if (trigger === 'backfill') return ` ${what}, for the backfill that is running.`;
  const range = `--start ${missing.from.slice(0, DATE)} --end ${missing.to.slice(0, DATE)}`;
  return ` ${what}. To do: rollcall backfill start ${dataset} ${range}`;
}

const DATE = 'yyyy-MM-dd'.length;

function nounOf(partition: string, count: number): string {
  return periodNoun(cadenceOf(partition) ?? 'hourly', count);
}

/** `tried again after 06:33 UTC (1 of 3)`; with the day where that is another one. */
export function triedAgain({ next, n, of }: NonNullable<Manifest['retry']>, ended: string): string {
  const day = next.slice(0, 10) === ended.slice(0, 10) ? '' : `${next.slice(0, 10)} `;
  return `tried again after ${day}${next.slice(11, 16)} UTC (${n} of ${of})`;
}
