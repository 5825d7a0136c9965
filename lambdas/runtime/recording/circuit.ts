import { dependencyOf } from '../../contracts/circuit-settings';
import type { Dataset } from '../../contracts/dataset';
import { verdictOf, type Guarded } from '../../domain/circuit-verdict';
import { reportToCircuit } from '../circuit';
import type { SourceSummary } from '../../contracts/plan';
import type { Sealed } from '../partition-record';
import type { OwnedNotice } from './notices';
import type { Outcome } from './outcome';
import type { PayloadReading } from './payload';
import type { RecordingContext } from './record';
import type { Subject } from './subject';

/**
 * Tells the circuit of the dataset how a run ended: what stands after the seal, not what arrived; of a run that went to the fallback, why. Gives what has to be told about the
 * circuit itself.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function reportEnding(
  { ledger, logger, now }: RecordingContext,
  { of, definition, runId, startedAt }: Subject,
  { run }: PayloadReading,
  {
    outcome,
    sealed,
    source,
  }: {
    readonly outcome: Outcome;
    readonly sealed: Sealed | undefined;
    /** What the run worked on, where it came that far. */
    readonly source: SourceSummary | undefined;
  },
): Promise<OwnedNotice[]> {
  // The circuit that the run was claimed under, also where a deployment has changed the definition since.
  const dependency = run?.circuit?.dependency ?? (definition === undefined ? undefined : dependencyOf(definition));
  if (of === undefined || definition === undefined || dependency === undefined) return [];
  const ending = sealed?.ending.code ?? outcome.code;
  // What was made of the fallback says nothing about the primary; that it had to be used does.
  const { code, message } = source?.insteadOf ?? {
    code: ending,
    message: ending === outcome.code ? outcome.detail : '',
  };
  const detail = message === '' ? '' : ` (${message})`;
  // A replay reads what is published once more, from where it was published: its reason is as old as the publication.
  const isOldNews = run?.replay === true && source?.insteadOf !== undefined;
  const notices = await reportToCircuit({ ledger, logger, now: now() }, definition, dependency, {
    ...of,
    runId,
    startedAt,
    code,
    verdict: isOldNews ? 'untried' : verdictOf(code, guardedBy(definition, dependency, message)),
    text: `${of.dataset} ${of.partition} ${source?.insteadOf === undefined ? 'ended' : 'used its fallback for'} ${code}${detail}`,
    generation: run?.circuit?.generation,
  });
  return notices.map((notice) => ({ notice, dependency }));
}

/** A dataset that names one of its declared dependencies means that, and not the source. Errors of CheckDependencies name which it is. */
function guardedBy({ dependencies }: Dataset, dependency: string, message: string): Guarded {
  const isDeclared = dependencies.some(({ name }) => name === dependency);
  if (!isDeclared) return { kind: 'source' };
  return { kind: 'declared', named: new RegExp(`(?<![a-z0-9-])${dependency}(?![a-z0-9-])`).test(message) };
}
