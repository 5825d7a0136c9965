import { expectedOf } from './week';
import type { UpgradeWorld } from './upgrade-world';

/**
 * What is wrong with a ledger when the week is over, by what stands in it and by nothing that a release decides or parses: one ending for
 * each execution and each expected partition, told once, and nothing in flight.
 */

interface Manifest {
  readonly executionArn: string;
  readonly runId?: string;
  readonly backfillId?: string | null;
  readonly status: string;
}

export function judge(world: UpgradeWorld): string[] {
  const wrong: string[] = [];
  const runs = new Map(world.keys('runs/').map((key) => [key, world.json(key) as unknown as Manifest]));
  const backfills = new Map(
    world
      .keys('backfills/')
      .filter((key) => key.endsWith('/manifest.json'))
      .map((key) => [key, world.json(key) as unknown as Manifest]),
  );
  for (const { arn, name, status } of world.executions) {
    const own = [...runs, ...backfills].filter(([, { executionArn }]) => executionArn === arn).map(([key]) => key);
    if (status === 'RUNNING') wrong.push(`${name} still runs`);
    if (own.length !== 1) wrong.push(`${name} has ${own.length} manifests: ${own.join(', ')}`);
  }
  const arns = new Set(world.executions.map(({ arn }) => arn));
  for (const [key, { executionArn, status }] of [...runs, ...backfills])
    if (!arns.has(executionArn) && status !== 'NEVER_STARTED') wrong.push(`${key} is of no execution`);

  for (const { dataset, partition } of expectedOf()) {
    const key = `partitions/${dataset}/${partition}.json`;
    const record = world.keys(key).length === 0 ? undefined : world.json(key);
    if (record === undefined || (record['publication'] === null && record['last'] === null))
      wrong.push(`${key} has no ending`);
    if (record !== undefined && record['holder'] !== null) wrong.push(`${key} is held`);
    const publication = record?.['publication'] as { runId: string; ending: { status: string } } | null | undefined;
    const manifest = runs.get(`runs/${dataset}/${partition}/${publication?.runId}.json`);
    if (publication && manifest?.status !== publication.ending.status)
      wrong.push(`${key} is ${publication.ending.status}, its manifest says ${manifest?.status}`);
  }

  for (const key of world.keys('outbox/')) wrong.push(`${key} was not told`);
  const receipts = new Set(world.keys('receipts/').map((key) => key.slice('receipts/'.length, -'.json'.length)));
  for (const [key, { backfillId, status }] of runs) {
    const [, dataset = '', partition = '', file = ''] = key.split('/');
    const id = `${dataset.replace('_unassigned', 'unassigned')}~${partition}~${file.slice(0, -'.json'.length)}`;
    // Under `changes` a success is news only after trouble; a backfill tells its own.
    const isQuiet = dataset === 'rates' && status === 'PUBLISHED';
    if (!receipts.has(id) && !isQuiet && (backfillId ?? null) === null) wrong.push(`${key} ${status} was not told`);
  }
  for (const key of [...runs.keys(), ...backfills.keys()]) {
    const about = world.posts.filter(({ blocks, text }) => `${blocks} ${text}`.includes(key));
    const posts = about.filter(({ text }) => !text.includes(' OVERDUE')).length;
    if (posts > 1) wrong.push(`${key} was told ${posts} times`);
  }
  return wrong;
}
