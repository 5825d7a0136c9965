import { backfillPlanSchema } from '../../core/contracts/backfill/backfill';
import { missingReasons } from '../../core/contracts/backfill/missing';
import { keys, runIdOf } from '../../core/contracts/keys';
import { manifestSchema, type Manifest } from '../../core/contracts/run/manifest';
import type { Publication } from '../../core/contracts/run/partition-record';
import { FlightsData, type Delivery } from '../data/flights';
import { ledgerJson, recordOf } from '../ledger';
import { narrate, type Say } from '../narrator';
import type { Session } from '../session';
import type { World } from '../world';
import type { Topic } from './topics';

const DATASET = 'flights-backed';
const PRIMARY = 'vendor-flights';
const FALLBACK = 'copy-of-flights';
/** Served by the fallback, and an hour whose copy is too old. */
const [SERVED, STALE] = ['2001-01-02T06', '2001-01-02T07'] as const;

/** The primary is down, a copy serves; another copy is too old; the primary comes back and replaces what the copy served. */
export const fallback: Topic = {
  datasetsDir: 'local/tour/fallback-datasets',
  begins: new Date('2001-01-02T07:00:00Z'),
  tell,
};

async function tell({ world }: Session, say: Say): Promise<string[]> {
  narrate(world, { say, states: false, wholeMessages: true });
  const deliveries = await flightsOf(SERVED, STALE);
  const served = await primaryDown(world, say, deliveries);
  const stale = await tooOld(world, say, deliveries);
  const again = await primaryBack(world, say, deliveries);
  return [...served, ...stale, ...again];
}

async function primaryDown(world: World, say: Say, deliveries: readonly Delivery[]): Promise<string[]> {
  say('');
  say(`1. The vendor's bucket answers 503 to everything. A copy of hour 06 lies in ${FALLBACK}, taken at 06:40: only`);
  say('   the first of its two objects. A copy may be up to 12 hours old.');
  const [first] = deliveries;
  if (first === undefined) throw new Error('there are no flights in hour 06');
  copy(world, first, new Date('2001-01-02T06:40:00Z'));
  world.s3.before = ({ bucket }) =>
    bucket === PRIMARY
      ? { do: 'answer', status: 503, code: 'ServiceUnavailable', message: 'Please try again' }
      : undefined;
  const { manifest, message } = await hour(world, SERVED, new Date('2001-01-02T07:15:00Z'));
  world.s3.before = undefined;
  say('   In the manifest:');
  say(`   ${JSON.stringify({ source: brief(manifest) })}`);
  return [
    ...(manifest.status === 'PUBLISHED' && manifest.source?.kind === 'fallback'
      ? []
      : [`hour 06 ended ${manifest.status} from the ${manifest.source?.kind ?? 'unknown'}`]),
    ...missingIn(message, 'from the fallback s3://copy-of-flights/', ' old, because the primary is unavailable'),
    ...((manifest.source?.newestAgeSeconds ?? 0) >= 37 * 60 ? [] : ['the manifest does not tell the age of the copy']),
  ];
}

async function tooOld(world: World, say: Say, deliveries: readonly Delivery[]): Promise<string[]> {
  say('');
  say(
    '2. The bucket answers again, but hour 07 is not delivered, and the copy of it is a day old: over the limit. The run',
  );
  say('   waits for the vendor until its deadline, and then does not publish the old copy.');
  for (const delivery of deliveries.filter(({ key }) => key.includes('/07/')))
    copy(world, delivery, new Date('2001-01-01T07:00:00Z'));
  // Other hours are there, so that this one is empty and not its whole prefix wrong.
  world.s3.store.put(PRIMARY, 'flights/2001/01/02/04/part-0.csv.gz', Buffer.alloc(20));
  const { manifest, message } = await hour(world, STALE, new Date('2001-01-02T08:15:00Z'));
  return [
    ...(manifest.reason.code === 'SOURCE_EMPTY' ? [] : [`hour 07 ended ${manifest.reason.code}`]),
    ...(publicationOf(world, STALE) === null ? [] : ['hour 07 is published']),
    ...missingIn(message, 'FAILED'),
    ...missingIn(manifest.reason.message, `s3://${PRIMARY}/`, `s3://${FALLBACK}/`, 'was not used', 'the limit is 12 h'),
  ];
}

async function primaryBack(world: World, say: Say, deliveries: readonly Delivery[]): Promise<string[]> {
  const before = publicationOf(world, SERVED);
  say('');
  say(
    '3. Next morning the vendor has delivered both hours in full, and an operator starts a backfill. Hour 06 is published, and',
  );
  say(
    '   run again all the same: from a fallback, within the late window. Meanwhile a reader looks at every request to S3.',
  );
  for (const { key, body } of deliveries) world.s3.store.put(PRIMARY, key, body);
  await world.clock.busy(() => world.clock.sleep(new Date('2001-01-03T08:00:00Z')));
  const reader = new Reader(world);
  await world.run('Backfill', { dataset: DATASET, start: '2001-01-02', end: '2001-01-02' }, 'primary-is-back');
  await world.settle();
  world.s3.before = undefined;

  const plan = backfillPlanSchema.parse(ledgerJson(world, keys.backfill(runIdOf('primary-is-back'), 'plan')));
  for (const { partition, reason } of plan.items) say(`   to run: ${partition}, ${missingReasons[reason]}`);
  const after = publicationOf(world, SERVED);
  for (const [seen, looks] of reader.seen) say(`   the reader saw ${seen}: ${looks} times`);
  const reasons = plan.items.map(({ partition, reason }) => `${partition} ${reason}`).sort();
  const wanted = [`${SERVED} FROM_FALLBACK`, `${STALE} FAILED`];
  return [
    ...(String(reasons) === String(wanted) ? [] : [`the reasons were ${String(reasons)}, not ${String(wanted)}`]),
    ...(after?.source.kind === 'primary' ? [] : ['hour 06 does not come from the primary now']),
    ...(publicationOf(world, STALE)?.source.kind === 'primary' ? [] : ['hour 07 was not recovered']),
    ...((after?.records.published ?? 0) > (before?.records.published ?? 0)
      ? []
      : ['the primary has no more than the copy']),
    ...(String([...reader.seen.keys()]) === String([told(before), told(after)])
      ? []
      : [`the reader saw ${[...reader.seen.keys()].join('; ')}`]),
  ];
}

/** Reads the hour that the copy served as a reader does, at every request that any client makes. */
class Reader {
  /** What it saw, and how often. */
  readonly seen = new Map<string, number>();

  constructor(private readonly world: World) {
    world.s3.before = () => {
      this.look();
      return undefined;
    };
  }

  private look(): void {
    const publication = publicationOf(this.world, SERVED);
    const lake = this.world.s3.store.keys(this.world.bucket('Lake'));
    const lost = publication?.files.filter(({ key }) => !lake.includes(key)) ?? [];
    const what =
      lost.length === 0 ? told(publication) : `files that are not there: ${lost.map(({ key }) => key).join()}`;
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }
}

function told(publication: Publication | null): string {
  if (publication === null) return 'nothing';
  const records = publication.files.reduce((sum, file) => sum + file.records, 0);
  return `${records} records from the ${publication.source.kind} (run ${publication.runId})`;
}

/** Runs an hour as its schedule does, and reads what it left. */
async function hour(world: World, partition: string, at: Date): Promise<{ manifest: Manifest; message: string }> {
  await world.clock.busy(() => world.clock.sleep(at));
  const name = `tour-${partition.slice(11)}`;
  await world.run('PartitionRun', { dataset: DATASET, scheduledTime: at.toISOString(), trigger: 'schedule' }, name);
  await world.settle();
  const manifest = manifestSchema.parse(ledgerJson(world, keys.manifest(DATASET, partition, name)));
  return { manifest, message: world.slack.messages.at(-1)?.text ?? '' };
}

async function flightsOf(...hours: readonly string[]): Promise<Delivery[]> {
  const data = await FlightsData.open();
  try {
    const all: Delivery[] = [];
    for (const each of hours) all.push(...(await data.csv(new Date(`${each}:00:00Z`), 1)));
    return all;
  } finally {
    data.close();
  }
}

/** Puts a copy of a delivery into the fallback, as of some time. */
function copy(world: World, { key, body }: Delivery, at: Date): void {
  world.s3.store.put(FALLBACK, key.replace('flights/', 'copy/'), body, {}, {}, { lastModified: at.getTime() });
}

function publicationOf(world: World, partition: string): Publication | null {
  return recordOf(world, DATASET, partition)?.publication ?? null;
}

function brief({ source }: Manifest): unknown {
  if (source === null) return null;
  const { kind, bucket, newestAgeSeconds, insteadOf } = source;
  return { kind, bucket, newestAgeSeconds, insteadOf: { lack: insteadOf?.lack, code: insteadOf?.code } };
}

/** Which of some texts are not in another, as problems. */
function missingIn(text: string, ...wanted: readonly string[]): string[] {
  return wanted.filter((one) => !text.includes(one)).map((one) => `${JSON.stringify(one)} is missing in: ${text}`);
}
