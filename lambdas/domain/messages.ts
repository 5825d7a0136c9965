import { endingOf } from '../contracts/endings';
import { keys } from '../contracts/keys';
import type { Manifest, StepSummary } from '../contracts/manifest';
import { cadenceOf, periodNoun } from '../contracts/partition';
import { batchesBlock, problemsBlock, rulesBlock } from './message-lists';
import {
  bytes,
  clip,
  code,
  context,
  count,
  duration,
  escapeText,
  number,
  section,
  type Block,
  type Message,
} from './slack-text';

/**
 * The message about a run: a pure function of its manifest. The first line alone tells the story (dataset, partition, ending, counts,
 * what to do); below it stands what one wants to know next. Parts are sized so that the whole stays under Slack's 13,000 characters.
 */
export function messageOf(manifest: Manifest): Message {
  const line = firstLine(manifest);
  const parts = [
    section(`*${clip(escapeText(line), 1400)}*`, 1402),
    whyBlock(manifest),
    problemsBlock(manifest.problems),
    batchesBlock(manifest.failedBatches),
    rulesBlock(manifest.rules),
    figuresBlock(manifest),
    context(footer(manifest), 2000),
  ];
  return { text: clip(escapeText(line), 1400), blocks: parts.filter((part): part is Block => part !== undefined) };
}

const MARK: Readonly<Record<Manifest['status'], string>> = {
  PUBLISHED: '✅',
  PARTIAL: '⚠️',
  NO_DATA: '⚪',
  SKIPPED: '⏭️',
  FAILED: '❌',
  TIMED_OUT: '⌛',
  ABORTED: '🛑',
  NEVER_STARTED: '🚨',
};

/** The whole story in one line of plain text. */
export function firstLine(manifest: Manifest): string {
  const { status, reason } = manifest;
  const { hint } = endingOf(reason.code);
  // Nothing is owed after a skip that left the partition to others, and after a success: then there is nothing to do.
  const toDo = needsHands(manifest) && hint !== '' ? ` To do: ${hint}` : '';
  return `${MARK[status]} ${subjectOf(manifest)} ${status}${where(manifest)}${retriesOf(manifest)}: ${story(manifest)}${toDo}`;
}

function needsHands({ status, reason }: Manifest): boolean {
  return status !== 'SKIPPED' || reason.code === 'CIRCUIT_OPEN' || reason.code === 'UPSTREAM_MISSING';
}

/** `flights 2001-01-01T05 (hour)`, or what is known instead. */
function subjectOf({ dataset, partition, runId }: Manifest): string {
  if (dataset === null) return `run ${runId}`;
  if (partition === null) return `${dataset} (no partition)`;
  return `${dataset} ${partition} (${periodNoun(cadenceOf(partition) ?? 'hourly', 1)})`;
}

function where({ reason, status }: Manifest): string {
  if (reason.state === undefined || status === 'SKIPPED') return '';
  return status === 'TIMED_OUT' || status === 'ABORTED' ? ` during ${reason.state}` : ` in ${reason.state}`;
}

function retriesOf({ steps, reason }: Manifest): string {
  const retried = steps.filter((step) => retries(step) > 0 && step.name !== 'RecordRun');
  if (retried.length === 0) return '';
  const texts = retried.map((step) => {
    const times = count(retries(step), 'retry', 'retries');
    return step.name === reason.state && retried.length === 1 ? times : `${times} of ${step.name}`;
  });
  return ` after ${texts.join(' and ')}`;
}

const retries = (step: StepSummary) => step.attempts - step.entered;

function story(manifest: Manifest): string {
  const { records, reason, status, failedBatches } = manifest;
  const fallback = manifest.source?.kind === 'fallback' ? ', from the fallback source' : '';
  switch (status) {
    case 'PUBLISHED':
      return `${publishedCount(manifest)}${fallback}${aside(manifest)}`;
    case 'PARTIAL': {
      const failed = failedBatches.length === 0 ? '' : `, ${count(failedBatches.length, 'batch', 'batches')} failed`;
      const rejected = records.quarantined === 0 ? '' : `, ${number(records.quarantined)} rejected`;
      return `${publishedCount(manifest)} published${fallback}${rejected}${failed}${aside(manifest)}.`;
    }
    case 'NO_DATA':
    case 'SKIPPED':
    case 'TIMED_OUT':
    case 'ABORTED':
    case 'NEVER_STARTED':
      return endingOf(reason.code).sentence;
    case 'FAILED': {
      const of = `${number(records.quarantined)} of ${count(records.read, 'record')} broke a rule`;
      return `${endingOf(reason.code).sentence}${records.quarantined === 0 ? '' : ` (${of})`}`;
    }
  }
}

/** `690 records`, or `1,485 of 1,500 records` where some are missing. */
function publishedCount({ records }: Manifest): string {
  return records.published < records.read
    ? `${number(records.published)} of ${count(records.read, 'record')}`
    : count(records.published, 'record');
}

/** What became of the records that are neither published nor rejected. */
function aside({ records }: Manifest): string {
  const parts = [
    records.duplicates === 0 ? '' : `, ${count(records.duplicates, 'duplicate')} left out`,
    records.dropped === 0 ? '' : `, ${number(records.dropped)} dropped by the transform`,
    records.added === 0 ? '' : `, ${number(records.added)} added by the transform`,
  ];
  return parts.join('');
}

function whyBlock(manifest: Manifest): Block | undefined {
  const { reason, status, problems } = manifest;
  const { sentence, hint } = endingOf(reason.code);
  const particulars = reason.message.startsWith(sentence)
    ? reason.message.slice(sentence.length).trim()
    : reason.message;
  // The list of problems says the same, better.
  const text = problems.length > 0 ? '' : particulars;
  if (text === '' && (status === 'PUBLISHED' || status === 'NO_DATA' || status === 'PARTIAL')) return undefined;
  // A hint that the first line does not need is still worth a line here.
  const aside = needsHands(manifest) || hint === '' ? '' : `\n${escapeText(hint)}`;
  return section(`${clip(`*Why:* ${code(reason.code)} ${escapeText(text)}`.trim(), 1200)}${aside}`, 1400);
}

function figuresBlock({ records, source, outputs, quarantine, rules }: Manifest): Block | undefined {
  const lines: string[] = [];
  if (records.read > 0) {
    const read = `${number(records.read)} read = ${number(records.accepted)} accepted + ${number(records.quarantined)} quarantined + ${count(records.duplicates, 'duplicate')}`;
    const size = outputs.reduce((sum, file) => sum + file.bytes, 0);
    const files = `${number(records.published)} published in ${count(outputs.length, 'file')} (${bytes(size)})`;
    lines.push(`*Records:* ${read}; ${outputs.length === 0 ? 'nothing published' : files}`);
  }
  if (source !== null) {
    const age =
      source.newestAgeSeconds === null ? '' : `, the newest ${duration(source.newestAgeSeconds)} old when listed`;
    const kind = source.kind === 'fallback' ? ' (fallback)' : '';
    lines.push(
      `*Source:* ${count(source.objects, 'object')}, ${bytes(source.bytes)} in ${code(`s3://${source.bucket}/${source.prefix}`, 300)}${kind}${age}`,
    );
  }
  const [kept] = quarantine;
  if (kept !== undefined && rules.length > 0) {
    const more = quarantine.length > 1 ? ` and ${count(quarantine.length - 1, 'more file')}` : '';
    lines.push(`*Quarantine:* ${code(kept.key, 300)}${more}`);
  }
  return lines.length === 0 ? undefined : section(lines.join('\n'), 1600);
}

function footer(manifest: Manifest): string {
  const { owner, trigger, times, cost, executionArn, minimal } = manifest;
  const seconds = (Date.parse(times.ended) - Date.parse(times.started)) / 1000;
  const url = consoleUrl(executionArn);
  return [
    owner === null ? '' : `Owner: ${escapeText(owner)}`,
    STARTED_BY[trigger],
    manifest.status === 'NEVER_STARTED' ? '' : `took ${duration(seconds)}`,
    cost.usd === null ? '' : `about $${cost.usd.toFixed(cost.usd < 0.01 ? 4 : 2)}`,
    url === undefined ? '' : `<${url}|Execution in the console>`,
    `manifest ${code(manifestKeyOf(manifest), 300)}`,
    minimal ? 'recorded without particulars, because recording itself failed' : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** Where a manifest stands in the ledger. */
export function manifestKeyOf({ dataset, partition, runId, times }: Manifest): string {
  if (dataset === null || partition === null) return keys.unassignedManifest(times.started.slice(0, 10), runId);
  return keys.manifest(dataset, partition, runId);
}

const STARTED_BY: Readonly<Record<Manifest['trigger'], string>> = {
  schedule: 'started by its schedule',
  backfill: 'started by a backfill',
  sweep: 'started by the sweep',
  manual: 'started by hand',
};

const ARN = /^arn:(aws|aws-cn|aws-us-gov):states:([a-z0-9-]+):\d*:execution:[^:]+:.+$/;
const CONSOLE: Readonly<Record<string, (region: string) => string>> = {
  aws: (region) => `${region}.console.aws.amazon.com`,
  'aws-cn': (region) => `${region}.console.amazonaws.cn`,
  'aws-us-gov': () => 'console.amazonaws-us-gov.com',
};

/** The execution's page in the AWS console; undefined for what is no ARN of an execution. */
export function consoleUrl(executionArn: string): string | undefined {
  const [, partition = '', region = ''] = ARN.exec(executionArn) ?? [];
  const host = CONSOLE[partition]?.(region);
  if (host === undefined) return undefined;
  // Names may hold any letters; what could end Slack's link must not stand in it.
  const path = encodeURI(executionArn).replace(/[|<>]/g, encodeURIComponent);
  return `https://${host}/states/home?region=${region}#/v2/executions/details/${path}`;
}
