import { claimPartition } from '../../lambdas/claim-partition/claim-partition';
import { circuitSchema, type Circuit } from '../../core/contracts/run/circuit';
import { keys } from '../../core/contracts/keys';
import { partitionRecordSchema } from '../../core/contracts/run/partition-record';
import { DEFAULT_STEP_RETRIES } from '../../core/contracts/dataset/retries';
import type { Loaded, Run } from '../../core/contracts/run/steps';
import { childNameOf } from '../../core/domain/backfill/backfill-plan';
import { expectedPartitions } from '../../core/domain/partition/calendar';
import { loadPartition } from '../../lambdas/load-partition/load-partition';
import { planBackfill } from '../../lambdas/plan-backfill/plan-backfill';
import { classify } from '../../core/runtime/aws/classify';
import { inParallel } from '../../core/runtime/aws/parallel';
import { publish } from '../../core/runtime/ledger/partition-record';
import { recordEnding } from '../../core/runtime/recording/record-ending';
import type { EndingReport } from '../../core/runtime/recording/report';
import { MemoryS3 } from '../helpers/memory-s3';
import { arnOf, CODE_VERSION, dataset, publication, registry } from '../helpers/runs';
import { SweepWorld } from '../helpers/sweeping';

/**
 * A dependency down for six hours, by the code of the steps and of the sweep, in memory: hourly runs, and a backfill of 20 children in the
 * midst of it. The same as `npm run local -- tour circuit` tells through the synthesized machines.
 */

const at = (time: string) => new Date(`2026-01-${time}:00.000Z`);
const DOWN = { from: at('20T22:00'), to: at('21T04:00') };
const MINUTE = 60_000;
/** As the machine starts them. */
const CHILDREN_AT_A_TIME = 4;

class Outage extends SweepWorld {
  readonly source = new MemoryS3();
  /** Requests to the source while it was down. */
  callsInVain = 0;
  readonly live = new Set<string>();
  /** What the sweep started runs with, by name. */
  readonly inputs = new Map<string, object>();

  constructor(enabled: boolean) {
    super();
    const definition = dataset({ calendar: { firstPartition: '2026-01-19T23' }, circuit: { enabled } });
    this.datasets = registry(definition);
    this.now = at('20T21:00');
    for (const partition of expectedPartitions(definition, new Date(0), at('21T06:00'))) {
      this.source.put('source-bucket', `flights/${partition.replaceAll(/[-T]/g, '/')}/a.csv`, 'id\n1\n');
    }
  }

  get circuit(): Circuit | undefined {
    return circuitSchema.optional().parse(this.s3.json('ledger', keys.circuit('source-bucket')));
  }

  /** One execution of PartitionRun, to its end. */
  async run(partition: string, name: string, backfillId?: string): Promise<void> {
    const run = await this.begin(partition, name, backfillId);
    if (run !== undefined) await this.work(run, backfillId);
  }

  async begin(partition: string, name: string, backfillId?: string): Promise<Run | undefined> {
    this.live.add(name);
    const ref = this.#ref(partition, name, backfillId);
    const claimed = await claimPartition(
      {
        env: { CODE_VERSION } as never,
        datasets: this.datasets,
        ledger: this.s3.store('ledger'),
        logger: this.recorder().logger,
        now: () => this.now,
        isRunning: async ({ runId }) => this.live.has(runId),
        isRedriven: async () => false,
      },
      { input: ref.input, execution: ref },
    );
    if (claimed.claimed) return claimed.run;
    await this.#end(ref, claimed);
    return undefined;
  }

  async work(run: Run, backfillId?: string): Promise<void> {
    const ref = this.#ref(run.partition, run.runId, backfillId);
    try {
      const load = await this.#load(run);
      const mine = publication(run.runId, { planKey: load.planKey });
      await publish(this.s3.store('ledger'), run, run.fence, mine);
      await this.#end(ref, { run, publish: { Payload: { ending: mine.ending, files: 1, published: 1 } } });
    } catch (error) {
      const { name, message } = classify(error);
      const Cause = JSON.stringify({ errorMessage: message, errorType: name });
      await this.#end(ref, { run, failed: { LoadPartition: { Error: name, Cause } } });
    }
  }

  /** LoadPartition with the retries of the machine. */
  async #load(run: Run): Promise<Loaded> {
    for (let retryCount = 0; ; retryCount += 1) {
      try {
        const load = await loadPartition(
          {
            env: { BATCH_BYTES: 1_000_000, CODE_VERSION } as never,
            datasets: this.datasets,
            s3: this.source.client(() => this.#fault()).s3,
            ledger: this.s3.store('ledger'),
            logger: this.recorder().logger as never,
            now: () => this.now,
          },
          { run, retryCount },
        );
        if (load.ready) return load;
        throw new Error('nothing is waited for here');
      } catch (error) {
        if (!classify(error).retryable || retryCount === DEFAULT_STEP_RETRIES) throw error;
      }
    }
  }

  #fault(): Error | undefined {
    if (this.now < DOWN.from || this.now >= DOWN.to) return undefined;
    this.callsInVain += 1;
    return Object.assign(new Error('down'), { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } });
  }

  #ref(partition: string, name: string, backfillId?: string) {
    const of = { dataset: 'flights', partition };
    const input =
      this.inputs.get(name) ??
      (backfillId === undefined ? { ...of, trigger: 'schedule' } : { ...of, trigger: 'backfill', backfillId });
    return { arn: arnOf(name), name, startTime: this.now.toISOString(), input };
  }

  async #end(execution: EndingReport['execution'], state: unknown): Promise<void> {
    await recordEnding(this.recorder(), { execution, state, closed: undefined });
    this.live.delete(execution.name);
  }

  /** LoadPartition alone: from here on the run has its plan, and does not ask the source again. */
  async loadOnly(run: Run): Promise<void> {
    await this.#load(run);
  }

  /** One execution of Backfill: the partitions that it ran. */
  async backfill(name: string, input: unknown): Promise<string[]> {
    const ledger = this.s3.store('ledger');
    const execution = { arn: arnOf(name), name, startTime: this.now.toISOString() };
    const context = {
      datasets: this.datasets,
      logger: this.recorder().logger as never,
      now: () => this.now,
      ledger,
      source: { objects: async () => [] },
      isRunning: async () => false,
      codeVersion: CODE_VERSION,
    };
    const planned = await planBackfill(context, { input, execution, retryCount: 0 });
    if (!planned.planned) throw new Error(planned.detail);
    const items = planned.waves.flatMap((wave) => wave.items);
    await inParallel(items, CHILDREN_AT_A_TIME, (item) => this.run(item.partition, childNameOf(name, item), name));
    return items.map(({ partition }) => partition);
  }

  endings(code: string): Set<string> {
    const manifests = this.manifestKeys().map((key) => this.s3.json('ledger', key));
    return new Set(manifests.filter((one) => one.reason.code === code).map((one) => one.partition as string));
  }

  publishedBy(partition: string): string | undefined {
    const stored = this.s3.json('ledger', keys.partition('flights', partition));
    return partitionRecordSchema.optional().parse(stored)?.publication?.runId;
  }

  unpublished(): string[] {
    const all = expectedPartitions(this.datasets.get('flights')!, new Date(0), at('21T04:00'));
    return all.filter((partition) => this.publishedBy(partition) === undefined);
  }
}

/** Ten minutes at a time: a sweep, the recoveries that it starts, the hourly run where one is due. */
async function story(enabled: boolean): Promise<{ world: Outage; recovered: string[] }> {
  const world = new Outage(enabled);
  const recovered: string[] = [];
  let old: Run | undefined;
  for (; world.now < at('21T05:00'); world.minutesLater(5)) {
    const time = world.now.toISOString().slice(8, 16);
    if (time.endsWith('0')) {
      const before = world.backfills.length;
      const started = world.started.length;
      await world.sweep();
      for (const { name, input } of world.started.slice(started)) {
        world.inputs.set(name, input);
        await world.run(name.slice(-'yyyy-MM-ddTHH'.length), name);
      }
      for (const { name, input } of world.backfills.slice(before))
        recovered.push(...(await world.backfill(name, input)));
    }
    if (time.endsWith(':15')) {
      const partition = new Date(world.now.getTime() - 75 * MINUTE).toISOString().slice(0, 13);
      await world.run(partition, `hourly-${partition}`);
    }
    // A run that read its source before the outage, and takes until long after the circuit has opened.
    if (time === '20T21:50') old = await world.begin('2026-01-19T23', 'old');
    if (time === '20T21:55' && old !== undefined) await world.loadOnly(old);
    if (time === '20T22:30') await world.backfill('by-hand', { start: '2026-01-20T00', end: '2026-01-20T20' });
    if (time === '20T23:35' && old !== undefined) {
      const before = world.circuit;
      await world.work(old);
      // It succeeded, and says nothing about the source of now.
      expect(world.circuit).toEqual(before);
      expect(before?.openUntil ?? null).toEqual(enabled ? expect.any(String) : null);
    }
  }
  return { world, recovered };
}

test('six hours of outage: one trip, one recovery, nothing lost, and the source is left alone', async () => {
  const { world, recovered } = await story(true);
  const without = (await story(false)).world;

  const skipped = world.endings('CIRCUIT_OPEN');
  const failed = world.endings('SOURCE_UNAVAILABLE');
  expect(skipped.size).toBeGreaterThanOrEqual(15);
  // The probe that closed it was a partition's own try.
  const byTries = [...world.endings('COMPLETE')].filter((partition) =>
    world.publishedBy(partition)?.startsWith('again-'),
  );
  expect(byTries).toHaveLength(1);
  expect(new Set([...recovered, ...byTries])).toEqual(new Set([...skipped, ...failed]));
  expect(recovered).toHaveLength(new Set(recovered).size);
  expect(world.unpublished()).toEqual([]);
  expect(world.backfills).toHaveLength(1);
  const trips = world.posts.filter(({ text }) => text.includes('Circuit source-bucket OPEN'));
  expect(trips).toHaveLength(1);
  expect(world.calls.filter(({ incident }) => incident.kind === 'circuit').map(({ over }) => over)).toEqual([
    false,
    true,
  ]);
  expect(world.circuit).toMatchObject({ openUntil: null, recoveryOwed: null, notices: [], trouble: null });

  expect(without.endings('SOURCE_UNAVAILABLE').size).toBe(25);
  // An hour after the end of it their last tries have only begun.
  expect(without.unpublished()).toHaveLength(14);
  expect(without.circuit).toBeUndefined();
  expect(world.callsInVain * 2).toBeLessThan(without.callsInVain);
});
