import type { CircuitNotice } from '../../contracts/run/circuit';
import { keys } from '../../contracts/keys';
import { resetCommand } from '../run/circuit-decisions';
import { listed } from '../text/lists';
import { count } from '../text/numbers';
import { between, utcMinute } from '../text/times';
import { literal, onRecord, said, type Body, type Line } from './message';

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
export function circuitMessage(dependency: string, notice: CircuitNotice, concerned: Concerned): Body {
  const isOpen = notice.kind === 'opened';
  const story = isOpen ? tripStory(notice, concerned) : closingStory(notice);
  const command: Line = isOpen ? ['To try at once, once it is fixed: ', literal(resetCommand(dependency))] : [];
  return {
    sign: isOpen ? 'circuit open' : 'success',
    headline: `Circuit ${dependency} ${isOpen ? 'OPEN' : 'CLOSED'}`,
    story,
    ...(isOpen ? { brief: [`${story} `, ...command] } : {}),
    sections: [
      { kind: 'facts', facts: [{ name: 'Why', text: [notice.cause] }], room: 1400 },
      ...(isOpen ? [{ kind: 'facts', facts: [{ text: command }], room: 300 } as const] : []),
    ],
    facts: [
      ...said(concerned.owners.length === 0 ? '' : `Owner: ${concerned.owners.join(', ')}`),
      onRecord('record', keys.circuit(dependency)),
    ],
  };
}

function tripStory({ failures, openUntil }: CircuitNotice, { datasets, all = false }: Concerned): string {
  const why = failures === 0 ? 'opened by hand.' : `${count(failures, 'run')} in a row failed${all ? '' : ' at it'}.`;
  return (
    `${why} Until ${all ? 'a run succeeds' : 'it answers'} again, partitions of ${listOf(datasets)} end SKIPPED, and are recovered after that. ` +
    `It is tried again after ${utcMinute(openUntil ?? '')}.`
  );
}

function closingStory({ since, at, rebuilt }: CircuitNotice): string {
  if (rebuilt)
    return (
      'its record could not be read, so it begins anew, as if nothing had failed. ' +
      'Partitions that it kept back come with the next backfill.'
    );
  return `after ${between(since, at)}. No partition ran into it, so there is nothing to recover.`;
}

function listOf(datasets: readonly string[]): string {
  if (datasets.length === 0) return 'no deployed dataset';
  return listed(datasets, MOST_NAMED);
}
