import { endingOf } from '../../contracts/run/endings';
import type { Manifest } from '../../contracts/run/manifest';
import { cadenceOf, periodNoun } from '../../contracts/partition';
import { consoleUrl } from './message-details';
import { MARK } from './run-message';
import { clip, code, context, count, duration, escapeText, section, type Block, type Message } from './slack-text';

/** The messages that only the sweep sends; like all of them, pure functions of what is on record. */

export interface OverdueRun {
  readonly dataset: string;
  readonly partition: string;
  readonly owner: string;
  readonly runId: string;
  readonly executionArn: string;
  /** ISO 8601: since when the run holds the partition, and by when there should have been a status. */
  readonly since: string;
  readonly deadline: string;
}

/** A run goes on past its partition's deadline. It is not ended: it may still publish. */
export function overdueMessage(run: OverdueRun, now: Date): Message {
  const { dataset, partition, owner, runId, executionArn, since, deadline } = run;
  const late = duration((now.getTime() - Date.parse(deadline)) / 1000);
  const running = duration((now.getTime() - Date.parse(since)) / 1000);
  const head = escapeText(`${dataset} ${partition} (${periodNoun(cadenceOf(partition) ?? 'hourly', 1)}) OVERDUE`);
  const rest = `a run is still going, ${late} after the deadline. Nothing to do if it ends well: its message comes as usual. To give it up, stop the execution.`;
  const url = consoleUrl(executionArn);
  const footer = [
    `Owner: ${escapeText(owner)}`,
    `run ${code(runId)} for ${running}`,
    url === undefined ? '' : `<${url}|Execution in the console>`,
  ];
  return {
    text: `⏰ ${head}: ${rest}`,
    blocks: [section(`⏰ *${head}:* ${rest}`, 1400), context(footer.filter((part) => part !== '').join(' · '), 2000)],
  };
}

/** Room for the partitions of one reason in one section of Slack's 3,000 characters. */
export const SECTION_TEXT = 2600;
/** Slack takes some 13,000 characters in all; the head and the footer need some. */
const ALL_TEXT = 11_500;

/**
 * One message for many endings of a dataset that could not be delivered when they happened. Every ending is named; what went wrong comes
 * first, with what to do about it.
 */
export function summaryMessage(dataset: string | null, manifests: readonly Manifest[], now: Date): Message {
  const byStatus = [...Map.groupBy(manifests, ({ status }) => status)].map(([status, of]) => `${of.length} ${status}`);
  const head = escapeText(`${dataset ?? 'Runs without a dataset'}: ${count(manifests.length, 'ending')}`);
  const rest = `${byStatus.join(', ')}${escapeText(rangeOf(manifests))}. They could not be delivered one by one when they happened.`;
  const groups = [...Map.groupBy(manifests, ({ reason }) => reason.code)].sort(
    ([a, ofA], [b, ofB]) => Number(endingOf(b).missing) - Number(endingOf(a).missing) || ofB.length - ofA.length,
  );
  let left = ALL_TEXT;
  const blocks: Block[] = [];
  for (const [reason, of] of groups) {
    const { status, sentence, hint, missing } = endingOf(reason);
    const about = missing ? ` ${escapeText(`${sentence} ${hint}`.trim())}` : '';
    const title = `${MARK[status]} *${status}* ${code(reason)} (${of.length}):${about}`;
    for (const text of chunks(title, of.map(nameOf).toSorted())) {
      blocks.push(section(clip(text, Math.max(0, left)), SECTION_TEXT + 300));
      left -= text.length;
    }
  }
  const owner = manifests.find((manifest) => manifest.owner !== null)?.owner ?? '';
  const footer = [
    owner === '' ? '' : `Owner: ${escapeText(owner)}`,
    'sent by the sweep',
    now.toISOString().slice(0, 16).replace('T', ' '),
    'every ending has its manifest in the ledger',
  ];
  return {
    text: `📋 ${head}: ${rest}`,
    blocks: [
      section(`📋 *${head}:* ${rest}`, 1400),
      ...blocks,
      context(footer.filter((part) => part !== '').join(' · '), 1000),
    ],
  };
}

/** The partition, or the run where there is none. */
function nameOf({ partition, runId }: Manifest): string {
  return escapeText(partition ?? runId);
}

function rangeOf(manifests: readonly Manifest[]): string {
  const partitions = manifests.flatMap(({ partition }) => (partition === null ? [] : [partition])).toSorted();
  const [first] = partitions;
  const last = partitions.at(-1);
  if (first === undefined || last === undefined) return '';
  return first === last ? `, ${first}` : `, ${first} – ${last}`;
}

/** A title and names after it, in texts that each fit into a section. */
export function chunks(title: string, names: readonly string[]): string[] {
  const texts: string[] = [];
  let text = title;
  for (const [i, name] of names.entries()) {
    if (text.length + name.length > SECTION_TEXT) {
      texts.push(text);
      text = name;
    } else text += `${i === 0 ? '\n' : ', '}${name}`;
  }
  return [...texts, text];
}
