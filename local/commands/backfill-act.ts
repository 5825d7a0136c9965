import { gunzipSync } from 'node:zlib';
import { backfillPlanSchema, type BackfillPlan } from '../../core/contracts/backfill/backfill';
import { backfillManifestSchema, type BackfillManifest } from '../../core/contracts/backfill/backfill-manifest';
import { missingReasons } from '../../core/contracts/backfill/missing';
import { keys, runIdOf } from '../../core/contracts/keys';
import { DAY_MS, HOUR_MS } from '../../core/contracts/partition';
import { sourcePrefix } from '../../core/domain/partition/calendar';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { FlightsData } from '../data/flights';
import { ledgerJson, recordOf } from '../ledger';
import type { Say } from '../narrator';
import type { Session } from '../session';
import type { World } from '../world';
import { number } from '../../core/domain/text/numbers';

/** What the vendor of the CSV files has delivered again when the first backfill comes, and what only after that. */
const AGAIN_BEFORE = ['2001-01-01T13', '2001-01-01T18'];
const AGAIN_AFTER = ['2001-01-01T11', '2001-01-01T16'];
/** The days after the first, whose hours have no runs although their objects come. */
const REST = { from: new Date('2001-01-02T00:00:00Z'), hours: 6 * 24 };
const WEEK = { dataset: 'flights', start: '2001-01-01', end: '2001-01-07' };
/** The Monday after: the last deadline of the week has passed, and what came late on its first day is still in the late window. */
const MONDAY = new Date('2001-01-08T04:05:00Z');
/** When what was delivered after it has settled. */
const LATER = new Date('2001-01-08T04:40:00Z');

/** Of the first day: hours 11, 13, 16 and 18 have failed, and hour 14 was published before its second object came. */
const MISSING_OF_FIRST_DAY = 5;

/**
 * The end of the demonstration: a week of hours is checked. What failed, what came late and what was never started is
 * recovered, as far as it can be; then the rest; then there is nothing left to do. Returns what was not as it should be.
 */
export async function backfillAct(session: Session, say: Say): Promise<string[]> {
  const { world } = session;
  const flights = session.datasets.find(({ name }) => name === WEEK.dataset);
  if (flights === undefined) return [`there is no dataset ${WEEK.dataset}`];
  say('');
  say(
    'A week later. On Tuesday at midnight an operator had switched off the hourly schedule of flights, and its vendor went on',
  );
  say(
    'delivering: six days of hours were never started. Of Monday, two objects were delivered again since (hours 13 and 18),',
  );
  say('and one came late (hour 14). Now the week is checked:');
  await world.clock.busy(() => world.clock.sleep(MONDAY));
  await deliverWeek(world, flights);
  const stopTelling = tellPlans(world, say);
  const week = await start(world, 'week');
  for (const line of byDay(week)) say(line);

  say('');
  say('The vendor delivers the other two hours as well, and an operator starts the backfill once more.');
  await deliverAgain(world, flights, AGAIN_AFTER);
  await world.clock.busy(() => world.clock.sleep(LATER));
  const rest = await start(world, 'rest');

  say('');
  say('And again, with nothing left to do.');
  const before = filesOf(world);
  const again = await start(world, 'again');
  const written = filesOf(world).filter((key) => !before.includes(key));
  stopTelling();

  say('');
  for (const manifest of [week, rest, again]) say(`${manifest.status.padEnd(16)} ${manifest.message}`);
  say(`The last one wrote ${written.length === 0 ? 'no data' : `${written.length} files`}.`);
  const missing = REST.hours + MISSING_OF_FIRST_DAY;
  const recovered = missing - AGAIN_AFTER.length;
  return [
    ...expect('the backfill of the week', week, {
      status: 'STILL_MISSING',
      planned: missing,
      recovered,
      missing: AGAIN_AFTER,
    }),
    ...expect('the second backfill', rest, { status: 'RECOVERED', planned: 2, recovered: 2, missing: [] }),
    ...expect('the last backfill', again, { status: 'NOTHING_MISSING', planned: 0, recovered: 0, missing: [] }),
    ...(again.message === 'No missing hours found in date range (Jan 1 – Jan 7)'
      ? []
      : [`the last backfill says: ${again.message}`]),
    ...(written.length === 0 ? [] : [`the last backfill wrote ${written.join(', ')}`]),
    ...[week, rest].flatMap((manifest) => comparedWithLedger(manifest, world)),
    ...[week, rest].flatMap((manifest) => comparedWithSource(manifest, world, flights)),
  ];
}

/** Prints each plan as soon as the machine acts on it: what is missing, and why. */
function tellPlans(world: World, say: Say): () => void {
  return world.sfn.onHistory(({ name }, event) => {
    const entered = event['stateEnteredEventDetails'] as { readonly name?: string } | undefined;
    if (entered?.name !== 'ForEachWave') return;
    const plan = backfillPlanSchema.parse(ledgerJson(world, keys.backfill(runIdOf(name), 'plan')));
    for (const line of tableOf(plan)) say(line);
  });
}

/** A line for each reason: how many partitions, which, and why they are missing. */
function tableOf({ items, datasets }: BackfillPlan): string[] {
  const expected = datasets.reduce((sum, dataset) => sum + dataset.expected, 0);
  const oldestFirst = items.toSorted((a, b) => (a.partition < b.partition ? -1 : 1));
  const reasons = Map.groupBy(
    oldestFirst,
    ({ reason, code }) => `${missingReasons[reason]}${code === null ? '' : ` (${code})`}`,
  );
  return [
    `  Planned: ${items.length} of ${expected} hours are missing.`,
    ...[...reasons].map(([reason, missing]) => {
      const hours = missing.map(({ partition }) => partition);
      const named = hours.length > 3 ? `${hours[0]} … ${hours.at(-1)}` : hours.join(', ');
      return `  ${String(missing.length).padStart(5)}  ${named.padEnd(31)}  ${reason}`;
    }),
  ];
}

/** A line for each day: what the backfill recovered, and what not. */
function byDay({ recovered, stillMissing }: BackfillManifest): string[] {
  const days = Map.groupBy(recovered, ({ partition }) => partition.slice(0, 10));
  return [...days]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, hours]) => {
      const records = hours.reduce((sum, hour) => sum + hour.records, 0);
      const empty = hours.filter(({ status }) => status === 'NO_DATA').length;
      const missing = (stillMissing[day] ?? []).map(({ partition, reason }) => `${partition.slice(11)} (${reason})`);
      return [
        `  ${day}  ${String(hours.length).padStart(2)} hours recovered, ${number(records).padStart(6)} records`,
        ...(empty === 0 ? [] : [`${empty} of them empty`]),
        ...(missing.length === 0 ? [] : [`still missing: ${missing.join(', ')}`]),
      ].join(', ');
    });
}

/** What has come until Monday: the hours of the other days, each when it was due, and two of the first day once more. */
async function deliverWeek(world: World, { source }: Dataset): Promise<void> {
  const data = await FlightsData.open();
  try {
    for (let day = 0; day * 24 < REST.hours; day += 1) {
      const deliveries = await data.csv(new Date(REST.from.getTime() + day * DAY_MS), DAY_MS / HOUR_MS);
      for (const { key, body, at } of deliveries)
        world.s3.store.put(source.bucket, key, body, {}, {}, { lastModified: at.getTime() });
    }
    await deliverFixed(world, source.bucket, data, AGAIN_BEFORE, new Date(MONDAY.getTime() - 12 * HOUR_MS));
  } finally {
    data.close();
  }
}

/** Has the CSV vendor deliver hours again, as they should have been. */
async function deliverAgain(world: World, { source }: Dataset, hours: readonly string[]): Promise<void> {
  const data = await FlightsData.open();
  try {
    await deliverFixed(world, source.bucket, data, hours, world.clock.date());
  } finally {
    data.close();
  }
}

async function deliverFixed(
  world: World,
  bucket: string,
  data: FlightsData,
  hours: readonly string[],
  at: Date,
): Promise<void> {
  for (const hour of hours) {
    const deliveries = await data.csv(new Date(`${hour}:00:00Z`), 1, { fixed: true });
    for (const { key, body } of deliveries)
      world.s3.store.put(bucket, key, body, {}, {}, { lastModified: at.getTime() });
  }
}

/** Runs a backfill of the week. */
async function start(world: World, name: string): Promise<BackfillManifest> {
  await world.run('Backfill', WEEK, name);
  await world.settle();
  return manifestOf(world, name);
}

function manifestOf(world: World, execution: string): BackfillManifest {
  return backfillManifestSchema.parse(ledgerJson(world, keys.backfill(runIdOf(execution), 'manifest')));
}

function filesOf(world: World): string[] {
  return [...world.s3.store.keys(world.bucket('Lake'))];
}

/** The records that a backfill counts are those of the partitions that it calls recovered. */
function comparedWithLedger({ backfillId, recovered, totalRecords }: BackfillManifest, world: World): string[] {
  const published = recovered.reduce(
    (sum, { dataset, partition }) => sum + (recordOf(world, dataset, partition)?.publication?.records.published ?? 0),
    0,
  );
  return totalRecords === published
    ? []
    : [`${backfillId} says ${totalRecords} records, the partition records ${published}`];
}

/** Each hour that is called recovered has read as many records as its objects have lines, headers left out. */
function comparedWithSource({ recovered }: BackfillManifest, world: World, { name, source }: Dataset): string[] {
  const { store } = world.s3;
  return recovered.flatMap(({ partition }) => {
    const prefix = sourcePrefix(source, partition);
    const lines = store
      .keys(source.bucket)
      .filter((key) => key.startsWith(prefix))
      .map((key) => gunzipSync(store.get(source.bucket, key).body).toString().trimEnd().split('\n').length - 1)
      .reduce((sum, count) => sum + count, 0);
    const publication = recordOf(world, name, partition)?.publication;
    return publication?.records.read === lines
      ? []
      : [`${name} ${partition}: ${publication?.records.read} records read, its objects have ${lines}`];
  });
}

interface Expected {
  readonly status: BackfillManifest['status'];
  readonly planned: number;
  readonly recovered: number;
  readonly missing: readonly string[];
}

function expect(what: string, manifest: BackfillManifest, expected: Expected): string[] {
  const missing = Object.values(manifest.stillMissing)
    .flat()
    .map(({ partition }) => partition)
    .sort();
  const got = { status: manifest.status, planned: manifest.hoursPlanned, recovered: manifest.hoursRecovered, missing };
  const [is, should] = [JSON.stringify(got), JSON.stringify({ ...expected, missing: [...expected.missing].sort() })];
  return is === should ? [] : [`${what} ended ${is}, not ${should}`];
}
