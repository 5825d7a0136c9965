import { backfillManifestSchema, type BackfillManifest } from '../../core/contracts/backfill/backfill-manifest';
import { backfillPlanSchema, type BackfillPlan } from '../../core/contracts/backfill/backfill';
import { keys, runIdOf, type BackfillFile } from '../../core/contracts/keys';
import type { Execution } from '../../local/aws/states/local-executions';
import { csv, type Workflow } from './workflow';

/** A time at which the deadlines of six hours of `readings` (00 to 05) have passed, and none of the seventh. */
const SIX_HOURS_LATER = new Date('2026-01-20T08:05:00Z');
export const SIX_HOURS = Array.from({ length: 6 }, (_unused, hour) => `2026-01-20T0${hour}`);
/** Those six hours. */
export const RANGE = { dataset: 'readings', start: '2026-01-20T00', end: '2026-01-20T06' };

/** What a backfill left behind. */
export interface BackfillEnd {
  readonly execution: Execution;
  readonly manifest: BackfillManifest;
  readonly plan: BackfillPlan | undefined;
  /** Its runs. */
  readonly children: readonly Execution[];
  /** Messages that Slack took since it began. */
  readonly messages: readonly string[];
}

let started = 0;

/** Runs a backfill to its end and reads what it left. `meanwhile` is called once it has started. */
export async function backfill(
  workflow: Workflow,
  input: unknown,
  meanwhile: (execution: Execution) => unknown = () => undefined,
): Promise<BackfillEnd> {
  const { world } = workflow;
  const before = world.slack.messages.length;
  const execution = world.sfn.start('Backfill', input, `backfill-${++started}`);
  await meanwhile(execution);
  await execution.done;
  await world.settle();
  return {
    execution: world.sfn.get(execution.arn),
    manifest: backfillManifestSchema.parse(fileOf(workflow, execution.name, 'manifest')),
    plan: backfillPlanSchema.optional().parse(fileOf(workflow, execution.name, 'plan')),
    children: childrenOf(workflow, execution.name),
    messages: world.slack.messages.slice(before).map(({ text }) => text),
  };
}

function childrenOf({ world }: Workflow, name: string): Execution[] {
  return world.sfn
    .list('PartitionRun')
    .filter(({ input }) => (input as { backfillId?: unknown }).backfillId === runIdOf(name));
}

function fileOf(workflow: Workflow, name: string, file: BackfillFile): unknown {
  const key = keys.backfill(runIdOf(name), file);
  if (!workflow.keys('Ledger').includes(key)) return undefined;
  const { store } = workflow.world.s3;
  return JSON.parse(store.get(workflow.world.bucket('Ledger'), key).body.toString());
}

/** Puts the object of an hour into the source, `records` long. */
export function deliver(workflow: Workflow, hour: string, records = 3, bad = 0): void {
  const [date = '', time = ''] = hour.split('T');
  const key = `readings/${date.replaceAll('-', '/')}/${time}/a.csv`;
  workflow.put('readings-source', key, csv(records, bad), new Date(`${hour}:59:00Z`));
}

/** The clock stands where all six hours are past their deadline. */
export async function passDeadlines({ world: { clock } }: Workflow): Promise<void> {
  await clock.advance(SIX_HOURS_LATER.getTime() - clock.now());
}
