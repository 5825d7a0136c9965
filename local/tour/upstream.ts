import { backfillPlanSchema, type BackfillPlan } from '../../core/contracts/backfill/backfill';
import { backfillManifestSchema, type BackfillManifest } from '../../core/contracts/backfill/backfill-manifest';
import { missingReasons } from '../../core/contracts/backfill/missing';
import { keys, runIdOf } from '../../core/contracts/keys';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import { availableAt, expectedPartitions } from '../../core/domain/partition/calendar';
import { ledgerJson, recordOf, scheduleOf } from '../ledger';
import { narrate, type Say } from '../narrator';
import type { Session } from '../session';
import type { World } from '../world';
import { listWrong } from './facts';
import type { Topic } from './topics';
import { minute } from '../../core/domain/text/times';

const DAY = '2026-03-02';
const [T21, T22, T23] = [`${DAY}T21`, `${DAY}T22`, `${DAY}T23`] as const;
/** When the last deadline has passed, 05:00, and people come to work. */
const MORNING = new Date('2026-03-03T06:00:00Z');

/** What the shop and the bank deliver, and when. Orders of hour 22 don't come; those of hour 23 come an hour late. */
const DELIVERIES = [
  ['shop-drop', `orders/2026/03/02/21/a.csv`, orders(3), `${DAY}T22:05:00Z`],
  ['shop-drop', `orders/2026/03/02/23/a.csv`, orders(5), '2026-03-03T00:50:00Z'],
  ['shop-drop', `revenue/2026/03/02/21/a.csv`, revenue(3), `${DAY}T22:06:00Z`],
  ['shop-drop', `revenue/2026/03/02/22/a.csv`, revenue(4), `${DAY}T23:06:00Z`],
  ['shop-drop', `revenue/2026/03/02/23/a.csv`, revenue(5), '2026-03-03T00:06:00Z'],
  ['bank-drop', `rates/${DAY}/a.csv`, 'currency,rate\nUSD,0.91\nGBP,1.17\n', '2026-03-03T00:20:00Z'],
] as const;

/**
 * `npm run local -- tour upstream`: hours that wait for the hour and for the day of other datasets, one in vain; the backfill that runs
 * upstreams first; an upstream that is replaced. Returns what was not as told.
 */
export const upstream: Topic = {
  datasetsDir: 'local/tour/upstream-datasets',
  // The first hour is just over.
  begins: new Date(`${DAY}T22:00:00Z`),
  tell,
};

async function tell(session: Session, say: Say): Promise<string[]> {
  const { world } = session;
  say('revenue is hourly and waits for two upstreams: orders of the same hour, and rates of the same day.');
  say(
    'The shop delivers the orders of hour 21 in time, those of hour 23 an hour late, and those of hour 22 not at all.',
  );
  say('');
  narrate(world, { say, states: false, wholeMessages: false });
  tellWaits(world, say);
  await evening(session);
  const problems = eveningWas(world);

  say('');
  say(
    `Morning. The shop finds the orders of hour 22. A backfill runs them first, and then the revenue that waits for them.`,
  );
  await sleep(world, MORNING);
  deliver(world, 'shop-drop', 'orders/2026/03/02/22/a.csv', orders(4));
  const first = await backfill(world, 'morning', say);
  problems.push(...morningWas(world, first));

  say('');
  say(
    'The shop corrects the orders of hour 21, and an operator publishes them again. The revenue that was made from the old',
  );
  say(
    'ones is missing now, because its dataset wants to run again when orders are replaced; the rates it would ignore.',
  );
  const before = recordOf(world, 'revenue', T21);
  deliver(world, 'shop-drop', 'orders/2026/03/02/21/a.csv', orders(6));
  await world.run('PartitionRun', { dataset: 'orders', partition: T21, reprocess: true }, 'orders-corrected');
  await world.settle();
  const second = await backfill(world, 'after-correction', say);
  problems.push(...correctionWas(world, before, second));

  say('');
  say('And once more, with nothing left to do.');
  const third = await backfill(world, 'once-more', say);
  return [...problems, ...listWrong([['the last backfill', third.manifest.status, 'NOTHING_MISSING']])];
}

/** The evening by the clock: what is delivered when it comes, and every schedule when it is due. */
async function evening({ world, datasets }: Session): Promise<void> {
  await world.clock.busy(async () => {
    for (const [bucket, key, body, at] of DELIVERIES)
      world.clock.timer(new Date(at), () => deliver(world, bucket, key, body));
    for (const dataset of datasets) {
      for (const partition of expectedPartitions(dataset, new Date(`${DAY}T00:00:00Z`), MORNING)) {
        const at = availableAt(dataset, partition);
        const fire = () => world.runSchedule(scheduleOf(world, dataset.name), at);
        world.clock.timer(at, () => void world.clock.busy(fire));
      }
    }
  });
  await world.settle();
}

function eveningWas(world: World): string[] {
  const missing = recordOf(world, 'revenue', T22);
  const upstreams = (partition: string) => recordOf(world, 'revenue', partition)?.publication?.upstreams.map(brief);
  const manifest = manifestText(world, 'revenue', T22, missing?.last?.runId);
  return listWrong([
    ['revenue of hour 21', endingOf(world, 'revenue', T21), 'COMPLETE'],
    ['what it used', upstreams(T21), [`orders ${T21}`, `rates ${DAY}`]],
    ['revenue of hour 22', endingOf(world, 'revenue', T22), 'UPSTREAM_MISSING'],
    [
      'that its manifest names the upstream',
      new RegExp(`orders ${T22} \\(FAILED: SOURCE_EMPTY, run`).test(manifest),
      true,
    ],
    ['revenue of hour 23', endingOf(world, 'revenue', T23), 'COMPLETE'],
    ['what it used', upstreams(T23), [`orders ${T23}`, `rates ${DAY}`]],
  ]);
}

function morningWas(world: World, { manifest, plan }: Backfilled): string[] {
  const child = (dataset: string) =>
    world.sfn.list('PartitionRun').find(({ name }) => name.endsWith(`-${dataset}-${T22}`));
  const [upstream, downstream] = [child('orders'), child('revenue')];
  const inOrder =
    upstream?.stopDate !== undefined && downstream !== undefined && upstream.stopDate <= downstream.startDate;
  return listWrong([
    ['the first backfill', manifest.status, 'RECOVERED'],
    ['what it planned', plan.items.map(why), [`orders ${T22} FAILED`, `revenue ${T22} UPSTREAM_MISSING`]],
    ['that orders were over before revenue began', inOrder, true],
    ['revenue of hour 22', endingOf(world, 'revenue', T22), 'COMPLETE'],
  ]);
}

function correctionWas(world: World, before: PartitionRecord | undefined, { manifest, plan }: Backfilled): string[] {
  const now = recordOf(world, 'revenue', T21);
  const used = now?.publication?.upstreams.find(({ dataset }) => dataset === 'orders')?.runId;
  return listWrong([
    ['the second backfill', manifest.status, 'RECOVERED'],
    ['what it planned', plan.items.map(why), [`revenue ${T21} UPSTREAM_CHANGED`]],
    ['the publication of orders that revenue is made from', used, 'orders-corrected'],
    ['the files, which were not computed again', now?.publication?.files, before?.publication?.files],
  ]);
}

interface Backfilled {
  readonly manifest: BackfillManifest;
  readonly plan: BackfillPlan;
}

async function backfill(world: World, name: string, say: Say): Promise<Backfilled> {
  await world.run('Backfill', { start: DAY, end: DAY }, name);
  await world.settle();
  const file = (of: 'plan' | 'manifest') => ledgerJson(world, keys.backfill(runIdOf(name), of));
  const plan = backfillPlanSchema.parse(file('plan'));
  const manifest = backfillManifestSchema.parse(file('manifest'));
  for (const { dataset, partition, reason } of plan.items)
    say(`  missing: ${dataset} ${partition} (${missingReasons[reason]})`);
  say(`  ${manifest.status}: ${manifest.message}`);
  return { manifest, plan };
}

/** Says what a run waits for, once for each thing. */
function tellWaits(world: World, say: Say): void {
  const told = new Set<string>();
  world.sfn.onHistory((execution, event) => {
    if (event.type !== 'WaitStateEntered') return;
    const details = execution.history.at(-1)?.['stateEnteredEventDetails'] as { input?: string } | undefined;
    const state = JSON.parse(details?.input ?? '{}') as {
      run?: { dataset: string; partition: string };
      load?: { Payload?: { waitingFor?: string } };
    };
    const { run, load } = state;
    const line = `${run?.dataset ?? '?'} ${run?.partition ?? '?'} waits for ${load?.Payload?.waitingFor ?? '?'}`;
    if (told.has(line)) return;
    told.add(line);
    say(`${minute(world.clock.date().toISOString())}  … ${line}`);
  });
}

async function sleep(world: World, until: Date): Promise<void> {
  if (world.clock.date() < until) await world.clock.busy(() => world.clock.sleep(until));
}

function deliver(world: World, bucket: string, key: string, body: string): void {
  world.s3.store.put(bucket, key, Buffer.from(body));
}

function orders(count: number): string {
  return ['id,currency,amount', ...Array.from({ length: count }, (_unused, i) => `o${i},USD,${i + 1}`), ''].join('\n');
}

function revenue(count: number): string {
  return ['order_id,euros', ...Array.from({ length: count }, (_unused, i) => `o${i},${(i + 1) * 0.91}`), ''].join('\n');
}

const brief = ({ dataset, partition }: { readonly dataset: string; readonly partition: string }) =>
  `${dataset} ${partition}`;
const why = (item: BackfillPlan['items'][number]) => `${brief(item)} ${item.reason}`;

function endingOf(world: World, dataset: string, partition: string): string {
  const record = recordOf(world, dataset, partition);
  return (record?.publication?.ending ?? record?.last?.ending)?.code ?? 'nothing';
}

function manifestText(world: World, dataset: string, partition: string, runId: string | undefined): string {
  if (runId === undefined) return '';
  return JSON.stringify(ledgerJson(world, keys.manifest(dataset, partition, runId)));
}
