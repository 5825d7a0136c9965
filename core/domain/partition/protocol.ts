import type { EndingRef, PartitionRecord, Publication } from '../../contracts/run/partition-record';

/**
 * The decisions of the protocol (`docs/design.md` §4) as pure functions from the partition record: what a claim, a publication and
 * a seal may do with what is there. They read nothing and write nothing; `runtime/ledger/partition-record.ts` swaps what they decide.
 */

export type Holder = NonNullable<PartitionRecord['holder']>;

/** A run that wants to hold the partition. */
export interface Claimant {
  readonly runId: string;
  readonly executionArn: string;
  /** Replace what is published. */
  readonly reprocess: boolean;
  /** Only if the partition has had so many publications; undefined: whatever is published. */
  readonly publications?: number | undefined;
}

export type ClaimDecision =
  /** The partition is mine already: a retry of my own claim. */
  | { readonly kind: 'held'; readonly fence: number }
  | { readonly kind: 'take'; readonly fence: number; readonly next: PartitionRecord }
  | { readonly kind: 'refuse'; readonly code: 'ALREADY_PUBLISHED' | 'ALREADY_RUNNING'; readonly detail: string }
  /** It depends on whether the holder's execution still runs: ask, and decide again. */
  | { readonly kind: 'ask'; readonly holder: Holder }
  /** My ending is on record: I am the orphan of a closed execution, or was redriven. */
  | { readonly kind: 'over' };

/** Whether a run may have the partition. `holderRuns` is what is known of the holder's execution. */
export function decideClaim(
  record: PartitionRecord,
  me: Claimant,
  now: Date,
  holderRuns: boolean | undefined,
): ClaimDecision {
  const { publication, holder, fence } = record;
  if (recordedEnding(record, me.runId) !== undefined) return { kind: 'over' };
  if (holder?.runId === me.runId) return { kind: 'held', fence };
  if (publication !== null && !(me.reprocess && isMeant(record, me))) {
    const detail = `Published as ${publication.ending.status} by run ${publication.runId} at ${publication.publishedAt}.`;
    return { kind: 'refuse', code: 'ALREADY_PUBLISHED', detail };
  }
  if (holder !== null) {
    if (holderRuns === undefined) return { kind: 'ask', holder };
    if (holderRuns) {
      return { kind: 'refuse', code: 'ALREADY_RUNNING', detail: `Run ${holder.runId} holds it since ${holder.since}.` };
    }
  }
  const mine = { runId: me.runId, executionArn: me.executionArn, since: now.toISOString() };
  return { kind: 'take', fence: fence + 1, next: { ...record, fence: fence + 1, holder: mine } };
}

/** Whether what is published is still what the claimant was started to replace. */
function isMeant({ superseded }: PartitionRecord, { publications }: Claimant): boolean {
  return publications === undefined || publications === superseded.length + 1;
}

export type PublishDecision =
  /** My publication is there, or was until another replaced it: nothing to do. */
  | { readonly kind: 'published' }
  | { readonly kind: 'swap'; readonly next: PartitionRecord }
  /** The partition is not mine any more. */
  | { readonly kind: 'lost'; readonly detail: string }
  /** No other run took it from me: its record could not be read, and was put together anew without my claim. */
  | { readonly kind: 'void'; readonly detail: string };

/** Whether a run may publish: only while it holds the partition under the fence of its own claim. */
export function decidePublish(record: PartitionRecord, fence: number, publication: Publication): PublishDecision {
  const { holder, publication: former } = record;
  const { runId } = publication;
  if (former?.runId === runId || record.superseded.some((run) => run.runId === runId)) return { kind: 'published' };
  const { recovered } = record;
  if (recovered !== undefined && fence < recovered.fence && record.last?.runId !== runId) {
    const detail = `The record of the partition had become unreadable and was recovered: the claim of run ${runId}, of before, is void. A new run can publish.`;
    return { kind: 'void', detail };
  }
  if (holder === null) return { kind: 'lost', detail: `The ending of run ${runId} is on record already.` };
  if (holder.runId !== runId)
    return { kind: 'lost', detail: `Run ${holder.runId} holds the partition since ${holder.since}.` };
  if (record.fence !== fence) {
    return { kind: 'lost', detail: `The claim of run ${runId} has fence ${fence}, the partition ${record.fence}.` };
  }
  const superseded =
    former === null
      ? record.superseded
      : [{ runId: former.runId, ending: former.ending, records: former.records }, ...record.superseded];
  return { kind: 'swap', next: { ...record, publication, superseded } };
}

/** An ending that a recorder wants on record. */
export interface Sealing {
  readonly runId: string;
  /** How the run seems to have ended; what stands on record already overrules it. */
  readonly ending: EndingRef;
  /** When it ended. */
  readonly at: Date;
  /**
   * Whether the ending may become the partition's last although the run does not hold it: the partition is expected, and the ending
   * does not point to another run that has an ending of its own.
   */
  readonly speaksForPartition: boolean;
  /** How many runs with a temporary ending came right before, after which the sweep started this one; default 0. */
  readonly again?: number;
}

export interface SealDecision {
  /** The run's ending, which nothing can change once `next` (if any) is written. */
  readonly stands: EndingRef;
  /** The record to swap in; undefined where there is nothing to change. */
  readonly next: PartitionRecord | undefined;
}

/** How a run ends, and what becomes of the partition that it may still hold. After the swap no orphan of the run can publish. */
export function decideSeal(record: PartitionRecord, sealing: Sealing): SealDecision {
  const { runId } = sealing;
  const recorded = recordedEnding(record, runId);
  const stands = recorded ?? sealing.ending;
  const last = lastOf(record, stands, sealing);
  if (record.holder?.runId === runId) {
    return { stands, next: { ...record, holder: null, fence: record.fence + 1, last } };
  }
  if (recorded !== undefined) return { stands, next: undefined };
  const free = record.holder === null && record.publication === null;
  // A late recorder of an older run must not hide how a newer one ended.
  const newer = record.last !== null && Date.parse(record.last.at) > sealing.at.getTime();
  return { stands, next: sealing.speaksForPartition && free && !newer ? { ...record, last } : undefined };
}

/** The ending of a run that stands on record: its publication's, also where another replaced it, or as the partition's last. */
export function recordedEnding(record: PartitionRecord, runId: string): EndingRef | undefined {
  if (record.publication?.runId === runId) return record.publication.ending;
  const superseded = record.superseded.find((run) => run.runId === runId);
  if (superseded !== undefined) return superseded.ending;
  return record.last?.runId === runId ? record.last.ending : undefined;
}

function lastOf(
  { last }: PartitionRecord,
  ending: EndingRef,
  { runId, at, again = 0 }: Sealing,
): NonNullable<PartitionRecord['last']> {
  // Sealing again (an orphaned claim came back) keeps what the first seal wrote.
  if (last?.runId === runId) return last;
  const after = last === null ? {} : { after: last.ending };
  return { runId, ending, at: at.toISOString(), ...(again === 0 ? {} : { again }), ...after };
}
