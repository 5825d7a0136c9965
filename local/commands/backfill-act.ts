import { backfillManifestSchema, type BackfillManifest } from '../../lambdas/contracts/backfill-manifest';
import { keys, runIdOf } from '../../lambdas/contracts/keys';
import { FlightsData } from '../data/flights';
import type { Say } from '../narrator';
import type { Session } from '../session';
import type { World } from '../world';

/** What the vendor of the CSV files has delivered again when the weekly backfill comes, and what only after that. */
const AGAIN_BEFORE = ['2001-01-01T13', '2001-01-01T18'];
const AGAIN_AFTER = ['2001-01-01T11', '2001-01-01T16'];
/** A while after the last deadline that has passed then: that of 2 January, 01:00 to 02:00. */
const WEEKLY_AT = new Date('2001-01-02T04:05:00Z');
/** When what was delivered after it has settled; before the next deadline passes. */
const BY_HAND_AT = new Date('2001-01-02T04:20:00Z');

/**
 * The end of the demonstration: the roll is called. What failed, what came late and what was never started is recovered, as far as it
 * can be; then the rest; then there is nothing left to do. Returns what was not as it should be.
 */
export async function backfillAct(session: Session, say: Say): Promise<string[]> {
  const { world } = session;
  say('');
  say(
    'Now the roll is called. Two objects were delivered again (hours 13 and 18), one came late (hour 14), and at midnight',
  );
  say('somebody had switched off the hourly schedules: the first two hours of 2 January were never started.');
  await deliverAgain(session, AGAIN_BEFORE);
  await world.clock.busy(() => world.clock.sleep(WEEKLY_AT));
  const weekly = await fire(world);

  say('');
  say('The vendor delivers the other two hours as well, and somebody starts a backfill by hand.');
  await deliverAgain(session, AGAIN_AFTER);
  await world.clock.busy(() => world.clock.sleep(BY_HAND_AT));
  const byHand = await start(world, 'by-hand');

  say('');
  say('And once more, with nothing left to do.');
  const before = filesOf(world);
  const again = await start(world, 'once-more');
  const written = filesOf(world).filter((key) => !before.includes(key));

  say('');
  for (const manifest of [weekly, byHand, again]) say(`${manifest.status.padEnd(16)} ${manifest.message}`);
  say(`The last one wrote ${written.length === 0 ? 'no data' : `${written.length} files`}.`);
  const problems = [
    ...expect('the weekly backfill', weekly, {
      status: 'STILL_MISSING',
      planned: 9,
      recovered: 7,
      missing: AGAIN_AFTER,
    }),
    ...expect('the backfill by hand', byHand, { status: 'RECOVERED', planned: 2, recovered: 2, missing: [] }),
    ...expect('the last backfill', again, { status: 'NOTHING_MISSING', planned: 0, recovered: 0, missing: [] }),
    ...(written.length === 0 ? [] : [`the last backfill wrote ${written.join(', ')}`]),
    ...[weekly, byHand]
      .filter((manifest) => manifest.totalRecords !== publishedBy(manifest, world))
      .map(
        (manifest) =>
          `${manifest.backfillId} says ${manifest.totalRecords} records, the partition records ${publishedBy(manifest, world)}`,
      ),
  ];
  return problems;
}

/** Fires the weekly schedule. */
async function fire(world: World): Promise<BackfillManifest> {
  const firing = await world.runSchedule('BackfillWeekly');
  if (!('execution' in firing)) throw new Error('the weekly schedule starts no execution');
  await firing.execution.done;
  await world.settle();
  return manifestOf(world, firing.execution.name);
}

async function start(world: World, name: string): Promise<BackfillManifest> {
  await world.run('Backfill', { dataset: 'flights', start: '2001-01-01', end: '2001-01-02' }, name);
  await world.settle();
  return manifestOf(world, name);
}

function manifestOf(world: World, execution: string): BackfillManifest {
  return backfillManifestSchema.parse(ledgerJson(world, keys.backfill(runIdOf(execution), 'manifest')));
}

/** Has the CSV vendor deliver hours again, as they should have been. */
async function deliverAgain({ world, datasets }: Session, hours: readonly string[]): Promise<void> {
  const bucket = datasets.find(({ name }) => name === 'flights')?.source.bucket;
  if (bucket === undefined) return;
  const data = await FlightsData.open();
  try {
    for (const hour of hours) {
      const from = new Date(`${hour}:00:00Z`);
      for (const { key, body } of await data.csv(from, 1, { mended: true })) world.s3.store.put(bucket, key, body);
    }
  } finally {
    data.close();
  }
}

function filesOf(world: World): string[] {
  return [...world.s3.store.keys(world.bucket('Lake'))];
}

function ledgerJson(world: World, key: string): unknown {
  return JSON.parse(world.s3.store.get(world.bucket('Ledger'), key).body.toString());
}

/** The records of the partitions that a backfill calls recovered, from their records. */
function publishedBy(manifest: BackfillManifest, world: World): number {
  return manifest.recovered
    .map(({ dataset, partition }) => ledgerJson(world, keys.partition(dataset, partition)))
    .reduce<number>(
      (sum, record) =>
        sum + (record as { publication: { records: { published: number } } }).publication.records.published,
      0,
    );
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

/** Hours after the day whose objects are delivered, although nobody starts their runs. */
export const HOURS_NEVER_STARTED = 2;
