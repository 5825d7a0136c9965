import { backfillManifestSchema, type BackfillManifest } from '../../core/contracts/backfill/backfill-manifest';
import { circuitSchema, type Circuit } from '../../core/contracts/run/circuit';
import { keys, parseKey } from '../../core/contracts/keys';
import type { Manifest } from '../../core/contracts/run/manifest';
import { HOUR_MS, MINUTE_MS } from '../../core/contracts/partition';
import { availableAt, expectedPartitions } from '../../core/domain/partition/calendar';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { ledgerJson, ledgerKeys, manifestsOf, recordOf, scheduleOf } from '../ledger';
import type { Say } from '../narrator';
import type { Session } from '../session';
import { printSlackMessage, type SlackMessage } from '../slack';
import { sweepEveryTenMinutes } from '../sweeps';
import type { World } from '../world';
import type { Topic } from './topics';

/**
 * A source that is down for six hours, twice: once behind the circuit breaker, once without. Everything else is the same: an hourly
 * dataset, its hourly runs, and a backfill of 20 hours that an operator starts in the midst of it.
 */

const BEGINS = new Date('2001-01-01T21:00:00Z');
const DOWN_FROM = new Date('2001-01-01T22:00:00Z');
const DOWN_TO = new Date('2001-01-02T04:00:00Z');
const BACKFILL_AT = new Date('2001-01-01T22:30:00Z');
const ENDS = new Date('2001-01-02T05:00:00Z');
/** The 20 hours of the backfill: their runs were not started. */
const BACKFILL = { start: '2000-12-31T23', end: '2001-01-01T19' };
/** The hours whose schedule fires, the first just before the outage, the last just after it. */
const HOURLY = { from: new Date('2001-01-01T19:00:00Z'), to: new Date('2001-01-02T04:00:00Z') };
const RECORDS = 5;

export const circuit: Topic = { datasetsDir: 'local/tour/circuit-datasets', begins: BEGINS, tell };

async function tell({ world, datasets }: Session, say: Say): Promise<string[]> {
  const [guarded, unguarded] = ['guarded', 'unguarded'].map((name) => datasets.find((one) => one.name === name));
  if (guarded === undefined || unguarded === undefined) throw new Error('the tour has lost its datasets');
  say('Two hourly datasets, alike but for one thing: `unguarded` declares circuit: { enabled: false }.');
  say('Their sources answer no request from 22:00 to 04:00; at 22:30 an operator backfills 20 hours of each.');
  say('');
  const calls = countCalls(world);
  narrateBriefly(world, say);
  await world.clock.busy(async () => {
    for (const dataset of datasets) {
      deliver(world, dataset);
      schedule(world, dataset);
    }
  });
  const endSweeps = sweepEveryTenMinutes(world);
  await world.clock.busy(() => world.clock.sleep(ENDS));
  endSweeps();
  await world.settle();
  return report(world, say, { calls, guarded, unguarded });
}

/** The hours lie in the source before any run asks for them. */
function deliver(world: World, dataset: Dataset): void {
  for (const partition of expectedPartitions(dataset, new Date(0), HOURLY.to)) {
    const [date = '', hour = ''] = partition.split('T');
    const key = `readings/${date.replaceAll('-', '/')}/${hour}/a.csv`;
    const lines = Array.from({ length: RECORDS }, (_unused, i) => `${partition}-${i},${i}`);
    const lastModified = Date.parse(`${partition}:59:00Z`);
    world.s3.store.put(
      dataset.source.bucket,
      key,
      Buffer.from(['id,value', ...lines, ''].join('\n')),
      {},
      {},
      { lastModified },
    );
  }
}

function schedule(world: World, dataset: Dataset): void {
  const { clock } = world;
  const label = scheduleOf(world, dataset.name);
  for (const partition of expectedPartitions(dataset, HOURLY.from, HOURLY.to)) {
    const at = availableAt(dataset, partition);
    const due = new Date(Math.max(at.getTime(), BEGINS.getTime() + MINUTE_MS));
    clock.timer(due, () => void clock.busy(() => world.runSchedule(label, at)));
  }
  clock.timer(
    BACKFILL_AT,
    () => void world.sfn.start('Backfill', { dataset: dataset.name, ...BACKFILL }, `by-hand-${dataset.name}`),
  );
}

/** Requests to each source while it was down: none of them is answered. */
function countCalls(world: World): ReadonlyMap<string, number> {
  const calls = new Map<string, number>();
  world.s3.before = ({ bucket }) => {
    const now = world.clock.now();
    if (!bucket.endsWith('-source') || now < DOWN_FROM.getTime() || now >= DOWN_TO.getTime()) return undefined;
    calls.set(bucket, (calls.get(bucket) ?? 0) + 1);
    return { do: 'answer', status: 503, code: 'ServiceUnavailable', message: 'The tour has switched this source off' };
  };
  return calls;
}

/** A line for each hourly run that ends, and every message about a circuit or a backfill. */
function narrateBriefly(world: World, say: Say): void {
  const time = () => world.clock.date().toISOString().slice(11, 16);
  world.sfn.onStatusChange(({ detail: { executionArn, status } }) => {
    const { input, output, error } = world.sfn.get(executionArn);
    const { dataset, trigger } = input as { dataset?: string; trigger?: string };
    if (status === 'RUNNING' || trigger !== 'schedule') return;
    say(`${time()}  hourly run of ${(dataset ?? '').padEnd(10)} ${error ?? codeOf(output)}`);
  });
  world.slack.onMessage = (message: SlackMessage) => {
    const [first = '', ...rest] = printSlackMessage(message);
    if (!/^\S+ (Circuit|Backfill) /.test(message.text)) return;
    say(`${time()}  ✉ ${first.slice(17).trimStart()}`);
    for (const line of rest.filter((one) => one.trimStart().startsWith('Why:'))) say(`         ${line.trimStart()}`);
  };
}

function codeOf(output: unknown): string {
  const text = JSON.stringify(output) ?? '';
  return /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? 'SUCCEEDED';
}

interface Told {
  readonly calls: ReadonlyMap<string, number>;
  readonly guarded: Dataset;
  readonly unguarded: Dataset;
}

function report(world: World, say: Say, { calls, guarded, unguarded }: Told): string[] {
  const [withBreaker, without] = [guarded, unguarded].map(({ source }) => calls.get(source.bucket) ?? 0);
  const all = manifestsOf(world);
  const manifests = all.filter(({ dataset }) => dataset === guarded.name);
  const partitionsOf = (wanted: (manifest: Manifest) => boolean) =>
    new Set(manifests.filter(wanted).map(({ partition }) => partition ?? ''));
  const skipped = partitionsOf(({ reason }) => reason.code === 'CIRCUIT_OPEN');
  const failed = partitionsOf(({ reason }) => reason.code === 'SOURCE_UNAVAILABLE');
  const keptBack = new Set([...skipped, ...failed]);
  const recovery = recoveryOf(world);
  const recovered = new Set(recovery?.recovered.map(({ partition }) => partition) ?? []);
  // A partition that is started again anyway may be the probe.
  const byTries = partitionsOf(({ again, status }) => again !== undefined && status === 'PUBLISHED');
  const texts = world.slack.messages
    .map(({ text }) => text)
    .filter((text) => text.includes(`Circuit ${guarded.source.bucket}`));
  const trips = texts.filter((text) => text.includes('OPEN'));
  const closings = texts.filter((text) => text.includes('CLOSED'));
  const lost = lostOf(world, guarded);
  const record = circuitOf(world, guarded.source.bucket);

  say('');
  say(`Requests to a source while it was down: ${without} without the breaker, ${withBreaker} with it.`);
  say(`Runs that asked it in vain: ${inVain(all, unguarded)} without, ${inVain(all, guarded)} with.`);
  say(`Partitions skipped: ${skipped.size}. Failed before it opened, or when it was tried: ${failed.size}.`);
  say(
    `Recovered by ${recovery?.backfillId ?? 'no backfill'}: ${recovered.size}, by their own next try: ${byTries.size}; lost: ${lost.length}.`,
  );
  say(`Without the breaker: ${lostOf(world, unguarded).length} partitions wait for the next backfill.`);
  say(`Messages: ${trips.length} that it opened, ${closings.length} that it closed and what was recovered.`);
  return [
    // About a half; but both share warm processes, and with them the retries that the SDK still allows itself.
    ...((withBreaker ?? 0) * 4 < (without ?? 0) * 3
      ? []
      : [`${withBreaker} requests with the breaker, ${without} without: expected less than three quarters`]),
    ...(inVain(all, guarded) * 2 < inVain(all, unguarded)
      ? []
      : ['with the breaker half as many runs asked in vain, or more']),
    ...(skipped.size >= 16 ? [] : [`only ${skipped.size} partitions were skipped`]),
    ...(sameMembers(keptBack, new Set([...recovered, ...byTries]))
      ? []
      : [`kept back ${[...keptBack].join()}, recovered ${[...recovered].join()}`]),
    ...lost.map((partition) => `${partition} is lost`),
    ...(trips.length === 1 ? [] : [`${trips.length} messages that the circuit opened`]),
    ...(closings.length === 1 ? [] : [`${closings.length} messages that the circuit closed`]),
    ...(closedByProbe(manifests) ? [] : ['the circuit was closed by something else than a run after the outage']),
    ...(record?.openUntil === null && record.recoveryOwed === null ? [] : ['the circuit is not closed and settled']),
  ];
}

/** Expected partitions that are over and not published. */
function lostOf(world: World, dataset: Dataset): string[] {
  return expectedPartitions(dataset, new Date(0), HOURLY.to).filter(
    (partition) => (recordOf(world, dataset.name, partition)?.publication ?? null) === null,
  );
}

function inVain(manifests: readonly Manifest[], { name }: Dataset): number {
  return manifests.filter(({ dataset, reason }) => dataset === name && reason.code === 'SOURCE_UNAVAILABLE').length;
}

/** While the source was down nothing was published, and the first that was is a run that began after it. */
function closedByProbe(manifests: readonly Manifest[]): boolean {
  const during = manifests.filter(
    ({ status, times }) =>
      status === 'PUBLISHED' && times.ended > new Date(DOWN_FROM.getTime() + HOUR_MS / 4).toISOString(),
  );
  return during.every(({ times }) => times.started >= DOWN_TO.toISOString());
}

function recoveryOf(world: World): BackfillManifest | undefined {
  return ledgerKeys(world)
    .filter((key) => {
      const parsed = parseKey(key);
      return parsed?.kind === 'backfill' && parsed.file === 'manifest';
    })
    .map((key) => backfillManifestSchema.parse(ledgerJson(world, key)))
    .find(({ input }) => input?.recovery !== undefined);
}

function circuitOf(world: World, dependency: string): Circuit | undefined {
  return circuitSchema.optional().parse(ledgerJson(world, keys.circuit(dependency)));
}

function sameMembers(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((member) => b.has(member));
}
