import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { keys } from '../../core/contracts/keys';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import type { Registry } from '../../core/runtime/step/dataset-registry';
import { CODE_VERSION, PARTITION } from '../kit/runs';
import { daily, dataset, registry } from '../kit/datasets';
import type { Random } from '../model/random';
import { ModelWorld, type Invocation } from '../model/model-world';
import { jsonOf } from '../model/witness';

/** Objects of the source and their records, before and after the vendor delivers anew: one replaced, one more. */
const DELIVERIES = [
  { a: 3, b: 4, c: 5 },
  { a: 3, b: 7, c: 5, d: 6 },
] as const;
/** What every request meets once a history is over. */
const OVER = new Error('the history is over');

const FOLDER = 'flights/2026/01/20/05/';

/** Larger than any object, smaller than any two: each is a batch of its own. */
const BATCH_BYTES = 128;

const flights = dataset({ columns: { id: { type: 'string' } } });
/** One that looks for other hours by the same schedule, one whose records have to be validated anew, one without the dataset. */
const RELEASES: readonly Registry[] = [
  registry(flights),
  registry({ ...flights, availableMinutes: 75, deadlineMinutes: 180 }),
  registry(dataset({ columns: { id: { type: 'string', maxLength: 100 } } })),
  registry(daily()),
];

/** So many records in 100 bytes. */
function csv(records: number): string {
  const text = ['id', ...Array.from({ length: records }, (_, i) => `a-record-${i}`), ''].join('\n');
  return text.replace('a-record-0', 'a-record-0'.padEnd(10 + 100 - text.length, '-'));
}

/**
 * A world for all the steps of a run: the source, the engine (DuckDB, which computes for real), and a reader who looks at the partition
 * after every request.
 */
export class FullWorld extends ModelWorld {
  readonly counts = { reads: 0, computed: 0, reused: 0, deaths: 0, deliveries: 0 };
  /** Runs whose PublishPartition said that it published. */
  readonly promised = new Set<string>();
  private readonly engines = new Set<Invocation>();
  private readonly computing = new Set<Invocation>();
  /** Key of a file → hash of the content it had first. */
  private readonly contents = new Map<string, string>();
  private delivered = 0;
  private over = false;
  /** Wakes every process that ever waited, with an error. */
  private readonly asleep: (() => void)[] = [];

  constructor(random: Random) {
    super(random, RELEASES);
    this.memory.now = new Date('2026-01-20T05:59:00Z');
    this.deliver();
  }

  /** What a step is called with. */
  step(invocation: Invocation, datasets: Registry) {
    const quiet = (): void => undefined;
    return {
      env: {
        LEDGER_BUCKET: 'ledger',
        LAKE_BUCKET: 'lake',
        CODE_VERSION,
        BATCH_BYTES,
        ENGINE_MEMORY_MB: 128,
        ENGINE_SPILL_MB: 128,
      },
      datasets,
      s3: this.client(invocation),
      ledger: this.ledger(invocation),
      logger: { info: quiet, warn: quiet, error: quiet, debug: quiet },
      now: this.now,
      remainingMs: () => 600_000,
      usage: () => ({ seconds: 1, peakMb: 100, requests: 5 }),
      sampleKey: async () => 'a key of the tests',
    };
  }

  /** Does work that goes on between its requests without the scheduler: nothing else moves until it waits again or is over. */
  async computes<T>(invocation: Invocation, work: () => Promise<T>): Promise<T> {
    this.engines.add(invocation);
    try {
      return await work();
    } finally {
      this.computing.delete(invocation);
    }
  }

  override async settled(): Promise<void> {
    await super.settled();
    while (this.computing.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await super.settled();
    }
  }

  override proceed(index: number): void {
    const { invocation } = this.waiting[index]!;
    super.proceed(index);
    if (invocation.dead) this.counts.deaths += 1;
    else if (this.engines.has(invocation)) this.computing.add(invocation);
  }

  protected override turn(invocation: Invocation): Promise<void> {
    this.computing.delete(invocation);
    return new Promise((go, reject) => {
      if (this.over) return reject(OVER);
      this.asleep.push(() => reject(OVER));
      void super.turn(invocation).then(go);
    });
  }

  override client(invocation: Invocation): S3Client {
    const real = super.client(invocation);
    const send = async (command: never): Promise<unknown> => {
      try {
        return await (real.send as (command: never) => Promise<unknown>)(command);
      } finally {
        this.read();
      }
    };
    return { send } as unknown as S3Client;
  }

  /** The vendor replaces an object and adds one, at any moment, in one history of three. */
  override meanwhile(): void {
    if (this.calm || this.delivered > 1 || !this.random.chance(0.004)) return;
    this.deliver();
    this.counts.deliveries += 1;
  }

  override atEnd(): void {
    const record = this.record();
    if (!record?.publication) throw new Error(`nothing is published in the end\n${this.log.join('\n')}`);
    // A schedule that does not say what its time means can mean the hour before, where that was deployed.
    const records = this.memory
      .keys('ledger', 'partitions/')
      .map((key) => this.memory.json('ledger', key)) as PartitionRecord[];
    const recorded = new Set(
      records.flatMap(({ publication, superseded }) => [publication?.runId, ...superseded.map(({ runId }) => runId)]),
    );
    const lost = [...this.promised].filter((run) => !recorded.has(run));
    if (lost.length > 0) throw new Error(`${lost.join(', ')} published, and that is lost\n${this.log.join('\n')}`);
    // A process that was killed closes its files now, and can't do anything else any more.
    this.over = true;
    for (const wake of this.asleep.splice(0)) wake();
  }

  private deliver(): void {
    const delivery = DELIVERIES[Math.min(this.delivered, 1)]!;
    for (const [name, records] of Object.entries(delivery)) {
      const key = `${FOLDER}${name}.csv`;
      const body = csv(records);
      if (this.memory.text('source-bucket', key) !== body) this.memory.put('source-bucket', key, body);
    }
    this.log.push('the source is delivered');
    this.delivered += 1;
  }

  private record(): PartitionRecord | undefined {
    // While it cannot be read there is nothing to see.
    return jsonOf(this.memory.text('ledger', keys.partition('flights', PARTITION))) as PartitionRecord | undefined;
  }

  /** What a consumer sees: nothing yet, or one delivery, whole, in files that are all there and never change. */
  private read(): void {
    this.counts.reads += 1;
    const publication = this.record()?.publication;
    if (!publication) return;
    const found = publication.files.map(({ records }) => records).sort((a, b) => a - b);
    const whole = DELIVERIES.some((one) => String(Object.values(one).sort((a, b) => a - b)) === String(found));
    if (!whole) this.broken(`a reader sees files of ${String(found)} records: a mixture`);
    for (const { key, bytes } of publication.files) {
      const body = this.memory.objects.get(`lake/${key}`)?.body;
      if (body?.length !== bytes) this.broken(`a reader does not find ${key} with ${bytes} bytes`);
      const hash = createHash('sha256').update(body).digest('hex');
      if ((this.contents.get(key) ?? hash) !== hash) this.broken(`${key} has changed`);
      this.contents.set(key, hash);
    }
  }

  private broken(what: string): never {
    const error = new Error(`${what}\n${this.log.join('\n')}`);
    // Kept, because the code under test may catch what is thrown at it.
    this.witness.failure ??= error;
    throw error;
  }
}
