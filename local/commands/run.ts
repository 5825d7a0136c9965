import { randomUUID } from 'node:crypto';
import { parseKey, runIdOf } from '../../core/contracts/keys';
import { describeProblem } from '../../core/contracts/problems';
import type { Manifest } from '../../core/contracts/run/manifest';
import { availableAt, isExpected } from '../../core/domain/partition/calendar';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { loadDatasets } from '../../lib/datasets';
import { parseFault, parseSlackFault, type Fault, type SlackFault } from '../aws/faults';
import type { Execution } from '../aws/states/local-executions';
import { manifestsOf } from '../ledger';
import { narrate, type Say } from '../narrator';
import { DATA_DIR, DATASETS_DIR, openSession } from '../session';
import { sweepOnce } from '../sweeps';
import type { World } from '../world';
import { folderOf, fromHere } from './paths';
import { putFiles, strikeSlack, supplyExample } from './run-world';
import { UsageError } from '../../cli/backfill/usage-error';

export interface RunOptions {
  /** A folder of definitions in place of the project's own. */
  readonly datasets?: string;
  /** A folder whose files become the source's objects, with their paths as keys. */
  readonly source?: string;
  /** When the clock starts, as text. */
  readonly now?: string;
  /** Where everything is left, in place of `.local/`. */
  readonly data?: string;
  /** Faults in the form `<State>:<what>[:<times>]` or `Slack:<what>[:<times>]`. */
  readonly fault: readonly string[];
  readonly reprocess: boolean;
  readonly json: boolean;
}

/** Where the story and, with `--json`, the manifests go. */
export interface Outputs {
  readonly say: Say;
  readonly print: Say;
}

/**
 * `npm run local -- run <dataset> <partition…>`: a run of each partition through the synthesized app, state by state, going on from what is
 * in the data folder. What is wrong with dataset or partition is for the state machine to say. Returns 0 when every execution succeeded.
 * @throws UsageError, FaultSyntaxError for options that can't be used; InvalidDataset, SynthesisFailed
 */
export async function run(
  { say, print }: Outputs,
  name: string,
  partitions: readonly string[],
  options: RunOptions,
): Promise<number> {
  const slack = options.fault.map(parseSlackFault).filter((fault) => fault !== undefined);
  const faults = options.fault.filter((text) => parseSlackFault(text) === undefined).map(parseFault);
  const start = options.now === undefined ? undefined : instantOf(options.now);
  const datasetsDir = options.datasets === undefined ? DATASETS_DIR : folderOf('--datasets', options.datasets);
  const dataDir = options.data === undefined ? DATA_DIR : fromHere(options.data);
  const source = options.source === undefined ? undefined : folderOf('--source', options.source);
  const datasets = loadDatasets(datasetsDir);
  const dataset = datasets.find((each) => each.name === name);
  if (source !== undefined && dataset === undefined)
    throw new UsageError(
      describeProblem({ field: 'dataset', value: name, expected: 'one that is declared, for --source' }),
    );
  const [first = ''] = partitions;
  const session = await openSession({
    fresh: false,
    ...(start === undefined ? {} : { start }),
    notBefore: whenDue(dataset, first) ?? new Date(0),
    datasets,
    datasetsDir,
    dataDir,
    withBuckets: false,
    say,
  });
  const { world } = session;
  try {
    for (const fault of faults) requireState(world.sfn.machine('PartitionRun').definition, fault);
    narrate(world, { say, states: true, wholeMessages: true });
    if (source !== undefined && dataset !== undefined) await putFiles(world, dataset, { folder: source, first, say });
    inject(world, faults, slack);
    const executions: Execution[] = [];
    for (const partition of partitions) {
      const due = whenDue(dataset, partition);
      // The clock jumps to a partition that is expected, and to no other: it would stay there.
      if (start === undefined && due !== undefined && due.getTime() > world.clock.now())
        await world.clock.busy(() => world.clock.sleep(due));
      if (source === undefined && dataset !== undefined && due !== undefined)
        await supplyExample(world, dataset, partition, say);
      executions.push(await runOne(world, { dataset: name, partition, reprocess: options.reprocess }, say));
    }
    say(`Buckets and logs as files: ${dataDir}`);
    const manifests = manifestsOf(world);
    if (options.json) for (const execution of executions) printManifest(manifests, execution, { say, print });
    return executions.every(({ status }) => status === 'SUCCEEDED') ? 0 : 1;
  } finally {
    await session.close();
  }
}

async function runOne(
  world: World,
  {
    dataset,
    partition,
    reprocess,
  }: { readonly dataset: string; readonly partition: string; readonly reprocess: boolean },
  say: Say,
): Promise<Execution> {
  const input = { dataset, partition, trigger: 'manual', ...(reprocess ? { reprocess: true } : {}) };
  const execution = await world.run('PartitionRun', input, `local-${randomUUID()}`);
  await world.settle();
  if (isMissing(world, execution)) {
    say('Something is still missing: a manifest or a message. The sweep looks for that every ten minutes.');
    await sweepOnce(world);
  }
  say('');
  say(
    `The execution ${execution.name} ${execution.status}${execution.error === undefined ? '' : `: ${execution.error}`}`,
  );
  return execution;
}

function printManifest(manifests: readonly Manifest[], execution: Execution, { say, print }: Outputs): void {
  const manifest = manifests.find(({ runId }) => runId === runIdOf(execution.name));
  if (manifest === undefined) say(`${execution.name} left no manifest`);
  else print(JSON.stringify(manifest));
}

function inject(world: World, faults: readonly Fault[], slack: readonly SlackFault[]): void {
  for (const fault of faults) world.sfn.faults.add(fault);
  strikeSlack(world.slack, slack);
}

/** When a run of a partition starts by itself; undefined for one that is not expected. */
function whenDue(dataset: Dataset | undefined, partition: string): Date | undefined {
  return dataset !== undefined && isExpected(dataset, partition) ? availableAt(dataset, partition) : undefined;
}

function instantOf(text: string): Date {
  const instant = /^\d{4}-\d{2}-\d{2}T/.test(text)
    ? new Date(/(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`)
    : NaN;
  if (instant instanceof Date && !Number.isNaN(instant.getTime())) return instant;
  throw new UsageError(describeProblem({ field: '--now', value: text, expected: 'a time like 2026-01-20T06:15:00Z' }));
}

/** Whether a sweep would have something to do about the run: it has no manifest, or a message is not delivered. */
function isMissing(world: World, execution: Execution): boolean {
  const parsed = world.s3.store.keys(world.bucket('Ledger')).map(parseKey);
  const runId = runIdOf(execution.name);
  const recorded = parsed.some(
    (key) => (key?.kind === 'manifest' || key?.kind === 'unassignedManifest') && key.runId === runId,
  );
  return !recorded || parsed.some((key) => key?.kind === 'outbox');
}

/** A fault in a state that the machine does not have would never strike, and look like a pass. */
function requireState(definition: string, fault: Fault): void {
  const states = namesOf(JSON.parse(definition));
  if (!states.includes(fault.state)) {
    throw new UsageError(
      describeProblem({ field: '--fault: state', value: fault.state, expected: `one of ${states.join(', ')}, Slack` }),
    );
  }
}

interface Machine {
  readonly States?: Readonly<Record<string, { readonly Type: string; readonly ItemProcessor?: Machine }>>;
}

function namesOf(machine: Machine): string[] {
  return Object.entries(machine.States ?? {}).flatMap(([name, state]) => [
    ...(state.Type === 'Task' ? [name] : []),
    ...(state.ItemProcessor === undefined ? [] : namesOf(state.ItemProcessor)),
  ]);
}
