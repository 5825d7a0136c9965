import { endingOf } from '../../contracts/run/endings';
import type { Manifest } from '../../contracts/run/manifest';
import { cadenceOf, periodNoun } from '../../contracts/partition';
import { span } from '../text/lists';
import { count } from '../text/numbers';
import { between, minute } from '../text/times';
import { literal, said, type Body, type Section } from './message';
import { consoleUrl } from './message-details';
import { RUN_SIGNS } from './severity';

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
export function overdueMessage(run: OverdueRun, now: Date): Body {
  const { dataset, partition, owner, runId, executionArn, since, deadline } = run;
  const at = now.toISOString();
  const url = consoleUrl(executionArn);
  return {
    sign: 'overdue',
    headline: `${dataset} ${partition} (${periodNoun(cadenceOf(partition) ?? 'hourly', 1)}) OVERDUE`,
    story: `a run is still going, ${between(deadline, at)} after the deadline. Nothing to do if it ends well: its message comes as usual. To give it up, stop the execution.`,
    sections: [],
    facts: [
      [`Owner: ${owner}`],
      ['run ', literal(runId), ` for ${between(since, at)}`],
      ...said(url === undefined ? '' : { label: 'Execution in the console', url }),
    ],
  };
}

/**
 * One message for many endings of a dataset that could not be delivered when they happened. Every ending is named; what went wrong comes
 * first, with what to do about it.
 */
export function summaryMessage(dataset: string | null, manifests: readonly Manifest[], now: Date): Body {
  const byStatus = [...Map.groupBy(manifests, ({ status }) => status)].map(([status, of]) => `${of.length} ${status}`);
  const groups = [...Map.groupBy(manifests, ({ reason }) => reason.code)].sort(
    ([a, ofA], [b, ofB]) => Number(endingOf(b).missing) - Number(endingOf(a).missing) || ofB.length - ofA.length,
  );
  const owner = manifests.find((manifest) => manifest.owner !== null)?.owner ?? '';
  return {
    sign: 'many endings',
    headline: `${dataset ?? 'Runs without a dataset'}: ${count(manifests.length, 'ending')}`,
    story: `${byStatus.join(', ')}${rangeOf(manifests)}. They could not be delivered one by one when they happened.`,
    sections: groups.map(([reason, of]): Section => {
      const { status, sentence, hint, missing } = endingOf(reason);
      const about = missing ? ` ${`${sentence} ${hint}`.trim()}` : '';
      return {
        kind: 'names',
        sign: RUN_SIGNS[status][0],
        title: [{ strong: status }, ' ', literal(reason), ` (${of.length}):${about}`],
        // The partition, or the run where there is none.
        names: of.map(({ partition, runId }) => partition ?? runId).toSorted(),
      };
    }),
    facts: said(
      owner === '' ? '' : `Owner: ${owner}`,
      'sent by the sweep',
      minute(now.toISOString()),
      'every ending has its manifest in the ledger',
    ),
  };
}

function rangeOf(manifests: readonly Manifest[]): string {
  const partitions = manifests.flatMap(({ partition }) => (partition === null ? [] : [partition])).toSorted();
  const [first] = partitions;
  const last = partitions.at(-1);
  if (first === undefined || last === undefined) return '';
  return `, ${span(first, last)}`;
}
