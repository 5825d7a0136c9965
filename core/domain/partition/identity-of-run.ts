import { availableMinutesSchema, datasetNameSchema, type Dataset } from '../../contracts/dataset/dataset';
import type { IdentityRecord } from '../../contracts/run/identity';
import { keys, runIdOf } from '../../contracts/keys';
import { triggerSchema, type Trigger } from '../../contracts/run/manifest';
import { cadenceOf, cadenceSchema, DAY_MS, partitionSchema } from '../../contracts/partition';
import { runInputSchema } from '../../contracts/run/steps';
import { partitionOfSchedule } from './calendar';

/**
 * Whose ending it is: pure functions of the execution alone. No definition plays a part, so every recorder of a run arrives at the same
 * manifest, whatever was deployed in between. Whether the dataset is deployed decides why a run ends, never where that is recorded.
 */

/** An execution as it describes itself. */
export interface Described {
  readonly arn: string;
  readonly name: string;
  readonly startTime: string;
  /** What it was started with: anything. */
  readonly input?: unknown;
  /** The run id that its claim has, where nothing is left of the execution but that. */
  readonly claimedAs?: string | undefined;
}

/** What is certain about an execution, whether its input is valid or not. */
export interface Identity {
  readonly executionName: string;
  readonly executionArn: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** By the name; an execution whose name was used before has another one (`runtime/ledger/identify.ts`). */
  readonly runId: string;
  /** Whether the run id is known and needs no comparison with what stands. */
  readonly claimed: boolean;
  /** A well-formed name, deployed or not; null where the input has none. */
  readonly dataset: string | null;
  /** An existing partition of either cadence; null where the input leads to none, or not yet ({@link isOpen}). */
  readonly partition: string | null;
  readonly trigger: Trigger;
  readonly backfillId: string | null;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string | null;
  /** How many runs with a temporary ending came right before this one, which the sweep started for that; 0: the input does not say. */
  readonly again: number;
}

/** What an execution is about, as far as it says so itself. */
export function identityOf({ arn, name, startTime, input, claimedAs }: Described): Identity {
  const fields = fieldsOf(input);
  const { shape } = runInputSchema;
  const scheduled = shape.scheduledTime.safeParse(fields['scheduledTime']).data;
  const scheduledTime = scheduled === undefined ? null : new Date(scheduled).toISOString();
  // Both, or neither, is a problem; where both are given, what a person wrote names the place better.
  const named = partitionSchema.safeParse(fields['partition']).data;
  const started = new Date(startTime);
  return {
    executionName: name,
    executionArn: arn,
    // Only Step Functions writes the start time; still, a date that is none must not cost the manifest.
    startedAt: (Number.isNaN(started.getTime()) ? new Date(0) : started).toISOString(),
    runId: claimedAs ?? runIdOf(name),
    claimed: claimedAs !== undefined,
    dataset: datasetNameSchema.safeParse(fields['dataset']).data ?? null,
    partition: named ?? scheduledPartition(fields, scheduledTime),
    trigger: triggerSchema.safeParse(fields['trigger']).data ?? 'manual',
    backfillId: shape.backfillId.safeParse(fields['backfillId']).data ?? null,
    scheduledTime,
    again: shape.again.safeParse(fields['again']).data ?? 0,
  };
}

/** The partition of a schedule that says what it is derived from. */
function scheduledPartition(fields: Fields, scheduledTime: string | null): string | null {
  const cadence = cadenceSchema.safeParse(fields['cadence']).data;
  const availableMinutes = availableMinutesSchema.safeParse(fields['availableMinutes']).data;
  if (scheduledTime === null || cadence === undefined || availableMinutes === undefined) return null;
  return existing(partitionOfSchedule({ cadence, availableMinutes }, new Date(scheduledTime)));
}

/** Whether the input names a scheduled time and not what the partition is derived from: then only a definition says which it is. */
export function isOpen({ dataset, partition, scheduledTime }: Identity): boolean {
  return dataset !== null && partition === null && scheduledTime !== null;
}

/** The partition that an open identity has by a definition; null without one. */
export function partitionBy(definition: Dataset | undefined, { scheduledTime }: Identity): string | null {
  if (definition === undefined || scheduledTime === null) return null;
  return existing(partitionOfSchedule(definition, new Date(scheduledTime)));
}

const existing = (partition: string): string | null => (cadenceOf(partition) === undefined ? null : partition);

/** Dataset and partition, where an execution has both. */
export function placeOf({ dataset, partition }: Pick<Identity, 'dataset' | 'partition'>) {
  return dataset === null || partition === null ? undefined : { dataset, partition };
}

/** The key of an execution's manifest under a run id. */
export function manifestKeyFor(identity: Identity, runId = identity.runId): string {
  const place = placeOf(identity);
  if (place === undefined) return unassignedKeyFor(identity, runId);
  return keys.manifest(place.dataset, place.partition, runId);
}

/** The key of its manifest if it has no place. */
export function unassignedKeyFor({ startedAt }: Identity, runId: string): string {
  return keys.unassignedManifest(startedAt.slice(0, 10), runId);
}

/** What others are to read of an open identity that was derived. */
export function identityRecord(
  { executionArn, startedAt, dataset }: Identity,
  partition: string | null,
): IdentityRecord {
  return { schemaVersion: 1, executionArn, startedAt, dataset: dataset ?? '', partition };
}

/**
 * Whether two start times under one name are of one execution. A name can come again 90 days after its execution ended, so everything
 * within a day is the same start: given to the millisecond by an event, to the second by another source, or known by the claim only.
 */
export function isSameStart(a: string, b: string): boolean {
  return Math.abs(Date.parse(a) - Date.parse(b)) <= DAY_MS;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (input: unknown): Fields => (typeof input === 'object' && input !== null ? (input as Fields) : {});
