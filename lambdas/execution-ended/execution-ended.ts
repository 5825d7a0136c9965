import { z } from 'zod';
import { isBackfillExecution } from '../../core/contracts/backfill/backfill-endings';
import { InternalError, PlatformFault } from '../../core/contracts/errors';
import { runIdOf } from '../../core/contracts/keys';
import { logKeysOfExecution } from '../../core/domain/run/log-keys';
import { recordBackfill } from '../../core/runtime/backfill/record-backfill';
import { unlessRetryable } from '../../core/runtime/aws/unless-retryable';
import { MAYBE_TOO_YOUNG_MS } from '../../core/runtime/aws/executions';
import { withLogKeys } from '../../core/runtime/aws/logger';
import { recordEnding, type RecordingContext } from '../../core/runtime/recording/record-ending';
import { endingFromEvent, type EndingReport } from '../../core/runtime/recording/report';

export type EndedContext = RecordingContext & {
  /** What Step Functions knows of an execution; undefined while it runs. */
  readonly describe: (executionArn: string) => Promise<EndingReport | undefined>;
};

export type EndedOutput =
  | { readonly recorded: true; readonly manifestKey: string; readonly status: string }
  /** The execution runs (again): nothing has ended. */
  | { readonly recorded: false };

/** All that a broken event must still have. An execution's ARN ends in its name. */
const brokenEventSchema = z.object({
  detail: z.object({ executionArn: z.string().regex(/^arn:[^:]+:states:[^:]*:[^:]*:execution:[^:]+:.+$/) }),
});

/**
 * Records the ending that a `Step Functions Execution Status Change` event tells: time-out, abort, a runtime error, and a RecordRun that
 * failed. Where RecordRun has recorded already, it completes what is missing, which mostly is nothing.
 *
 * What the event lacks (an input that made it too large, anything that is broken in it) is asked of Step Functions; what that does not
 * know either ends in a manifest by the execution's name alone.
 * @throws InternalError when the event names no execution: there is no ending to lose
 * @throws RollcallError, retryable, when the ledger or Step Functions does not answer
 */
export async function executionEnded(context: EndedContext, event: unknown): Promise<EndedOutput> {
  const report = await reportOf(context, event);
  if (report === undefined) return { recorded: false };
  const record = isBackfillExecution(report.execution.arn) ? recordBackfill : recordEnding;
  // Known better than from the event, which may have lacked the input.
  const logKeys = logKeysOfExecution(report.execution, context.datasets);
  const { manifest, manifestKey } = await withLogKeys(logKeys, () => record(context, report));
  return { recorded: true, manifestKey, status: manifest.status };
}

async function reportOf(context: EndedContext, event: unknown): Promise<EndingReport | undefined> {
  const ended = endingFromEvent(event);
  if (ended !== undefined && !ended.inputMissing) return ended.report;
  const executionArn = ended?.report.execution.arn ?? brokenEventSchema.safeParse(event).data?.detail.executionArn;
  if (executionArn === undefined) throw new InternalError('the event names no execution');
  const describe = () => context.describe(executionArn);
  return unlessRetryable(describe, (error) => {
    // Without its input it is not known whose ending it is, and the answer may be stale: to be asked again.
    if (ended !== undefined && isYoung(ended.report, context.now()))
      throw new PlatformFault(`Step Functions does not know ${executionArn} yet`, { cause: error });
    context.logger.error('the execution could not be described', { executionArn, error });
    return ended?.report ?? unknownEnding(executionArn, context.now());
  });
}

/** DescribeExecution is eventually consistent: an execution that is younger may be unknown (`runtime/aws/executions.ts`). */
const isYoung = ({ execution }: EndingReport, now: Date): boolean =>
  now.getTime() - Date.parse(execution.startTime) < MAYBE_TOO_YOUNG_MS;

/** An event came, so something ended; how is not known. */
function unknownEnding(executionArn: string, now: Date): EndingReport {
  const name = executionArn.slice(executionArn.lastIndexOf(':') + 1);
  return {
    // When it started is not known: what is under its name is taken for its own.
    execution: { arn: executionArn, name, startTime: now.toISOString(), claimedAs: runIdOf(name) },
    state: undefined,
    closed: { status: 'FAILED', error: undefined, cause: undefined, at: now },
  };
}
