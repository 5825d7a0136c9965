import type { MissingReason } from '../backfill/missing';
import type { Lack } from '../dataset/fallback';
import type { FinalErrorName } from '../errors';

/** The columns of the table of endings (`endings.ts`), and the cells that all endings of a kind have in common. */

interface StatusRow {
  /** Whether the Step Functions execution ends SUCCEEDED (true) or FAILED (false). */
  readonly succeeds: boolean;
  /** Whether the run published something, be it that there was nothing. */
  readonly publishes: boolean;
  /** Whether the run did all that it was started for: only then can it be the first success after trouble. */
  readonly complete: boolean;
}

/** What a status alone says. */
export const statuses = {
  PUBLISHED: { succeeds: true, publishes: true, complete: true },
  PARTIAL: { succeeds: true, publishes: true, complete: false },
  NO_DATA: { succeeds: true, publishes: true, complete: true },
  SKIPPED: { succeeds: true, publishes: false, complete: false },
  FAILED: { succeeds: false, publishes: false, complete: false },
  TIMED_OUT: { succeeds: false, publishes: false, complete: false },
  ABORTED: { succeeds: false, publishes: false, complete: false },
  NEVER_STARTED: { succeeds: false, publishes: false, complete: false },
} as const satisfies Record<string, StatusRow>;

/** Final status of a run. */
export type RunStatus = keyof typeof statuses;
export const RUN_STATUSES = Object.keys(statuses) as [RunStatus, ...RunStatus[]];

/** What a run's ending says about what its dataset's circuit guards. */
export type Verdict =
  /** It let the run down. */
  | 'failed'
  /** It did its part, whatever was wrong with what it gave: data faults never open a circuit. */
  | 'answered'
  /** It was never asked. */
  | 'untried'
  /** The run died, or something else failed, before that could be known. */
  | 'unknown';

/** One row of the table. */
export interface Ending extends StatusRow {
  readonly status: RunStatus;
  /** Whether the partition is missing for the next backfill when this is its last ending and nothing is published. */
  readonly missing: boolean;
  /** Under which reason a backfill then lists it. */
  readonly missingAs: MissingReason;
  /**
   * What such a run asked last: nothing yet, what CheckDependencies asks, or the source, which comes after that. `unknown`: the run
   * died, or something of ours failed, before that could be known.
   */
  readonly reached: 'nothing' | 'dependencies' | 'source' | 'unknown';
  /** Whether what was asked last let the run down: that counts as a failure where the circuit guards it. Data faults never do. */
  readonly circuit: boolean;
  /** What it means to a circuit that guards the dataset's runs themselves (`circuit.counts: 'all'`). */
  readonly job: Verdict;
  /** Whether the same run may well succeed some minutes later: then the sweep starts it again (`retry.minutes` of the dataset). */
  readonly temporary: boolean;
  /** Whether the sweep starts the partition again as soon as its upstreams are published. */
  readonly awaitsUpstreams: boolean;
  /**
   * What it says something about. `another-run`: it points to another run, whose ending is the partition's. `nothing`: the partition is not
   * one to be run, or not yet. Neither becomes a partition's last ending.
   */
  readonly speaksFor: 'partition' | 'another-run' | 'nothing';
  /** What a fallback takes the primary source for; null: it is there, and a fallback is no remedy. */
  readonly lack: Lack | 'empty where it has no objects' | null;
  /** What CheckPartition throws where all failed batches came to this ending; null: it can't be what they have in common. */
  readonly ofBatches: FinalErrorName | null;
  /** Whether it has a message under `notify.when: 'changes'`. */
  readonly toldUnderChanges: boolean;
  /** Who follows the hint: a person; no one has to; or no one, since the partition is left to another run. */
  readonly person: 'acts' | 'need not act' | 'leaves it to another run';
  /** One sentence for people. */
  readonly sentence: string;
  /** What to do about it, where it is temporary when starting it again did not help; empty where there is nothing to do. */
  readonly hint: string;
}

type Cells<K extends keyof Ending> = Pick<Ending, K>;

/** The source was read to its end, and something is published. */
export function published(
  status: 'PUBLISHED' | 'PARTIAL' | 'NO_DATA',
  cells: Cells<'toldUnderChanges' | 'person' | 'lack'>,
  sentence: string,
  hint: string,
): Ending {
  return {
    ...statuses[status],
    status,
    missing: false,
    // Nothing is missing then. If it is listed all the same, that is a fault of ours.
    missingAs: 'FAILED',
    reached: 'source',
    circuit: false,
    job: 'answered',
    temporary: false,
    awaitsUpstreams: false,
    speaksFor: 'partition',
    ofBatches: null,
    ...cells,
    sentence,
    hint,
  };
}

/** Rightly nothing was done. */
export function skipped(
  cells: Cells<
    'missing' | 'missingAs' | 'reached' | 'awaitsUpstreams' | 'speaksFor' | 'lack' | 'toldUnderChanges' | 'person'
  >,
  sentence: string,
  hint: string,
): Ending {
  return {
    ...statuses.SKIPPED,
    status: 'SKIPPED',
    circuit: false,
    job: 'untried',
    temporary: false,
    ofBatches: null,
    ...cells,
    sentence,
    hint,
  };
}

/** The input can't be run: nothing was asked for anything. */
export function refused(cells: Cells<'missing' | 'speaksFor'>, sentence: string, hint: string): Ending {
  const common = { reached: 'nothing', circuit: false, temporary: false, lack: null, ofBatches: null } as const;
  return { ...failed(common, sentence, hint), job: 'untried', ...cells };
}

/** The run failed: the partition is missing, and a person has to look at it. */
export function failed(
  cells: Cells<'reached' | 'circuit' | 'temporary' | 'lack' | 'ofBatches'>,
  sentence: string,
  hint: string,
): Ending {
  const common = { missingAs: 'FAILED', job: 'failed', person: 'acts', ...cells } as const;
  return unpublished('FAILED', common, sentence, hint);
}

/** Something was to be published, and was not. */
export function unpublished(
  status: 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'NEVER_STARTED',
  cells: Cells<'missingAs' | 'reached' | 'circuit' | 'job' | 'temporary' | 'lack' | 'ofBatches' | 'person'>,
  sentence: string,
  hint: string,
): Ending {
  return {
    ...statuses[status],
    status,
    missing: true,
    awaitsUpstreams: false,
    speaksFor: 'partition',
    toldUnderChanges: true,
    ...cells,
    sentence,
    hint,
  };
}
