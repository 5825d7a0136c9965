import type { Dataset } from '../../lambdas/contracts/dataset';
import { HOUR_MS, MINUTE_MS } from '../../lambdas/contracts/partition';
import { availableAt, expectedPartitions, shiftPartition } from '../../lambdas/domain/calendar';
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
/** Messages of one dataset that are printed one by one. */
const MOST_PRINTED = 5;

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

/** Delivers every hour's file, fires its schedule, and sweeps once an hour. */
function play(world: World, dataset: Dataset, hours: readonly string[], broken: ReadonlySet<string>): void {
  const { clock } = world;
  const label = scheduleOf(world, dataset.name);
  const expected = expectedPartitions(dataset, new Date(0), new Date('2001-01-04T00:00:00Z'));
  for (const partition of hours.filter((one) => expected.includes(one))) {
    const [date = '', hour = ''] = partition.split('T');
    const key = `readings/${date.replaceAll('-', '/')}/${hour}/a.csv`;
    const column = broken.has(partition) ? 'amount' : 'value';
    const lastModified = Date.parse(`${partition}:59:00Z`);
    const file = (header: string) =>
      Buffer.from([`id,${header}`, `${partition}-1,1`, `${partition}-2,2`, ''].join('\n'));
    world.s3.store.put(dataset.source.bucket, key, file(column), {}, {}, { lastModified });
    const at = availableAt(dataset, partition);
    clock.timer(at, () => void clock.busy(() => world.runSchedule(label, at)));
    clock.timer(
      new Date(at.getTime() + 10 * MINUTE_MS),
      () => void clock.busy(() => world.runSchedule('Sweep', new Date(at.getTime() + 10 * MINUTE_MS))),
    );
  }
  // The vendor delivers the broken hours anew, once it has taken the column back.
  clock.timer(new Date(availableAt(dataset, hours.at(-1) ?? FIRST).getTime() + MINUTE_MS), () => {
    for (const partition of broken) {
      const key = `readings/${partition.slice(0, 10).replaceAll('-', '/')}/${partition.slice(11)}/a.csv`;
      const body = ['id,value', `${partition}-1,1`, `${partition}-2,2`, ''].join('\n');
      world.s3.store.put(dataset.source.bucket, key, Buffer.from(body));
    }
  });
}

interface Heard {
  readonly at: string;
  readonly text: string;
}

/** What Slack took about a dataset, roll calls included. */
function messagesOf(world: World, dataset: string): Heard[] {
  return world.slack.messages
    .filter(({ text }) => new RegExp(`^\\S+ (${dataset} \\d|Daily roll call .*\\(${dataset}\\))`).test(text))
    .map(({ at, text }) => ({ at: new Date(at).toISOString().slice(5, 16).replace('T', ' '), text }));
}

interface Call extends Heard {
  readonly subject: string;
}

/** What went to the escalation topic, as a mail would have it. */
function callsOf(world: World): Call[] {
  return world.aws.publications.map(({ at, subject, message }) => {
    const { default: text } = JSON.parse(message) as { default: string };
    return { at: new Date(at).toISOString().slice(5, 16).replace('T', ' '), subject: subject ?? '', text };
  });
}

function print(say: Say, name: string, messages: readonly Heard[]): void {
  say('');
  say(`notify: { when: '${name}' }`);
  const runs = Map.groupBy(messages, ({ text }) => (text.includes(': still ') && name === 'every-run' ? 'line' : text));
  for (const { at, text } of messages) {
    const lines = runs.get('line') ?? [];
    const isMore = lines.slice(MOST_PRINTED - 2).some((one) => one.text === text);
    if (isMore && lines[MOST_PRINTED - 2]?.text !== text) continue;
    say(
      isMore
        ? `   … ${lines.length - (MOST_PRINTED - 2)} more such lines, with the whole story once a day`
        : `${at}  ✉ ${text}`,
    );
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
