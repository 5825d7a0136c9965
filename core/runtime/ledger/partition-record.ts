import type { ClaimedCircuit } from '../../contracts/run/circuit';
import { InternalError, LedgerContention, PublishedByAnotherRun } from '../../contracts/errors';
import { keys } from '../../contracts/keys';
import {
  EMPTY_RECORD,
  partitionRecordSchema,
  type EndingRef,
  type PartitionRecord,
  type Publication,
} from '../../contracts/run/partition-record';
import {
  decideClaim,
  decidePublish,
  decideSeal,
  type Claimant,
  type Holder,
  type Sealing,
} from '../../domain/partition/protocol';
import type { Entry } from './circuit-record';
import { foundOrThrow, type Reading, type Stored, type Unreadable } from '../store/reading';
import { recoverRecord } from './recover-record';
import type { Store } from '../store/store';

/**
 * The protocol over S3: each function reads the partition record, decides (`domain/partition/protocol.ts`), and swaps. A swap that fails was
 * beaten by another run or was our own with its response lost; reading and deciding again tells the two apart.
 */

/** Which partition record. */
export interface PartitionRef {
  readonly dataset: string;
  readonly partition: string;
}

/** A partition has two or three writers at a time; nine lost races in a row are not a race any more. */
const MAX_TRIES = 10;

/** The record of a partition with its ETag: found, absent while no run has touched the partition, or unreadable. */
export function lookAtRecord(ledger: Store, of: PartitionRef): Promise<Reading<PartitionRecord>> {
  return ledger.read(keys.partition(of.dataset, of.partition), partitionRecordSchema);
}

/**
 * The record of the caller's own partition; undefined while no run has touched it. Who works for others as well takes {@link lookAtRecord}.
 * @throws InternalError when it is unreadable
 */
export async function readRecord(ledger: Store, of: PartitionRef): Promise<Stored<PartitionRecord> | undefined> {
  return foundOrThrow(await lookAtRecord(ledger, of));
}

export type ClaimResult =
  | {
      readonly claimed: true;
      readonly fence: number;
      readonly circuit?: ClaimedCircuit | undefined;
      /** Why the source may not be asked, only the fallback. */
      readonly primaryRefused?: string | undefined;
    }
  | {
      readonly claimed: false;
      readonly code: 'ALREADY_PUBLISHED' | 'ALREADY_RUNNING' | 'CIRCUIT_OPEN';
      readonly detail: string;
    };

/**
 * Takes the partition for a run, or says why not. Asking again gives a run its own claim back.
 * @throws InternalError when the run's ending is on record already (a redriven execution), or the record is unreadable: recording this
 *   run's ending recovers it
 * @throws LedgerContention when the swap is lost too often
 */
export function claim(
  ledger: Store,
  of: PartitionRef,
  me: Claimant,
  how: {
    readonly now: Date;
    readonly isRunning: (holder: Holder) => Promise<boolean>;
    /** Whether the run's own execution was redriven. */
    readonly isRedriven: () => Promise<boolean>;
    /** Whether the circuit of what the dataset depends on lets the run through. Asked only where it would have the partition. */
    readonly enter?: () => Promise<Entry>;
  },
): Promise<ClaimResult> {
  return swap<ClaimResult>(ledger, of, async (record) => {
    let decision = decideClaim(record, me, how.now, undefined);
    if (decision.kind === 'ask') decision = decideClaim(record, me, how.now, await how.isRunning(decision.holder));
    // Another run's ending may have replaced this run's own, so its absence proves nothing for an execution that was redriven. A record
    // that no run has touched can't have lost one, which spares a first run the question.
    if (decision.kind === 'take' && (record.fence > 0 || record.last !== null) && (await how.isRedriven())) {
      decision = { kind: 'over' };
    }
    switch (decision.kind) {
      case 'held':
      case 'take': {
        const entry: Entry = (await how.enter?.()) ?? { entered: true };
        // A partition that is held already is let go of when this ending is sealed.
        if (!entry.entered) return { result: { claimed: false, code: 'CIRCUIT_OPEN', detail: entry.detail } };
        const { circuit, primaryRefused } = entry;
        const result = { claimed: true, fence: decision.fence, circuit, primaryRefused } as const;
        return decision.kind === 'take' ? { result, next: decision.next } : { result };
      }
      case 'refuse':
        return { result: { claimed: false, code: decision.code, detail: decision.detail } };
      case 'over':
        throw new InternalError(
          `run ${me.runId} has its ending on record already: start a new run instead of redriving this one`,
        );
      case 'ask':
        throw new InternalError('the holder was asked for twice');
    }
  });
}

/**
 * Makes a publication official: the one swap that commits a run.
 * @throws PublishedByAnotherRun when the run does not hold the partition under its own fence any more
 * @throws InternalError when the record is unreadable, or was and the claim is void since it was recovered
 * @throws LedgerContention when the swap is lost too often
 */
export function publish(ledger: Store, of: PartitionRef, fence: number, publication: Publication): Promise<void> {
  return swap<void>(ledger, of, (record) => {
    const decision = decidePublish(record, fence, publication);
    switch (decision.kind) {
      case 'published':
        return { result: undefined };
      case 'swap':
        return { result: undefined, next: decision.next };
      case 'lost':
        throw new PublishedByAnotherRun(decision.detail);
      case 'void':
        throw new InternalError(decision.detail);
    }
  });
}

/** What stands after a seal. */
export interface Sealed {
  /** The run's final ending. */
  readonly ending: EndingRef;
  /** The partition record as it stands. */
  readonly record: PartitionRecord;
  /** That the record had become unreadable, and what it was recovered from; for people. */
  readonly recovered?: string;
}

/**
 * Puts a run's ending beyond change and lets go of the partition; also for runs that never held it. What stands already overrules
 * `sealing.ending`. A record that has become unreadable is recovered first, so that the ending can't contradict what was published.
 * @throws LedgerContention when the swap is lost too often
 * @throws InternalError when the record is unreadable and can't be recovered
 */
export async function seal(ledger: Store, of: PartitionRef, sealing: Sealing): Promise<Sealed> {
  let recovered: string | undefined;
  const recover = async (unreadable: Unreadable): Promise<void> => {
    const recovery = await recoverRecord(ledger, of, unreadable, sealing.at);
    if (recovery.kind === 'left') throw new InternalError(recovery.why, { details: { key: unreadable.key } });
    if (recovery.kind === 'recovered') recovered = recovery.how;
  };
  const sealed = await swap<Sealed>(
    ledger,
    of,
    (record) => {
      const { stands, next } = decideSeal(record, sealing);
      const result = { ending: stands, record: next ?? record };
      return next === undefined ? { result } : { result, next };
    },
    recover,
  );
  return recovered === undefined ? sealed : { ...sealed, recovered };
}

interface Decision<T> {
  readonly result: T;
  /** What to swap in; absent: nothing to change. */
  readonly next?: PartitionRecord;
}

async function swap<T>(
  ledger: Store,
  of: PartitionRef,
  decide: (record: PartitionRecord) => Decision<T> | Promise<Decision<T>>,
  recover?: (unreadable: Unreadable) => Promise<void>,
): Promise<T> {
  const key = keys.partition(of.dataset, of.partition);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const reading = await lookAtRecord(ledger, of);
    if (reading.kind === 'unreadable' && recover !== undefined) {
      await recover(reading);
      continue;
    }
    const stored = foundOrThrow(reading);
    const { result, next } = await decide(stored?.value ?? EMPTY_RECORD);
    if (next === undefined) return result;
    const swapped =
      stored === undefined ? ledger.putJson(key, next, { absent: true }) : ledger.swapJson(key, stored, next);
    if ((await swapped) !== undefined) return result;
  }
  throw new LedgerContention(`${key}: lost ${MAX_TRIES} compare-and-swaps in a row`, { details: { key } });
}
