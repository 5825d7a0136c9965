import { endingOf, type ReasonCode } from '../../contracts/run/endings';
import type { RollcallError } from '../../contracts/errors';
import type { Manifest } from '../../contracts/run/manifest';
import { NO_RECORDS, type PartitionRecord } from '../../contracts/run/partition-record';
import type { Telling } from '../../contracts/run/troubles';
import { redact } from '../../contracts/secrets/redact';
import { classify } from '../aws/classify';
import { unlessRetryable } from '../aws/unless-retryable';
import { endingContent } from '../delivery/kinds';
import { hasReceipt, manifestRef } from '../delivery/outbox';
import { seal } from '../ledger/partition-record';
import { writeOnce } from './manifest-file';
import { codeOfCutOff } from './outcome';
import type { EnterInOutbox, Recorded, RecordingContext } from './record-ending';
import type { EndingReport } from './report';
import type { Subject } from './subject';
import { decideTellingOf, hasMessage } from './telling-of-ending';

/**
 * The path with as few parts as possible, for when recording met something that it does not understand: execution, status, error and
 * cause. Still sealed first, so that it cannot contradict a publication; still written once; still told.
 * @throws RollcallError when the ledger does not answer or does not take the manifest
 */
export async function writeMinimal(
  context: RecordingContext,
  report: EndingReport,
  subject: Subject,
  because: RollcallError,
  enter: EnterInOutbox,
): Promise<Recorded> {
  const now = context.now();
  const { manifestKey } = subject;
  const record = await sealOrNone(context, subject, report, report.closed?.at ?? now);
  const composed = minimalManifest(context, subject, report, because, record, now);
  const ending = { manifest: composed, record: record?.record };
  const telling: Telling = (await tolerating(context, 'telling', () =>
    decideTellingOf(context, subject, ending, now),
  )) ?? { how: 'whole' };
  const ref = manifestRef(manifestKey);
  const told = (await tolerating(context, 'backfill', () => hasMessage(context.ledger, subject, telling))) ?? true;
  // A manifest that is there and unreadable may have had its message.
  const isDone =
    !told || ((await tolerating(context, 'receipt', () => hasReceipt(context.ledger, ref.messageId))) ?? false);
  const claim = isDone ? undefined : await tolerating(context, 'outbox pointer', () => enter(context, ref, now));
  const manifest = await write(context, manifestKey, { ...composed, telling });
  // Without the definitions, which may be what is broken: the manifest has the channel.
  const toTell = claim === undefined ? [] : [{ claim, content: endingContent(manifest, new Map()) }];
  return { manifest, manifestKey, toTell };
}

/** Whatever keeps it from being written must reach RecordRun's Catch, ExecutionEnded and the sweep. */
async function write({ ledger }: RecordingContext, manifestKey: string, built: Manifest): Promise<Manifest> {
  try {
    return await writeOnce(ledger, manifestKey, built);
  } catch (error) {
    throw classify(error);
  }
}

/** Goes on after anything but a ledger that does not answer. */
async function tolerating<T>(
  { logger }: RecordingContext,
  what: string,
  act: () => Promise<T>,
): Promise<T | undefined> {
  return unlessRetryable(act, (error) => {
    logger.error(`minimal recording: ${what} failed`, { error });
    return undefined;
  });
}

/** What the partition record says about the run now. A record that cannot be read cannot be published to either. */
async function sealOrNone(
  context: RecordingContext,
  { of, runId, expected, again }: Subject,
  report: EndingReport,
  at: Date,
): Promise<{ readonly code: ReasonCode; readonly record: PartitionRecord } | undefined> {
  if (of === undefined) return undefined;
  const code = arrivedCode(report);
  const ending = { status: endingOf(code).status, code };
  const sealed = await tolerating(context, 'seal', () =>
    seal(context.ledger, of, { runId, ending, at, speaksForPartition: expected, again }),
  );
  return sealed === undefined ? undefined : { code: sealed.ending.code, record: sealed.record };
}

const arrivedCode = ({ closed }: EndingReport): ReasonCode => codeOfCutOff(closed) ?? 'INTERNAL_ERROR';

function minimalManifest(
  { codeVersion, recordedBy }: RecordingContext,
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
  const detail = `Recording met ${because.name}: ${because.message}${said}`;
  return {
    schemaVersion: 1,
    kind: 'run',
    dataset: subject.dataset,
    partition: subject.of?.partition ?? null,
    runId: subject.runId,
    executionArn: subject.executionArn,
    trigger: subject.trigger,
    backfillId: subject.backfillId,
    owner: subject.owner,
    ...(subject.notify === undefined ? {} : { channel: subject.notify.channel }),
    status,
    reason: {
      code,
      message: redact(`${sentence} ${detail}`, 2000),
      detail: redact(detail, 2000),
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
    ...(mine?.failedObjects === undefined ? {} : { failedObjects: mine.failedObjects }),
    outputs: mine?.files ?? [],
    quarantine: mine?.quarantineFiles ?? [],
    steps: [],
    cost: { transitions: 0, lambdaGbSeconds: 0, requests: 0, usd: null },
    definitionHash: mine?.definitionHash ?? null,
    codeVersion,
    ...(recordedBy === undefined ? {} : { recordedBy }),
    times: {
      scheduled: subject.scheduledTime,
      started: subject.startedAt,
      ended: (report.closed?.at ?? now).toISOString(),
    },
    problems: [],
    minimal: true,
  };
}
