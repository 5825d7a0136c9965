import type { Dataset } from '../../contracts/dataset/dataset';
import { cadenceOf, periodNoun } from '../../contracts/partition';
import type { MissingPartition, Troubles } from '../../contracts/run/troubles';
import type { Finding } from '../sweep/incident-transitions';
import { span } from '../text/lists';
import { count, number } from '../text/numbers';

/**
 * Whether a person is called because a dataset keeps failing: pure. `overdue`: the partitions that failed, were looked at now and are not
 * published, `escalate.hours` after they failed.
 */
export function failingFinding(
  { name, owner, escalate }: Pick<Dataset, 'name' | 'owner' | 'escalate'>,
  { trouble, missing }: Troubles,
  overdue: readonly MissingPartition[],
): Finding {
  const row = trouble !== null && trouble.failures >= escalate.after ? trouble : undefined;
  const [oldest] = overdue;
  const finding = { kind: 'failing', dataset: name, owner, severity: 'critical' } as const;
  // What joins an incident that is open is announced again: a person who has closed it by hand would not hear of it otherwise.
  const episode = [...(row === undefined ? [] : [row.of]), ...overdue.map(({ of }) => of)].toSorted().at(-1);
  if (episode === undefined)
    return { ...finding, active: false, summary: `${name} does not keep failing any more.${stillMissing(missing)}` };
  if (row !== undefined) {
    const left = missing.length === row.failures ? '' : stillMissing(missing);
    const { failures, from, to, code } = row;
    const summary = `${name} keeps failing: ${count(failures, nounOf(from))} in a row (${span(from, to)}), at last ${code}.${left}`;
    return { ...finding, active: true, episode, summary };
  }
  const which = `${name} ${oldest?.partition ?? ''}`;
  const more = overdue.length > 1 ? `, and ${number(overdue.length - 1)} more` : '';
  const summary = `${which} failed, and is not published after ${count(escalate.hours, 'hour')}${more}.`;
  return { ...finding, active: true, episode, summary };
}

/** ` 2 hours that failed are missing.` */
function stillMissing(missing: readonly MissingPartition[]): string {
  const [first] = missing;
  if (first === undefined) return '';
  return ` ${count(missing.length, nounOf(first.partition))} that failed ${missing.length === 1 ? 'is' : 'are'} missing.`;
}

function nounOf(partition: string): string {
  return periodNoun(cadenceOf(partition) ?? 'hourly', 1);
}
