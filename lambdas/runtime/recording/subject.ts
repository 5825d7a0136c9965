import type { Dataset } from '../../contracts/dataset';
import { keys, runIdOf } from '../../contracts/keys';
import type { Trigger } from '../../contracts/manifest';
import { partitionEnd } from '../../contracts/partition';
import { isExpected } from '../../domain/calendar';
import { parseRunInput } from '../../domain/run-input';
import type { EndingReport } from './report';

/** Whose ending it is, derived from the execution alone, so that every recorder arrives at the same manifest key. */
export interface Subject {
  readonly runId: string;
  readonly executionArn: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** The deployed dataset that the input names, and the partition; both or neither. */
  readonly of: { readonly dataset: string; readonly partition: string } | undefined;
  readonly definition: Dataset | undefined;
  readonly trigger: Trigger;
  readonly backfillId: string | null;
  readonly scheduledTime: string | null;
  /** How many runs with a temporary ending came right before, after which the sweep started this one; mostly 0. */
  readonly again: number;
  readonly manifestKey: string;
  /** Whether the calendar asks for the partition, and it was over when the run started. */
  readonly expected: boolean;
}

/** Who is meant by a report. Takes any input. */
export function subjectOf(report: EndingReport, datasets: ReadonlyMap<string, Dataset>, now: Date): Subject {
  const bare = bareSubjectOf(report, now);
  const { runId, startedAt } = bare;
  const { definition, partition, trigger, backfillId, scheduledTime, again } = parseRunInput(
    report.execution.input,
    datasets,
  );
  const of = definition === undefined || partition === null ? undefined : { dataset: definition.name, partition };
  return {
    ...bare,
    of,
    definition,
    trigger,
    backfillId,
    scheduledTime,
    again,
    manifestKey: of === undefined ? bare.manifestKey : keys.manifest(of.dataset, of.partition, runId),
    expected:
      of !== undefined &&
      definition !== undefined &&
      isExpected(definition, of.partition) &&
      partitionEnd(of.partition).toISOString() <= startedAt,
  };
}

/** Who is meant, by the execution's name and nothing else. */
export function bareSubjectOf(report: EndingReport, now: Date): Subject {
  const { arn, name, startTime } = report.execution;
  const runId = runIdOf(name);
  const started = new Date(startTime);
  // Nobody but Step Functions writes the start time; still, a date that is none must not cost the manifest.
  const startedAt = (Number.isNaN(started.getTime()) ? now : started).toISOString();
  return {
    runId,
    executionArn: arn,
    startedAt,
    of: undefined,
    definition: undefined,
    trigger: 'manual',
    backfillId: null,
    scheduledTime: null,
    again: 0,
    manifestKey: keys.unassignedManifest(startedAt.slice(0, 10), runId),
    expected: false,
  };
}
