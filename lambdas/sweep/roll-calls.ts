import { DEFAULT_CHANNEL } from '../../core/contracts/dataset/channel';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import { rollCallMessageId } from '../../core/contracts/message-ids';
import { DAY_MS } from '../../core/contracts/partition';
import { manifestSchema } from '../../core/contracts/run/manifest';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import {
  ROLL_CALL_KINDS,
  rollCallSchema,
  type RollCall,
  type RollCallKind,
} from '../../core/contracts/sweep/roll-call';
import { datasetStateSchema } from '../../core/contracts/sweep/sweep-state';
import { deadlineOf } from '../../core/domain/partition/calendar';
import {
  countAnswers,
  dueIn,
  windowOf,
  type Answers,
  type Looked,
  type Window,
} from '../../core/domain/sweep/count-answers';
import { addToOutbox, hasReceipt } from '../../core/runtime/delivery/outbox';
import { inParallel } from '../../core/runtime/aws/parallel';
import { putOnce } from '../../core/runtime/store/once';
import { lookAtRecord } from '../../core/runtime/ledger/partition-record';
import { valueOrNone } from '../../core/runtime/store/reading';
import type { Store } from '../../core/runtime/store/store';
import type { Channels } from './channels';
import { attempt, type SweepContext } from './sweep-context';
import { readOrRecover } from './unreadable-state';

/** A little under the 50 connections that the S3 client keeps: 500 hourly datasets in a week are 84,000 reads, some minutes. */
const AT_A_TIME = 40;

/**
 * Makes the daily and weekly overviews of the channels whose time has come, once each: a day's for the datasets that tell only what
 * changes, and every Monday's for every channel. Killed anywhere, the next sweep goes on: the same overview has the same key.
 */
export async function makeRollCalls(context: SweepContext, channels: Channels, hasTime: () => boolean): Promise<void> {
  const { at } = context;
  for (const [channel, state] of channels.states) {
    for (const kind of ROLL_CALL_KINDS) {
      const window = windowOf(kind, at);
      // A channel that is new has nothing to look back at.
      if (state[kind] === window.date || window.dueAt.toISOString() <= state.since) continue;
      const isMade = await attempt(context, 'an overview', { channel, kind, date: window.date }, () =>
        make(context, { channel, kind, window }, hasTime),
      );
      const now = channels.states.get(channel) ?? state;
      if (isMade === true) channels.states.set(channel, { ...now, [kind]: window.date });
    }
  }
}

interface Of {
  readonly channel: string;
  readonly kind: RollCallKind;
  readonly window: Window;
}

/** False: there was no time to count. */
async function make(context: SweepContext, of: Of, hasTime: () => boolean): Promise<boolean> {
  const { ledger, at } = context;
  const { channel, kind, window } = of;
  const key = keys.rollCall(channel, kind, window.date);
  if ((await ledger.head(key)) === undefined) {
    if (!hasTime()) return false;
    const call = await count(context, of, hasTime);
    if (call === undefined) return true;
    await putOnce(ledger, key, call, rollCallSchema);
  }
  const messageId = rollCallMessageId(channel, kind, window.date);
  if (!(await hasReceipt(ledger, messageId)))
    await addToOutbox(ledger, { kind: 'roll-call', messageId, manifestKey: key }, at);
  return true;
}

/** Undefined where there is nothing to say: no dataset tells only what changes, or none of their partitions was due. */
async function count(context: SweepContext, of: Of, hasTime: () => boolean): Promise<RollCall | undefined> {
  const { at, datasets } = context;
  const { channel, kind, window } = of;
  const own = [...datasets.values()].filter(({ notify }) => notify.channel === channel);
  const ofAll = kind === 'weekly' && own.length === 0 && channel === DEFAULT_CHANNEL;
  const asked = ofAll
    ? [...datasets.values()]
    : own.filter(({ notify }) => kind === 'weekly' || notify.when === 'changes');
  const answers: Answers[] = [];
  const notCounted: string[] = [];
  const ledger = context.ledger.forManyReads();
  for (const dataset of asked) {
    const { name } = dataset;
    const looked = hasTime()
      ? await attempt(context, 'the overview of a dataset', { dataset: name }, () => look(context, ledger, dataset, of))
      : undefined;
    if (looked === undefined) notCounted.push(name);
    else answers.push({ dataset, looked });
  }
  const counts = countAnswers(answers, at);
  if (kind === 'daily' && counts.due.hourly + counts.due.daily + notCounted.length === 0) return undefined;
  return {
    schemaVersion: 1,
    kind,
    channel,
    from: dayOf(window.from),
    to: dayOf(new Date(window.to.getTime() - DAY_MS)),
    madeAt: at.toISOString(),
    ofAll,
    notCounted: notCounted.toSorted(),
    ...counts,
  };
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

async function look(context: SweepContext, ledger: Store, dataset: Dataset, { kind, window }: Of): Promise<Looked[]> {
  const { name } = dataset;
  const state = valueOrNone(await ledger.read(keys.dataset(name), datasetStateSchema));
  // What had its deadline before the sweep watched is for a backfill, and no news.
  const due = dueIn(dataset, window).filter(
    (partition) => state === undefined || deadlineOf(dataset, partition).toISOString() >= state.watchedSince,
  );
  return inParallel(due, AT_A_TIME, async (partition) => {
    const quickly = await lookAtRecord(ledger, { dataset: name, partition });
    const found = quickly.kind === 'unreadable' ? await readOrRecover(context, { dataset: name, partition }) : quickly;
    // Of one that is left to a person nothing is known: it counts as missing.
    const record = found && valueOrNone(found);
    const retried = kind === 'daily' ? await wasRetried(ledger, name, partition, record) : undefined;
    return { partition, record, retried };
  });
}

/** Whether the run that published a partition needed more than one attempt at a step. */
async function wasRetried(
  ledger: Store,
  dataset: string,
  partition: string,
  record: PartitionRecord | undefined,
): Promise<boolean | undefined> {
  const publication = record?.publication;
  if (!publication) return undefined;
  const manifestKey = keys.manifest(dataset, partition, publication.runId);
  const manifest = valueOrNone(await ledger.read(manifestKey, manifestSchema));
  // The one that records is not about the data.
  return manifest?.steps.some(({ name, attempts, entered }) => attempts > entered && name !== 'RecordRun') ?? false;
}
