import { parseKey } from '../../core/contracts/keys';
import { partitionRecordSchema } from '../../core/contracts/run/partition-record';
import { recoverRecord } from '../../core/runtime/ledger/recover-record';
import { recordEnding } from '../../core/runtime/recording/record-ending';
import { endingFromEvent, type EndingReport } from '../../core/runtime/recording/report';
import { deliverOutbox, type DeliverContext } from '../../core/runtime/delivery/deliver-outbox';
import type { Invocation, SimulatedExecution, World } from './simulated-world';
import { jsonOf } from './witness';

/** The two recorders outside the machine, as far as the protocol goes: the real `recordEnding` and `deliverOutbox`, in the order of a sweep. */

/** ExecutionEnded, or one execution of a sweep. */
export async function recordFromOutside(
  world: World,
  invocation: Invocation,
  execution: SimulatedExecution,
): Promise<void> {
  Object.assign(invocation, { runId: execution.name });
  await recordEnding(world.recording(invocation), reportOf(execution));
}

/** As `docs/design.md` §2 orders it: closed without manifest, holders whose execution is closed, unsent messages. */
export async function sweep(world: World, invocation: Invocation): Promise<void> {
  const closed = [...world.executions.values()].filter((execution) => execution.status !== 'RUNNING');
  for (const execution of closed) {
    if (world.witness.manifest(execution.name) === undefined) await recordFromOutside(world, invocation, execution);
  }
  for (const key of world.memory.keys('ledger', 'partitions/')) await lookAt(world, invocation, key, closed);
  const attempt: DeliverContext['attempt'] = (_what, _of, work) => work();
  await deliverOutbox({ ...world.recording(invocation), attempt, onUnreadable: () => undefined }, () => true);
}

/** A partition whose holder is closed, or whose record cannot be read. */
async function lookAt(
  world: World,
  invocation: Invocation,
  key: string,
  closed: readonly SimulatedExecution[],
): Promise<void> {
  const stands = partitionRecordSchema.safeParse(jsonOf(world.memory.text('ledger', key)));
  const holder = closed.find(({ name }) => name === stands.data?.holder?.runId);
  if (holder !== undefined) await recordFromOutside(world, invocation, holder);
  const of = parseKey(key);
  if (stands.success || of?.kind !== 'partition') return;
  const ledger = world.ledger(invocation);
  const reading = await ledger.read(key, partitionRecordSchema);
  if (reading.kind === 'unreadable') await recoverRecord(ledger, of, reading, world.now());
}

/** By way of the raw event, as EventBridge delivers it. */
function reportOf({ arn, name, status, startTime, closedAt, input }: SimulatedExecution): EndingReport {
  const times = { startDate: Date.parse(startTime), stopDate: closedAt?.getTime() };
  const ending = endingFromEvent({
    detail: { executionArn: arn, name, status, ...times, input: JSON.stringify(input) },
  });
  if (ending === undefined) throw new Error('the event could not be read');
  return ending.report;
}
