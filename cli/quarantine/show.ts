import type { QuarantinedRecord } from '../../core/contracts/batch/quarantine';
import type { Store } from '../../core/runtime/store/store';
import { UsageError } from '../backfill/usage-error';
import { quarantinedRecords } from './quarantined-records';
import { quarantineOf, type Quarantined } from './quarantined';
import { count, number } from '../../core/domain/text/numbers';
import { describeProblem } from '../../core/contracts/problems';

export interface ShowOptions {
  /** Only records that broke this rule. */
  readonly rule?: string;
  /** Samples of each rule. */
  readonly samples: number;
  /** Whole records as they came, sensitive values included. */
  readonly raw: boolean;
}

/** What the quarantine of a partition holds. */
export interface Shown {
  readonly quarantined: Quarantined;
  readonly rules: readonly RuleShown[];
  /** Records that were read from the files. */
  readonly records: number;
}

interface RuleShown {
  readonly name: string;
  readonly records: number;
  readonly objects: number;
  readonly samples: readonly QuarantinedRecord[];
}

/**
 * Counts the records in a partition's quarantine by rule, and keeps the first few of each.
 * @throws UsageError where there is nothing to look at, or no such rule was broken
 */
export async function showQuarantine(
  { ledger, lake }: { readonly ledger: Store; readonly lake: Store },
  dataset: string,
  partition: string,
  options: Pick<ShowOptions, 'rule' | 'samples'>,
): Promise<Shown> {
  const quarantined = await quarantineOf(ledger, dataset, partition);
  if (quarantined === undefined)
    throw new UsageError(`${dataset} ${partition}: no run has looked at its records yet, or what it found has expired`);
  const rules = new Map<string, { records: number; objects: Set<string>; samples: QuarantinedRecord[] }>();
  let records = 0;
  for (const { key } of quarantined.files) {
    for await (const record of quarantinedRecords(lake, key)) {
      records += 1;
      for (const name of record.broken) {
        let rule = rules.get(name);
        if (rule === undefined) rules.set(name, (rule = { records: 0, objects: new Set(), samples: [] }));
        rule.records += 1;
        rule.objects.add(record.object);
        if (rule.samples.length < options.samples) rule.samples.push(record);
      }
    }
  }
  if (options.rule !== undefined && !rules.has(options.rule)) {
    const broken = [...rules.keys()].sort().join(', ') || 'none';
    throw new UsageError(
      describeProblem({
        field: '--rule',
        value: options.rule,
        expected: `one of the rules that were broken: ${broken}`,
      }),
    );
  }
  const shown = [...rules]
    .filter(([name]) => options.rule === undefined || name === options.rule)
    .map(([name, rule]) => ({ name, records: rule.records, objects: rule.objects.size, samples: rule.samples }))
    .sort((a, b) => b.records - a.records || (a.name < b.name ? -1 : 1));
  return { quarantined, rules: shown, records };
}

/** The quarantine as people read it. */
export function printShown(
  dataset: string,
  partition: string,
  shown: Shown,
  { raw }: Pick<ShowOptions, 'raw'>,
): string {
  const { quarantined, rules, records } = shown;
  const { ending, runId, at, published, records: counts } = quarantined;
  const { deleted = 0 } = counts;
  const lines = [
    `${dataset} ${partition}: ${ending.status} (${ending.code}), run ${runId}, ${at}${published ? '' : '; nothing is published'}`,
    `${count(records, 'record')} in quarantine of ${count(counts.read, 'record')} read: ` +
      `${number(counts.quarantined)} broke a rule, ${count(counts.duplicates, 'duplicate')}.` +
      (deleted === 0 ? '' : ` ${number(deleted)} deleted, which are not in quarantine.`),
  ];
  for (const rule of rules) {
    lines.push('', `${rule.name}: ${count(rule.records, 'record')} in ${count(rule.objects, 'object')}`);
    for (const sample of rule.samples) lines.push(`  ${sampleLine(sample, raw)}`);
    const more = rule.records - rule.samples.length;
    if (more > 0 && rule.samples.length > 0) lines.push(`  … and ${number(more)} more`);
  }
  return lines.join('\n');
}

function sampleLine(sample: QuarantinedRecord, raw: boolean): string {
  const { object, line, brokenValues = {}, problem } = sample;
  const place = line === null ? object : `${object} line ${line}`;
  const values = Object.entries(brokenValues).map(([column, value]) => `${column} = ${value}`);
  const what = problem ?? values.join(', ');
  return raw ? `${place}: ${what}\n    ${rawOf(sample)}` : `${place}: ${what}`;
}

/** The record as it came; control characters of a hostile one must not reach the terminal. */
function rawOf({ raw, rawBase64, values, truncated }: QuarantinedRecord): string {
  const text = raw ?? (rawBase64 === undefined ? JSON.stringify(values) : `base64 ${rawBase64}`);
  return `${text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)}${truncated === true ? '…' : ''}`;
}
