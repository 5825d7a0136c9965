import type { Dataset } from '../../core/contracts/dataset/dataset';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import type { Scheduled } from '../../core/domain/partition/calendar';
import { restartOf, tryName } from '../../core/domain/run/restart-plan';
import { EPOCH_MS } from './naive-calendar';
import type { Closed } from './partition-history';

/** The part of a definition that says what is started again. */
export type Restarted = Scheduled & Pick<Dataset, 'retry'>;

/** Ends for a while only, by the issue's own list as far as histories have them. */
const TEMPORARY: readonly string[] = ['TIME_LIMIT', 'SOURCE_UNAVAILABLE'];
const SEVEN_DAYS = 7 * 24 * 60;

/**
 * What sweeps start again of one partition, told twice: by the real plan from the record and a note for each run, and by a bystander who
 * knows in plain words how the last run ended and what was started after it. Throws where the two differ.
 */
export class Again {
  restarts = 0;
  #last: Closed | undefined;
  #answered = false;
  #upstreamUsed = false;
  /** What recorders leave in the ledger: one for each run, until it is of no use. */
  readonly #notes = new Set<string>();
  /** Names of executions, which Step Functions takes once. */
  readonly #names = new Set<string>();

  constructor(
    private readonly dataset: Restarted,
    private readonly partition: string,
    /** When its upstreams are published, minutes since 2019; undefined: never. */
    private readonly upstreamAt: number | undefined,
  ) {}

  /** A run ended, and that is how the partition stands. */
  noteEnding(ended: Closed): void {
    this.#last = ended;
    this.#answered = false;
    this.#notes.add(ended.runId);
  }

  /** From when on a sweep should start it again, as far as the last ending says; the bystander's word. */
  get dueAt(): number | undefined {
    if (this.#last === undefined || this.#answered) return undefined;
    const { code, at, again } = this.#last;
    if (TEMPORARY.includes(code)) {
      const wait = this.dataset.retry.minutes[again];
      return wait === undefined ? undefined : at + wait;
    }
    if (code !== 'UPSTREAM_MISSING' || this.upstreamAt === undefined || this.#upstreamUsed) return undefined;
    return Math.max(at, this.upstreamAt);
  }

  /** One sweep: as which try it starts the partition again (0: because of its upstreams); undefined where it does not. */
  sweep(at: number, record: PartitionRecord | undefined, free: boolean): number | undefined {
    const started = [...this.#notes].flatMap((runId) => this.#look(runId, at, record));
    const due = free ? this.dueAt : undefined;
    const isLate = this.#last?.code === 'UPSTREAM_MISSING' && at > this.#last.at + SEVEN_DAYS;
    const wanted = due !== undefined && at >= due && !isLate;
    if (started.length !== (wanted ? 1 : 0)) {
      const last = JSON.stringify(this.#last);
      throw new Error(`a sweep at ${at} starts ${started.join() || 'nothing'}, due is ${due}, after ${last}`);
    }
    if (!wanted) return undefined;
    this.restarts += 1;
    this.#answered = true;
    if (this.#last?.code === 'UPSTREAM_MISSING') this.#upstreamUsed = true;
    const [n] = started;
    if (n !== 0 && n !== (this.#last?.again ?? 0) + 1) throw new Error(`try ${n} after ${JSON.stringify(this.#last)}`);
    return n;
  }

  #look(runId: string, at: number, record: PartitionRecord | undefined): number[] {
    const now = new Date(EPOCH_MS + at * 60_000);
    const restart = restartOf(this.dataset, { partition: this.partition, runId }, record, now);
    switch (restart.kind) {
      case 'over':
        this.#notes.delete(runId);
        return [];
      case 'wait':
        return [];
      case 'start':
        return this.#startOnce(tryName('flights', this.partition, { n: restart.n, after: runId })) ? [restart.n] : [];
      case 'ask-upstreams': {
        const published = this.upstreamAt !== undefined && at >= this.upstreamAt;
        return published && this.#startOnce('upstream') ? [0] : [];
      }
    }
  }

  #startOnce(name: string): boolean {
    if (this.#names.has(name)) return false;
    this.#names.add(name);
    return true;
  }
}
