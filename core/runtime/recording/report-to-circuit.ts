import { countsOn, dependencyOf } from '../../contracts/dataset/circuit-options';
import type { Dataset } from '../../contracts/dataset/dataset';
import { verdictOf, type Guarded } from '../../domain/run/circuit-verdict';
import { reportToCircuit } from '../ledger/circuit-record';
import type { SourceSummary } from '../../contracts/batch/plan';
import type { Sealed } from '../ledger/partition-record';
import type { OwnedNotice } from './notices';
import type { Outcome } from './outcome';
import type { PayloadReading } from './payload';
import type { RecordingContext } from './record-ending';
import type { Subject } from './subject';

/** What the circuit made of an ending. */
export interface CircuitReport {
  /** The messages about the circuit itself. */
  readonly notices: readonly OwnedNotice[];
  /** Until when it is open now; null where it is closed, or there is none. */
  readonly openUntil: string | null;
}

/**
 * Tells the circuit of the dataset how a run ended: what stands after the seal, not what arrived; of a run that went to the fallback, why
 * (where all failures count, how it ended all the same).
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
): Promise<CircuitReport> {
  // The circuit that the run was claimed under, also where a deployment has changed the definition since.
  const dependency = run?.circuit?.dependency ?? (definition === undefined ? undefined : dependencyOf(definition));
  if (of === undefined || definition === undefined || dependency === undefined) return { notices: [], openUntil: null };
  const ending = sealed?.ending.code ?? outcome.code;
  // What was made of the fallback says nothing about the primary; that it had to be used does.
  const all = countsOn(definition, dependency) === 'all';
  const insteadOf = all ? undefined : source?.insteadOf;
  const { code, message } = insteadOf ?? {
    code: ending,
    message: ending === outcome.code ? outcome.detail : '',
  };
  const detail = message === '' ? '' : ` (${message})`;
  // A replay reads what is published once more, from where it was published: its reason is as old as the publication.
  const isOldNews = run?.replay === true && insteadOf !== undefined;
  const { notices, openUntil } = await reportToCircuit({ ledger, logger, now: now() }, definition, dependency, {
    ...of,
    runId,
    startedAt,
    code,
    verdict: isOldNews
      ? 'untried'
      : verdictOf(code, all ? { kind: 'job' } : guardedBy(definition, dependency, message)),
    text: `${of.dataset} ${of.partition} ${insteadOf === undefined ? 'ended' : 'used its fallback for'} ${code}${detail}`,
    generation: run?.circuit?.generation,
  });
  return { notices: notices.map((notice) => ({ notice, dependency })), openUntil };
}

/** A dataset that names one of its declared dependencies means that, and not the source. Errors of CheckDependencies name which it is. */
function guardedBy({ dependencies }: Dataset, dependency: string, message: string): Guarded {
  const isDeclared = dependencies.some(({ name }) => name === dependency);
  if (!isDeclared) return { kind: 'source' };
  return { kind: 'declared', named: new RegExp(`(?<![a-z0-9-])${dependency}(?![a-z0-9-])`).test(message) };
}
