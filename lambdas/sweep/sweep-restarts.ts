import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys, parseKey } from '../../core/contracts/keys';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import { restartOf, tryName, upstreamName, USED_UP_MS } from '../../core/domain/run/restart-plan';
import { chosenOf } from '../../core/domain/sweep/sweep-plan';
import { judgeUpstreams, needsOf, type Need } from '../../core/domain/source/judge-upstreams';
import { inParallel } from '../../core/runtime/aws/parallel';
import { lookAtRecord, type PartitionRef } from '../../core/runtime/ledger/partition-record';
import { valueOrNone } from '../../core/runtime/store/reading';
import { CircuitGate } from './circuit-gate';
import { attempt, MOST_STARTS, type SweepContext } from './sweep-context';
import { readOrRecover } from './unreadable-state';

/** Notes that one sweep looks at: one read each, some 10 s. */
const MOST_NOTES = 1_000;
const AT_A_TIME = 8;
/**
 * Runs that one sweep starts again, of all datasets together: after an outage of everything they come back 120 an hour, beside those that
 * are due. With `batchConcurrency` 8 that is at most 160 Lambdas at once.
 */
const MOST_RESTARTS = 20;

/** The note that a partition may be started again after a run. */
interface Note extends PartitionRef {
  readonly key: string;
  readonly runId: string;
}

/** What the records of upstreams say: many partitions wait for the same one, which one sweep reads once. */
type Upstreams = Map<string, Promise<PartitionRecord | undefined>>;

/** A run that is to be started. */
interface Due {
  readonly note: Note;
  readonly definition: Dataset;
  readonly name: string;
  readonly input: object;
  /** Since when it could have been. */
  readonly due: Date;
}

/**
 * Starts partitions again whose run ended for a temporary reason, and those whose upstream was missing and is published now: the newest
 * first, after everything that never had a run, and as many as the limits allow. Notes that are of no use any more are removed.
 */
export async function sweepRestarts(context: SweepContext, hasTime: () => boolean): Promise<void> {
  const notes: Note[] = [];
  for await (const { key } of context.ledger.list(keys.restartsArea)) {
    const parsed = parseKey(key);
    if (parsed?.kind === 'restart') notes.push({ ...parsed, key });
  }
  const byAge = notes.toSorted((a, b) => (a.partition < b.partition ? -1 : 1));
  const upstreams: Upstreams = new Map();
  const looks = await inParallel(chosenOf(byAge, MOST_NOTES), AT_A_TIME, async (note) => {
    if (!hasTime()) return undefined;
    return attempt(context, 'a partition to start again', { ...note }, () => look(context, upstreams, note));
  });
  const due = looks.filter((one): one is Due => one !== undefined);
  const gate = new CircuitGate(context);
  let left = MOST_RESTARTS;
  for (const one of due) {
    if (left === 0 || !hasTime()) return;
    const { note, definition } = one;
    const started = context.starts.get(definition.name) ?? 0;
    if (started >= MOST_STARTS) continue;
    const done = await attempt(context, 'starting a partition again', { ...note }, async () => {
      if (!(await gate.lets(definition))) return 'kept back';
      return start(context, one);
    });
    if (done !== 'started') continue;
    left -= 1;
    context.starts.set(definition.name, started + 1);
  }
}

/** What is to be started after a run; undefined where there is nothing, or not now. */
async function look(context: SweepContext, upstreams: Upstreams, note: Note): Promise<Due | undefined> {
  const { dataset, partition, runId } = note;
  const definition = context.datasets.get(dataset);
  // It may be deployed again.
  if (definition === undefined) return undefined;
  const found = await readOrRecover(context, note);
  // Named to a person: nothing is known of the partition until it can be read.
  if (found === undefined) return undefined;
  const restart = restartOf(definition, note, valueOrNone(found), context.at);
  switch (restart.kind) {
    case 'wait':
      return undefined;
    case 'over':
      await context.ledger.delete(note.key);
      return undefined;
    case 'start': {
      const { n, due } = restart;
      const name = tryName(dataset, partition, { n, after: runId });
      return { note, definition, name, due, input: { dataset, partition, trigger: 'sweep', again: n } };
    }
    case 'ask-upstreams': {
      const needs = needsOf(context.datasets, definition, partition);
      const found = await Promise.all(
        needs.map(async (need) => ({ ...need, record: await upstreamRecord(context, upstreams, need) })),
      );
      const verdict = judgeUpstreams(definition, partition, found, {
        now: context.at,
        startedAt: context.at,
        mayWait: false,
      });
      if (verdict.kind !== 'published' || verdict.used.length === 0) return undefined;
      const due = new Date(Math.max(...verdict.used.map(({ publishedAt }) => Date.parse(publishedAt))));
      const name = upstreamName(dataset, partition, verdict.used);
      return { note, definition, name, due, input: { dataset, partition, trigger: 'sweep' } };
    }
  }
}

function upstreamRecord(
  { ledger }: SweepContext,
  upstreams: Upstreams,
  { upstream, partition }: Need,
): Promise<PartitionRecord | undefined> {
  const key = `${upstream.name}/${partition}`;
  const record = upstreams.get(key) ?? lookAtRecord(ledger, { dataset: upstream.name, partition }).then(valueOrNone);
  upstreams.set(key, record);
  return record;
}

async function start(
  { executions, ledger, logger, tally, at }: SweepContext,
  { note, name, input, due }: Due,
): Promise<'started' | 'exists'> {
  const outcome = await executions.startOnce(name, input);
  if (outcome === 'exists') {
    // Mostly it has not claimed yet. If it came to nothing, asking for it again is no use.
    if (at.getTime() - due.getTime() > USED_UP_MS) await ledger.delete(note.key);
    return outcome;
  }
  tally.startedAgain += 1;
  const { dataset, partition, runId } = note;
  logger.info('sweep: started a partition again', { dataset, partition, after: runId, name });
  return outcome;
}
