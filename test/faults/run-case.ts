import type { Execution, StatusChangeEvent } from '../../local/executions';
import type { SlackMood } from '../../local/slack';
import { NEXT_RUN, RUN, type Case } from './case';
import { Injector } from './inject';
import { FORMER_RUN, SCHEDULED, type Lab } from './lab';
import { keysOf, observe, type Seen } from './observe';
import { HOUR, situationOf } from './situations';
import { Trace } from './trace';

const MINUTE_MS = 60_000;
const SWEEP_MS = 10 * MINUTE_MS;
const SLACK_DOWN_MS = 60 * MINUTE_MS;
/** After so many sweeps a case is over, whatever is still owed. */
const MOST_SWEEPS = 24;
/** Sweeps after everything seems done: they must find nothing to do. */
const SWEEPS_AFTER = 1;
/** How long an event takes that is late: two sweeps come before it. */
const LATE_EVENT_MS = 25 * MINUTE_MS;

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
export async function runCase(lab: Lab, one: Case, say?: (line: string) => void): Promise<Outcome> {
  const { world } = lab;
  const { clock } = world;
  const { dataset, reprocess } = situationOf(one.situation);
  await lab.furnish(one.situation, SCHEDULED);
  const trace = new Trace(world, say);
  if (one.injections.some((injection) => injection.kind === 'request' && injection.point.cold === true))
    await lab.processes.recycle();
  let run: Execution | undefined;
  const injector = new Injector(lab, one, trace, () => run);
  injector.arm();
  setSlack(lab, one, trace);
  world.events.route = (event, deliver) => route(lab, one, trace, event, deliver);
  const stopListening = world.sfn.onStatusChange(({ detail }) =>
    trace.add({ what: 'execution', of: `${String(detail['name'])} ${detail.status}` }),
  );

  const start = (name: string): Execution => {
    const input = reprocess
      ? { dataset, partition: HOUR, reprocess }
      : { dataset, scheduledTime: SCHEDULED.toISOString(), trigger: 'schedule' };
    return world.sfn.start('PartitionRun', input, name);
  };
  if (one.neverStarted === undefined) run = start(RUN);
  if (one.successorAfterSeconds !== undefined) {
    clock.timer(new Date(clock.now() + one.successorAfterSeconds * 1000), () => start(NEXT_RUN));
  }
  const firstSweepAt = firstSweep(one);
  const sweeping = clock.busy(() => sweep(lab, one, injector, trace, firstSweepAt));
  await clock.waiting(sweeping);
  await world.settle();
  stopListening();
  injector.stopWatching();
  return {
    one,
    seen: observe(world, dataset),
    trace,
    missed: injector.missed().map(({ at, kind }) => `${at} ${kind}`),
    backAt: injector.backAt,
    firstSweepAt,
  };
}

/** Full ten minutes, as EventBridge's rate gives them; from a later one on, where nobody was there to sweep. */
function firstSweep({ neverStarted }: Case): number {
  return Math.ceil((SCHEDULED.getTime() + (neverStarted ?? 0) * MINUTE_MS) / SWEEP_MS) * SWEEP_MS;
}

async function sweep(lab: Lab, one: Case, injector: Injector, trace: Trace, first: number): Promise<void> {
  const { world } = lab;
  let quiet = 0;
  for (let count = 0; count < MOST_SWEEPS && quiet < SWEEPS_AFTER; count += 1) {
    await world.clock.sleep(new Date(first + count * SWEEP_MS));
    const recorded = isRecorded(lab, one, injector);
    if (recorded && count >= 2 && isSlackDownForLong(lab, one)) continue;
    quiet = recorded && keysOf(world, 'outbox/').length === 0 ? quiet + 1 : 0;
    const firing = await world.clock.waiting(world.runSchedule('Sweep'));
    const failed = 'result' in firing && !firing.result.ok ? `failed: ${firing.result.error.errorType}` : 'done';
    trace.add({ what: 'sweep', of: failed });
  }
}

/** Two sweeps find Slack down, and those around its return; the ones between would only find it down again, and each takes its time. */
function isSlackDownForLong({ world: { clock } }: Lab, { slack }: Case): boolean {
  return slack === 'down' && clock.now() < SCHEDULED.getTime() + SLACK_DOWN_MS - SWEEP_MS;
}

/** Whether nothing is left to happen but telling, as far as anybody outside can see. */
function isRecorded({ world }: Lab, one: Case, injector: Injector): boolean {
  const executions = world.sfn.list();
  const manifests = keysOf(world, 'runs/').filter((key) => !key.includes(FORMER_RUN));
  return (
    injector.holds.count === 0 &&
    manifests.length > 0 &&
    executions.every(({ status, name }) => status !== 'RUNNING' && manifests.some((key) => key.includes(name))) &&
    (observe(world, situationOf(one.situation).dataset).record?.['holder'] ?? null) === null
  );
}

async function route(
  { world: { clock } }: Lab,
  one: Case,
  trace: Trace,
  event: StatusChangeEvent,
  deliver: () => Promise<void>,
): Promise<void> {
  const arrive = async (afterMs: number): Promise<void> => {
    await clock.sleep(afterMs);
    trace.add({ what: 'event', of: `${event.detail.status} arrives` });
    await deliver();
  };
  switch (one.route) {
    case 'delivered':
      return arrive(1000);
    case 'twice':
      await arrive(1000);
      return arrive(5000);
    case 'late':
      return arrive(LATE_EVENT_MS);
    case 'lost':
      return undefined;
  }
}

/** Slack's mood for the case, and how it betters. */
function setSlack({ world }: Lab, { slack }: Case, trace: Trace): void {
  const moods: Readonly<Record<Case['slack'], readonly [SlackMood, number]>> = {
    fine: [{ is: 'ok' }, 0],
    down: [{ is: 'down' }, SLACK_DOWN_MS],
    slow: [{ is: 'slow', ms: MINUTE_MS, taken: true }, 30 * MINUTE_MS],
  };
  const [mood, until] = moods[slack];
  world.slack.mood = mood;
  if (until > 0) world.clock.timer(new Date(SCHEDULED.getTime() + until), () => (world.slack.mood = { is: 'ok' }));
  world.slack.onMessage = ({ text, payload }) => {
    trace.add({ what: 'post', text, payload: JSON.stringify(payload), answered: world.slack.mood.is === 'ok' });
  };
}
