import { z } from 'zod';
import type { Dataset } from '../../contracts/dataset/dataset';
import { identitySchema, type IdentityRecord } from '../../contracts/run/identity';
import { keys, runIdOfReuse } from '../../contracts/keys';
import {
  identityOf,
  identityRecord,
  isOpen,
  isSameStart,
  manifestKeyFor,
  partitionBy,
  unassignedKeyFor,
  type Described,
  type Identity,
} from '../../domain/partition/identity-of-run';
import type { Logger } from '../aws/logger';
import { putOnce, recordedOr } from '../store/once';
import { valueOrNone } from '../store/reading';
import type { Store } from '../store/store';

/**
 * Which run an execution is (docs/decisions/identity.md): its place, and the run id under which it claims, publishes and is recorded.
 * ClaimPartition and every recorder ask here, and get the same answer.
 */

export interface IdentityContext {
  readonly ledger: Store;
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly logger: Pick<Logger, 'error'>;
}

/**
 * What an execution is about. Costs nothing where its input says it. Otherwise the first who asks writes it down, by what is known of the
 * execution's claim (`claimedPartition`; undefined: nothing), or by the definition that it has; all others read that.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function identify(
  context: IdentityContext,
  execution: Described,
  claimedPartition: () => Promise<string | null | undefined> = async () => undefined,
): Promise<Identity> {
  const identity = identityOf(execution);
  if (!isOpen(identity)) return identity;
  const found = await keptIdentity(context, identity);
  if (typeof found.kept === 'object') return { ...identity, partition: found.kept.partition };
  const claimed = await claimedPartition();
  const definition = context.datasets.get(identity.dataset ?? '');
  const partition = claimed === undefined ? partitionBy(definition, identity) : claimed;
  // What can't be read can't be replaced either: it is written once.
  if (found.kept === 'unreadable') return { ...identity, partition };
  const record = identityRecord(identity, partition);
  const kept = recordedOr(record, await putOnce(context.ledger, found.key, record, identitySchema));
  return { ...identity, partition: kept.partition };
}

async function keptIdentity(
  { ledger, logger }: IdentityContext,
  { executionName, startedAt, runId }: Identity,
): Promise<{ readonly key: string; readonly kept: IdentityRecord | 'unreadable' | undefined }> {
  const read = async (key: string) => {
    const reading = await ledger.read(key, identitySchema);
    if (reading.kind !== 'unreadable') return { key, kept: valueOrNone(reading) };
    logger.error('an identity cannot be read: it is derived anew', { key, why: reading.why });
    return { key, kept: 'unreadable' as const };
  };
  const first = await read(keys.identity(runId));
  const isAnothers = typeof first.kept === 'object' && !isSameStart(first.kept.startedAt, startedAt);
  return isAnothers ? read(keys.identity(runIdOfReuse(executionName, startedAt))) : first;
}

/** Where an execution's manifest is, or is going to be. */
export interface Slot {
  readonly runId: string;
  readonly manifestKey: string;
  /** The JSON that is there; undefined where nothing is. */
  readonly recorded: unknown;
  /** Where something is there that is no JSON: what is wrong with it. */
  readonly unreadable: string | undefined;
}

const startedSchema = z.object({ times: z.object({ started: z.iso.datetime() }) });

/**
 * The run id and the manifest's key of an execution: those of its name, unless the manifest of an earlier execution of that name stands
 * there. One request; one more where the name was used before.
 * @param formerly asks also under `runs/_unassigned/`, where the release before recorded what was not deployed
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function slotOf(ledger: Store, identity: Identity, formerly: boolean): Promise<Slot> {
  const named = await readSlot(ledger, identity.runId, manifestKeyFor(identity));
  if (isAnothers(named, identity)) {
    const runId = runIdOfReuse(identity.executionName, identity.startedAt);
    return readSlot(ledger, runId, manifestKeyFor(identity, runId));
  }
  if (named.recorded !== undefined || named.unreadable !== undefined || !formerly) return named;
  const unassigned = await readSlot(ledger, identity.runId, unassignedKeyFor(identity, identity.runId));
  return unassigned.recorded === undefined || isAnothers(unassigned, identity) ? named : unassigned;
}

/** What can't be read, or says nothing of its start, counts as the execution's own: what is there is never passed over. */
function isAnothers({ recorded }: Slot, { startedAt, claimed }: Identity): boolean {
  const started = startedSchema.safeParse(recorded).data?.times.started;
  return !claimed && started !== undefined && !isSameStart(started, startedAt);
}

async function readSlot(ledger: Store, runId: string, manifestKey: string): Promise<Slot> {
  const reading = await ledger.read(manifestKey, z.unknown());
  const unreadable = reading.kind === 'unreadable' ? reading.why : undefined;
  return { runId, manifestKey, recorded: valueOrNone(reading), unreadable };
}
