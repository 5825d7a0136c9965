import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import { arnOf, PARTITION } from '../kit/runs';
import { recordFromOutside, sweep } from './outside';
import { Random } from './random';
import { number, print } from './reports';
import { Machine } from './simulated-execution';
import { ModelWorld, type Invocation, type SimulatedExecution } from './model-world';

/** Who plays: the world around the code under test, its machines, and how many runs there are. */
export interface Cast {
  readonly world: (random: Random) => ModelWorld;
  readonly machine: (...of: ConstructorParameters<typeof Machine>) => Machine;
  /** Fewest and most. */
  readonly runs: readonly [number, number];
  /** A dice in [0, 1) is thrown before each request. Below this, an execution is stopped … */
  readonly cutBelow: number;
  /** … and below this a Lambda times out and runs on. Less where runs make more requests, so that some get through. */
  readonly timeOutBelow: number;
  /** Whether one more run comes at the end, alone and undisturbed: whatever happened before, it gets through. */
  readonly finalRun: boolean;
}

/** The protocol alone: the run that holds the partition publishes something. */
const PROTOCOL: Cast = {
  world: (random) => new ModelWorld(random),
  machine: (...of) => new Machine(...of),
  runs: [2, 6],
  cutBelow: 0.055,
  timeOutBelow: 0.075,
  finalRun: false,
};

/** What many histories held. */
export interface HistoryTally {
  histories: number;
  runs: number;
  requests: number;
  published: number;
  replaced: number;
  stopped: number;
  orphans: number;
  recorders: number;
  /** Messages that were posted again, because the first post was not known. */
  repeats: number;
  deployments: number;
  /** Documents that were made unreadable. */
  spoilt: number;
}

/**
 * Random histories of one partition: two to six runs, some told to reprocess, with retries, time-outs, deaths, lost responses, stops,
 * lost and repeated events, sweeps at any moment, and Lambdas that run on. The code is the real one (`claimPartition`, `publish`,
 * `recordRun`, `recordEnding`, `deliverOutbox`); each request waits for its turn, which the seed decides.
 */
export async function checkHistories(first: number, count: number): Promise<HistoryTally> {
  const all = await playHistories(PROTOCOL, first, count);
  print(
    `${number(all.histories)} histories of ${number(all.runs)} runs, ${number(all.requests)} requests: ${number(all.published)} runs published, ` +
      `${number(all.replaced)} publications replaced, ${number(all.stopped)} executions stopped from outside, ${number(all.orphans)} Lambdas timed out ` +
      `and ran on, ${number(all.recorders)} recorders from outside, ${number(all.deployments)} deployments, ${number(all.spoilt)} documents made ` +
      `unreadable; 0 invariants broken, ${number(all.repeats)} messages repeated after a post ` +
      `without receipt, none by two posters at once`,
  );
  return all;
}

/**
 * Plays histories, one seed each, with whatever cast.
 * @throws naming the seed and what happened in it, at the first invariant that is broken
 */
export async function playHistories(cast: Cast, first: number, count: number): Promise<HistoryTally> {
  const tally = { histories: 0, runs: 0, requests: 0, published: 0, replaced: 0, stopped: 0 };
  const all: HistoryTally = { ...tally, orphans: 0, recorders: 0, repeats: 0, deployments: 0, spoilt: 0 };
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      await new History(seed, cast).play(all);
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
  return all;
}

class History {
  private readonly random: Random;
  private readonly world: ModelWorld;
  private readonly machines = new Map<string, Machine>();
  private events: SimulatedExecution[] = [];
  private orphans = 0;
  private recorders = 0;
  private deployments = 0;
  private spoilt = 0;
  private active = 0;
  private failed: unknown;

  constructor(
    seed: number,
    private readonly cast: Cast,
  ) {
    this.random = new Random(seed);
    this.world = cast.world(this.random);
  }

  async play(tally: HistoryTally): Promise<void> {
    const { world, random } = this;
    const { cutBelow, timeOutBelow } = this.cast;
    const runs = random.int(...this.cast.runs);
    for (let toStart = runs; ;) {
      await world.settled();
      this.throwIfFailed();
      const dice = random.next();
      const running = [...this.machines].filter(([name]) => world.executions.get(name)?.status === 'RUNNING');
      world.pass(random.chance(0.02) ? random.int(60, 900) : random.int(0, 3));
      world.meanwhile();
      if (random.chance(0.01)) this.deploy();
      if (random.chance(0.003) && world.spoil()) this.spoilt += 1;
      if (toStart > 0 && (dice < 0.04 || world.waiting.length === 0)) this.start(runs - toStart--);
      else if (dice < cutBelow && running.length > 0)
        random.pick(running)[1].cut(random.pick(['ABORTED', 'TIMED_OUT']));
      else if (dice < timeOutBelow && running.length > 0) this.timeOut(random.pick(running)[1]);
      else if (dice < 0.13 && this.events.length > 0) this.deliver();
      else if (dice < 0.14 && this.active < 4) this.observe('sweep', (invocation) => sweep(this.world, invocation));
      else if (world.waiting.length > 0) world.proceed(Math.floor(random.next() * world.waiting.length));
      else if (this.events.length > 0) this.deliver();
      else if (toStart === 0) break;
    }
    await this.finish();
    this.count(tally);
  }

  private deploy(): void {
    this.deployments += 1;
    this.world.deploy(this.random.pick(this.world.releases));
  }

  /** By hand, by a schedule, or by a schedule of releases that did not say what its time means. */
  private input(): SimulatedExecution['input'] {
    const by = this.random.int(0, 4);
    if (by > 1) return { dataset: 'flights', partition: PARTITION, reprocess: this.random.chance(0.4) };
    const scheduled = { dataset: 'flights', scheduledTime: '2026-01-20T06:15:00Z', reprocess: false };
    return by === 0 ? scheduled : { ...scheduled, cadence: 'hourly', availableMinutes: 15 };
  }

  private start(index: number): void {
    const name = `run-${index + 1}`;
    const { world } = this;
    const execution: SimulatedExecution = {
      name,
      arn: arnOf(name),
      startTime: world.now().toISOString(),
      input: this.input(),
      pinned: world.datasets,
      status: 'RUNNING',
      closedAt: undefined,
    };
    world.executions.set(name, execution);
    world.log.push(`${name} starts${execution.input.reprocess ? ', to reprocess' : ''}`);
    const machine = this.cast.machine(world, execution, () => {
      // Best effort: an event may be lost, and may come twice. None for SUCCEEDED.
      if (execution.status === 'SUCCEEDED') return;
      for (let times = this.random.pick([0, 1, 1, 1, 2]); times > 0; times -= 1) this.events.push(execution);
    });
    this.machines.set(name, machine);
    machine.run().catch((error: unknown) => (this.failed ??= error));
  }

  private timeOut(machine: Machine): void {
    if (machine.timeOut !== undefined) this.orphans += 1;
    machine.timeOut?.();
  }

  private deliver(): void {
    const execution = this.events.splice(Math.floor(this.random.next() * this.events.length), 1)[0]!;
    this.observe(`event of ${execution.name}`, (invocation) => recordFromOutside(this.world, invocation, execution));
  }

  /** A Lambda outside the machines. What it throws is retried by a later sweep, as ledgers that do not answer are. */
  private observe(name: string, act: (invocation: Invocation) => Promise<void>): void {
    const invocation = this.world.invocation(`${name} (${(this.recorders += 1)})`, '');
    const over = (): void => void (this.active -= 1);
    this.active += 1;
    invocation.onDeath = over;
    act(invocation).then(over, (error: unknown) => {
      over();
      if (this.world.calm) this.failed ??= error;
    });
  }

  /** One more sweep, alone and undisturbed: after it everything must be complete. */
  private async finish(): Promise<void> {
    const { world } = this;
    world.calm = true;
    world.deploy(world.releases[0]!);
    // By then every message is due again, whatever became of its posts.
    world.pass(86_400);
    for (const [name, machine] of this.machines) {
      if (world.executions.get(name)?.status === 'RUNNING') machine.cut('TIMED_OUT');
    }
    if (this.cast.finalRun) {
      // What is unreadable costs the run that meets it first: a sweep comes before it.
      this.observe('sweep before the last run', (invocation) => sweep(this.world, invocation));
      for (await world.settled(); world.waiting.length > 0; await world.settled()) world.proceed(0);
      this.start(this.machines.size);
      for (await world.settled(); world.waiting.length > 0; await world.settled()) world.proceed(0);
    }
    this.observe('last sweep', (invocation) => sweep(this.world, invocation));
    for (await world.settled(); world.waiting.length > 0; await world.settled()) world.proceed(0);
    this.throwIfFailed();
    world.witness.complete();
    world.atEnd();
  }

  private throwIfFailed(): void {
    const failure = this.world.witness.failure ?? this.failed;
    if (failure instanceof Error) throw failure;
    if (failure !== undefined) throw new Error('something else than an error was thrown', { cause: failure });
  }

  private count(tally: HistoryTally): void {
    const { world } = this;
    const executions = [...world.executions.values()];
    const records = world.memory
      .keys('ledger', 'partitions/')
      .map((key) => world.memory.json('ledger', key) as PartitionRecord);
    const replaced = records.reduce((sum, record) => sum + record.superseded.length, 0);
    tally.histories += 1;
    tally.runs += executions.length;
    tally.requests += world.requests;
    tally.replaced += replaced;
    tally.published += replaced + records.filter(({ publication }) => publication !== null).length;
    tally.stopped += executions.filter(({ status }) => status === 'ABORTED' || status === 'TIMED_OUT').length;
    tally.orphans += this.orphans;
    tally.recorders += this.recorders;
    tally.repeats += world.witness.repeats;
    tally.deployments += this.deployments;
    tally.spoilt += this.spoilt;
  }
}
