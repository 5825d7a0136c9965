import { dependencyOf } from '../../contracts/circuit-settings';
import { verdictOf } from '../../domain/circuit-verdict';
import { reportToCircuit } from '../circuit';
import type { Sealed } from '../partition-record';
import type { OwnedNotice } from './notices';
import type { Outcome } from './outcome';
import type { PayloadReading } from './payload';
import type { RecordingContext } from './record';
import type { Subject } from './subject';

/**
 * Tells the circuit of the dataset how a run ended: what stands after the seal, not what arrived. Gives what has to be told about the
 * circuit itself.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function reportEnding(
  { ledger, logger, now }: RecordingContext,
  { of, definition, runId, startedAt }: Subject,
  { run }: PayloadReading,
  outcome: Outcome,
  sealed: Sealed | undefined,
): Promise<OwnedNotice[]> {
  // The circuit that the run was claimed under, also where a deployment has changed the definition since.
  const dependency = run?.circuit?.dependency ?? (definition === undefined ? undefined : dependencyOf(definition));
  if (of === undefined || definition === undefined || dependency === undefined) return [];
  const code = sealed?.ending.code ?? outcome.code;
  const detail = code === outcome.code && outcome.detail !== '' ? ` (${outcome.detail})` : '';
  const notices = await reportToCircuit({ ledger, logger, now: now() }, definition, dependency, {
    ...of,
    runId,
    startedAt,
    code,
    verdict: verdictOf(code, { named: definition.circuit.dependency !== undefined }),
    text: `${of.dataset} ${of.partition} ended ${code}${detail}`,
    generation: run?.circuit?.generation,
  });
  return notices.map((notice) => ({ notice, dependency }));
}
