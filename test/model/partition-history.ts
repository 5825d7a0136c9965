import { endingOf, type ReasonCode } from '../../core/contracts/run/endings';
import { NEVER_STARTED_RUN_ID } from '../../core/contracts/keys';
import {
  EMPTY_RECORD,
  NO_RECORDS,
  type PartitionRecord,
  type Publication,
} from '../../core/contracts/run/partition-record';
import { decideClaim, decidePublish, decideSeal } from '../../core/domain/partition/protocol';
import { Again, type Restarted } from './again';
import { EPOCH_MS } from './naive-calendar';
import type { Random } from './random';

/**
 * A random history of one partition, told twice: to the real protocol, which keeps a record, and to a bystander, who writes down in
 * plain words what a partition's status should be.
 */

/** What the bystander says. */
export type Naive =
  { readonly kind: 'published' | 'running' | 'ended'; readonly runId: string } | { readonly kind: 'nothing' };

export interface History {
  /** Undefined where none was ever written. */
  readonly record: PartitionRecord | undefined;
  readonly naive: Naive;
  readonly runs: number;
  /** Runs that the sweep started again. */
  readonly restarts: number;
}

export interface Situation {
  readonly expected: boolean;
  /** Minutes since 2019: when the partition is over, its deadline, the first sweep, and until when the history goes. */
  readonly over: number;
  readonly deadline: number;
  readonly deployed: number;
  readonly now: number;
  readonly dataset: Restarted;
  readonly partition: string;
}

const FAULTS = [
  'SOURCE_EMPTY',
  'TIME_LIMIT',
  'SOURCE_UNAVAILABLE',
  'STOPPED_BY_OPERATOR',
  'INTERNAL_ERROR',
  'UPSTREAM_MISSING',
] as const;
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
  /** Runs whose execution is closed, and which are not recorded. */
  readonly unrecorded: Closed[] = [];

  constructor(
    private readonly random: Random,
    private readonly expected: boolean,
    readonly again: Again,
  ) {}

  /**
   * One run from claim to close, and when that was; it may end unnoticed (event lost), and then a sweep has to come. `again`: how
   * many runs with a temporary ending came right before it, where the sweep started it.
   */
  run(start: number, now: number, again = 0): number {
    this.runs += 1;
    const runId = `run-${this.runs}`;
    const reprocess = this.random.chance(0.2);
    const end = start + (this.random.chance(0.15) ? this.random.int(40, 1200) : this.random.int(1, 40));
    // The run that holds it is closed by now: the runs of a history follow each other, except the one that still goes on at the end.
    const me = { runId, executionArn: `arn:${runId}`, reprocess };
    const claimed = decideClaim(this.record, me, time(start), false);
    if (claimed.kind === 'refuse') {
      this.close({ runId, code: claimed.code, at: start, again }, now);
      return start;
    }
    if (claimed.kind !== 'take') throw new Error(`a new run cannot be ${claimed.kind}`);
    this.write(claimed.next);
    this.heldBy = runId;
    // A sweep while a run holds it starts nothing, however long ago the next try was due.
    this.again.sweep(end - 1, this.record, false);
    if (end > now) return end;
    if (!this.random.chance(0.6)) {
      this.close({ runId, code: this.random.pick(FAULTS), at: end, again }, now);
      return end;
    }
    const published = decidePublish(this.record, claimed.fence, publicationOf(runId, end));
    if (published.kind !== 'swap') throw new Error(`a holder's publication cannot be ${published.kind}`);
    this.write(published.next);
    this.publishedBy = runId;
    // Also a run that is stopped after it has published.
    const code = this.random.chance(0.2) ? 'STOPPED_BY_OPERATOR' : 'COMPLETE';
    this.close({ runId, code, at: end, again }, now);
    return end;
  }

  /** A second run that comes while the holder's execution runs. */
  intrude(at: number, now: number): void {
    this.runs += 1;
    const me = { runId: `run-${this.runs}`, executionArn: 'arn', reprocess: this.random.chance(0.5) };
    const claimed = decideClaim(this.record, me, time(at), true);
    if (claimed.kind !== 'refuse') throw new Error(`an intruder cannot be ${claimed.kind}`);
    this.close({ runId: me.runId, code: claimed.code, at, again: 0 }, now);
  }

  private close(ended: Closed, now: number): void {
    if (this.random.chance(0.3)) this.unrecorded.push(ended);
    else if (ended.at <= now) this.recordEnding(ended);
  }

  recordEnding(ended: Closed): void {
    const { runId, code, at, again } = ended;
    const speaksForPartition =
      this.expected && !['ALREADY_PUBLISHED', 'ALREADY_RUNNING', 'PUBLISHED_BY_ANOTHER_RUN'].includes(code);
    for (let times = this.random.int(1, 2); times > 0; times -= 1) {
      const sealing = { runId, ending: refOf(code), at: time(at), speaksForPartition, again };
      const { next } = decideSeal(this.record, sealing);
      if (next !== undefined) this.write(next);
    }
    if (this.heldBy === runId) {
      this.heldBy = undefined;
      this.lastEnded = runId;
      this.again.noteEnding(ended);
    } else if (speaksForPartition && this.heldBy === undefined && this.publishedBy === undefined) {
      // Recorded late: only where no later run has ended since. Runs are numbered in the order in which they end.
      const later = this.lastEnded !== undefined && numberOf(this.lastEnded) > numberOf(runId);
      if (!later) {
        this.lastEnded = runId;
        this.again.noteEnding(ended);
      }
    }
  }

  /** A sweep: which try it starts, if any. */
  sweep(at: number, deadline: number): number | undefined {
    for (const ended of this.unrecorded.splice(0)) {
      if (ended.at <= at) this.recordEnding(ended);
      else this.unrecorded.push(ended);
    }
    const untouched = this.heldBy === undefined && this.publishedBy === undefined && this.lastEnded === undefined;
    if (this.expected && at > deadline && untouched) {
      this.recordEnding({ runId: NEVER_STARTED_RUN_ID, code: 'NEVER_STARTED', at, again: 0 });
    }
    const free = this.expected && this.heldBy === undefined && this.publishedBy === undefined;
    return this.again.sweep(at, this.touched ? this.record : undefined, free);
  }

  /** Whether a run is going whose end was not seen. */
  get isGoingOn(): boolean {
    return this.heldBy !== undefined && this.unrecorded.length === 0;
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

/** How a run ended, and as which try. */
export interface Closed {
  readonly runId: string;
  readonly code: ReasonCode;
  /** Minutes since 2019. */
  readonly at: number;
  readonly again: number;
}

/** `never-started` is there only before any run. */
const numberOf = (runId: string): number => (runId === NEVER_STARTED_RUN_ID ? 0 : Number(runId.slice(4)));

export function historyOf(random: Random, situation: Situation): History {
  const { expected, over, deadline, deployed, now } = situation;
  const upstreamAt = random.chance(0.5) ? deadline + random.int(-200, 12_000) : undefined;
  const again = new Again(situation.dataset, situation.partition, upstreamAt);
  const partition = new Partition(random, expected, again);
  let nextSweep = deployed + random.int(0, SWEEP_EVERY - 1);
  const sweepBefore = (moment: number): number => moment - ((moment - nextSweep) % SWEEP_EVERY);
  /** A sweep that comes meanwhile finds a run that holds it, and does nothing. */
  const skipTo = (end: number): void => {
    while (nextSweep <= end) nextSweep += SWEEP_EVERY;
  };
  /** Sweeps until then, with the runs that they start; when no run holds it any more. */
  const sweepUpTo = (until: number): number => {
    let free = until;
    for (;;) {
      const limit = Math.min(until, now);
      const due = again.dueAt;
      // Sweeps that find nothing to do change nothing: one is enough for a quiet time, one right after the deadline, and those around the
      // moment at which something is due.
      const moments = [deadline + 1, until, ...(due === undefined ? [] : [due - 1])].filter(
        (moment) => moment >= nextSweep && moment <= limit,
      );
      const sweeps = moments.map(sweepBefore);
      if (due !== undefined)
        sweeps.push(nextSweep + Math.max(0, Math.ceil((due - nextSweep) / SWEEP_EVERY)) * SWEEP_EVERY);
      const swept = Math.min(...sweeps.filter((at) => at <= limit));
      if (swept === Infinity) return free;
      nextSweep = swept + SWEEP_EVERY;
      const n = partition.sweep(swept, deadline);
      if (n === undefined) continue;
      const end = partition.run(swept, now, n);
      if (partition.heldBy !== undefined && end > now) return end;
      skipTo(end);
      free = Math.max(free, end + 1);
    }
  };
  let at = Math.max(over, deployed) + random.int(0, 30);
  // Partitions that are not expected are now and then processed all the same, before they were retired or paused.
  const attempts = random.chance(expected ? 0.85 : 0.1) ? random.int(1, 4) : 0;
  for (let i = 0; i < attempts && at <= now; i += 1) {
    at = sweepUpTo(at);
    if (at > now || partition.isGoingOn) break;
    const end = partition.run(at, now);
    if (partition.heldBy !== undefined && partition.unrecorded.length === 0) {
      // Still running: nothing can follow it but intruders.
      if (partition.publishedBy === undefined && at + 1 <= now && random.chance(0.3)) partition.intrude(at + 1, now);
      break;
    }
    skipTo(end);
    at = end + random.int(1, 3000);
  }
  sweepUpTo(now);
  const { record, touched, naive, runs } = partition;
  return { record: touched ? record : undefined, naive, runs, restarts: again.restarts };
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
