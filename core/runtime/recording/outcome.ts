import { z } from 'zod';
import { endingOf, isReasonCode, type ReasonCode } from '../../contracts/run/endings';
import { isOwnErrorName, reasonOfError } from '../../contracts/errors';
import { redact } from '../../contracts/secrets/redact';
import type { InputProblem } from '../../domain/partition/run-input';
import type { HistoryReading } from './execution-history';
import type { Failure, PayloadReading } from './payload';
import { parseJson, type Closed } from './report';

/** How a run seems to have ended, before the partition record has its say. */
export interface Outcome {
  readonly code: ReasonCode;
  /** The particulars, for people; without secrets. */
  readonly detail: string;
  readonly error: string | undefined;
  readonly state: string | undefined;
  readonly problems: readonly InputProblem[];
}

/** Longest text of an error in a manifest: enough for a message and the values in it. */
const MAX_DETAIL = 1000;

/**
 * The outcome by what the execution says of itself. Never a published one: whether a run published, the partition record alone knows.
 */
export function outcomeOf(
  payload: PayloadReading,
  history: HistoryReading | undefined,
  closed: Closed | undefined,
): Outcome {
  const cut = codeOfCutOff(closed);
  if (closed !== undefined && cut !== undefined) return cutOff(cut, history, closed);
  const { refusal, failure, published } = payload;
  if (refusal !== undefined) {
    return outcome(refusal.code, refusal.detail, { problems: refusal.problems });
  }
  if (failure !== undefined) {
    return ofFailure({ ...failure, state: failure.state ?? history?.failure?.state });
  }
  if (published !== undefined) {
    const detail = `PublishPartition reported ${published.status}, but no publication of this run is on record.`;
    return outcome('INTERNAL_ERROR', detail, { state: 'PublishPartition' });
  }
  if (closed?.status === 'FAILED') return ofClosed(closed, history);
  if (history?.failure !== undefined) return ofFailure(history.failure);
  const after = history?.steps.findLast((step) => step.name !== 'RecordRun')?.name;
  const where = after === undefined ? '' : ` after ${after}`;
  const detail = `The state of the execution${where} says neither what was published nor what failed: a step's output was not what the next one expects.`;
  return outcome('INTERNAL_ERROR', detail, { state: after });
}

type CutOff = 'TIME_LIMIT' | 'STOPPED_BY_OPERATOR';

/** The ending of an execution that was ended from outside; undefined for any other. */
export function codeOfCutOff(closed: Closed | undefined): CutOff | undefined {
  switch (closed?.status) {
    case 'TIMED_OUT':
      return 'TIME_LIMIT';
    case 'ABORTED':
      return 'STOPPED_BY_OPERATOR';
    case 'FAILED':
    case 'SUCCEEDED':
    case undefined:
      return undefined;
  }
}

function cutOff(code: CutOff, history: HistoryReading | undefined, closed: Closed): Outcome {
  const state = history?.running;
  const error = code === 'TIME_LIMIT' ? 'States.Timeout' : closed.error;
  const said = [code === 'TIME_LIMIT' ? undefined : closed.error, closed.cause].filter(Boolean).join(': ');
  const detail = [
    state === undefined ? '' : `${state} was running.`,
    said === '' ? '' : `The execution says: ${said}`,
  ].join(' ');
  return outcome(code, detail.trim(), { error, state });
}

/** The execution failed, and its state says nothing: the machine's Fail state, a runtime error, the history limit. */
function ofClosed(closed: Closed, history: HistoryReading | undefined): Outcome {
  const { error = 'States.Runtime', cause = '' } = closed;
  // The Fail state's error is the reason code that RecordRun returned. A published code is for the partition record to say.
  if (isReasonCode(error) && !endingOf(error).publishes) return outcome(error, cause);
  if (history?.failure !== undefined && isOwnErrorName(history.failure.error)) return ofFailure(history.failure);
  return ofFailure({ state: history?.failure?.state ?? history?.running, error, cause });
}

function ofFailure({ state, error, cause }: Failure): Outcome {
  return outcome(reasonOfError(error, cause), describe(state, error, cause), { error, state });
}

const lambdaCause = z.object({ errorMessage: z.string(), errorType: z.string().optional() });

/** A Lambda's cause is JSON with the message in it; everything else is text, often none. */
function describe(state: string | undefined, error: string, cause: string): string {
  const message = lambdaCause.safeParse(parseJson(cause)).data?.errorMessage ?? cause;
  const at = state === undefined ? '' : `${state}: `;
  if (message === '') return `${at}${error}.`;
  return isOwnErrorName(error) ? `${at}${message}` : `${at}${error}: ${message}`;
}

function outcome(
  code: ReasonCode,
  detail: string,
  more: { error?: string | undefined; state?: string | undefined; problems?: readonly InputProblem[] } = {},
): Outcome {
  return {
    code,
    detail: redact(detail, MAX_DETAIL),
    error: more.error === undefined ? undefined : redact(more.error, 200),
    state: more.state,
    problems: (more.problems ?? []).slice(0, 50),
  };
}
