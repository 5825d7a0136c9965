import type { Dataset } from '../contracts/dataset';
import type { DatasetState } from '../contracts/sweep-state';
import { InternalError } from '../contracts/errors';
import type { Finding } from '../domain/incidents';
import { sweepCircuits } from './circuits';
import { attempt, type SweepContext, type SweepDependencies, type Tally } from './context';
import { noteUndeployed, openState, saveState, type OpenState } from './dataset-state';
import { deliverOutbox } from './deliver';
import { sweepExecutions } from './executions';
import { announceIncidents } from './incidents';
import { sweepPartitions } from './partitions';
import { tidyLake } from './tidy';

/**
 * How much of its time a sweep must still have to go on with each part, in milliseconds of 480,000: so that no part, however much there
 * is of it, keeps the later ones from their turn. What is not done now is done next time.
 */
const RESERVE_MS = { executions: 300_000, partitions: 160_000, outbox: 60_000, lake: 30_000 } as const;

/**
 * One sweep: what has no ending is recorded, what was never started is started or put on record, what was not told is told, what nobody
 * needs is removed. Every act is idempotent and completes what an earlier one left undone, so it may be killed anywhere, and two sweeps
 * at a time do no harm.
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
  const circuits = await attempt(context, 'looking at the circuits', {}, () => sweepCircuits(context));
  const undelivered = await attempt(context, 'delivering messages', {}, () =>
    deliverOutbox(context, timeFor('outbox')),
  );
  const findings = [...swept.map(({ finding }) => finding), ...(circuits ?? []), ...(undelivered ?? [])];
  await attempt(context, 'escalating', {}, () => announceIncidents(context, findings));
  const announced = context.unreadable.size;
  // Only now: once a watermark has moved, nobody looks at what is behind it again.
  for (const { open, next } of swept) {
    await attempt(context, 'a watermark', { dataset: next.dataset }, () => saveState(open, next));
  }
  for (const { name } of context.datasets.values()) {
    await attempt(context, 'tidying the lake', { dataset: name }, () => tidyDataset(context, name, timeFor('lake')));
  }
  await attempt(context, 'noting what is not deployed any more', {}, () => noteUndeployed(context));
  // What was found unreadable since the others were announced.
  if (context.unreadable.size > announced)
    await attempt(context, 'escalating', {}, () => announceIncidents(context, []));

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
    owed: new Set(),
    unreadable: new Map(),
    problems: [],
    tally: {
      recorded: 0,
      started: 0,
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
  const { watermark, missed } = await sweepPartitions(context, definition, new Date(open.state.watermark), hasTime);
  const { name, owner } = definition;
  const finding: Finding = {
    kind: 'deadline',
    dataset: name,
    owner,
    severity: 'warning',
    summary:
      missed === true
        ? `${name} missed its deadline: nobody was at a partition, or a run still goes past it.`
        : `${name} is in time again.`,
    active: missed,
  };
  return { finding, open, next: { ...open.state, watermark: watermark.toISOString() } };
}

async function tidyDataset(context: SweepContext, dataset: string, hasTime: () => boolean): Promise<void> {
  const definition = context.datasets.get(dataset);
  if (definition === undefined || !hasTime()) return;
  const open = await openState(context, definition);
  const tidiedTo = await tidyLake(context, dataset, open.state.tidiedTo, hasTime);
  await saveState(open, { ...open.state, tidiedTo });
}
