import { z } from 'zod';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { HOUR_MS, MINUTE_MS } from '../../core/contracts/partition';
import { availableAt, shiftPartition } from '../../core/domain/partition/calendar';
import { manifestsOf, scheduleOf } from '../ledger';
import type { Say } from '../narrator';
import type { Session } from '../session';
import type { World } from '../world';
import { listWrong } from './facts';
import type { Topic } from './topics';

/**
 * A vendor renames a column and needs 30 hours to take it back. Two datasets read it, alike but for whom they tell: what is heard of it in
 * Slack and on the pager, and what is on record.
 */

const BEGINS = new Date('2001-01-01T21:00:00Z');
const FIRST = '2001-01-01T20';
/** Hours that are good before, that have the wrong column, and that are good again. */
const [GOOD, BROKEN, AFTER] = [2, 30, 3] as const;
/** Lines of one dataset that are printed. */
const MOST_PRINTED = 3;

export const failing: Topic = { datasetsDir: 'local/tour/failing-datasets', begins: BEGINS, tell };

async function tell({ world, datasets }: Session, say: Say): Promise<string[]> {
  const [loud, calm] = ['every-run', 'changes'].map((name) => datasets.find((one) => one.name === name));
  if (loud === undefined || calm === undefined) throw new Error('the tour has lost its datasets');
  const hours = Array.from({ length: GOOD + BROKEN + AFTER }, (_unused, i) => shiftPartition(FIRST, i));
  const broken = hours.slice(GOOD, GOOD + BROKEN);
  say('Two hourly datasets, alike but for `notify.when`: one tells every run, the other what changes.');
  say(`Their vendor renames a column, and takes it back after ${BROKEN} hours.`);
  await world.clock.busy(async () => {
    for (const dataset of datasets) play(world, dataset, hours, new Set(broken));
    for (const partition of hours) sweepAt(world, new Date(availableAt(loud, partition).getTime() + 10 * MINUTE_MS));
  });
  const last = availableAt(loud, hours.at(-1) ?? FIRST);
  await world.clock.busy(() => world.clock.sleep(new Date(last.getTime() + HOUR_MS / 2)));
  await world.settle();

  const told = new Map([loud, calm].map(({ name }) => [name, messagesOf(world, name)]));
  for (const [name, messages] of told) print(say, name, messages);
  say('');
  say('What is missing is backfilled, and the pager hears that it is over:');
  const [from, to] = [broken[0] ?? FIRST, broken.at(-1) ?? FIRST];
  for (const { name } of [loud, calm]) {
    const input = { dataset: name, start: from.slice(0, 10), end: to.slice(0, 10) };
    await world.clock.busy(() => world.run('Backfill', input, `by-hand-${name}`));
  }
  await world.clock.advance(10 * MINUTE_MS);
  await world.clock.busy(() => world.runSchedule('Sweep'));
  await world.settle();
  const calls = callsOf(world);
  for (const { at, subject, text } of calls) say(`${at}  📟 ${subject}: ${text}`);
  return report(say, world, { loud, calm, told, calls });
}

/** Delivers every hour's file, fires its schedule, and in the end delivers anew what had the wrong column. */
function play(world: World, dataset: Dataset, hours: readonly string[], broken: ReadonlySet<string>): void {
  const { clock } = world;
  const { bucket } = dataset.source;
  const label = scheduleOf(world, dataset.name);
  for (const partition of hours) {
    const lastModified = Date.parse(`${partition}:59:00Z`);
    const body = fileOf(partition, broken.has(partition) ? 'amount' : 'value');
    world.s3.store.put(bucket, keyOf(partition), body, {}, {}, { lastModified });
    const at = availableAt(dataset, partition);
    clock.timer(at, () => void clock.busy(() => world.runSchedule(label, at)));
  }
  clock.timer(new Date(availableAt(dataset, hours.at(-1) ?? FIRST).getTime() + MINUTE_MS), () => {
    for (const partition of broken) world.s3.store.put(bucket, keyOf(partition), fileOf(partition, 'value'));
  });
}

function keyOf(partition: string): string {
  const [date = '', hour = ''] = partition.split('T');
  return `readings/${date.replaceAll('-', '/')}/${hour}/a.csv`;
}

function fileOf(partition: string, column: string): Buffer {
  return Buffer.from([`id,${column}`, `${partition}-1,1`, `${partition}-2,2`, ''].join('\n'));
}

/** Once an hour is enough for a story. */
function sweepAt(world: World, at: Date): void {
  world.clock.timer(at, () => void world.clock.busy(() => world.runSchedule('Sweep', at)));
}

interface Heard {
  readonly at: string;
  readonly text: string;
}

/** What Slack took about a dataset, overviews included. */
function messagesOf(world: World, dataset: string): Heard[] {
  return world.slack.messages
    .filter(({ text }) => new RegExp(`^\\S+ (${dataset} \\d|Daily overview .*\\(${dataset}\\))`).test(text))
    .map(({ at, text }) => ({ at: timeOf(at), text }));
}

const timeOf = (at: number): string => new Date(at).toISOString().slice(5, 16).replace('T', ' ');

/** A message with a text for each protocol. */
const byProtocolSchema = z.object({ default: z.string() });

interface Call extends Heard {
  readonly subject: string;
}

/** What went to the escalation topic, as a mail would have it. */
function callsOf(world: World): Call[] {
  return world.aws.publications.map(({ at, subject, message }) => {
    const { default: text } = byProtocolSchema.parse(JSON.parse(message));
    return { at: timeOf(at), subject: subject ?? '', text };
  });
}

/** Prints messages; of those that are only one line each, the first few. */
function print(say: Say, name: string, messages: readonly Heard[]): void {
  say('');
  say(`notify: { when: '${name}' }`);
  const lines = messages.filter(({ text }) => text.includes(': still '));
  const more = lines.slice(MOST_PRINTED);
  for (const message of messages) {
    if (!more.includes(message)) say(`${message.at}  ✉ ${message.text}`);
    else if (message === more[0]) say(`             … ${more.length} more lines like these`);
  }
}

interface Told {
  readonly loud: Dataset;
  readonly calm: Dataset;
  readonly told: ReadonlyMap<string, readonly Heard[]>;
  readonly calls: readonly Call[];
}

function report(say: Say, world: World, { loud, calm, told, calls }: Told): string[] {
  const of = ({ name }: Dataset) => told.get(name) ?? [];
  const failed = (dataset: Dataset) =>
    manifestsOf(world).filter(({ dataset: name, status }) => name === dataset.name && status === 'FAILED').length;
  const still = of(loud).filter(({ text }) => text.includes(': still SCHEMA_MISMATCH')).length;
  const pages = calls.filter(({ subject }) => subject.startsWith('ALARM: '));
  const ends = calls.filter(({ subject }) => subject.startsWith('OK: '));
  say('');
  say(`Endings on record: ${failed(loud)} and ${failed(calm)} failures.`);
  say(`Messages: ${of(loud).length} under every-run, ${still} of them one line; ${of(calm).length} under changes.`);
  say(`Calls: ${pages.length} that began, one for each dataset; ${ends.length} that are over.`);
  return listWrong([
    ['failures of every-run', failed(loud), BROKEN],
    ['failures of changes', failed(calm), BROKEN],
    ['messages of every-run', of(loud).length, GOOD + BROKEN + AFTER],
    ['lines of every-run', still, BROKEN - 2],
    ['messages of changes', of(calm).length, 6],
    ['calls', pages.length, 2],
    ['ends', ends.length, 2],
  ]);
}
