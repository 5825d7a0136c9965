import { endingOf, type ReasonCode } from '../../contracts/endings';
import { InternalError, type RollcallError } from '../../contracts/errors';
import type { Manifest } from '../../contracts/manifest';
import { NO_RECORDS, type PartitionRecord } from '../../contracts/partition-record';
import { redact } from '../../contracts/redact';
import { classify } from '../classify';
import { seal } from '../partition-record';
import { isToldByBackfill } from './by-backfill';
import { writeOnce } from './manifest-file';
import type { Recorded, RecordingContext } from './record';
import type { EndingReport } from './report';
import { bareSubjectOf, subjectOf, type Subject } from './subject';
import { owe } from './tell';

/**
 * The path with as few parts as possible, for when recording met something that it does not understand: execution, status, error and
 * cause. Still sealed first, so that it cannot contradict a publication; still written once; still told.
 * @throws RollcallError when the ledger does not answer or does not take the manifest
 */
export async function writeMinimal(
  context: RecordingContext,
  report: EndingReport,
  because: RollcallError,
): Promise<Recorded> {
  const now = context.now();
  const subject = orElse(
    () => subjectOf(report, context.datasets, now),
    () => bareSubjectOf(report, now),
  );
  const { manifestKey } = subject;
  const record = await sealOrNone(context, subject, report, now);
  const built = minimalManifest(context, subject, report, because, record, now);
  const { backfillId, runId } = subject;
  const byBackfill = (id: string) => isToldByBackfill(context.ledger, id, runId);
  const told = backfillId === null || (await tolerating(context, 'backfill', () => byBackfill(backfillId))) !== true;
  if (told) await tolerating(context, 'outbox pointer', () => owe(context.ledger, manifestKey, now));
  return { manifest: await writeOrLeave(context, manifestKey, built), manifestKey, told, notices: [] };
}

/** One that stands and cannot be read stands all the same; any other error must reach RecordRun's Catch and the nets. */
async function writeOrLeave({ ledger, logger }: RecordingContext, key: string, built: Manifest): Promise<Manifest> {
  try {
    return await writeOnce(ledger, key, built);
  } catch (error) {
    if (!(error instanceof InternalError)) throw classify(error);
    logger.error('minimal recording: the manifest that stands cannot be read', { error });
    return built;
  }
}

/** Goes on after anything but a ledger that does not answer. */
async function tolerating<T>(
  { logger }: RecordingContext,
  what: string,
  act: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    const known = classify(error);
    if (known.retryable) throw known;
    logger.error(`minimal recording: ${what} failed`, { error: known });
    return undefined;
  }
}

function orElse<T>(first: () => T, second: () => T): T {
  try {
    return first();
  } catch {
    // What it threw is why we are here: it is in the manifest already.
    return second();
  }
}

/** What the partition record says about the run now. A record that cannot be read cannot be published to either. */
async function sealOrNone(
  context: RecordingContext,
  { of, runId, expected }: Subject,
  report: EndingReport,
  at: Date,
): Promise<{ readonly code: ReasonCode; readonly record: PartitionRecord } | undefined> {
  if (of === undefined) return undefined;
  const code = arrivedCode(report);
  const ending = { status: endingOf(code).status, code };
  const sealed = await tolerating(context, 'seal', () =>
    seal(context.ledger, of, { runId, ending, at, speaksForPartition: expected }),
  );
  return sealed === undefined ? undefined : { code: sealed.ending.code, record: sealed.record };
}

function arrivedCode({ closed }: EndingReport): ReasonCode {
  if (closed?.status === 'TIMED_OUT') return 'TIME_LIMIT';
  return closed?.status === 'ABORTED' ? 'STOPPED_BY_OPERATOR' : 'INTERNAL_ERROR';
}

function minimalManifest(
  { codeVersion }: RecordingContext,
  subject: Subject,
  report: EndingReport,
  because: RollcallError,
  sealed: { readonly code: ReasonCode; readonly record: PartitionRecord } | undefined,
  now: Date,
): Manifest {
  const code = sealed?.code ?? arrivedCode(report);
  const publication = sealed?.record.publication;
  const mine = publication?.runId === subject.runId ? publication : undefined;
  const { status, sentence, hint } = endingOf(code);
  const { error = '', cause = '' } = report.closed ?? {};
  const said = error === '' ? '' : ` The execution says ${error}: ${cause}`;
  return {
    schemaVersion: 1,
    kind: 'run',
    dataset: subject.definition?.name ?? null,
    partition: subject.of?.partition ?? null,
    runId: subject.runId,
    executionArn: subject.executionArn,
    trigger: subject.trigger,
    backfillId: subject.backfillId,
    owner: subject.definition?.owner ?? null,
    status,
    reason: {
      code,
      message: redact(`${sentence} Recording met ${because.name}: ${because.message}${said}`, 2000),
      hint,
      error: because.name,
      state: 'RecordRun',
    },
    source: mine?.source ?? null,
    upstreams: mine?.upstreams ?? [],
    settings: null,
    records: mine?.records ?? NO_RECORDS,
    rules: [],
    failedBatches: mine?.failedBatches ?? [],
    outputs: mine?.files ?? [],
    quarantine: mine?.quarantineFiles ?? [],
    steps: [],
    cost: { transitions: 0, lambdaGbSeconds: 0, requests: 0, usd: null },
    definitionHash: mine?.definitionHash ?? null,
    codeVersion,
    times: {
      scheduled: subject.scheduledTime,
      started: subject.startedAt,
      ended: (report.closed?.at ?? now).toISOString(),
    },
    problems: [],
    minimal: true,
  };
}
