import { backfillInputSchema, backfillPlanSchema, planBackfillOutputSchema } from '../../contracts/backfill/backfill';
import {
  backfillManifestSchema,
  backfillSummarySchema,
  type BackfillManifest,
  type RecordBackfillOutput,
} from '../../contracts/backfill/backfill-manifest';
import { backfillEndingOf } from '../../contracts/backfill/backfill-endings';
import type { RollcallError } from '../../contracts/errors';
import { keys } from '../../contracts/keys';
import { composeBackfill, type BackfillEvidence, type Trouble } from '../../domain/backfill/backfill-compose';
import { redact } from '../../contracts/secrets/redact';
import { ignoredFields } from '../../domain/partition/run-input';
import { unlessRetryable } from '../aws/unless-retryable';
import { backfillContent } from '../delivery/kinds';
import { claimMessage, hasReceipt, manifestRef, type Claim } from '../delivery/outbox';
import { tell } from '../delivery/tell';
import { outcomeOf } from '../recording/outcome';
import { readPayload } from '../recording/payload';
import { historyOrNone, type EnterInOutbox, type RecordingContext } from '../recording/record-ending';
import type { EndingReport } from '../recording/report';
import { putOnce, recordedOr } from '../store/once';
import { valueOrNone } from '../store/reading';
import { backfillIdOf } from './backfill-id';
import { enterStragglers } from './stragglers';
import { summarizePlan } from './summarize';

export interface BackfillRecorded {
  readonly manifest: BackfillManifest;
  readonly manifestKey: string;
  /** Its message, where the caller has to tell it. */
  readonly claim: Claim | undefined;
}

/**
 * Records how a backfill ended: outbox pointer → manifest → Slack → receipt → pointer removed, like `recordEnding` for a run. Each act is
 * idempotent, so a second recorder completes what is missing. Where the backfill died, what its runs did is read from the ledger here.
 * @throws what S3 answers when the ledger does not: then the whole has to be tried again
 */
export async function recordBackfill(context: RecordingContext, report: EndingReport): Promise<BackfillRecorded> {
  const recorded = await putBackfillOnRecord(context, report, claimMessage);
  const { claim, manifest } = recorded;
  await unlessRetryable(
    async () => {
      if (claim !== undefined) await tell(context, { claim, content: backfillContent(manifest, context.datasets) });
    },
    (error) => {
      // It is on record, and the sweep tells it.
      const { manifestKey } = recorded;
      context.logger.error('telling failed, the pointer stays in the outbox', { manifestKey, error });
    },
  );
  return recorded;
}

/**
 * Records without telling: its message is in the outbox.
 * @throws what S3 answers when the ledger does not
 */
export async function putBackfillOnRecord(
  context: RecordingContext,
  report: EndingReport,
  enter: EnterInOutbox,
): Promise<BackfillRecorded> {
  const { ledger } = context;
  const backfillId = await backfillIdOf(ledger, report.execution);
  const manifestKey = keys.backfill(backfillId, 'manifest');
  const reading = await ledger.read(manifestKey, backfillManifestSchema);
  const recorded = valueOrNone(reading);
  const ref = manifestRef(manifestKey);
  const isTold = reading.kind !== 'absent' && (await hasReceipt(ledger, ref.messageId));
  if (recorded !== undefined && isTold) return { manifest: recorded, manifestKey, claim: undefined };
  const composed = recorded ?? (await composeOrMinimal(context, report, backfillId));
  const claim = isTold ? undefined : await enter(context, ref, context.now());
  // One that is unreadable stands all the same.
  const manifest =
    recorded ?? recordedOr(composed, await putOnce(ledger, manifestKey, composed, backfillManifestSchema));
  await enterStragglers(ledger, manifest, context.now());
  return { manifest, manifestKey, claim };
}

/** What RunOutcome? and RunFailed read. */
export function answerOf({
  manifest,
  manifestKey,
}: Pick<BackfillRecorded, 'manifest' | 'manifestKey'>): RecordBackfillOutput {
  const { status, message } = manifest;
  return {
    succeeded: backfillEndingOf(status).succeeds,
    status,
    manifestKey,
    Error: status,
    Cause: message.slice(0, MAX_CAUSE).toWellFormed(),
  };
}

/** Longest cause for the Fail state. The manifest has the rest. */
const MAX_CAUSE = 1000;

async function composeOrMinimal(
  context: RecordingContext,
  report: EndingReport,
  backfillId: string,
): Promise<BackfillManifest> {
  return unlessRetryable(
    async () => backfillManifestSchema.parse(composeBackfill(await evidenceOf(context, report, backfillId))),
    (error) => {
      context.logger.error('recording met something that it does not understand', { error });
      return minimalManifest(context, report, backfillId, error);
    },
  );
}

async function evidenceOf(
  context: RecordingContext,
  report: EndingReport,
  backfillId: string,
): Promise<BackfillEvidence> {
  const { ledger } = context;
  const now = context.now();
  const plan = (await ledger.getJson(keys.backfill(backfillId, 'plan'), backfillPlanSchema))?.value;
  // Without the summary, what was true a little later is as true.
  const kept = plan && valueOrNone(await ledger.read(keys.backfill(backfillId, 'summary'), backfillSummarySchema));
  const summary = kept ?? (plan && (await summarizePlan(ledger, plan, now)));
  return {
    ...bareEvidence(report, backfillId, now),
    ...(await readState(context, report, now)),
    ...(plan === undefined ? {} : { input: plan.input, trigger: plan.input.trigger }),
    codeVersion: context.codeVersion,
    done: plan === undefined || summary === undefined ? undefined : { plan, summary },
  };
}

/** What the execution says of itself: a refused input, or what went wrong. */
async function readState(
  context: RecordingContext,
  report: EndingReport,
  now: Date,
): Promise<{ problems: BackfillEvidence['problems']; trouble: Trouble | undefined }> {
  const { closed } = report;
  const history = closed && (await historyOrNone(context, report.execution.arn, closed.at ?? now));
  const state = closed === undefined ? report.state : history?.payload;
  const problems = planBackfillOutputSchema.options[1].safeParse(state).data?.problems ?? [];
  const payload = readPayload(state, '');
  const failed = payload.failure !== undefined || (closed !== undefined && closed.status !== 'SUCCEEDED');
  return { problems, trouble: failed ? outcomeOf(payload, history, closed) : undefined };
}

/** What is certain about a backfill from its execution alone. */
function bareEvidence(
  { execution, closed }: EndingReport,
  backfillId: string,
  now: Date,
): Omit<BackfillEvidence, 'codeVersion' | 'problems' | 'done' | 'trouble'> {
  const { arn, startTime, input: raw } = execution;
  const input = backfillInputSchema.safeParse(raw ?? {}).data;
  const scheduled = backfillInputSchema.shape.trigger.safeParse((raw as { trigger?: unknown } | null)?.trigger).data;
  const started = new Date(startTime);
  const cut = closed?.status;
  return {
    backfillId,
    executionArn: arn,
    started: (Number.isNaN(started.getTime()) ? now : started).toISOString(),
    ended: closed?.at ?? now,
    input,
    ignored: ignoredFields(raw, backfillInputSchema),
    trigger: scheduled ?? 'manual',
    cutOff: cut === 'TIMED_OUT' || cut === 'ABORTED' ? cut : undefined,
  };
}

/** As few parts as possible: what is certain, and what recording met. */
function minimalManifest(
  { codeVersion, now }: RecordingContext,
  report: EndingReport,
  backfillId: string,
  because: RollcallError,
): BackfillManifest {
  const said = `${because.name}: ${because.message}`;
  const trouble = { detail: redact(`recording met ${said}`, 1000), error: because.name, state: 'RecordRun' };
  const bare = bareEvidence(report, backfillId, now());
  const manifest = composeBackfill({ ...bare, codeVersion, problems: [], done: undefined, trouble });
  // Whether there was a plan is just what is not known.
  const message = `${backfillEndingOf(manifest.status).sentence} What it recovered is not known here, because ${trouble.detail}`;
  return { ...manifest, message, minimal: true };
}
