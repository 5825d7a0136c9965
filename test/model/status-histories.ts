import type { Calendar } from '../../core/contracts/dataset/source';
import { expectedPartitions, isExpected } from '../../core/domain/partition/calendar';
import { statusOf, type PartitionStatus } from '../../core/domain/partition/status';
import type { Restarted } from './again';
import { dayNumber, EPOCH_MS, slotsOf } from './naive-calendar';
import { historyOf, type Naive } from './partition-history';
import { Random } from './random';
import { number, print } from './reports';

/** What is counted over many histories, to see that they were not all alike. */
export interface Tally {
  histories: number;
  partitions: number;
  expected: number;
  runs: number;
  /** Of them, started again by a sweep. */
  restarts: number;
  kinds: Record<PartitionStatus['kind'], number>;
}

const emptyTally = (): Tally => ({
  histories: 0,
  partitions: 0,
  expected: 0,
  runs: 0,
  restarts: 0,
  kinds: { published: 0, running: 0, ended: 0, expected: 0, 'never-started': 0, 'not-expected': 0 },
});

/** Ranges that begin shortly before something that calendars stumble over. */
const BEGINNINGS = ['2024-02-27', '2023-12-29', '2024-12-30', '2025-02-26', '2028-02-28', '2031-12-31'] as const;
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Histories with the seeds 1, 2, 3 …; prints what they held. */
export function checkHistories(count: number): Tally {
  const tally = emptyTally();
  for (let seed = 1; seed <= count; seed += 1) checkHistory(seed, tally);
  const statuses = Object.entries(tally.kinds).map(([kind, of]) => `${number(of)} ${kind}`);
  print(
    `${number(tally.histories)} histories, ${number(tally.partitions)} partitions, ${number(tally.expected)} of them expected, ` +
      `${number(tally.runs)} runs, ${number(tally.restarts)} of them started again; statuses: ${statuses.join(', ')}`,
  );
  return tally;
}

/**
 * One random dataset with a random history, looked at at a random moment: every expected partition has exactly one status, it is the
 * one that a bystander would name, and the statuses add up to the expected; and every sweep starts again what the bystander would, no
 * sooner, no later, and once. Throws with the seed where they do not.
 */
function checkHistory(seed: number, tally: Tally): void {
  const random = new Random(seed);
  const cadence = random.pick(['hourly', 'daily'] as const);
  const days = cadence === 'hourly' ? random.int(1, 2) : random.int(10, 40);
  const firstDay = random.chance(0.7) ? dayNumber(random.pick(BEGINNINGS)) : random.int(400, 5000);
  const calendar = calendarOf(random, cadence, firstDay, days);
  const dataset: Restarted = {
    cadence,
    calendar,
    availableMinutes: random.int(0, 120),
    deadlineMinutes: random.int(130, 2000),
    lateWindowDays: 7,
    source: { prefix: '{yyyy}/{MM}/{dd}/{HH}', timeZone: 'UTC' },
    retry: { times: 4, minutes: random.pick([[15, 60, 240], [15, 60, 240], [5], [10, 10], []]) },
  };
  const [begins, ends] = [firstDay * 1440, (firstDay + days) * 1440];
  const now = random.int(begins, ends + 4000);
  const deployed = begins + random.int(-5000, Math.floor((ends - begins) / 2));
  const fail = (what: string): never => {
    throw new Error(`seed ${seed}: ${what}\n${JSON.stringify({ dataset, now: time(now).toISOString() })}`);
  };

  const slots = slotsOf(cadence, calendar, firstDay, days);
  const asked = expectedPartitions(dataset, time(begins), time(ends));
  const naiveAsked = slots.filter((slot) => slot.expected).map((slot) => slot.partition);
  if (asked.join() !== naiveAsked.join()) fail(`expected are ${asked.join()}, counted on fingers ${naiveAsked.join()}`);

  const counts = { ...emptyTally().kinds };
  const minutes = cadence === 'hourly' ? 60 : 1440;
  for (const { partition, startMinute, expected } of slots) {
    const over = startMinute + minutes;
    const deadline = over + dataset.deadlineMinutes;
    if (isExpected(dataset, partition) !== expected) fail(`${partition}: isExpected is not ${expected}`);
    const history = historyOf(random, { expected, over, deadline, deployed, now, dataset, partition });
    const status = statusOf(dataset, partition, history.record, time(now));
    const right = naiveStatus(history.naive, expected, now > deadline);
    const got = `${status.kind} ${'runId' in status ? status.runId : ''}`.trim();
    if (got !== right) fail(`${partition} stands as “${got}”, should be “${right}”: ${JSON.stringify(history.record)}`);
    if (status.kind === 'running' && status.overdue !== now > deadline)
      fail(`${partition}: overdue is ${status.overdue}`);
    if (expected) counts[status.kind] += 1;
    tally.kinds[status.kind] += 1;
    tally.runs += history.runs;
    tally.restarts += history.restarts;
  }
  const sum = Object.values(counts).reduce((a, b) => a + b, 0);
  if (sum !== asked.length || counts['not-expected'] !== 0) {
    fail(`${asked.length} expected, the statuses add up to ${sum}: ${JSON.stringify(counts)}`);
  }
  tally.histories += 1;
  tally.partitions += slots.length;
  tally.expected += asked.length;
}

function naiveStatus(naive: Naive, expected: boolean, late: boolean): string {
  if (naive.kind !== 'nothing') return `${naive.kind} ${naive.runId}`;
  return expected ? (late ? 'never-started' : 'expected') : 'not-expected';
}

/** Datasets that begin, end or pause within the range, with random weekdays and hours. */
function calendarOf(random: Random, cadence: 'hourly' | 'daily', firstDay: number, days: number): Calendar {
  const everything: Calendar = { firstPartition: cadence === 'hourly' ? '2019-01-01T00' : '2019-01-01', paused: [] };
  const all = slotsOf(cadence, everything, firstDay, days).map((slot) => slot.partition);
  const within = (): string => random.pick(all);
  const pause = (): Calendar['paused'][number] => {
    const [from, to] = [within(), within()].toSorted() as [string, string];
    return random.chance(0.2) ? { from: to } : { from, to };
  };
  return {
    firstPartition: random.chance(0.4) ? within() : everything.firstPartition,
    paused: Array.from({ length: random.pick([0, 0, 1, 2]) }, pause),
    ...(random.chance(0.3) ? { lastPartition: within() } : {}),
    ...(random.chance(0.3) ? { weekdays: random.some(WEEKDAYS) } : {}),
    ...(cadence === 'hourly' && random.chance(0.3)
      ? { hours: random.some(Array.from({ length: 24 }, (_, i) => i)) }
      : {}),
  };
}

const time = (minute: number): Date => new Date(EPOCH_MS + minute * 60_000);
