import type { Execution } from '../../local/aws/states/local-executions';
import { awaitsTry } from './again';
import { INNOCENT, NEXT_RUN, RUN, type Case } from './case';
import { Injector } from './inject';
import { DATASETS, FORMER_RUN, SCHEDULED, type FaultWorld } from './fault-world';
import { keysOf, lakeKeysOf, observe, recordsOf, type Seen } from './observe';
import type { Actor } from './points';
import { HOUR, situationOf } from './situations';
import { dispose, MINUTE_MS, SWEEP_MS, sweepUntilQuiet } from './surroundings';
import { Trace } from './trace';

/** Where an outage of S3 begins. */
const AWAY_FROM: readonly Actor[] = [
  'RecordRun',
  'LoadPartition',
  'PublishPartition',
  'ClaimPartition',
  'CheckPartition',
];

/** What a case came to. */
export interface Outcome {
  readonly one: Case;
  readonly seen: Seen;
  readonly trace: Trace;
  /** Injections that never struck. */
  readonly missed: readonly string[];
  /** Simulated time at which S3 was back. */
  readonly backAt: number | undefined;
  /** Simulated time of the first sweep. */
  readonly firstSweepAt: number;
}

/** Runs one case from beginning to end in simulated time. */
export async function runCase(world: FaultWorld, one: Case, say?: (line: string) => void): Promise<Outcome> {
  const { app } = world;
  const { clock } = app;
  const { dataset, reprocess } = situationOf(one.situation);
  await world.furnish(one.situation, SCHEDULED);
  const trace = new Trace(app, say);
  if (one.injections.some((injection) => injection.kind === 'request' && injection.point.cold === true))
    await world.processes.recycle();
  let run: Execution | undefined;
  const injector = new Injector(world, one, trace, { name: RUN, awayFrom: AWAY_FROM, run: () => run });
  injector.arm();
  const about = `${dataset} ${HOUR}`;
  const how = { route: one.route, slack: one.slack, start: SCHEDULED, about };
  const stopListening = dispose(world, how, trace);

  const start = (name: string): Execution => {
    const input = reprocess
      ? { dataset, partition: HOUR, reprocess }
      : {
          dataset,
          scheduledTime: SCHEDULED.toISOString(),
          cadence: 'hourly',
          availableMinutes: 15,
          trigger: 'schedule',
        };
    return app.sfn.start('PartitionRun', input, name);
  };
  if (one.neverStarted === undefined) run = start(RUN);
  if (one.successorAfterSeconds !== undefined) {
    clock.timer(new Date(clock.now() + one.successorAfterSeconds * 1000), () => start(NEXT_RUN));
  }
  if (one.innocents === true) innocents(world, dataset);
  const firstSweepAt = firstSweep(one);
  const sweeping = clock.busy(() =>
    sweepUntilQuiet(world, { ...how, first: firstSweepAt }, trace, () => isRecorded(world, one, injector)),
  );
  await clock.waiting(sweeping);
  await app.settle();
  stopListening();
  injector.stopWatching();
  const seen = await observe(app, dataset);
  const leftLater = one.turn % LOOK_LATER_EVERY === 0 ? await later(world, dataset, trace) : undefined;
  return {
    one,
    seen: { ...seen, leftLater },
    trace,
    missed: injector.missed().map(({ at, kind }) => `${at} ${kind}`),
    backAt: injector.backAt,
    firstSweepAt,
  };
}

/** Runs of the other datasets end beside the one under test, soon after it and once more after the first sweeps. */
function innocents({ app }: FaultWorld, dataset: string): void {
  const others = DATASETS.filter((other) => other !== dataset);
  for (const [place, minutes] of [1, 25].entries())
    for (const other of others)
      app.clock.timer(new Date(app.clock.now() + minutes * MINUTE_MS), () => {
        app.sfn.start('PartitionRun', { dataset: other, partition: HOUR }, `${INNOCENT}-${other}-${place}`);
      });
}

/** Which cases are looked at once more when nothing is in use any more: it takes a sweep more. */
const LOOK_LATER_EVERY = 5;
/** Longer than a file that no publication refers to is kept. */
const LATER_MS = 37 * 24 * 60 * MINUTE_MS;

/** What the lake still has of the dataset when the sweep has removed what nothing refers to. */
async function later({ app }: FaultWorld, dataset: string, trace: Trace): Promise<readonly string[]> {
  trace.add({ what: 'release', of: '37 days' });
  // What is told by then is another story.
  app.slack.onMessage = undefined;
  await app.clock.waiting(
    app.clock.busy(async () => {
      await app.clock.sleep(LATER_MS);
      await app.clock.waiting(app.runSchedule('Sweep'));
    }),
  );
  await app.settle();
  return lakeKeysOf(app, [dataset]);
}

/** Full ten minutes, as EventBridge's rate gives them; from a later one on, where no sweep came before. */
function firstSweep({ neverStarted }: Case): number {
  return Math.ceil((SCHEDULED.getTime() + (neverStarted ?? 0) * MINUTE_MS) / SWEEP_MS) * SWEEP_MS;
}

/** Whether nothing is left to happen but telling, as far as can be seen from outside. */
function isRecorded({ app }: FaultWorld, one: Case, injector: Injector): boolean {
  const executions = app.sfn.list();
  const manifests = keysOf(app, 'runs/').filter((key) => !key.includes(FORMER_RUN));
  return (
    injector.holds.count === 0 &&
    !awaitsTry(app, one) &&
    manifests.length > 0 &&
    executions.every(({ status, name }) => status !== 'RUNNING' && manifests.some((key) => key.includes(name))) &&
    [...recordsOf(app, [situationOf(one.situation).dataset]).values()].every(({ holder }) => (holder ?? null) === null)
  );
}
