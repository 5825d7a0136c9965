import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { z } from 'zod';
import { declaredSettings } from '../../contracts/dependency';
import { endingOf } from '../../contracts/endings';
import { InternalError } from '../../contracts/errors';
import { keys } from '../../contracts/keys';
import { manifestSchema, type Manifest } from '../../contracts/manifest';
import type { EndingRef } from '../../contracts/partition-record';
import { planSchema, type Plan } from '../../contracts/plan';
import { runSettingsSchema, type RunSettings } from '../../contracts/run-settings';
import { checkResultSchema, type CheckResult } from '../../contracts/steps';
import { isExpected, shiftPartition } from '../../domain/calendar';
import { isSuccess, isTold, type Tellable } from '../../domain/telling';
import { classify } from '../classify';
import { lookAtRecord, seal, type Sealed } from '../partition-record';
import { valueOrNone } from '../reading';
import { isToldByBackfill } from './by-backfill';
import { reportEnding } from './circuit';
import { composeManifest } from './compose';
import { readingOf, type HistoryReading } from './history';
import { writeMinimal } from './minimal';
import { writeOnce } from './manifest-file';
import { outcomeOf, type Outcome } from './outcome';
import { readPayload } from './payload';
import type { EndingReport } from './report';
import { oweNotice, tellNotice, type OwnedNotice } from './notices';
import { subjectOf, type Subject } from './subject';
import { isDelivered, owe, tell, type TellContext } from './tell';

export interface RecordingContext extends TellContext {
  readonly codeVersion: string;
  /** Function folder → MB of memory. */
  readonly memoryMb: Readonly<Record<string, number>>;
  /** The events of an execution so far. May fail: the history is best effort. */
  readonly readHistory: (executionArn: string) => Promise<HistoryEvent[]>;
}

export interface Recorded {
  readonly manifest: Manifest;
  readonly manifestKey: string;
  /** Whether the ending has a message of its own. */
  readonly told: boolean;
  /** What the ending did to a circuit, for people. */
  readonly notices: readonly OwnedNotice[];
}

/**
 * Records an ending: seal → circuit → outbox pointer → manifest → Slack → receipt → pointer removed (`design.md` section 4). Each act is
 * idempotent by run, so it can be killed between any two lines and called again by anybody: what is missing is completed, what stands
 * is not changed, and the manifest that is returned is the one that stands.
 *
 * Whatever it does not understand ends in a minimal manifest.
 * @throws RollcallError, retryable, when the ledger does not answer: then the whole has to be tried again
 */
export async function recordEnding(context: RecordingContext, report: EndingReport): Promise<Recorded> {
  const recorded = await putOnRecord(context, report);
  const { manifest, manifestKey, told } = recorded;
  try {
    if (told) await tell(context, manifestKey, manifest);
    for (const notice of recorded.notices) await tellNotice(context, notice);
  } catch (error) {
    const known = classify(error);
    if (known.retryable) throw known;
    // The ending is on record, and the pointer says that its message is owed: no reason to fail the run.
    context.logger.error('telling failed, the pointer stays in the outbox', { manifestKey, error: known });
  }
  return recorded;
}

/**
 * Records an ending without telling it: the outbox pointer says that its message is owed.
 * @throws RollcallError, retryable, when the ledger does not answer
 */
export async function putOnRecord(context: RecordingContext, report: EndingReport): Promise<Recorded> {
  try {
    return await record(context, report);
  } catch (error) {
    const known = classify(error);
    if (known.retryable) throw known;
    context.logger.error('recording met something that it does not understand', { error: known });
    return writeMinimal(context, report, known);
  }
}

async function record(context: RecordingContext, report: EndingReport): Promise<Recorded> {
  const { ledger } = context;
  const now = context.now();
  const subject = subjectOf(report, context.datasets, now);
  const { manifestKey } = subject;
  const standing = await ledger.read(manifestKey, manifestSchema);
  if (standing.kind === 'found') return complete(context, subject, standing.value);
  // It stands all the same. What it says is not known here; that the run has ended is, and has to be told if it was not.
  if (standing.kind === 'unreadable') return writeMinimal(context, report, new InternalError(standing.why));

  const history = await historyOrNone(context, subject.executionArn, report.closed?.at ?? now);
  const payload = readPayload(report.closed === undefined ? report.state : history?.payload, subject.runId);
  const outcome = outcomeOf(payload, history, report.closed);
  const ended = report.closed?.at ?? now;
  const sealed = await sealFor(context, subject, refOf(outcome.code), ended);
  // A refused run has no plan and no check; any other may, whatever is left of its state.
  const evidence = payload.refusal === undefined ? await evidenceOf(context, subject) : {};
  const source = evidence.plan?.source;
  const notices = await reportEnding(context, subject, payload, { outcome, sealed, source });
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
    memoryMb: context.memoryMb,
    ended,
  });

  const told = await isToldOf(context, subject, composed, sealed);
  if (told) await owe(ledger, manifestKey, now);
  for (const notice of notices) await oweNotice(ledger, notice, now);
  return { manifest: await writeOnce(context.ledger, manifestKey, composed), manifestKey, told, notices };
}

/** The manifest stands: somebody was here before. Nothing about the ending is decided any more. */
async function complete(context: RecordingContext, subject: Subject, manifest: Manifest): Promise<Recorded> {
  const { manifestKey } = subject;
  // Lets go of the partition in case an orphaned claim of the run came back after the first seal.
  const ending = { status: manifest.status, code: manifest.reason.code };
  const sealed = await sealFor(context, subject, ending, new Date(manifest.times.ended));
  const told = await isToldOf(context, subject, manifest, sealed);
  if (told && !(await isDelivered(context.ledger, manifestKey))) await owe(context.ledger, manifestKey, context.now());
  // What it did to a circuit was done before; if that was not told, the sweep finds it in the circuit's record.
  return { manifest, manifestKey, told, notices: [] };
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
    speaksForPartition: subject.expected && !pointsElsewhere(ending.code),
  });
  if (sealed.recovered !== undefined) logger.error('a partition record was unreadable', { how: sealed.recovered });
  return sealed;
}

/** These say that another run has the partition. That run's ending is the partition's, not this one. */
function pointsElsewhere(code: Outcome['code']): boolean {
  return code === 'ALREADY_RUNNING' || code === 'ALREADY_PUBLISHED' || code === 'PUBLISHED_BY_ANOTHER_RUN';
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
): Promise<{ check?: CheckResult | undefined; plan?: Plan | undefined; settings?: RunSettings | undefined }> {
  if (of === undefined) return {};
  const orNone = async <S extends z.ZodType>(key: string, schema: S): Promise<z.output<S> | undefined> => {
    const reading = await ledger.read(key, schema);
    if (reading.kind === 'unreadable') logger.warn('evidence could not be read', { why: reading.why });
    return valueOrNone(reading);
  };
  const hasSettings = definition !== undefined && declaredSettings(definition).length > 0;
  const [check, plan, settings] = await Promise.all([
    orNone(keys.check(of.dataset, of.partition, runId), checkResultSchema),
    orNone(keys.plan(of.dataset, of.partition, runId, 1), planSchema),
    hasSettings ? orNone(keys.settings(of.dataset, of.partition, runId), runSettingsSchema) : undefined,
  ]);
  return { check, plan, settings };
}

async function isToldOf(
  context: RecordingContext,
  subject: Subject,
  run: Tellable,
  sealed: Sealed | undefined,
): Promise<boolean> {
  const { backfillId, runId } = subject;
  if (backfillId !== null && (await isToldByBackfill(context.ledger, backfillId, runId))) return false;
  const when = subject.definition?.notify.when ?? 'every-run';
  const needsPrevious = when === 'changes' && isSuccess(run.status) && sealed !== undefined;
  return isTold(run, when, needsPrevious ? await previousEnding(context, subject, sealed) : undefined);
}

/** How the partition's run before ended; where there was none, how the expected partition before this one stands. */
async function previousEnding(
  { ledger }: RecordingContext,
  { of, definition, runId }: Subject,
  { record }: Sealed,
): Promise<EndingRef | undefined> {
  const own = record.last?.runId === runId ? record.last.after : record.last?.ending;
  if (own !== undefined || of === undefined || definition === undefined) return own;
  let { partition } = of;
  do {
    partition = shiftPartition(partition, -1);
    if (partition < definition.calendar.firstPartition) return undefined;
  } while (!isExpected(definition, partition));
  const before = valueOrNone(await lookAtRecord(ledger, { dataset: of.dataset, partition }));
  return before?.publication?.ending ?? before?.last?.ending;
}
