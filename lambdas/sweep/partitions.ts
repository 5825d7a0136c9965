import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys, NEVER_STARTED_RUN_ID } from '../../core/contracts/keys';
import { overdueMessageId } from '../../core/contracts/message-ids';
import { MINUTE_MS } from '../../core/contracts/partition';
import { availableAt, expectedPartitions } from '../../core/domain/partition/calendar';
import type { Holder } from '../../core/domain/partition/protocol';
import {
  actFor,
  chosenOf,
  missedDeadline,
  nextWatermark,
  sweepExecutionName,
  type Act,
  type DeadlineStatus,
} from '../../core/domain/sweep/sweep-plan';
import { describeForeign } from '../../core/runtime/aws/classify';
import { addToOutbox, hasReceipt } from '../../core/runtime/delivery/outbox';
import { withLogKeys } from '../../core/runtime/aws/logger';
import { inParallel } from '../../core/runtime/aws/parallel';
import { seal, type PartitionRef } from '../../core/runtime/ledger/partition-record';
import type { EndingReport } from '../../core/runtime/recording/report';
import { attempt, MOST_STARTS, type SweepContext } from './sweep-context';
import { isTooYoung, settleEnding } from './sweep-executions';
import { recordNeverStarted } from './never-started';
import { readOrRecover } from './unreadable-state';

/** Partitions of a dataset that one sweep looks at: 41 days of an hourly one, some 10 s. Normal are those before their deadline, 3 or so. */
const MOST_PARTITIONS = 1_000;
const AT_A_TIME = 8;
/** As long as an execution that Step Functions does not know may just be too young (`runtime/aws/executions.ts`). */
const MAYBE_TOO_YOUNG_MS = 5 * MINUTE_MS;

export interface SweptPartitions {
  readonly watermark: Date;
  /** Whether the newest deadline was missed; undefined where nothing says so. */
  readonly missed: boolean | undefined;
}

/** The status of a partition after a sweep looked at it. */
interface Looked {
  readonly partition: string;
  readonly settled: boolean;
  readonly status: DeadlineStatus;
}

/**
 * Looks at the expected partitions of a dataset from its watermark on: dead holders are recorded, unclaimed ones started, those that
 * never had a run put on record, overdue runs reported.
 */
export async function sweepPartitions(
  context: SweepContext,
  definition: Dataset,
  watermark: Date,
  hasTime: () => boolean,
): Promise<SweptPartitions> {
  const { at } = context;
  const expected = expectedPartitions(definition, watermark, at).filter(
    (partition) => availableAt(definition, partition) <= at,
  );
  const looks = await inParallel(chosenOf(expected, MOST_PARTITIONS), AT_A_TIME, async (partition) => {
    if (!hasTime()) return undefined;
    return attempt(context, 'a partition', { dataset: definition.name, partition }, () =>
      look(context, definition, partition),
    );
  });
  const looked = looks.filter((one): one is Looked => one !== undefined);
  const settled = new Set(looked.filter((one) => one.settled).map(({ partition }) => partition));
  return {
    watermark: nextWatermark(definition, watermark, expected, (partition) => settled.has(partition), at),
    missed: missedDeadline(definition, looked, at),
  };
}

async function look(context: SweepContext, definition: Dataset, partition: string): Promise<Looked> {
  const { ledger, at, starts } = context;
  const of = { dataset: definition.name, partition };
  const open: Looked = { partition, settled: false, status: 'open' };
  const record = await readOrRecover(context, of);
  // Named to a person; until it can be read, nothing is done about the partition, and the watermark waits for it.
  if (record === undefined) return open;
  const act: Act = actFor(definition, partition, record.kind === 'found' ? record.value : undefined, at);
  switch (act.kind) {
    case 'settled':
      return { partition, settled: true, status: 'met' };
    case 'wait':
      return open;
    case 'start': {
      const started = starts.get(of.dataset) ?? 0;
      if (started < MOST_STARTS) {
        starts.set(of.dataset, started + 1);
        await start(context, of);
      }
      return open;
    }
    case 'never-started': {
      const onRecord = await recordNeverStarted(context, definition, partition);
      if (onRecord) context.tally.neverStarted += 1;
      return onRecord ? { partition, settled: true, status: 'never-started' } : open;
    }
    case 'finish-never-started': {
      const manifest = await ledger.head(keys.manifest(of.dataset, partition, NEVER_STARTED_RUN_ID));
      if (manifest === undefined) await recordNeverStarted(context, definition, partition);
      return { partition, settled: true, status: 'never-started' };
    }
    case 'ask-holder': {
      const { runId, executionArn } = act.holder;
      const runs = await withLogKeys({ runId, executionArn }, () => askHolder(context, of, act.holder));
      if (!runs) return open;
      if (act.overdue) await enterOverdue(context, of, act.holder);
      return { partition, settled: act.settled, status: act.overdue ? 'overdue' : act.settled ? 'met' : 'open' };
    }
  }
}

async function start({ executions, logger, tally }: SweepContext, of: PartitionRef): Promise<void> {
  const name = sweepExecutionName(of.dataset, of.partition);
  const outcome = await executions.startOnce(name, { ...of, trigger: 'sweep' });
  if (outcome === 'exists') return;
  tally.started += 1;
  logger.warn('sweep: started a run that had not been started', { ...of, name });
}

/** Whether the holder's execution still runs. One that is closed is put on record, and lets go. */
async function askHolder(context: SweepContext, of: PartitionRef, holder: Holder): Promise<boolean> {
  const report = await endingOfHolder(context, of, holder);
  if (report === undefined || isTooYoung(context, report)) return true;
  const { manifest } = await settleEnding(context, report);
  const ending = { status: manifest.status, code: manifest.reason.code };
  // Under this name Step Functions may know a later execution by now, which is recorded where it belongs: the holder is let go of here.
  await seal(context.ledger, of, { runId: holder.runId, ending, at: context.at, speaksForPartition: false });
  return false;
}

async function endingOfHolder(
  context: SweepContext,
  of: PartitionRef,
  { executionArn: arn, since, runId }: Holder,
): Promise<EndingReport | undefined> {
  try {
    return await context.executions.describe(arn);
  } catch (error) {
    if (describeForeign(error).name !== 'ExecutionDoesNotExist') throw error;
    if (context.at.getTime() - Date.parse(since) < MAYBE_TOO_YOUNG_MS) return undefined;
    const cause = 'Step Functions does not know the execution that holds the partition any more.';
    return {
      execution: {
        arn,
        name: arn.slice(arn.lastIndexOf(':') + 1),
        startTime: since,
        input: of,
        claimedAs: runId,
      },
      state: undefined,
      // The last moment that anything is known of.
      closed: { status: 'FAILED', error: 'ExecutionDoesNotExist', cause, at: new Date(since) },
    };
  }
}

/** Notes that one message has to say that a run goes past its deadline. */
async function enterOverdue(
  { ledger, at, tally }: SweepContext,
  { dataset, partition }: PartitionRef,
  { runId }: Holder,
): Promise<void> {
  const messageId = overdueMessageId(dataset, partition, runId);
  if (await hasReceipt(ledger, messageId)) return;
  const manifestKey = keys.manifest(dataset, partition, runId);
  if (await addToOutbox(ledger, { kind: 'overdue', messageId, manifestKey }, at)) tally.overdue += 1;
}
