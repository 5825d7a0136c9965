import type { CircuitNotice } from '../../contracts/run/circuit';
import { keys } from '../../contracts/keys';
import { resetCommand } from '../run/circuit';
import { code, context, count, duration, escapeText, section, type Message } from './slack-text';

/** Whom a circuit concerns. */
export interface Concerned {
  readonly datasets: readonly string[];
  readonly owners: readonly string[];
  /** Whether every failed run of theirs counts, not only those of what the circuit guards. */
  readonly all?: boolean;
}

/** Room for the names of datasets in a first line. */
const MOST_NAMED = 10;

/**
 * The message that a circuit opened, or closed with nothing to recover: a pure function of what its record says. Where something has to be
 * recovered, the backfill that does it tells that the circuit closed.
 */
export function circuitMessage(dependency: string, notice: CircuitNotice, concerned: Concerned): Message {
  const opened = notice.kind === 'opened';
  const head = `${opened ? '🔌' : '✅'} *Circuit ${escapeText(dependency)} ${opened ? 'OPEN' : 'CLOSED'}:*`;
  const rest = escapeText(opened ? tripStory(notice, concerned) : closingStory(notice));
  const command = opened ? `To try at once, once it is fixed: ${code(resetCommand(dependency))}` : '';
  return {
    text: `${head.replaceAll('*', '')} ${rest} ${command}`.trim(),
    blocks: [
      section(`${head} ${rest}`, 1400),
      section(`*Why:* ${escapeText(notice.cause)}`, 1400),
      ...(opened ? [section(command, 300)] : []),
      context(
        [
          concerned.owners.length === 0 ? '' : `Owner: ${escapeText(concerned.owners.join(', '))}`,
          `record ${code(keys.circuit(dependency))}`,
        ]
          .filter((part) => part !== '')
          .join(' · '),
        2000,
      ),
    ],
  };
}

function tripStory({ failures, openUntil }: CircuitNotice, { datasets, all = false }: Concerned): string {
  const why = failures === 0 ? 'opened by hand.' : `${count(failures, 'run')} in a row failed${all ? '' : ' at it'}.`;
  return (
    `${why} Until ${all ? 'a run succeeds' : 'it answers'} again, partitions of ${listOf(datasets)} end SKIPPED, and are recovered after that. ` +
    `It is tried again after ${(openUntil ?? '').slice(0, 16).replace('T', ' ')} UTC.`
  );
}

function closingStory({ since, at, rebuilt }: CircuitNotice): string {
  if (rebuilt)
    return (
      'its record could not be read, so it begins anew, as if nothing had failed. ' +
      'Partitions that it kept back come with the next backfill.'
    );
  return `after ${duration((Date.parse(at) - Date.parse(since)) / 1000)}. No partition ran into it, so there is nothing to recover.`;
}

function listOf(datasets: readonly string[]): string {
  if (datasets.length === 0) return 'no deployed dataset';
  const named = datasets.slice(0, MOST_NAMED).join(', ');
  return datasets.length > MOST_NAMED ? `${named} and ${datasets.length - MOST_NAMED} more` : named;
}
