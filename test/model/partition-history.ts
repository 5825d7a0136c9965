import { endingOf, type ReasonCode } from '../../lambdas/contracts/endings';
import { NEVER_STARTED_RUN_ID } from '../../lambdas/contracts/keys';
import {
  EMPTY_RECORD,
  NO_RECORDS,
  type PartitionRecord,
  type Publication,
} from '../../lambdas/contracts/partition-record';
import { decideClaim, decidePublish, decideSeal } from '../../lambdas/domain/protocol';
import { EPOCH_MS } from './naive-calendar';
import type { Random } from './random';

/**
 * A random history of one partition, told twice: to the real protocol, which keeps a record, and to a bystander, who writes down in
 * plain words what a partition's standing should be.
 */

/** What the bystander says. */
export type Naive =
  { readonly kind: 'published' | 'running' | 'ended'; readonly runId: string } | { readonly kind: 'nothing' };

export interface History {
  /** Undefined where nobody ever wrote one. */
  readonly record: PartitionRecord | undefined;
  readonly naive: Naive;
  readonly runs: number;
}

export interface Situation {
  readonly expected: boolean;
  /** Minutes since 2019: when the partition is over, its deadline, the first sweep, and until when the history goes. */
  readonly over: number;
  readonly deadline: number;
  readonly deployed: number;
  readonly now: number;
}

const FAULTS = ['SOURCE_EMPTY', 'TIME_LIMIT', 'STOPPED_BY_OPERATOR', 'INTERNAL_ERROR', 'UPSTREAM_MISSING'] as const;
const SWEEP_EVERY = 10;
const time = (minute: number): Date => new Date(EPOCH_MS + minute * 60_000);
const refOf = (code: ReasonCode) => ({ status: endingOf(code).status, code });

class Partition {
  record: PartitionRecord = EMPTY_RECORD;
  touched = false;
  runs = 0;
  /** The bystander's notes. */
  publishedBy: string | undefined;
  heldBy: string | undefined;
  lastEnded: string | undefined;
  /** Runs whose execution is closed, and nobody has recorded them. */
  readonly unrecorded: { runId: string; code: ReasonCode; at: number }[] = [];

  constructor(
    private readonly random: Random,
    private readonly expected: boolean,
  ) {}

  /** One run from claim to close, and when that was; it may end without anybody noticing (event lost), and then a sweep is owed. */
  run(start: number, now: number): number {
    this.runs += 1;
    const runId = `run-${this.runs}`;
    const reprocess = this.random.chance(0.2);
    const end = start + (this.random.chance(0.15) ? this.random.int(40, 1200) : this.random.int(1, 40));
    // Whoever holds it is closed by now: the runs of a history follow each other, except the one that still goes on at the end.
    const me = { runId, executionArn: `arn:${runId}`, reprocess };
    const claimed = decideClaim(this.record, me, time(start), false);
    if (claimed.kind === 'refuse') {
      this.close({ runId, code: claimed.code, at: start }, now);
      return start;
    }
    if (claimed.kind !== 'take') throw new Error(`a new run cannot be ${claimed.kind}`);
    this.write(claimed.next);
    this.heldBy = runId;
    if (end > now) return end;
    if (!this.random.chance(0.6)) {
      this.close({ runId, code: this.random.pick(FAULTS), at: end }, now);
      return end;
    }
    const published = decidePublish(this.record, claimed.fence, publicationOf(runId, end));
    if (published.kind !== 'swap') throw new Error(`a holder's publication cannot be ${published.kind}`);
    this.write(published.next);
    this.publishedBy = runId;
    // Also a run that is stopped after it has published.
    this.close({ runId, code: this.random.chance(0.2) ? 'STOPPED_BY_OPERATOR' : 'COMPLETE', at: end }, now);
    return end;
  }

  /** A second run that comes while the holder's execution runs. */
  intrude(at: number, now: number): void {
    this.runs += 1;
    const me = { runId: `run-${this.runs}`, executionArn: 'arn', reprocess: this.random.chance(0.5) };
    const claimed = decideClaim(this.record, me, time(at), true);
    if (claimed.kind !== 'refuse') throw new Error(`an intruder cannot be ${claimed.kind}`);
    this.close({ runId: me.runId, code: claimed.code, at }, now);
  }

  private close(ended: { runId: string; code: ReasonCode; at: number }, now: number): void {
    if (this.random.chance(0.3)) this.unrecorded.push(ended);
    else if (ended.at <= now) this.recordEnding(ended);
  }

  recordEnding({ runId, code, at }: { runId: string; code: ReasonCode; at: number }): void {
    const speaksForPartition =
      this.expected && !['ALREADY_PUBLISHED', 'ALREADY_RUNNING', 'PUBLISHED_BY_ANOTHER_RUN'].includes(code);
    for (let times = this.random.int(1, 2); times > 0; times -= 1) {
      const { next } = decideSeal(this.record, { runId, ending: refOf(code), at: time(at), speaksForPartition });
      if (next !== undefined) this.write(next);
    }
    if (this.heldBy === runId) {
      this.heldBy = undefined;
      this.lastEnded = runId;
    } else if (speaksForPartition && this.heldBy === undefined && this.publishedBy === undefined) {
      // Recorded late: only where no later run has ended since. Runs are numbered in the order in which they end.
      const later = this.lastEnded !== undefined && numberOf(this.lastEnded) > numberOf(runId);
      if (!later) this.lastEnded = runId;
    }
  }

  sweep(at: number, deadline: number): void {
    for (const ended of this.unrecorded.splice(0)) {
      if (ended.at <= at) this.recordEnding(ended);
      else this.unrecorded.push(ended);
    }
    const untouched = this.heldBy === undefined && this.publishedBy === undefined && this.lastEnded === undefined;
    if (this.expected && at > deadline && untouched) {
      this.recordEnding({ runId: NEVER_STARTED_RUN_ID, code: 'NEVER_STARTED', at });
    }
  }

  get naive(): Naive {
    if (this.publishedBy !== undefined) return { kind: 'published', runId: this.publishedBy };
    if (this.heldBy !== undefined) return { kind: 'running', runId: this.heldBy };
    return this.lastEnded === undefined ? { kind: 'nothing' } : { kind: 'ended', runId: this.lastEnded };
  }

  private write(next: PartitionRecord): void {
    if (next.fence < this.record.fence) throw new Error('the fence fell');
    this.record = next;
    this.touched = true;
  }
}

/** `never-started` is there only before any run. */
const numberOf = (runId: string): number => (runId === NEVER_STARTED_RUN_ID ? 0 : Number(runId.slice(4)));

export function historyOf(random: Random, { expected, over, deadline, deployed, now }: Situation): History {
  const partition = new Partition(random, expected);
  let at = Math.max(over, deployed) + random.int(0, 30);
  let nextSweep = deployed + random.int(0, SWEEP_EVERY - 1);
  const sweepUpTo = (until: number): void => {
    // Sweeps that find nothing to do change nothing: one is enough for a quiet time, and one right after the deadline.
    for (const moment of [deadline + 1, until]) {
      if (moment < nextSweep || moment > Math.min(until, now)) continue;
      const swept = moment - ((moment - nextSweep) % SWEEP_EVERY);
      partition.sweep(swept, deadline);
      nextSweep = swept + SWEEP_EVERY;
    }
  };
  // Partitions that nobody expects are now and then processed all the same, before they were retired or paused.
  const attempts = random.chance(expected ? 0.85 : 0.1) ? random.int(1, 4) : 0;
  for (let i = 0; i < attempts && at <= now; i += 1) {
    sweepUpTo(at);
    const end = partition.run(at, now);
    if (partition.heldBy !== undefined && partition.unrecorded.length === 0) {
      // Still running: nothing can follow it but intruders.
      if (partition.publishedBy === undefined && at + 1 <= now && random.chance(0.3)) partition.intrude(at + 1, now);
      break;
    }
    at = end + random.int(1, 3000);
  }
  sweepUpTo(now);
  return { record: partition.touched ? partition.record : undefined, naive: partition.naive, runs: partition.runs };
}

function publicationOf(runId: string, minute: number): Publication {
  return {
    runId,
    executionArn: `arn:${runId}`,
    ending: refOf('COMPLETE'),
    publishedAt: time(minute).toISOString(),
    definitionHash: 'd',
    codeVersion: 'c',
    files: [],
    quarantineFiles: [],
    records: NO_RECORDS,
    source: {
      kind: 'primary',
      bucket: 'b',
      prefix: 'p',
      objects: 1,
      bytes: 1,
      newestAgeSeconds: 0,
      complete: true,
      listingHash: 'h',
    },
    upstreams: [],
    planKey: 'plans/x',
    failedBatches: [],
  };
}
