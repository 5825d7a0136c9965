import type { Dataset } from '../../contracts/dataset/dataset';
import type { MissingReason } from '../../contracts/backfill/missing';
import { endingOf, type ReasonCode } from '../../contracts/run/endings';
import { DAY_MS } from '../../contracts/partition';
import type { PartitionRecord } from '../../contracts/run/partition-record';
import { deadlineOf, type Scheduled } from '../partition/calendar';
import { isLeftByCircuit } from '../run/circuit-verdict';
import { isMissing, statusOf } from '../partition/status';

/** A source as it is listed now. */
export interface Listing {
  readonly hash: string;
  readonly objects: number;
}

/** Everything that says whether an expected partition is missing. */
export interface Observation {
  readonly partition: string;
  readonly record: PartitionRecord | undefined;
  /** Undefined where it was not listed. */
  readonly listing: Listing | undefined;
  /** Whether an upstream publication that it was made from was replaced since, and the dataset wants to run again then. */
  readonly upstreamReplaced?: boolean;
}

/** The part of a definition that says what is missing. */
export type Expecting = Scheduled & Pick<Dataset, 'fallback'>;

export interface Missing {
  readonly reason: MissingReason;
  /** The code of the ending behind it, where there is one. */
  readonly code: ReasonCode | null;
}

/**
 * Why an expected partition is missing (`docs/design.md` §1); undefined when it is not. A run that holds the partition plays no part: the
 * caller knows whether that run goes on, and leaves the partition to it.
 */
export function whyMissing(dataset: Expecting, observation: Observation, now: Date): Missing | undefined {
  const { partition, record, listing } = observation;
  const free = record === undefined ? undefined : { ...record, holder: null };
  const status = statusOf(dataset, partition, free, now);
  const publication = record?.publication ?? null;
  const deadline = deadlineOf(dataset, partition);
  if (!isMissing(status, publication?.failedBatches.length ?? 0, now, deadline))
    return now > deadline ? (changeOf(dataset, record, listing) ?? upstreamChangeOf(observation)) : undefined;
  switch (status.kind) {
    case 'published':
      return { reason: 'FAILED_BATCHES', code: status.code };
    case 'ended':
      return { reason: endingOf(status.code).missingAs, code: status.code };
    default:
      // A run had it and is gone, and its ending is not on record yet.
      if (record?.holder) return { reason: 'FAILED', code: null };
      return { reason: 'NEVER_STARTED', code: null };
  }
}

/** Whether a partition's source is to be listed again: published, past its deadline, and within the late window. */
export function isCompared(
  dataset: Scheduled,
  { partition, record }: Pick<Observation, 'partition' | 'record'>,
  now: Date,
): boolean {
  if (!record?.publication) return false;
  const sinceDeadline = now.getTime() - deadlineOf(dataset, partition).getTime();
  return sinceDeadline > 0 && sinceDeadline <= dataset.lateWindowDays * DAY_MS;
}

/**
 * What happened to the source since it was published. A source that is empty now was tidied up by its owner: to process that again
 * would replace data with nothing (docs/decisions/backfill.md).
 */
function changeOf(
  { fallback }: Expecting,
  record: PartitionRecord | undefined,
  listing: Listing | undefined,
): Missing | undefined {
  const publication = record?.publication;
  if (!publication || listing === undefined || listing.objects === 0) return undefined;
  // Two listings of two places: their hashes say nothing.
  if (publication.source.kind === 'fallback')
    return wantsPrimary({ fallback }) ? { reason: 'FROM_FALLBACK', code: publication.ending.code } : undefined;
  if (listing.hash === publication.source.listingHash) return undefined;
  const { status, code } = publication.ending;
  return { reason: status === 'NO_DATA' ? 'DATA_ARRIVED' : 'SOURCE_CHANGED', code };
}

/** Whether what came from a fallback is to be replaced. A dataset that declares none any more wants none in its data. */
const wantsPrimary = ({ fallback }: Pick<Expecting, 'fallback'>): boolean => fallback?.owed ?? true;

/** Whether a partition would be missing because it came from the fallback, if only the primary had something. `listing`: of the primary. */
export function awaitsPrimary(
  dataset: Expecting,
  { record, listing }: Pick<Observation, 'record' | 'listing'>,
): boolean {
  const kind = record?.publication?.source.kind;
  return kind === 'fallback' && wantsPrimary(dataset) && (listing === undefined || listing.objects === 0);
}

/** Not where the source that it was made from is known to be empty now: a backfill would refuse to replace data with nothing. */
function upstreamChangeOf({ record, listing, upstreamReplaced = false }: Observation): Missing | undefined {
  const publication = record?.publication;
  if (!publication || !upstreamReplaced) return undefined;
  const { kind, objects } = publication.source;
  if (listing?.objects === 0 && kind === 'primary' && objects > 0) return undefined;
  return { reason: 'UPSTREAM_CHANGED', code: publication.ending.code };
}

/**
 * Why a partition is one that a circuit's trouble left behind: nothing is published, and its last run was skipped for an open circuit or
 * failed of what a circuit guards. Also before its deadline.
 */
export function leftByCircuit(
  { circuit }: Pick<Dataset, 'circuit'>,
  { record }: Pick<Observation, 'record'>,
): Missing | undefined {
  const code = record?.publication === null ? record.last?.ending.code : undefined;
  if (code === undefined || !isLeftByCircuit(code, circuit.counts)) return undefined;
  return { reason: endingOf(code).missingAs, code };
}
