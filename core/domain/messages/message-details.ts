import { keys } from '../../contracts/keys';
import type { Manifest } from '../../contracts/run/manifest';
import { bytes, code, count, duration, escapeText, number, section, shorten, type Block } from './slack-text';

/** Counts, source and quarantine. */
export function figuresBlock({ records, source, outputs, quarantine, rules, batches }: Manifest): Block | undefined {
  const lines: string[] = [];
  if (records.read > 0) {
    const size = outputs.reduce((sum, file) => sum + file.bytes, 0);
    const files = `${number(records.published)} published in ${count(outputs.length, 'file')} (${bytes(size)})`;
    lines.push(`*Records:* ${sumOf(records)}; ${outputs.length === 0 ? 'nothing published' : files}`);
  }
  if (source !== null) {
    const age =
      source.newestAgeSeconds === null ? '' : `, the newest ${duration(source.newestAgeSeconds)} old when listed`;
    const kind = source.kind === 'fallback' ? ' (fallback)' : '';
    lines.push(
      `*Source:* ${count(source.objects, 'object')}, ${bytes(source.bytes)} in ${code(`s3://${source.bucket}/${source.prefix}`, 300)}${kind}${age}`,
    );
    if (source.insteadOf !== undefined)
      lines.push(`*Primary:* ${source.insteadOf.lack}: ${escapeText(shorten(source.insteadOf.message, 400))}`);
    if (source.fallbackNotUsed !== undefined)
      lines.push(`*Fallback:* ${escapeText(shorten(source.fallbackNotUsed, 400))}`);
  }
  const ofBatches = batches === undefined ? '' : batchesLine(batches);
  if (ofBatches !== '') lines.push(ofBatches);
  const [kept] = quarantine;
  if (kept !== undefined && rules.length > 0) {
    const more = quarantine.length > 1 ? ` and ${count(quarantine.length - 1, 'more file')}` : '';
    lines.push(`*Quarantine:* ${code(kept.key, 300)}${more}`);
  }
  return lines.length === 0 ? undefined : section(lines.join('\n'), 2000);
}

/** Batches told by index. */
const MAX_TOLD = 3;

/** Which batches were found finished, and which needed retries; nothing where there was one and it went well at once. */
function batchesLine({ all, reused, retried }: NonNullable<Manifest['batches']>): string {
  if (all <= 1 && reused === 0 && retried.length === 0) return '';
  const told = retried
    .slice(0, MAX_TOLD)
    .map(({ index, state, attempts }) => `batch ${index} took ${attempts} attempts of ${escapeText(state)}`);
  const more =
    retried.length > MAX_TOLD
      ? [`${count(retried.length - MAX_TOLD, 'more batch', 'more batches')} needed retries`]
      : [];
  const parts = [
    count(all, 'batch', 'batches'),
    ...(reused === 0 ? [] : [`${reused === all ? 'all' : number(reused)} found finished and not computed again`]),
    ...told,
    ...more,
  ];
  return `*Batches:* ${parts.join(', ')}`;
}

/** The sum that every manifest's counts must make. */
function sumOf({ read, accepted, quarantined, duplicates, dropped, added }: Manifest['records']): string {
  const sum = `${number(read)} read = ${number(accepted)} accepted + ${number(quarantined)} quarantined + ${count(duplicates, 'duplicate')}`;
  return dropped === 0 && added === 0
    ? sum
    : `${sum}; the transform dropped ${number(dropped)} and added ${number(added)}`;
}

/** Who, how, how long, and where to look. */
export function footer(manifest: Manifest): string {
  const { owner, trigger, times, cost, executionArn, minimal } = manifest;
  const seconds = (Date.parse(times.ended) - Date.parse(times.started)) / 1000;
  const url = consoleUrl(executionArn);
  return [
    owner === null ? '' : `Owner: ${escapeText(owner)}`,
    ...(manifest.status === 'NEVER_STARTED'
      ? ['put on record by the sweep']
      : [STARTED_BY[trigger], `took ${duration(seconds)}`]),
    cost.usd === null ? '' : `about $${cost.usd.toFixed(cost.usd < 0.01 ? 4 : 2)}`,
    url === undefined ? '' : `<${url}|Execution in the console>`,
    `manifest ${code(manifestKeyOf(manifest), 300)}`,
    minimal ? 'recorded without particulars, because recording itself failed' : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** Where a manifest is in the ledger. */
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
