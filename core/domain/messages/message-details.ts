import { keys } from '../../contracts/keys';
import type { Manifest } from '../../contracts/run/manifest';
import { cut } from '../../contracts/batch/bounds';
import { bytes, count, dollars, number } from '../text/numbers';
import { between, duration } from '../text/times';
import { literal, onRecord, said, type Fact, type Line, type Section } from './message';

/** Counts, source and quarantine. */
export function figures({ records, source, outputs, quarantine, rules, batches }: Manifest): Section[] {
  const facts: Fact[] = [];
  if (records.read > 0) {
    const size = outputs.reduce((sum, file) => sum + file.bytes, 0);
    const files = `${number(records.published)} published in ${count(outputs.length, 'file')} (${bytes(size)})`;
    facts.push({
      name: 'Records',
      text: [`${sumOf(records)}; ${outputs.length === 0 ? 'nothing published' : files}`],
    });
  }
  if (source !== null) {
    const age =
      source.newestAgeSeconds === null ? '' : `, the newest ${duration(source.newestAgeSeconds)} old when listed`;
    const kind = source.kind === 'fallback' ? ' (fallback)' : '';
    const place = literal(`s3://${source.bucket}/${source.prefix}`, 300);
    facts.push({
      name: 'Source',
      text: [`${count(source.objects, 'object')}, ${bytes(source.bytes)} in `, place, `${kind}${age}`],
    });
    if (source.insteadOf !== undefined)
      facts.push({ name: 'Primary', text: [`${source.insteadOf.lack}: ${cut(source.insteadOf.message, 400)}`] });
    if (source.fallbackNotUsed !== undefined)
      facts.push({ name: 'Fallback', text: [cut(source.fallbackNotUsed, 400)] });
  }
  const ofBatches = batches === undefined ? '' : batchesText(batches);
  if (ofBatches !== '') facts.push({ name: 'Batches', text: [ofBatches] });
  const [kept] = quarantine;
  if (kept !== undefined && rules.length > 0) {
    const more = quarantine.length > 1 ? ` and ${count(quarantine.length - 1, 'more file')}` : '';
    facts.push({ name: 'Quarantine', text: [literal(kept.key, 300), more] });
  }
  return facts.length === 0 ? [] : [{ kind: 'facts', facts, room: 2000 }];
}

/** Batches told by index. */
const MAX_TOLD = 3;

/** Which batches were found finished, and which needed retries; nothing where there was one and it went well at once. */
function batchesText({ all, reused, retried }: NonNullable<Manifest['batches']>): string {
  if (all <= 1 && reused === 0 && retried.length === 0) return '';
  const told = retried
    .slice(0, MAX_TOLD)
    .map(({ index, state, attempts }) => `batch ${index} took ${attempts} attempts of ${state}`);
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
  return parts.join(', ');
}

/** The sum that every manifest's counts must make. */
function sumOf({ read, accepted, quarantined, duplicates, deleted = 0, dropped, added }: Manifest['records']): string {
  const parts = [
    `${number(accepted)} accepted`,
    `${number(quarantined)} quarantined`,
    count(duplicates, 'duplicate'),
    ...(deleted === 0 ? [] : [`${number(deleted)} deleted`]),
  ];
  const sum = `${number(read)} read = ${parts.join(' + ')}`;
  return dropped === 0 && added === 0
    ? sum
    : `${sum}; the transform dropped ${number(dropped)} and added ${number(added)}`;
}

/** Who, how, how long, and where to look. */
export function smallPrint(manifest: Manifest): Line[] {
  const { owner, trigger, times, cost, executionArn, minimal } = manifest;
  const url = consoleUrl(executionArn);
  return [
    ...said(
      owner === null ? '' : `Owner: ${owner}`,
      ...(manifest.status === 'NEVER_STARTED'
        ? ['put on record by the sweep']
        : [STARTED_BY[trigger], `took ${between(times.started, times.ended)}`]),
      cost.usd === null ? '' : `about ${dollars(cost.usd)}`,
      url === undefined ? '' : { label: 'Execution in the console', url },
    ),
    onRecord('manifest', manifestKeyOf(manifest)),
    ...said(minimal ? 'recorded without particulars, because recording itself failed' : ''),
  ];
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
  // Names may hold any letters.
  return `https://${host}/states/home?region=${region}#/v2/executions/details/${encodeURI(executionArn)}`;
}
