import { z } from 'zod';
import { datasetSchema, type Dataset } from '../../contracts/dataset/dataset';
import { keys } from '../../contracts/keys';
import { manifestSchema, type Manifest, type Trigger } from '../../contracts/run/manifest';
import { cadenceOf, partitionEnd } from '../../contracts/partition';
import { describeProblems, problemsOf } from '../../contracts/problems';
import { runInputSchema } from '../../contracts/run/steps';
import { datasetStateSchema } from '../../contracts/sweep/sweep-state';
import { isExpected } from '../../domain/partition/calendar';
import { identityOf, manifestKeyFor, placeOf, type Identity } from '../../domain/partition/identity-of-run';
import { ignoredFields } from '../../domain/partition/run-input';
import { valueOrNone } from '../store/reading';
import { identify, slotOf, type IdentityContext } from '../ledger/identify';
import type { EndingReport } from './report';

/** Whose ending it is: the same for every recorder, whatever each of them has deployed. */
export interface Subject {
  readonly runId: string;
  readonly executionArn: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** The dataset that the input names, deployed or not. */
  readonly dataset: string | null;
  /** Dataset and partition; undefined where the input does not lead to both. */
  readonly of: { readonly dataset: string; readonly partition: string } | undefined;
  /** The dataset as it is deployed; of one that is not any more, as the sweep saw it last. */
  readonly definition: Dataset | undefined;
  /** Who answers for the dataset, and who has which messages; null and undefined where the dataset is unknown. */
  readonly owner: string | null;
  readonly notify: Dataset['notify'] | undefined;
  readonly trigger: Trigger;
  readonly backfillId: string | null;
  readonly scheduledTime: string | null;
  /** How many runs with a temporary ending came right before, after which the sweep started this one; mostly 0. */
  readonly again: number;
  readonly manifestKey: string;
  /** Whether the deployed calendar asks for the partition, and it was over when the run started. */
  readonly expected: boolean;
  /** Which fields of the input are unknown, for people; empty where there are none. */
  readonly ignored: string;
}

/** Who is meant by a report, and what stands on record of it. */
export interface Located {
  readonly subject: Subject;
  readonly recorded: Manifest | undefined;
  /** Where a manifest stands that cannot be read: what is wrong with it. */
  readonly unreadable: string | undefined;
}

/**
 * Finds who is meant by a report. Takes any input. `claimedPartition`: what the execution's own state or history says of its place,
 * asked only where its input does not say it.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function locate(
  context: IdentityContext,
  report: EndingReport,
  claimedPartition: () => Promise<string | null | undefined>,
): Promise<Located> {
  const { ledger, datasets } = context;
  const identity = await identify(context, report.execution, claimedPartition);
  const of = placeOf(identity);
  const deployed = identity.dataset === null ? undefined : datasets.get(identity.dataset);
  const isDeployed = deployed !== undefined && of !== undefined && cadenceOf(of.partition) === deployed.cadence;
  const slot = await slotOf(ledger, identity, of !== undefined && !isDeployed);
  const known =
    deployed === undefined ? await lastKnown(context, identity.dataset) : { ...deployed, definition: deployed };
  const subject: Subject = {
    ...bareSubject(report, identity),
    definition: known?.definition,
    owner: known?.owner ?? null,
    notify: known?.notify,
    runId: slot.runId,
    manifestKey: slot.manifestKey,
    expected:
      isDeployed &&
      isExpected(deployed, of.partition) &&
      partitionEnd(of.partition).toISOString() <= identity.startedAt,
  };
  return { subject, ...recordedIn(slot.recorded, slot.unreadable, slot.manifestKey) };
}

function recordedIn(
  recorded: unknown,
  unreadable: string | undefined,
  key: string,
): Pick<Located, 'recorded' | 'unreadable'> {
  if (recorded === undefined) return { recorded, unreadable };
  const parsed = manifestSchema.safeParse(recorded, { reportInput: true });
  if (parsed.success) return { recorded: parsed.data, unreadable };
  return { recorded: undefined, unreadable: `${key} does not fit: ${describeProblems(problemsOf(parsed.error))}` };
}

/** Who is meant, by the execution alone, for when nothing can be asked: the same place, as far as the input says it. */
export function bareSubjectOf(report: EndingReport): Subject {
  return bareSubject(report, identityOf(report.execution));
}

function bareSubject({ execution }: EndingReport, identity: Identity): Subject {
  const { runId, executionArn, startedAt, dataset, trigger, backfillId, scheduledTime, again } = identity;
  return {
    runId,
    executionArn,
    startedAt,
    dataset,
    of: placeOf(identity),
    definition: undefined,
    owner: null,
    notify: undefined,
    trigger,
    backfillId,
    scheduledTime,
    again,
    manifestKey: manifestKeyFor(identity),
    expected: false,
    ignored: ignoredFields(execution.input, runInputSchema),
  };
}

type Known = Pick<Subject, 'definition' | 'owner' | 'notify'>;

const { owner, notify } = datasetSchema.shape;
const toldSchema = z.object({ owner, notify });

/** A dataset that is not deployed, as the sweep saw it last; undefined where it never did. */
async function lastKnown({ ledger, logger }: IdentityContext, dataset: string | null): Promise<Known | undefined> {
  if (dataset === null) return undefined;
  const reading = await ledger.read(keys.dataset(dataset), datasetStateSchema);
  if (reading.kind === 'unreadable')
    logger.error('the state of a dataset that is not deployed cannot be read', { dataset, why: reading.why });
  const definition = valueOrNone(reading)?.definition;
  const told = toldSchema.safeParse(definition).data;
  // Another release's definition may not be one of this; whom to tell is known all the same.
  return told === undefined ? undefined : { ...told, definition: datasetSchema.safeParse(definition).data };
}
