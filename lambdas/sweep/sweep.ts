import type { Dataset } from '../../core/contracts/dataset/dataset';
import type { DatasetState } from '../../core/contracts/sweep/sweep-state';
import { InternalError } from '../../core/contracts/errors';
import type { Finding } from '../../core/domain/sweep/incident-transitions';
import { inParallel } from '../../core/runtime/aws/parallel';
import { noteChannels, readChannels, watching } from './channels';
import { sweepCircuits } from './circuits';
import { attempt, type SweepContext, type SweepDependencies, type Tally } from './sweep-context';
import { noteUndeployed, openState, saveState, withFormer, type OpenState } from './dataset-state';
import { sweepOutbox } from './sweep-outbox';
import { sweepExecutions } from './sweep-executions';
import { announceIncidents } from './announce-incidents';
import { sweepPartitions } from './partitions';
import { sweepRestarts } from './sweep-restarts';
import { makeRollCalls } from './roll-calls';
import { tidyLake } from './tidy';
import { sweepTroubles } from './sweep-troubles';
import { noteUnlisted } from './note-unlisted';

/**
 * How much of its time a sweep must still have to go on with each part, in milliseconds of 480,000: so that no part, however much there
 * is of it, keeps the later ones from their turn. What is not done now is done next time.
 */
const RESERVE_MS = {
  executions: 300_000,
  partitions: 160_000,
  restarts: 120_000,
  rollCalls: 110_000,
  outbox: 60_000,
  lake: 30_000,
} as const;

const AT_A_TIME = 8;

/**
 * One sweep: what has no ending is recorded, what was never started is started or put on record, what was not posted is posted, what is
 * not needed is removed. Every act is idempotent and completes what an earlier one left undone, so it may be killed anywhere, and two
 * sweeps at a time do no harm.
 *
 * What fails is noted, the rest is done all the same.
 * @throws InternalError at the end, where anything failed: an alarm watches that
 */
export async function sweep(dependencies: SweepDependencies): Promise<Tally> {
  const context = begin(dependencies);
  const timeFor = (part: keyof typeof RESERVE_MS) => () => context.remainingMs() > RESERVE_MS[part];

  await attempt(context, 'looking for executions without an ending', {}, () =>
    sweepExecutions(context, timeFor('executions')),
  );
  const swept: SweptDataset[] = [];
  for (const definition of context.datasets.values()) {
    const found = await attempt(context, 'a dataset', { dataset: definition.name }, () =>
      sweepDataset(context, definition, timeFor('partitions')),
    );
    if (found !== undefined) swept.push(found);
  }
  await attempt(context, 'noting what is not deployed any more', {}, () => noteUndeployed(context));
  // After everything that is due, and before the circuits: what their recovery is about to run is left to it.
  await attempt(context, 'starting partitions again', {}, () => sweepRestarts(context, timeFor('restarts')));
  const circuits = await attempt(context, 'looking at the circuits', {}, () => sweepCircuits(context));
  const undelivered = await tellChannels(context, timeFor);
  const findings = [...swept.map(({ finding }) => finding), ...(circuits ?? []), ...(undelivered ?? [])];
  await attempt(context, 'escalating', {}, () => announceIncidents(context, 'incidents', findings));
  const failing = await findFailing(context);
  await attempt(context, 'escalating', {}, () => announceIncidents(context, 'failing', failing));
  // Only now: once a watermark has moved, what is behind it is not looked at again.
  for (const { open, next } of swept) {
    await attempt(context, 'a watermark', { dataset: next.dataset }, () => saveState(open, next));
  }
  for (const { name } of context.datasets.values()) {
    await attempt(context, 'tidying the lake', { dataset: name }, () => tidyDataset(context, name, timeFor('lake')));
  }
  // Last, since any part can come upon one.
  await attempt(context, 'escalating', {}, () => announceIncidents(context, 'unreadable', []));

  context.logger.info('swept', { ...context.tally, problems: context.problems.length });
  const [first] = context.problems;
  if (first !== undefined) {
    throw new InternalError(`${context.problems.length} parts of the sweep failed, the first: ${first.message}`, {
      cause: first,
    });
  }
  return context.tally;
}

function begin(dependencies: SweepDependencies): SweepContext {
  return {
    ...dependencies,
    at: dependencies.now(),
    starts: new Map(),
    unreadable: new Map(),
    problems: [],
    tally: {
      recorded: 0,
      started: 0,
      startedAgain: 0,
      neverStarted: 0,
      overdue: 0,
      recoveries: 0,
      delivered: 0,
      undelivered: 0,
      removed: 0,
    },
  };
}

interface SweptDataset {
  readonly finding: Finding;
  /** What is to be remembered. */
  readonly open: OpenState;
  readonly next: DatasetState;
}

async function sweepDataset(context: SweepContext, definition: Dataset, hasTime: () => boolean): Promise<SweptDataset> {
  const open = await openState(context, definition);
  const { name, owner } = definition;
  const isNoted = await attempt(context, 'noting what a new definition leaves out', { dataset: name }, async () => {
    if (open.memory.value !== undefined) await noteUnlisted(context, open.memory.value, definition);
    return true;
  });
  const state = isNoted === true ? open.state : withFormer(open);
  const { watermark, missed } = await sweepPartitions(context, definition, new Date(open.state.watermark), hasTime);
  const finding: Finding = {
    kind: 'deadline',
    dataset: name,
    owner,
    severity: 'warning',
    summary:
      missed === true
        ? `${name} missed its deadline: no run was started for a partition, or a run still goes past it.`
        : `${name} is in time again.`,
    active: missed,
  };
  return { finding, open, next: { ...state, watermark: watermark.toISOString() } };
}

/** Makes the regular messages, delivers everything that waits, and notes which channels take something. */
async function tellChannels(
  context: SweepContext,
  timeFor: (part: 'rollCalls' | 'outbox') => () => boolean,
): Promise<Finding[] | undefined> {
  const channels = await attempt(context, 'reading the channels', {}, () => readChannels(context));
  if (channels !== undefined)
    await attempt(context, 'the overviews', {}, () => makeRollCalls(context, channels, timeFor('rollCalls')));
  const taken = new Set<string>();
  const delivering = { ...context, notifier: watching(context.notifier, taken) };
  const findings = await attempt(context, 'delivering messages', {}, () => sweepOutbox(delivering, timeFor('outbox')));
  if (channels !== undefined)
    await attempt(context, 'noting the channels', {}, () => noteChannels(context, channels, taken));
  return findings;
}

async function findFailing(context: SweepContext): Promise<Finding[]> {
  const findings = await inParallel([...context.datasets.values()], AT_A_TIME, (definition) =>
    attempt(context, 'the troubles of a dataset', { dataset: definition.name }, () =>
      sweepTroubles(context, definition),
    ),
  );
  return findings.filter((one) => one !== undefined);
}

async function tidyDataset(context: SweepContext, dataset: string, hasTime: () => boolean): Promise<void> {
  const definition = context.datasets.get(dataset);
  if (definition === undefined || !hasTime()) return;
  const open = await openState(context, definition);
  const tidiedTo = await tidyLake(context, dataset, open.state.tidiedTo, hasTime);
  // The definition is not this part's to remember.
  await saveState(open, { ...(open.memory.value ?? open.state), tidiedTo });
}
