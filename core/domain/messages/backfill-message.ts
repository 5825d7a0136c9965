import { backfillEndingOf, type BackfillStatus } from '../../contracts/backfill/backfill-endings';
import type { BackfillManifest } from '../../contracts/backfill/backfill-manifest';
import { keys } from '../../contracts/keys';
import { consoleUrl } from './message-details';
import { listBlock, problemsBlock } from './message-lists';
import { clip, code, context, count, duration, escapeText, section, type Block, type Message } from './slack-text';

/** The message about a backfill: a pure function of its manifest. All of its runs are in it, by name. */
export function backfillMessageOf(manifest: BackfillManifest): Message {
  const head = escapeText(headline(manifest));
  const rest = escapeText(`${manifest.message.replace(/\.$/, '')}${toDo(manifest)}`);
  const missing = Object.values(manifest.stillMissing).flat();
  const parts = [
    section(`${MARK[manifest.status]} *${head}:* ${rest}`, MAX_LINE),
    problemsBlock(manifest.problems),
    listBlock('Still missing', missing, MAX_LISTED, 2800, ({ dataset, partition, reason }) => {
      return `${escapeText(dataset)} ${escapeText(partition)}: ${escapeText(reason)}`;
    }),
    listBlock('Recovered', manifest.recovered, MAX_LISTED, 2800, ({ dataset, partition, records }) => {
      return `${escapeText(dataset)} ${escapeText(partition)}: ${count(records, 'record')}`;
    }),
    listBlock('Source not listed', manifest.notCompared, 5, 1200, ({ dataset, partitions, error }) => {
      return `${escapeText(dataset)} (${count(partitions, 'partition')}): ${code(error, 180)}`;
    }),
    context(footer(manifest), 2000),
  ];
  return {
    text: clip(`${MARK[manifest.status]} ${head}: ${rest}`, MAX_LINE),
    blocks: parts.filter((part): part is Block => part !== undefined),
  };
}

const MAX_LINE = 1400;
const MAX_LISTED = 20;

const MARK: Readonly<Record<BackfillStatus, string>> = {
  NOTHING_MISSING: '✅',
  RECOVERED: '✅',
  STILL_MISSING: '⚠️',
  FAILED: '❌',
  TIMED_OUT: '⌛',
  ABORTED: '🛑',
};

const STARTED_BY: Readonly<Record<BackfillManifest['trigger'], string>> = {
  schedule: 'started by its schedule',
  manual: 'started by hand',
  sweep: 'started by the sweep',
};

/** `Backfill of flights STILL_MISSING`, `Scheduled backfill NOTHING_MISSING`. */
function headline({ trigger, input, status }: BackfillManifest): string {
  if (input?.recovery !== undefined) {
    const { dependency, since, until } = input.recovery;
    const lasted = duration((Date.parse(until) - Date.parse(since)) / 1000);
    return `Circuit ${dependency} CLOSED after ${lasted}, backfill of what it kept back ${status}`;
  }
  const which = trigger === 'schedule' ? 'Scheduled backfill' : 'Backfill';
  return `${which}${input?.dataset === undefined ? '' : ` of ${input.dataset}`} ${status}`;
}

function toDo({ status }: BackfillManifest): string {
  const { hint } = backfillEndingOf(status);
  return hint === '' ? '' : `. To do: ${hint.charAt(0).toLowerCase()}${hint.slice(1)}`;
}

function footer(manifest: BackfillManifest): string {
  const { times, executionArn, backfillId, hoursExpected, hoursPlanned, totalRecords, trigger, minimal } = manifest;
  const seconds = (Date.parse(times.ended) - Date.parse(times.started)) / 1000;
  const url = consoleUrl(executionArn);
  return [
    `${count(hoursExpected, 'partition')} looked at, ${count(hoursPlanned, 'partition')} missing, ${count(totalRecords, 'record')} recovered`,
    STARTED_BY[trigger],
    `took ${duration(seconds)}`,
    url === undefined ? '' : `<${url}|Execution in the console>`,
    `manifest ${code(keys.backfill(backfillId, 'manifest'), 300)}`,
    minimal ? 'recorded without particulars, because recording itself failed' : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
}
