import type { FailedBatch } from '../../contracts/batch/batch';
import { definitionHash } from '../../contracts/dataset/dataset';
import { functionOf } from '../../contracts/function-table';
import { endingOf } from '../../contracts/run/endings';
import { reasonOfError } from '../../contracts/errors';
import {
  manifestSchema,
  reasonOf,
  type Manifest,
  type RecordedBy,
  type StepSummary,
} from '../../contracts/run/manifest';
import { NO_RECORDS, type PartitionRecord, type Publication } from '../../contracts/run/partition-record';
import type { SourceSummary } from '../../contracts/batch/plan';
import type { RunSettings } from '../../contracts/run/run-settings';
import type { CheckResult, Run } from '../../contracts/run/steps';
import type { UsedUpstream } from '../../contracts/dataset/upstreams';
import { costOf } from '../../domain/run/prices';
import { redact } from '../../contracts/secrets/redact';
import { endedOf, nextTry } from '../../domain/run/restart-plan';
import { toldSettings } from '../../domain/batch/used-settings';
import type { HistoryReading } from './execution-history';
import type { Outcome } from './outcome';
import type { PayloadReading } from './payload';
import type { Subject } from './subject';

/** Everything that a manifest is made of. */
export interface Evidence {
  readonly subject: Subject;
  readonly outcome: Outcome;
  /** The ending that stands, and the partition record with it; undefined where there is no partition. */
  readonly sealed:
    | {
        readonly ending: Manifest['reason']['code'];
        readonly record: PartitionRecord;
        /** That the record had become unreadable, and what it was recovered from. */
        readonly recovered?: string;
      }
    | undefined;
  readonly payload: PayloadReading;
  readonly history: HistoryReading | undefined;
  readonly check: CheckResult | undefined;
  readonly source: SourceSummary | undefined;
  readonly upstreams: readonly UsedUpstream[] | undefined;
  readonly settings: RunSettings | undefined;
  readonly codeVersion: string;
  readonly recordedBy: RecordedBy | undefined;
  /** Function folder → MB. */
  readonly memoryMb: Readonly<Record<string, number>>;
  readonly ended: Date;
  /** Until when the circuit that guards the dataset is open; ISO 8601, null where it is not. */
  readonly circuitOpenUntil: string | null;
}

/**
 * The manifest: pure. Counts, files and source of a published run come from its publication, those of any other from what
 * CheckPartition found. A run that published nothing has `published: 0` whatever it accepted.
 * @throws ZodError when it would not fit the schema
 */
export function composeManifest(evidence: Evidence): Manifest {
  const { subject, outcome, sealed, payload, check, history } = evidence;
  const code = sealed?.ending ?? outcome.code;
  const row = endingOf(code);
  const detail = sentences(particularsOf(evidence, code), subject.ignored, sealed?.recovered ?? '');
  const official = sealed === undefined ? undefined : officialOf(sealed.record, subject.runId, check);
  const steps = history?.steps ?? stepsOfUsage(payload);
  return manifestSchema.parse({
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
    status: row.status,
    reason: { ...reasonOf(code, detail), ...blame(evidence, code) },
    source: official?.source ?? evidence.source ?? null,
    upstreams: [...(official?.upstreams ?? evidence.upstreams ?? [])],
    settings: evidence.settings === undefined ? null : toldSettings(evidence.settings),
    records: official?.records ?? (check === undefined ? NO_RECORDS : { ...check.records, published: 0 }),
    rules: check?.rules ?? [],
    ...(check?.quality === undefined ? {} : { quality: check.quality }),
    failedBatches: redacted(official?.failedBatches ?? check?.failedBatches ?? []),
    ...failedObjectsOf(check, sealed?.record.publication, subject.runId),
    ...batchesOf(check, history),
    outputs: official?.files ?? [],
    quarantine: official?.quarantineFiles ?? check?.quarantineFiles ?? [],
    steps: withPeaks(steps, check),
    cost: costs(evidence, steps),
    definitionHash: hashOf(payload.run, subject),
    codeVersion: payload.run?.codeVersion ?? evidence.codeVersion,
    ...(evidence.recordedBy === undefined ? {} : { recordedBy: evidence.recordedBy }),
    times: {
      scheduled: subject.scheduledTime,
      started: subject.startedAt,
      ended: evidence.ended.toISOString(),
    },
    ...(subject.again === 0 ? {} : { again: subject.again }),
    ...retryOf(evidence),
    problems: [...outcome.problems],
    minimal: false,
  } satisfies Manifest);
}

/** What this run made official: in the publication, or in what was kept of it when another replaced it. */
function officialOf(record: PartitionRecord, runId: string, check: CheckResult | undefined) {
  if (record.publication?.runId === runId) return record.publication;
  const superseded = record.superseded.find((run) => run.runId === runId);
  if (superseded === undefined) return undefined;
  return {
    records: superseded.records,
    files: check?.files ?? [],
    quarantineFiles: check?.quarantineFiles ?? [],
    failedBatches: check?.failedBatches ?? [],
    source: undefined,
    upstreams: undefined,
  };
}

function particularsOf({ outcome }: Evidence, code: Manifest['reason']['code']): string {
  if (outcome.code === code) return outcome.detail;
  // The record overruled what arrived. After a publication, an error is worth a word and changes nothing.
  if (!endingOf(code).publishes || outcome.error === undefined) return '';
  return `${outcome.state ?? 'The execution'} reported ${outcome.error} after it was published.`;
}

/** When the sweep starts the partition again; nothing where it does not, or where this is not how the partition stands. */
function retryOf({ subject, sealed, circuitOpenUntil }: Evidence): Pick<Manifest, 'retry'> {
  const ended = sealed === undefined ? undefined : endedOf(sealed.record, subject.runId);
  const { definition, expected } = subject;
  const found = ended === undefined || definition === undefined ? undefined : nextTry(definition, ended);
  // What is not deployed, or not asked for any more, is not started again.
  if (found === undefined || !expected) return {};
  const next = found.next.toISOString();
  // An open circuit lets no run through before its time.
  return {
    retry: {
      n: found.n,
      of: found.of,
      next: circuitOpenUntil !== null && circuitOpenUntil > next ? circuitOpenUntil : next,
    },
  };
}

/** One after another; those that are empty left out. */
const sentences = (...of: readonly string[]) => of.filter((one) => one !== '').join(' ');

/** Name and place of the error. What made CheckPartition refuse the partition happened where the batch failed, or read its objects. */
function blame({ outcome: { code: arrived, error, state }, check }: Evidence, code: Manifest['reason']['code']) {
  if (arrived !== code) return {};
  const batch =
    state === 'CheckPartition' ? check?.failedBatches.find((one) => reasonOfError(one.error) === code) : undefined;
  const isOfObject = state === 'CheckPartition' && check?.failedObjects?.objects[0]?.code === code;
  const where = batch?.state ?? (isOfObject ? 'ValidateBatch' : state);
  return {
    ...(error === undefined ? {} : { error: batch?.error ?? error }),
    ...(where === undefined ? {} : { state: where }),
  };
}

/** Objects that could not be read: what CheckPartition found names more of them than the publication. */
function failedObjectsOf(
  check: CheckResult | undefined,
  publication: Publication | null | undefined,
  runId: string,
): Pick<Manifest, 'failedObjects'> {
  const failedObjects = (check ?? (publication?.runId === runId ? publication : undefined))?.failedObjects;
  return failedObjects === undefined ? {} : { failedObjects };
}

/** The batches as a group; nothing where none was entered. */
function batchesOf(check: CheckResult | undefined, history: HistoryReading | undefined): Pick<Manifest, 'batches'> {
  if (history === undefined || history.batches.entered === 0) return {};
  const { entered, reused, retried } = history.batches;
  // Before CheckPartition only the failed ones' history says which failed.
  const { all, failed } = check?.batches ?? { all: entered, failed: 0 };
  return { batches: { all, failed, reused, retried } };
}

function redacted(batches: readonly FailedBatch[]): FailedBatch[] {
  return batches.map((batch) => ({ ...batch, message: redact(batch.message) }));
}

function hashOf(run: Run | undefined, { definition }: Subject): string | null {
  return run?.definitionHash ?? (definition === undefined ? null : definitionHash(definition));
}

/** Without the history: the last output of each step says how long that invocation took. */
function stepsOfUsage({ usage }: PayloadReading): StepSummary[] {
  return usage.map(({ name, usage: { seconds, peakMb, requestId } }) => ({
    name,
    entered: 1,
    attempts: 1,
    seconds,
    peakMb,
    ...(requestId === undefined ? {} : { requestIds: { failed: [], succeeded: [requestId] } }),
  }));
}

/** The batches' memory, where the history did not have their outputs. */
function withPeaks(steps: readonly StepSummary[], check: CheckResult | undefined): StepSummary[] {
  return steps.map((step) => ({ ...step, peakMb: step.peakMb ?? check?.cost[step.name]?.peakMb ?? null }));
}

function costs({ payload, history, check, memoryMb }: Evidence, steps: readonly StepSummary[]): Manifest['cost'] {
  const lambdaGbSeconds = steps.reduce((sum, step) => {
    return sum + (step.seconds * (memoryMb[functionOf(step.name) ?? ''] ?? 0)) / 1024;
  }, 0);
  const used = {
    transitions: history?.transitions ?? 0,
    lambdaGbSeconds: Math.round(lambdaGbSeconds * 1000) / 1000,
    requests: history?.requests ?? reportedRequests(payload, check),
  };
  const invocations = steps.reduce((sum, step) => sum + step.attempts, 0);
  return { ...used, usd: history === undefined ? null : costOf({ ...used, invocations }) };
}

function reportedRequests({ usage }: PayloadReading, check: CheckResult | undefined): number {
  const ofBatches = Object.values(check?.cost ?? {}).reduce((sum, { requests }) => sum + requests, 0);
  return ofBatches + usage.reduce((sum, { usage: { requests } }) => sum + requests, 0);
}
