import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { MAX_REQUEST_IDS, type BatchesSummary, type StepSummary } from '../../contracts/run/manifest';
import { usageSchema, type Usage } from '../../contracts/run/steps';
import { asRequestId, requestIdInCause } from '../../domain/run/request-ids';
import { parseJson } from './report';

/** What the history of an execution tells about it. */
export interface HistoryReading {
  /** The Lambda tasks in order of first entry, over all retries and Map iterations. */
  readonly steps: StepSummary[];
  /** The batches that were entered, by the index that their iteration was given. */
  readonly batches: BatchesReading;
  /** Billed state transitions: every state entered, and every retry. */
  readonly transitions: number;
  /** S3 requests that the invocations reported. */
  readonly requests: number;
  /** The failure that nothing retried any more, the last one outside a Map first. */
  readonly failure: { readonly state: string; readonly error: string; readonly cause: string } | undefined;
  /** The state that was running when the history ends, the innermost one. */
  readonly running: string | undefined;
  /** The payload that RecordRun was given; before that, what the last state outside a Map had. */
  readonly payload: unknown;
}

/** What the iterations of the Map tell about the batches. */
interface BatchesReading {
  readonly entered: number;
  /** Of those, the ones for which every step found its work done. */
  readonly reused: number;
  readonly retried: BatchesSummary['retried'];
}

/** A manifest names so many of the batches that needed retries. */
const MAX_RETRIED = 20;

/** RunOutcome? and RunSucceeded or RunFailed, which a recording from inside still has before it. */
const TRANSITIONS_AFTER_RECORDING = 2;

/** One stay in a state. */
interface Visit {
  readonly name: string;
  readonly inMap: boolean;
  /** Of the batch, inside the Map. */
  readonly index: number | undefined;
  /** Whether the step found its work done; undefined while it has not succeeded. */
  reused: boolean | undefined;
  attempts: number;
  /** When the attempt that is going was started, epoch milliseconds. */
  startedAt: number | undefined;
  failure: { error: string; cause: string } | undefined;
  exited: boolean;
  seconds: number;
  peakMb: number | null;
  /** Lambda's ids of the attempts that are over, as far as they left one. */
  readonly requestIds: { readonly failed: string[]; readonly succeeded: string[] };
}

/**
 * Reads a history: pure, and content with any part of one. Map iterations interleave, so an event is attributed to its state by the
 * chain of `previousEventId`, never by order. `until`: when attempts that have not ended are cut off.
 */
export function readingOf(events: readonly HistoryEvent[], until: Date): HistoryReading {
  const visits: Visit[] = [];
  const visitOf = new Map<number, Visit | undefined>();
  const mapIds = new Set<number>();
  let closed = false;
  let requests = 0;
  let payload: unknown;
  let recording = false;
  for (const event of events) {
    const type = event.type ?? '';
    const id = event.id ?? 0;
    const before = event.previousEventId ?? 0;
    const at = event.timestamp?.getTime() ?? until.getTime();
    if (type === 'MapIterationStarted' || (mapIds.has(before) && !type.startsWith('MapState'))) mapIds.add(id);
    if (/^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(type)) closed = true;

    if (type.endsWith('StateEntered')) {
      const { name = '', input } = event.stateEnteredEventDetails ?? {};
      const inMap = mapIds.has(id);
      const visit = newVisit(name, inMap, inMap ? withIndex.safeParse(parseJson(input)).data?.index : undefined);
      visits.push(visit);
      visitOf.set(id, visit);
      if (!visit.inMap && !recording) payload = parseJson(event.stateEnteredEventDetails?.input) ?? payload;
      recording ||= visit.name === 'RecordRun';
      continue;
    }
    const visit = type.endsWith('StateExited')
      ? (visitOf.get(before) ?? lastOpen(visits, event.stateExitedEventDetails?.name))
      : visitOf.get(before);
    visitOf.set(id, visit);
    if (visit === undefined) continue;
    if (type.endsWith('StateExited')) {
      // A Map's exit follows the last event of an iteration: its name is what counts.
      const left = lastOpen(visits, event.stateExitedEventDetails?.name) ?? visit;
      left.exited = true;
      visitOf.set(id, left);
      if (!left.inMap && !recording) payload = parseJson(event.stateExitedEventDetails?.output) ?? payload;
      continue;
    }
    if (/^(Task|LambdaFunction)Scheduled$/.test(type)) {
      visit.attempts += 1;
      visit.startedAt = at;
      visit.failure = undefined;
    } else if (/^(Task|LambdaFunction)Started$/.test(type)) {
      visit.startedAt = at;
    } else if (
      /^(Task|LambdaFunction)(Succeeded|Failed|TimedOut|StartFailed|SubmitFailed|ScheduleFailed)$/.test(type)
    ) {
      endAttempt(visit, at);
      if (type.endsWith('Succeeded')) {
        const output = event.taskSucceededEventDetails?.output ?? event.lambdaFunctionSucceededEventDetails?.output;
        const usage = usageIn(output);
        visit.reused = withReused.safeParse(parseJson(output)).data;
        requests += usage?.requests ?? 0;
        if (usage !== undefined) visit.peakMb = Math.max(visit.peakMb ?? 0, usage.peakMb);
        const requestId = asRequestId(usage?.requestId) ?? invokedAs(output);
        if (requestId !== undefined) visit.requestIds.succeeded.push(requestId);
      } else {
        visit.failure = failureOf(event);
        const requestId = requestIdInCause(visit.failure.cause);
        if (requestId !== undefined) visit.requestIds.failed.push(requestId);
      }
    }
  }
  for (const visit of visits) endAttempt(visit, until.getTime());

  const retries = visits.reduce((sum, visit) => sum + Math.max(0, visit.attempts - 1), 0);
  return {
    steps: stepsOf(visits),
    batches: batchesOf(visits),
    transitions: visits.length + retries + (closed || !recording ? 0 : TRANSITIONS_AFTER_RECORDING),
    requests,
    failure: lastFailure(visits),
    running: (
      visits.findLast((visit) => !visit.exited && visit.attempts > 0) ?? visits.findLast((visit) => !visit.exited)
    )?.name,
    payload,
  };
}

function newVisit(name: string, inMap: boolean, index: number | undefined): Visit {
  return {
    name,
    inMap,
    index,
    reused: undefined,
    attempts: 0,
    startedAt: undefined,
    failure: undefined,
    exited: false,
    seconds: 0,
    peakMb: null,
    requestIds: { failed: [], succeeded: [] },
  };
}

function endAttempt(visit: Visit, at: number): void {
  if (visit.startedAt !== undefined) visit.seconds += Math.max(0, at - visit.startedAt) / 1000;
  visit.startedAt = undefined;
}

function lastOpen(visits: readonly Visit[], name: string | undefined): Visit | undefined {
  return visits.findLast((visit) => visit.name === name && !visit.exited);
}

function lastFailure(visits: readonly Visit[]): HistoryReading['failure'] {
  // A recording that failed is not how the run ended; nor is a batch whose failure was caught: CheckPartition has judged it.
  const failed = visits.filter(
    (visit) => visit.failure !== undefined && visit.name !== 'RecordRun' && !(visit.inMap && visit.exited),
  );
  const visit = failed.findLast((candidate) => !candidate.inMap) ?? failed.at(-1);
  return visit?.failure === undefined ? undefined : { state: visit.name, ...visit.failure };
}

function failureOf(event: HistoryEvent): { error: string; cause: string } {
  const details =
    event.taskFailedEventDetails ??
    event.taskTimedOutEventDetails ??
    event.taskStartFailedEventDetails ??
    event.taskSubmitFailedEventDetails ??
    event.lambdaFunctionFailedEventDetails ??
    event.lambdaFunctionTimedOutEventDetails ??
    event.lambdaFunctionStartFailedEventDetails ??
    event.lambdaFunctionScheduleFailedEventDetails;
  const byType = event.type?.endsWith('TimedOut') === true ? 'States.Timeout' : 'States.TaskFailed';
  return { error: details?.error ?? byType, cause: details?.cause ?? '' };
}

function stepsOf(visits: readonly Visit[]): StepSummary[] {
  const byName = Map.groupBy(
    visits.filter(({ attempts }) => attempts > 0),
    ({ name }) => name,
  );
  return [...byName].map(([name, ofStep]) => {
    const peaks = ofStep.flatMap(({ peakMb }) => (peakMb === null ? [] : [peakMb]));
    return {
      name,
      entered: ofStep.length,
      attempts: ofStep.reduce((sum, { attempts }) => sum + attempts, 0),
      seconds: Math.round(ofStep.reduce((sum, { seconds }) => sum + seconds, 0) * 1000) / 1000,
      peakMb: peaks.length === 0 ? null : Math.max(...peaks),
      ...requestIdsOf(ofStep),
    };
  });
}

/** Those that failed are worth more than those that did not. */
function requestIdsOf(visits: readonly Visit[]): Pick<StepSummary, 'requestIds'> {
  const failed = visits.flatMap(({ requestIds }) => requestIds.failed).slice(0, MAX_REQUEST_IDS);
  const room = MAX_REQUEST_IDS - failed.length;
  const succeeded = visits.flatMap(({ requestIds }) => requestIds.succeeded).slice(0, room);
  return failed.length + succeeded.length === 0 ? {} : { requestIds: { failed, succeeded } };
}

function batchesOf(visits: readonly Visit[]): BatchesReading {
  const byIndex = new Map<number, Visit[]>();
  // Choices and Passes of an iteration are no work.
  for (const visit of visits.filter(({ attempts }) => attempts > 0)) {
    if (visit.index !== undefined) byIndex.set(visit.index, [...(byIndex.get(visit.index) ?? []), visit]);
  }
  const ofBatches = [...byIndex.values()];
  return {
    entered: byIndex.size,
    reused: ofBatches.filter((ofBatch) => ofBatch.every(({ reused }) => reused === true)).length,
    retried: ofBatches
      .flat()
      .filter(({ attempts }) => attempts > 1)
      .map(({ index = 0, name, attempts }) => ({ index, state: name, attempts }))
      .slice(0, MAX_RETRIED),
  };
}

const withIndex = z.object({ index: z.int().nonnegative() });
const withReused = z
  .object({ Payload: z.object({ reused: z.boolean() }) })
  .transform((result) => result.Payload.reused);
const withUsage = z.union([
  z.object({ Payload: z.object({ usage: usageSchema }) }).transform((result) => result.Payload.usage),
  z.object({ usage: usageSchema }).transform((result) => result.usage),
]);

/** The usage in the result of a Lambda invocation: inside `Payload` for `lambda:invoke`, at the top for a bare function. */
function usageIn(output: string | undefined): Usage | undefined {
  return withUsage.safeParse(parseJson(output)).data;
}

const withMetadata = z
  .object({ SdkResponseMetadata: z.object({ RequestId: z.string() }) })
  .transform((result) => asRequestId(result.SdkResponseMetadata.RequestId));

/** What Step Functions itself says of the call: the id of a step of the release before, whose usage has none. */
function invokedAs(output: string | undefined): string | undefined {
  return withMetadata.safeParse(parseJson(output)).data;
}
