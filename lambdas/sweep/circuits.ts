import { createHash } from 'node:crypto';
import type { BackfillInput, Recovery } from '../../core/contracts/backfill/backfill';
import type { Circuit, RecoveryOwed } from '../../core/contracts/run/circuit';
import { guardedBy } from '../../core/contracts/dataset/circuit-options';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys, parseKey } from '../../core/contracts/keys';
import { LEASE_MS } from '../../core/domain/delivery/delivery-state';
import { resetCommand, settled } from '../../core/domain/run/circuit-decisions';
import type { Finding } from '../../core/domain/sweep/incident-transitions';
import { lookAtCircuit, readCircuit, rebuildCircuit, swapCircuit } from '../../core/runtime/ledger/circuit-record';
import { addToOutbox, hasReceipt } from '../../core/runtime/delivery/outbox';
import { valueOrNone } from '../../core/runtime/store/reading';
import { noticeRef } from '../../core/runtime/recording/notices';
import { attempt, type SweepContext } from './sweep-context';
import { noteUnreadable } from './unreadable-state';

/** Room for a dependency's name in the name of an execution, which has 80 characters. */
const READABLE = 40;

/**
 * Looks at every circuit: what closed has its recovery started, notices without a message enter the outbox, those with a receipt are
 * forgotten. Says of each whether a person is to be called.
 */
export async function sweepCircuits(context: SweepContext): Promise<Finding[]> {
  const guarded = guardedBy(context.datasets.values());
  const findings: Finding[] = [];
  for await (const { key } of context.ledger.list(keys.circuitsArea)) {
    const parsed = parseKey(key);
    if (parsed?.kind !== 'circuit') continue;
    const { dependency } = parsed;
    const found = await attempt(context, 'a circuit', { dependency }, () =>
      sweepCircuit(context, dependency, guarded.get(dependency) ?? []),
    );
    if (found !== undefined) findings.push(found);
  }
  return findings;
}

async function sweepCircuit(
  context: SweepContext,
  dependency: string,
  datasets: readonly Dataset[],
): Promise<Finding | undefined> {
  const circuit = await readOrRebuild(context, dependency);
  if (circuit === undefined) return undefined;
  const told = await enterNotices(context, dependency, circuit);
  const recovery = circuit.recoveryOwed?.generation;
  if (circuit.recoveryOwed !== null) await startRecovery(context, dependency, circuit.recoveryOwed);
  // Killed before this, the next sweep finds the backfill started already, under the same name.
  const next = await swapCircuit(context.ledger, dependency, (now) => settled(now, { recovery, told }));
  return findingOf(dependency, next, datasets);
}

/** A circuit; one that is unreadable begins anew first. Undefined where there is none. */
async function readOrRebuild(context: SweepContext, dependency: string): Promise<Circuit | undefined> {
  const { ledger, at } = context;
  const reading = await lookAtCircuit(ledger, dependency);
  if (reading.kind !== 'unreadable') return valueOrNone(reading);
  await rebuildCircuit(ledger, dependency, reading, at);
  noteUnreadable(context, reading, true, `The circuit of ${dependency} begins anew, closed.`);
  return (await readCircuit(ledger, dependency))?.value;
}

/** Enters in the outbox what the recorder that brought it about has not; the ids of those whose message is out. */
async function enterNotices(
  { ledger, at }: SweepContext,
  dependency: string,
  { notices }: Circuit,
): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  for (const notice of notices) {
    if (await hasReceipt(ledger, notice.messageId)) told.add(notice.messageId);
    // The recorder is about to post it.
    else if (notice.runId !== null && at.getTime() - Date.parse(notice.at) < LEASE_MS) continue;
    else await addToOutbox(ledger, noticeRef({ dependency, notice }), new Date(notice.at));
  }
  return told;
}

/** Starts the backfill of what ran into the trouble: once, because its name is always the same. */
async function startRecovery(
  { executions, datasets, logger, tally }: SweepContext,
  dependency: string,
  left: RecoveryOwed,
): Promise<void> {
  const affected = Object.fromEntries(Object.entries(left.affected).filter(([dataset]) => datasets.has(dataset)));
  const name = recoveryName(dependency, left);
  if (Object.keys(affected).length === 0) {
    logger.warn('sweep: nothing to recover, no dataset that a circuit kept back is deployed', { dependency });
    return;
  }
  const recovery: Recovery = { dependency, since: left.since, until: left.until, affected };
  const input: Pick<BackfillInput, 'trigger' | 'recovery'> = { trigger: 'sweep', recovery };
  if ((await executions.startBackfillOnce(name, input)) === 'exists') return;
  tally.recoveries += 1;
  logger.info('sweep: started the recovery after a circuit closed', { dependency, name });
}

/** Name of the backfill that recovers what a circuit kept back; the same however often it is asked for, and another for each closing. */
export function recoveryName(dependency: string, { generation, until }: RecoveryOwed): string {
  const readable = dependency.replaceAll(/[^a-z0-9-]/g, '-').slice(0, READABLE);
  const hash = createHash('sha256').update(`${dependency} ${until}`).digest('hex').slice(0, 8);
  return `recovery-${readable}-${generation}-${hash}`;
}

function findingOf(dependency: string, { openUntil, trouble }: Circuit, datasets: readonly Dataset[]): Finding {
  const names = datasets.map(({ name }) => name).toSorted();
  return {
    kind: 'circuit',
    dataset: dependency,
    owner: datasets[0]?.owner ?? 'unknown',
    affects: datasets.map(({ name, owner }) => ({ dataset: name, owner })),
    severity: 'critical',
    summary:
      openUntil === null
        ? `The circuit of ${dependency} is closed again.`
        : `The circuit of ${dependency} is open, because ${trouble?.cause.text ?? 'it failed'}. ` +
          `Partitions of ${names.join(', ') || 'no deployed dataset'} are skipped until a run gets through, and recovered then. ` +
          `To try at once: ${resetCommand(dependency)}`,
    // A dependency that nothing deployed needs is no news.
    active: openUntil !== null && datasets.length > 0,
  };
}
