import type { z } from 'zod';
import { isBackfillExecution } from '../../core/contracts/backfill/backfill-endings';
import type { RecordBackfillOutput } from '../../core/contracts/backfill/backfill-manifest';
import { endingOf } from '../../core/contracts/run/endings';
import type { recordInputSchema, RecordOutput } from '../../core/contracts/run/steps';
import { answerOf, recordBackfill } from '../../core/runtime/backfill/record-backfill';
import { recordEnding, type RecordingContext } from '../../core/runtime/recording/record-ending';

/** Longest cause for the Fail state: one sentence, not the whole story. The manifest has that. */
const MAX_CAUSE = 1000;

/**
 * Records the run, or the backfill, and says how it ended, for RunOutcome? and RunFailed.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function recordRun(
  context: RecordingContext,
  { execution, state }: z.output<typeof recordInputSchema>,
): Promise<RecordOutput | RecordBackfillOutput> {
  const report = { execution, state, closed: undefined };
  if (isBackfillExecution(execution.arn)) return answerOf(await recordBackfill(context, report));
  const { manifest, manifestKey } = await recordEnding(context, report);
  const { code, message } = manifest.reason;
  return {
    succeeded: endingOf(code).succeeds,
    status: manifest.status,
    code,
    manifestKey,
    Error: code,
    Cause: message.slice(0, MAX_CAUSE).toWellFormed(),
  };
}
