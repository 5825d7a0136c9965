import path from 'node:path';
import { availableAt, expectedPartitions } from '../../core/domain/partition/calendar';
import type { Manifest } from '../../core/contracts/run/manifest';
import { HOUR_MS } from '../../core/contracts/partition';
import { CSV_INCIDENTS, FlightsData, JSONL_INCIDENTS } from '../data/flights';
import { deliveriesFor, exampleDatasets } from '../data/vendors';
import { backfillAct } from './backfill-act';
import { fromHere } from './paths';
import { manifestsOf, scheduleOf } from '../ledger';
import { linesIn } from '../log-lines';
import { addsUp, manifestLine, narrate, type Say } from '../narrator';
import { DATA_DIR, hasSession, openSession, type Session } from '../session';
import type { World } from '../world';
import { count } from '../../core/domain/text/numbers';

/** The day that the demonstration covers: the first of the data. */
const DAY = new Date('2001-01-01T00:00:00Z');
const HOURS = 24;
/** When the last deadline of that day has passed. */
const END = new Date('2001-01-02T04:00:00Z');

/** What the demonstration must have shown; otherwise it fails. */
const WANTED = ['PUBLISHED', 'PARTIAL', 'NO_DATA', 'SKIPPED', 'FAILED'] as const;

export interface DemoOptions {
  /** Where everything is left; default `.local/`. */
  readonly data?: string;
  /** Whether what earlier runs left there is removed. */
  readonly fresh: boolean;
}

/**
 * `npm run local`: a day of real flights from three vendors, hour by hour on the simulated clock, through the synthesized app; then the
 * backfills that recover what can be recovered of the week. Returns the process's exit code: 0 only if every run left exactly one manifest and one
 * message, all records add up, and the backfills report what is true.
 */
export async function demo(say: Say, { data, fresh }: DemoOptions): Promise<number> {
  const began = Date.now();
  say('Rollcall on this machine: the synthesized app, its bundled functions, real flights of 1 January 2001.');
  const asked = data === undefined ? DATA_DIR : fromHere(data);
  // What is there is kept, unless the command asks for the opposite; the folder of its own is the demonstration's to empty.
  const dataDir = fresh || !hasSession(asked) ? asked : path.join(asked, 'demo');
  if (dataDir !== asked)
    say(`${asked} has what earlier runs left, which is kept: this is told in ${dataDir} (--fresh empties the first)`);
  const session = await openSession({ fresh: true, start: new Date(DAY.getTime() + HOUR_MS), dataDir, say });
  const { world } = session;
  try {
    say(
      `Ready after ${((Date.now() - began) / 1000).toFixed(1)} s. The clock is at ${world.clock.date().toISOString()} and jumps over waits.`,
    );
    say('What the vendors get wrong, on purpose:');
    for (const [dataset, incidents] of [
      ['flights', CSV_INCIDENTS],
      ['flights-firehose', JSONL_INCIDENTS],
    ] as const) {
      for (const [hour, { what }] of Object.entries(incidents))
        say(`  ${dataset} hour ${hour.padStart(2, '0')}: ${what}`);
    }
    say('Besides, LoadPartition is throttled once at hour 05, and the schedule delivers hour 09 twice.');
    say('');
    narrate(world, { say, states: false, wholeMessages: false, runsOfBackfills: 'failed' });
    // The clock would jump over what is not planned yet.
    await world.clock.busy(async () => {
      await deliver(session);
      schedule(session);
    });
    await world.settle();
    const problems = report(manifestsOf(world), world, say);
    problems.push(...(await backfillAct(session, say)));
    const { all, nameless } = linesIn(path.join(dataDir, 'logs'));
    problems.push(...nameless.slice(0, 5).map((line) => `a log line does not say whose it is: ${line.slice(0, 200)}`));
    say('');
    say(`${all} lines in the logs, ${all - nameless.length} of them say whose they are.`);
    say(`${((Date.now() - began) / 1000).toFixed(0)} s in all.`);
    say(`Both buckets, as files: ${dataDir}/buckets   Logs of each function: ${dataDir}/logs`);
    for (const problem of problems) say(`FAULT: ${problem}`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await session.close();
  }
}

/** Has the vendors of the example datasets deliver the day's objects when they are due. */
async function deliver({ world, datasets }: Session): Promise<void> {
  const data = await FlightsData.open();
  try {
    for (const dataset of exampleDatasets(datasets)) {
      const periods = dataset.cadence === 'hourly' ? HOURS : 1;
      for (const { key, body, at } of await deliveriesFor(data, dataset, DAY, periods)) {
        world.clock.timer(at, () => void world.s3.store.put(dataset.source.bucket, key, body));
      }
    }
  } finally {
    data.close();
  }
}

/** Fires each dataset's schedule when it is due. One comes twice (EventBridge Scheduler delivers at least once), one step is throttled once. */
function schedule({ world, datasets }: Session): void {
  const fire = (name: string, at: Date): void => {
    world.clock.timer(at, () => void world.clock.busy(() => world.runSchedule(scheduleOf(world, name), at)));
  };
  for (const dataset of exampleDatasets(datasets)) {
    for (const partition of expectedPartitions(dataset, DAY, new Date(DAY.getTime() + HOURS * HOUR_MS))) {
      const at = availableAt(dataset, partition);
      if (at >= END) continue;
      fire(dataset.name, at);
      if (dataset.name === 'flights' && partition.endsWith('T09')) {
        world.clock.timer(
          new Date(at.getTime() + 20_000),
          () => void world.clock.busy(() => world.runSchedule(scheduleOf(world, dataset.name), at)),
        );
      }
      if (dataset.name === 'flights' && partition.endsWith('T05')) {
        world.clock.timer(new Date(at.getTime() - 1), () => world.sfn.faults.add('LoadPartition:throttle:1'));
      }
    }
  }
}

/** Tells how the day ended. Returns what was not as it should be. */
function report(manifests: readonly Manifest[], world: World, say: Say): string[] {
  const runs = world.sfn.list('PartitionRun').length;
  say('');
  for (const manifest of manifests) say(manifestLine(manifest));
  say('');
  const counts = new Map<string, number>();
  for (const { status } of manifests) counts.set(status, (counts.get(status) ?? 0) + 1);
  say(
    `${runs} runs, ${manifests.length} manifests, ${world.slack.messages.length} messages: ${[...counts].map(([status, n]) => `${n} ${status}`).join(', ')}`,
  );
  const published = manifests.reduce((sum, { records }) => sum + records.published, 0);
  say(`${count(published, 'record')} published.`);
  return [
    ...WANTED.filter((status) => !counts.has(status)).map((status) => `no run ended ${status}`),
    ...manifests
      .filter((manifest) => !addsUp(manifest))
      .map((manifest) => `the records of ${manifest.runId} do not add up`),
    ...(manifests.length === runs ? [] : [`${runs} runs left ${manifests.length} manifests`]),
    ...(world.slack.messages.length === runs ? [] : [`${runs} runs sent ${world.slack.messages.length} messages`]),
  ];
}
