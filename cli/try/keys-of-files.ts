import type { Dataset } from '../../core/contracts/dataset/dataset';
import { layoutsOf } from '../../core/contracts/dataset/key-layout';
import { formatPartition, periodMs } from '../../core/contracts/partition';
import { sourcePrefixes } from '../../core/domain/partition/calendar';

/** Where files of this machine would lie in the source: pure. */

/** What a path says of its place in the source. */
export interface Placed {
  readonly partition: string;
  /** The prefix of the partition, as the layout has it. */
  readonly prefix: string;
  readonly key: string;
}

const FIELDS: Readonly<Record<string, string>> = {
  yyyy: '(?<yyyy>\\d{4})',
  MM: '(?<MM>\\d\\d)',
  M: '(?<MM>\\d{1,2})',
  dd: '(?<dd>\\d\\d)',
  d: '(?<dd>\\d{1,2})',
  HH: '(?<HH>\\d\\d)',
  H: '(?<HH>\\d{1,2})',
};

/** A local hour and UTC are at most so many hours apart, and clocks go back by two at most. */
const MOST_HOURS_APART = 16;

/**
 * The place that a path names by one of the source's layouts: what stands before the layout is where the files lie on this machine.
 * @param isKey whether the path is a key, which the layout has to begin
 */
export function placeOf(
  { source, cadence }: Dataset,
  path: string,
  { isKey }: { readonly isKey: boolean },
): Placed | null {
  for (const layout of layoutsOf(source)) {
    for (const { 0: prefix, index, groups = {} } of path.matchAll(patternOf(layout, isKey))) {
      const partition = partitionAt({ source, cadence }, groups, prefix);
      if (partition !== null) return { partition, prefix, key: path.slice(index) };
    }
  }
  return null;
}

function patternOf(layout: string, isKey: boolean): RegExp {
  const seen = new Set<string>();
  const body = layout.replace(/\{(\w+)\}|[^{]+/g, (text, name: string | undefined) => {
    const field = name === undefined ? undefined : FIELDS[name];
    if (field === undefined) return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    const group = name === undefined ? '' : name.slice(0, 2).padEnd(2, name);
    const again = seen.has(group);
    seen.add(group);
    // A field that stands there twice: the calendar is asked whether both are the same.
    return again ? field.replace(/\?<\w+>/, '?:') : field;
  });
  return new RegExp(`${isKey ? '^' : '(?<=^|/)'}${body}`, 'g');
}

/** The partition whose objects lie under a prefix with these fields: the last, where an hour of a local time comes again. */
function partitionAt(
  { source, cadence }: Pick<Dataset, 'source' | 'cadence'>,
  fields: Readonly<Record<string, string | undefined>>,
  prefix: string,
): string | null {
  const [year, month, day, hour] = ['yyyy', 'MM', 'dd', 'HH'].map((name) => Number(fields[name] ?? 0));
  const at = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour);
  const period = periodMs(cadence);
  const around = cadence === 'daily' || source.timeZone === 'UTC' ? 0 : MOST_HOURS_APART;
  for (let apart = around; apart >= -around; apart -= 1) {
    const partition = formatPartition(new Date(at + apart * period), cadence);
    if (sourcePrefixes(source, partition).includes(prefix)) return partition;
  }
  return null;
}
