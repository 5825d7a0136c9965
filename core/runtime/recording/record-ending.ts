import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { z } from 'zod';
import { definitionHash } from '../../contracts/dataset/dataset';
import { declaredSettings } from '../../contracts/dataset/dependency';
import { endingOf } from '../../contracts/run/endings';
import { InternalError } from '../../contracts/errors';
import { keys } from '../../contracts/keys';
import type { Manifest, RecordedBy } from '../../contracts/run/manifest';
import type { EndingRef } from '../../contracts/run/partition-record';
import { planSchema, type Plan } from '../../contracts/batch/plan';
import { runSettingsSchema, type RunSettings } from '../../contracts/run/run-settings';
import { checkResultSchema, type CheckResult, type Run } from '../../contracts/run/steps';
import { unlessRetryable } from '../aws/unless-retryable';
import type { DeliveryContext } from '../delivery/delivery-context';
import { endingContent } from '../delivery/kinds';
import {
  addToOutbox,
  claimMessage,
  hasReceipt,
  manifestRef,
  removePointer,
  type Claim,
  type MessageRef,
} from '../delivery/outbox';
import { tell, type Claimed } from '../delivery/tell';
import { seal, type Sealed } from '../ledger/partition-record';
import { valueOrNone } from '../store/reading';
import { reportEnding } from './report-to-circuit';
import { claimedPartition } from './claimed-partition';
import { composeManifest } from './compose-manifest';
import { noteRestart } from './note-restart';
import { readingOf, type HistoryReading } from './execution-history';
import { writeMinimal } from './minimal';
import { writeOnce } from './manifest-file';
import { enterNotices } from './notices';
import { outcomeOf, type Outcome } from './outcome';
import { readPayload } from './payload';
import type { EndingReport } from './report';
import { bareSubjectOf, locate, type Located, type Subject } from './subject';
import { decideTellingOf, formerTellingOf, hasMessage } from './telling-of-ending';

export interface RecordingContext extends DeliveryContext {
  readonly codeVersion: string;
  /** Who this is. */
  readonly recordedBy?: RecordedBy;
  /** Function folder → MB of memory. */
  readonly memoryMb: Readonly<Record<string, number>>;
  /** The events of an execution so far. May fail: the history is best effort. */
  readonly readHistory: (executionArn: string) => Promise<HistoryEvent[]>;
}

export interface Recorded {
  readonly manifest: Manifest;
  readonly manifestKey: string;
  /** What the caller has to post now: the ending, and what it did to a circuit. All else is posted by another recorder, or not at all. */
  readonly toTell: readonly Claimed[];
}

/** Notes in the outbox that a message has to be posted; gives the claim of a caller that posts it itself. */
export type EnterInOutbox = (context: DeliveryContext, ref: MessageRef, since: Date) => Promise<Claim | undefined>;

/** For the sweep, which delivers everything that is in the outbox. */
export const forTheSweep: EnterInOutbox = async ({ ledger }, ref, since) => {
  await addToOutbox(ledger, ref, since);
  return undefined;
};

/**
 * Records an ending: seal → circuit → restart note → troubles → outbox pointer → manifest → Slack → receipt → pointer removed
 * (`docs/design.md` §4). Each act is idempotent by run, so it can be killed between any two lines and called again by any recorder: what is
 * missing is completed, what is there is not changed, and the manifest that is returned is the one on record.
 *
 * Whatever it does not understand ends in a minimal manifest.
 * @throws RollcallError, retryable, when the ledger does not answer: then the whole has to be tried again
 */
export async function recordEnding(context: RecordingContext, report: EndingReport): Promise<Recorded> {
  const recorded = await putOnRecord(context, report, claimMessage);
  for (const claimed of recorded.toTell) {
    await unlessRetryable(
      () => tell(context, claimed),
      (error) => {
        // The ending is on record, and its pointer stays in the outbox: no reason to fail the run, or to tell nothing else.
        const { messageId } = claimed.claim.pointer;
        context.logger.error('telling failed, the pointer stays in the outbox', { messageId, error });
      },
    );
  }
  return recorded;
}

/**
 * Records an ending without telling it: its message is in the outbox.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function putOnRecord(
  context: RecordingContext,
  report: EndingReport,
  enter: EnterInOutbox,
): Promise<Recorded> {
  let subject = bareSubjectOf(report);
  return unlessRetryable(
    async () => {
      const located = await whoseEnding(context, report);
      subject = located.subject;
      return record(context, report, located, enter);
    },
    (error) => {
      context.logger.error('recording met something that it does not understand', { error });
      return writeMinimal(context, report, subject, error, enter);
    },
  );
}

/**
 * Whose ending a report is, and what stands on record of it.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export function whoseEnding(context: RecordingContext, report: EndingReport): Promise<Located> {
  return locate(context, report, () => claimedPartition(context, report));
}

async function record(
  context: RecordingContext,
  report: EndingReport,
  { subject, recorded, unreadable }: Located,
  enter: EnterInOutbox,
): Promise<Recorded> {
  const now = context.now();
  const { manifestKey } = subject;
  // It is there all the same. What it says is not known here; that the run has ended is, and needs a message if it had none.
  if (unreadable !== undefined) return writeMinimal(context, report, subject, new InternalError(unreadable), enter);
  if (recorded !== undefined) return complete(context, subject, recorded, enter);

  const history = await historyOrNone(context, subject.executionArn, report.closed?.at ?? now);
  const payload = readPayload(report.closed === undefined ? report.state : history?.payload, subject.runId);
  const outcome = outcomeOf(payload, history, report.closed);
  const ended = report.closed?.at ?? now;
  const sealed = await sealFor(context, subject, refOf(outcome.code), ended);
  // A refused run has no plan and no check; any other may, whatever is left of its state.
  const evidence = payload.refusal === undefined ? await evidenceOf(context, subject, payload.run) : {};
  const source = evidence.plan?.source;
  const { notices, openUntil } = await reportEnding(context, subject, payload, { outcome, sealed, source });
  const composed = composeManifest({
    subject,
    outcome,
    sealed: sealed === undefined ? undefined : { ...sealed, ending: sealed.ending.code },
    payload,
    history,
    check: evidence.check,
    source,
    upstreams: evidence.plan?.upstreams,
    settings: evidence.settings,
    codeVersion: context.codeVersion,
    recordedBy: context.recordedBy,
    memoryMb: context.memoryMb,
    ended,
    circuitOpenUntil: openUntil,
  });

  await noteRestart(context.ledger, subject, sealed);
  const telling = await decideTellingOf(context, subject, { manifest: composed, record: sealed?.record }, now);
  const told = await hasMessage(context.ledger, subject, telling);
  const claim = told ? await enter(context, manifestRef(manifestKey), now) : undefined;
  const claimedNotices = await enterNotices(context, notices, now, enter);
  const manifest = await writeOnce(context.ledger, manifestKey, { ...composed, telling });
  return { manifest, manifestKey, toTell: [...claimedEnding(context, claim, manifest), ...claimedNotices] };
}

function claimedEnding({ datasets }: RecordingContext, claim: Claim | undefined, manifest: Manifest): Claimed[] {
  return claim === undefined ? [] : [{ claim, content: endingContent(manifest, datasets) }];
}

/** The manifest is there: another recorder was first. Nothing about the ending is decided any more. */
async function complete(
  context: RecordingContext,
  subject: Subject,
  manifest: Manifest,
  enter: EnterInOutbox,
): Promise<Recorded> {
  const { ledger, now } = context;
  const { manifestKey } = subject;
  // Lets go of the partition in case an orphaned claim of the run came back after the first seal.
  const ending = { status: manifest.status, code: manifest.reason.code };
  const sealed = await sealFor(context, subject, ending, new Date(manifest.times.ended));
  const telling = manifest.telling ?? (await formerTellingOf(ledger, subject, manifest, sealed?.record));
  // What it did to a circuit was done before; if its message is not out, the sweep finds it in the circuit's record.
  if (!(await hasMessage(ledger, subject, telling))) return { manifest, manifestKey, toTell: [] };
  const ref = manifestRef(manifestKey);
  if (await hasReceipt(ledger, ref.messageId)) {
    // The recorder that posted it may have died before this.
    await removePointer(ledger, ref.messageId);
    return { manifest, manifestKey, toTell: [] };
  }
  const claim = await enter(context, ref, now());
  return { manifest, manifestKey, toTell: claimedEnding(context, claim, manifest) };
}

const refOf = (code: Outcome['code']): EndingRef => ({ status: endingOf(code).status, code });

async function sealFor(
  { ledger, logger }: RecordingContext,
  subject: Subject,
  ending: EndingRef,
  at: Date,
): Promise<Sealed | undefined> {
  if (subject.of === undefined) return undefined;
  const sealed = await seal(ledger, subject.of, {
    runId: subject.runId,
    ending,
    at,
    speaksForPartition: subject.expected && endingOf(ending.code).speaksFor !== 'another-run',
    again: subject.again,
  });
  if (sealed.recovered !== undefined) logger.error('a partition record was unreadable', { how: sealed.recovered });
  return sealed;
}

/** The history is worth having and not worth failing for. */
export async function historyOrNone(
  { readHistory, logger }: RecordingContext,
  executionArn: string,
  until: Date,
): Promise<HistoryReading | undefined> {
  try {
    return readingOf(await readHistory(executionArn), until);
  } catch (error) {
    logger.warn('the execution history could not be read', { executionArn, error: error as Error });
    return undefined;
  }
}

/** What the run left in the ledger. A document that does not fit its schema is as good as missing; a ledger that does not answer is not. */
async function evidenceOf(
  { ledger, logger }: RecordingContext,
  { of, runId, definition }: Subject,
  run: Run | undefined,
): Promise<{ check?: CheckResult | undefined; plan?: Plan | undefined; settings?: RunSettings | undefined }> {
  if (of === undefined) return {};
  const orNone = async <S extends z.ZodType>(key: string, schema: S): Promise<z.output<S> | undefined> => {
    const reading = await ledger.read(key, schema);
    if (reading.kind === 'unreadable') logger.warn('evidence could not be read', { why: reading.why });
    return valueOrNone(reading);
  };
  // What is deployed now says nothing of a run that began with another definition.
  const isItsOwn = definition !== undefined && (run === undefined || run.definitionHash === definitionHash(definition));
  const hasSettings = !isItsOwn || declaredSettings(definition).length > 0;
  const [check, plan, settings] = await Promise.all([
    orNone(keys.check(of.dataset, of.partition, runId), checkResultSchema),
    orNone(keys.plan(of.dataset, of.partition, runId, 1), planSchema),
    hasSettings ? orNone(keys.settings(of.dataset, of.partition, runId), runSettingsSchema) : undefined,
  ]);
  return { check, plan, settings };
}
