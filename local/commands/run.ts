import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { parseKey, runIdOf } from '../../core/contracts/keys';
import { availableAt, isExpected } from '../../core/domain/partition/calendar';
import { loadDatasets } from '../../lib/datasets';
import { supply } from '../data/vendors';
import { parseFault, type Fault } from '../aws/faults';
import { narrate, type Say } from '../narrator';
import { loadFolder } from '../aws/s3/s3-disk';
import type { Execution } from '../aws/states/executions';
import { DATA_DIR, openSession } from '../session';
import { sweepOnce } from '../sweeps';
import { ROOT } from '../template/synthesize';
import type { World } from '../world';
import { count } from '../../core/domain/text/numbers';
import { describeProblem } from '../../core/contracts/problems';

export interface RunOptions {
  /** A folder whose files become the source's objects, with their paths as keys. */
  readonly source?: string;
  /** Faults in the form `<State>:<what>[:<times>]`. */
  readonly fault: readonly string[];
  readonly reprocess: boolean;
  /** Folder of the datasets' declarations; default `datasets`. */
  readonly datasets: string;
}

/** Something on the command line can't be used. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * `npm run local -- run <dataset> <partition>`: one run through the synthesized app, state by state, going on from what is in
 * `.local/`. What is wrong with dataset or partition is for the state machine to say. Returns 0 when the execution succeeded.
 * @throws UsageError, FaultSyntaxError for options that can't be used
 */
export async function run(say: Say, name: string, partition: string, options: RunOptions): Promise<number> {
  const faults: Fault[] = options.fault.map(parseFault);
  const datasetsDir = path.resolve(ROOT, options.datasets);
  const dataset = loadDatasets(datasetsDir).find((each) => each.name === name);
  // The clock jumps to a partition that is expected, and to no other: it would stay there.
  const known = dataset !== undefined && isExpected(dataset, partition);
  if (options.source !== undefined && dataset === undefined) {
    throw new UsageError(
      describeProblem({ field: 'dataset', value: name, expected: 'one that is declared, for --source' }),
    );
  }
  say('Synthesizing the app …');
  const notBefore = known ? availableAt(dataset, partition) : new Date(0);
  const session = await openSession({ fresh: false, notBefore, datasetsDir });
  const { world } = session;
  try {
    for (const fault of faults) requireState(world.sfn.machine('PartitionRun').definition, fault);
    narrate(world, { say, states: true, wholeMessages: true });
    if (options.source !== undefined && dataset !== undefined) {
      const keys = await loadFolder(world.s3.store, dataset.source.bucket, options.source);
      say(`${keys.length} files of ${options.source} are in s3://${dataset.source.bucket}`);
    } else if (known) {
      const objects = await supply(world, dataset, partition);
      if (objects > 0) say(`${count(objects, 'object')} of real flights delivered to s3://${dataset.source.bucket}`);
    }
    for (const fault of faults) world.sfn.faults.add(fault);
    const input = { dataset: name, partition, trigger: 'manual', ...(options.reprocess ? { reprocess: true } : {}) };
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
    say(`Buckets and logs as files: ${DATA_DIR}`);
    return execution.status === 'SUCCEEDED' ? 0 : 1;
  } finally {
    await session.close();
  }
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
      describeProblem({ field: '--fault: state', value: fault.state, expected: `one of ${states.join(', ')}` }),
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
