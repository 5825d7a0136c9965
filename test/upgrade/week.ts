import type { DatasetInput } from '../../core/contracts/dataset/dataset';
import { partitionOfSchedule } from '../../core/domain/partition/calendar';
import type { Release } from './release';
import type { Fate, UpgradeWorld } from './upgrade-world';

/**
 * A week of two datasets in which most things happen that can happen to a run, twice: once in each half. The second half finds everything
 * in flight that can be: a run that goes past its deadline, a backfill with a plan and no runs, messages that Slack did not take, a circuit
 * that has just been open.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (text: string): number => Date.parse(`2026-03-${text}:00.000Z`);
/** Monday to Thursday noon to Sunday. */
const BEGINS = at('02T00:00');
const SWITCH = at('05T12:20');
const ENDS = at('09T06:00');

const source = (name: string, layout: string): DatasetInput['source'] => ({
  bucket: 'source-bucket',
  prefix: `${name}/${layout}/`,
  format: 'csv',
});
const hourly = {
  name: 'flights',
  owner: 'Data Engineering',
  cadence: 'hourly' as const,
  calendar: { firstPartition: '2026-03-02T00', hours: [0, 4, 8, 12, 16, 20] },
  source: source('flights', '{yyyy}/{MM}/{dd}/{HH}'),
  availableMinutes: 15,
  empty: 'normal' as const,
  columns: { id: { type: 'string' as const } },
} satisfies DatasetInput;
const rates = {
  ...hourly,
  name: 'rates',
  cadence: 'daily' as const,
  calendar: { firstPartition: '2026-03-02' },
  source: source('rates', '{yyyy}-{MM}-{dd}'),
  availableMinutes: 60,
  deadlineMinutes: 240,
  notify: { when: 'changes' as const },
} satisfies DatasetInput;
/** Not deployed any more from Wednesday on. */
const gone = { ...rates, name: 'gone', source: source('gone', '{yyyy}-{MM}-{dd}') } satisfies DatasetInput;

/** Runs of the schedule to which something happens; all others, and every further try, publish. */
const FATES: Readonly<Record<string, Fate>> = Object.fromEntries(
  // The same in either half, three days later.
  ['02', '05'].flatMap((monday) => {
    const day = (offset: number) => String(Number(monday) + offset).padStart(2, '0');
    const hour = (offset: number, of: string) => `2026-03-${day(offset)}T${of}`;
    const fails = (error: string): Fate => ({ is: 'fails', error });
    return Object.entries<Fate>({
      [hour(0, '04')]: fails('SourceAccessDenied'),
      [hour(0, '12')]: { is: 'publishes', as: 'WITHIN_TOLERANCE' },
      [hour(0, '16')]: { is: 'dies' },
      [hour(1, '00')]: fails('SourceUnavailable'),
      [hour(1, '04')]: fails('SourceUnavailable'),
      [hour(1, '08')]: fails('SourceUnavailable'),
      [hour(1, '16')]: { is: 'publishes', as: 'EMPTY_AS_DECLARED' },
      [hour(1, '20')]: fails('SchemaMismatch'),
      [`2026-03-${day(0)}`]: fails('SourceCorrupt'),
    });
  }),
);
/** Goes on from Thursday morning, over the change of release, until it is stopped. */
const HANGING = '2026-03-05T08';
/** No sweep comes and no schedule fires: partitions that are never started. */
const OUTAGES = [
  [at('04T00:10'), at('04T04:30')],
  [at('07T00:10'), at('07T04:30')],
] as const;
const isOut = (now: number): boolean => OUTAGES.some(([from, to]) => now >= from && now < to);

type Act = (world: UpgradeWorld, release: Release) => Promise<void>;

/** Everything that happens, in order. Sweeps come every half an hour, which is a third as often as they do: enough to find everything. */
function timeline(): readonly { readonly when: number; readonly act: Act }[] {
  const all: { when: number; act: Act }[] = [];
  const add = (when: number, act: Act) => all.push({ when, act });
  for (let when = BEGINS; when < ENDS; when += 30 * MINUTE) if (!isOut(when)) add(when + 5_000, sweepAct);
  for (let day = BEGINS; day < ENDS; day += 24 * HOUR) {
    for (const hour of hourly.calendar.hours) {
      const when = day + (hour + 1) * HOUR + hourly.availableMinutes * MINUTE;
      if (!isOut(when)) add(when, schedule(hourly));
    }
    for (const definition of [rates, gone]) add(day + 24 * HOUR + 60 * MINUTE, schedule(definition));
  }
  for (const [monday, stops] of [
    ['02', '02'],
    ['06', '06'],
  ] as const) {
    add(at(`${monday}T10:00`), byHand('unknown', { dataset: 'fligths', partition: `2026-03-${monday}T04` }));
    add(at(`${monday}T10:01`), byHand('nonsense', 'hello'));
    add(at(`${monday}T10:02`), byHand('published', { dataset: 'flights', partition: `2026-03-${monday}T00` }));
    add(
      at(`${monday}T10:03`),
      byHand('again', { dataset: 'flights', partition: `2026-03-${monday}T00`, reprocess: true }),
    );
    // Stopped, and its event is lost.
    const again = { dataset: 'flights', partition: `2026-03-${stops}T04`, reprocess: true };
    add(at(`${stops}T11:00`), byHand('stopped', again, { is: 'hangs' }));
    add(at(`${stops}T11:10`), stopAll(false));
  }
  add(at('04T10:00'), undeploy);
  add(at('05T09:30'), byHand('second', { dataset: 'flights', partition: HANGING }));
  // Before a message says that the run goes past its deadline.
  add(at('05T10:50'), slack(false));
  add(at('05T12:00'), backfill('weekly', 'plan'));
  add(at('05T12:10'), byHand('untold', { dataset: 'flights', partition: '2026-03-05T04' }));
  // In the second half.
  add(at('05T12:40'), backfill('weekly', 'finish'));
  add(at('05T12:50'), slack(true));
  add(at('05T13:30'), stopAll(true));
  add(at('08T06:00'), backfill('sunday', 'plan'));
  add(at('08T06:01'), backfill('sunday', 'finish'));
  return all.toSorted((a, b) => a.when - b.when);
}

const sweepAct: Act = async (world, release) => {
  await world.sweep(release);
  for (let next = world.started.shift(); next !== undefined; next = world.started.shift()) {
    if (next.machine === 'PartitionRun') await world.run(release, next, { is: 'publishes' });
    else {
      await world.planBackfill(release, next);
      await world.finishBackfill(release, next, () => ({ is: 'publishes' }));
    }
  }
};

function schedule(definition: typeof hourly | typeof rates): Act {
  return async (world, release) => {
    if (!world.definitions.some(({ name }) => name === definition.name)) return;
    const partition = partitionOfSchedule(definition, world.now);
    if (partition < definition.calendar.firstPartition || partition === world.unscheduled) return;
    const scheduledTime = `${world.now.toISOString().slice(0, 19)}Z`;
    const { name: dataset } = definition;
    const input = { dataset, scheduledTime, ...release.scheduled(definition), trigger: 'schedule' };
    // Scheduler gives the name; any will do.
    const execution = world.start(release, 'PartitionRun', `scheduled-${dataset}-${world.now.getTime()}`, input);
    const fate = partition === HANGING ? { is: 'hangs' as const } : FATES[partition];
    await world.run(
      release,
      execution,
      dataset === 'gone' ? { is: 'fails', error: 'SourceCorrupt' } : (fate ?? { is: 'publishes' }),
    );
  };
}

function byHand(name: string, input: unknown, fate: Fate = { is: 'publishes' }): Act {
  return (world, release) =>
    world.run(release, world.start(release, 'PartitionRun', `${name}-${world.now.getTime()}`, input), fate);
}

function stopAll(told: boolean): Act {
  return async (world, release) => {
    world.eventsArrive = told;
    const running = world.executions.filter(
      ({ machine, status }) => machine === 'PartitionRun' && status === 'RUNNING',
    );
    for (const one of running) await world.close(release, one, 'ABORTED');
    world.eventsArrive = true;
  };
}

const undeploy: Act = async (world) => {
  world.definitions = world.definitions.filter(({ name }) => name !== 'gone');
};

function slack(up: boolean): Act {
  return async (world) => {
    world.slackIsUp = up;
  };
}

function backfill(name: string, act: 'plan' | 'finish'): Act {
  return async (world, release) => {
    if (act === 'plan') {
      const scheduledTime = world.now.toISOString();
      return world.planBackfill(
        release,
        world.start(release, 'Backfill', name, { scheduledTime, trigger: 'schedule' }),
      );
    }
    const execution = world.executions.find((one) => one.machine === 'Backfill' && one.name === name);
    if (execution === undefined) throw new Error(`${name} was never planned`);
    return world.finishBackfill(release, execution, () => ({ is: 'publishes' }));
  };
}

async function play(world: UpgradeWorld, release: Release, from: number, to: number): Promise<void> {
  for (const { when, act } of timeline()) {
    if (when < from || when >= to) continue;
    world.now = new Date(when);
    await act(world, release);
  }
  world.now = new Date(to);
}

/** From Monday to Thursday noon, beginning with nothing. */
export function firstHalf(world: UpgradeWorld, release: Release): Promise<void> {
  world.definitions = [hourly, rates, gone];
  return play(world, release, BEGINS, SWITCH);
}

/** The rest of the week, beginning with what another release has left. */
export function secondHalf(world: UpgradeWorld, release: Release): Promise<void> {
  return play(world, release, SWITCH, ENDS);
}

/** The partitions that must have an ending when the week is over. */
export function expectedOf(): readonly { readonly dataset: string; readonly partition: string }[] {
  return ['02', '03', '04', '05', '06', '07', '08'].flatMap((day) => [
    ...hourly.calendar.hours.map((hour) => ({
      dataset: 'flights',
      partition: `2026-03-${day}T${String(hour).padStart(2, '0')}`,
    })),
    { dataset: 'rates', partition: `2026-03-${day}` },
  ]);
}
