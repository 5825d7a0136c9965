import type { Dataset } from '../../contracts/dataset/dataset';
import type { PartitionRecord } from '../../contracts/run/partition-record';
import { statusOf } from '../../domain/partition/status';
import type { Need, UpstreamState } from '../../domain/source/judge-upstreams';
import { inParallel } from '../aws/parallel';
import { lookAtRecord } from '../ledger/partition-record';
import { valueOrNone } from '../store/reading';
import type { Store } from '../store/store';

/** Of one partition's upstreams: few, because several partitions are looked at at a time. */
const AT_A_TIME = 4;

/**
 * How the upstream partitions stand while a backfill is planned: each is read at most once, and not at all where the survey of its own
 * dataset has read it before. Only what is needed of a record is kept.
 */
export class UpstreamStates {
  readonly #states = new Map<string, Promise<UpstreamState>>();
  readonly #upstreams: ReadonlySet<string>;

  constructor(
    private readonly ledger: Store,
    private readonly now: Date,
    datasets: ReadonlyMap<string, Dataset>,
  ) {
    this.#upstreams = new Set(
      [...datasets.values()].flatMap(({ upstreams }) => upstreams.map(({ dataset }) => dataset)),
    );
  }

  /** The needs with their states. */
  of(needs: readonly Need[]): Promise<(Need & { readonly state: UpstreamState })[]> {
    return inParallel(needs, AT_A_TIME, async (need) => ({ ...need, state: await this.#stateOf(need) }));
  }

  /** Keeps what the survey found about a partition, if a dataset may ask for it. */
  note(dataset: Dataset, partition: string, record: PartitionRecord | undefined, planned: boolean): void {
    if (!this.#upstreams.has(dataset.name)) return;
    const status = statusOf(dataset, partition, record, this.now);
    this.#states.set(keyOf(dataset, partition), Promise.resolve({ status, planned }));
  }

  #stateOf({ upstream, partition }: Need): Promise<UpstreamState> {
    const key = keyOf(upstream, partition);
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state = this.#read(upstream, partition);
    this.#states.set(key, state);
    return state;
  }

  async #read(upstream: Dataset, partition: string): Promise<UpstreamState> {
    // Of one that is unreadable nothing is known, as of one without a run.
    const record = valueOrNone(await lookAtRecord(this.ledger, { dataset: upstream.name, partition }));
    return { status: statusOf(upstream, partition, record, this.now), planned: false };
  }
}

const keyOf = ({ name }: Dataset, partition: string) => `${name}/${partition}`;
