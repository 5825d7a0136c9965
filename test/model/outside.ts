import { keys } from '../../lambdas/contracts/keys';
import type { PartitionRecord } from '../../lambdas/contracts/partition-record';
import { recordEnding } from '../../lambdas/runtime/recording/record';
import { endingFromEvent, type EndingReport } from '../../lambdas/runtime/recording/report';
import { deliverOutbox, type DeliverContext } from '../../lambdas/runtime/delivery/deliver';
import { PARTITION } from '../helpers/runs';
import type { Invocation, SimulatedExecution, World } from './simulated-world';

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

/** As `design.md` section 2 orders it: closed without manifest, holders whose execution is closed, messages that are owed. */
export async function sweep(world: World, invocation: Invocation): Promise<void> {
  const closed = [...world.executions.values()].filter((execution) => execution.status !== 'RUNNING');
  for (const execution of closed) {
    if (world.witness.manifest(execution.name) === undefined) await recordFromOutside(world, invocation, execution);
  }
  const stands = world.memory.json('ledger', keys.partition('flights', PARTITION)) as PartitionRecord | undefined;
  const holder = closed.find(({ name }) => name === stands?.holder?.runId);
  if (holder !== undefined) await recordFromOutside(world, invocation, holder);
  const attempt: DeliverContext['attempt'] = (_what, _of, work) => work();
  await deliverOutbox({ ...world.recording(invocation), attempt, onUnreadable: () => undefined }, () => true);
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
