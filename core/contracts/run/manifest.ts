import { z } from 'zod';
import { failedBatchSchema, outputSchema } from '../batch/batch';
import { failedObjectsSchema } from '../batch/failed-objects';
import { endingOf, endings, type ReasonCode } from './endings';
import { settingValueSchema } from './run-settings';
import { NO_RECORDS, recordCountsSchema, reasonCodeSchema, runStatusSchema } from './partition-record';
import { sourceSummarySchema } from '../batch/plan';
import { checkedRuleSchema, qualitySchema } from './quality';
import { schemaVersionSchema } from '../schema-version';
import { tellingSchema } from './troubles';
import { usedUpstreamSchema } from '../dataset/upstreams';

/** What started a run. */
export const triggerSchema = z.enum(['schedule', 'backfill', 'sweep', 'manual']);
export type Trigger = z.output<typeof triggerSchema>;

/** A step's request ids in a manifest: with 36 characters each, no more than what 500 batches twice over need. */
export const MAX_REQUEST_IDS = 1_000;

/** A step of the run, over all its retries and batches. */
const stepSummarySchema = z.object({
  /** Name of the state. */
  name: z.string(),
  /** Times the state was entered: once, or once per batch, or once per look at a source that was still arriving. */
  entered: z.int().nonnegative(),
  /** Invocations in all; what is over `entered` are retries. */
  attempts: z.int().nonnegative(),
  /** Wall time of all invocations. */
  seconds: z.number().nonnegative(),
  /** Highest resident memory that an invocation reported, in MB; null where none did. */
  peakMb: z.number().nonnegative().nullable(),
  /**
   * Lambda's ids of the attempts that the history has them of, in their order: those that failed, then the others, at most
   * {@link MAX_REQUEST_IDS} in all. An attempt that was cut off left none; its lines in the log have the run's id all the same.
   */
  requestIds: z.object({ failed: z.array(z.string()), succeeded: z.array(z.string()) }).optional(),
});
export type StepSummary = z.output<typeof stepSummarySchema>;

/** What became of the batches of a run as a group. */
const batchesSummarySchema = z.object({
  /** Batches of the plan. */
  all: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  /** Batches that an earlier run (or attempt) had finished, so that nothing was computed for them. */
  reused: z.int().nonnegative(),
  /** Which batches needed more than one invocation of a step: the first 20. */
  retried: z.array(z.object({ index: z.int().nonnegative(), state: z.string(), attempts: z.int().nonnegative() })),
});
export type BatchesSummary = z.output<typeof batchesSummarySchema>;

/** Who wrote a manifest: a function by its folder, and Lambda's id of its invocation. */
const recordedBySchema = z.object({ function: z.string(), requestId: z.string() });
export type RecordedBy = z.output<typeof recordedBySchema>;

/** The JSON record of a run's ending; written once, never changed. */
export const manifestSchema = z
  .object({
    schemaVersion: schemaVersionSchema,
    kind: z.literal('run'),
    /** As the input names it, deployed or not; null where it names none. */
    dataset: z.string().nullable(),
    /** Null where the input names no partition. */
    partition: z.string().nullable(),
    runId: z.string(),
    executionArn: z.string(),
    trigger: triggerSchema,
    backfillId: z.string().nullable(),
    owner: z.string().nullable(),
    /** The dataset's channel, for when it is not deployed any more by then; absent where it was not known. */
    channel: z.string().optional(),
    status: runStatusSchema,
    reason: z.object({
      code: reasonCodeSchema,
      /** What happened, for people: the sentence of the ending and the particulars of this run. */
      message: z.string(),
      /** Only the particulars: `message` without the sentence; empty where there are none. Absent in manifests of earlier releases. */
      detail: z.string().optional(),
      /** What to do about it; empty where there is nothing to do. */
      hint: z.string(),
      /** Name of the error, where one was thrown. */
      error: z.string().optional(),
      /** Name of the state that failed, where one did. */
      state: z.string().optional(),
    }),
    source: sourceSummarySchema.nullable(),
    /** The upstream publications that the run used. */
    upstreams: z.array(usedUpstreamSchema).default([]),
    /** The settings that the run worked with; null where it had none. Sensitive ones are named, without their value. */
    settings: z
      .object({
        hash: z.string(),
        values: z.array(settingValueSchema),
      })
      .nullable()
      .default(null),
    records: recordCountsSchema,
    rules: z.array(checkedRuleSchema),
    /** Figures of the accepted records and what they were expected to be; absent where no step looked at them. */
    quality: qualitySchema.optional(),
    failedBatches: z.array(failedBatchSchema),
    /** Objects that could not be read, in all batches that ran; absent where there are none. */
    failedObjects: failedObjectsSchema.optional(),
    /** Absent where the run came to no batch, or its history could not be read. */
    batches: batchesSummarySchema.optional(),
    outputs: z.array(outputSchema),
    quarantine: z.array(outputSchema),
    steps: z.array(stepSummarySchema),
    cost: z.object({
      /** Step Functions state transitions. */
      transitions: z.int().nonnegative(),
      lambdaGbSeconds: z.number().nonnegative(),
      /** S3 requests, as far as the steps counted them. */
      requests: z.int().nonnegative(),
      /** US dollars by the price table in `domain/run/prices.ts`; null where the execution history could not be read. */
      usd: z.number().nonnegative().nullable(),
    }),
    definitionHash: z.string().nullable(),
    codeVersion: z.string(),
    recordedBy: recordedBySchema.optional(),
    times: z.object({
      /** Time of the schedule that started the run; null when it was not started by one. */
      scheduled: z.iso.datetime().nullable(),
      started: z.iso.datetime(),
      ended: z.iso.datetime(),
    }),
    /** Where the sweep had started the run again: how many runs failed for a temporary reason right before it. */
    again: z.int().positive().optional(),
    /** Where the sweep is going to start the partition again: not before `next`, as try `n` of `of`. */
    retry: z.object({ next: z.iso.datetime(), n: z.int().positive(), of: z.int().positive() }).optional(),
    /** Where the raw input could not be understood: what was wrong with it. */
    problems: z.array(z.object({ field: z.string(), value: z.string(), expected: z.string() })),
    /** Set when recording itself met something that it does not understand: only the execution, status, error and cause are known. */
    minimal: z.boolean(),
    /** How it is announced, as it was decided when it was recorded; absent in manifests of releases that decided anew each time. */
    telling: tellingSchema.optional(),
  })
  .refine((manifest) => endings[manifest.reason.code].status === manifest.status, {
    error: 'expected the status that the table of endings gives this code',
  });
export type Manifest = z.output<typeof manifestSchema>;

/** What a manifest says of an ending and its particulars, which may be empty. */
export function reasonOf(code: ReasonCode, detail: string): Manifest['reason'] & { detail: string } {
  const { sentence, hint } = endingOf(code);
  return { code, message: detail === '' ? sentence : `${sentence} ${detail}`, detail, hint };
}

/** What a manifest says where nothing was done, or nothing is known of it. */
export function nothingDone() {
  return {
    source: null,
    upstreams: [],
    settings: null,
    records: NO_RECORDS,
    rules: [],
    failedBatches: [],
    outputs: [],
    quarantine: [],
    steps: [],
  } satisfies Partial<Manifest>;
}

/** The particulars of an ending. Manifests of earlier releases have them in the message only, after the sentence of that time. */
export function detailOf({ code, message, detail }: Manifest['reason']): string {
  if (detail !== undefined) return detail;
  const { sentence } = endingOf(code);
  return message.startsWith(sentence) ? message.slice(sentence.length).trim() : message;
}

/** How plainly a message is put: in full, without any layout, in one short line, or only by its name in a notice about several. */
export const MESSAGE_FORMS = ['full', 'plain', 'short', 'name'] as const;
const messageFormSchema = z.enum(MESSAGE_FORMS);

/** Proof that a message was taken; with it, it is not posted again. Written once. */
export const receiptSchema = z.object({
  schemaVersion: schemaVersionSchema,
  messageId: z.string(),
  deliveredAt: z.iso.datetime(),
  channel: z.string(),
  /** The form in which it was taken; absent: in full. */
  form: messageFormSchema.optional(),
});
export type Receipt = z.output<typeof receiptSchema>;

/** What messages are about. The message of an ending or a backfill is made from its manifest, so their pointers name no kind. */
export const MESSAGE_KINDS = ['ending', 'backfill', 'overdue', 'circuit', 'unlisted', 'roll-call'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/**
 * A message that has to be delivered: a pointer to what it is about, no text. It is removed only when the message has its receipt. What
 * became of its posts is kept here; all of that is optional, since pointers of earlier releases have less.
 */
export const outboxSchema = z.object({
  schemaVersion: schemaVersionSchema,
  messageId: z.string(),
  /** Where the content is: a manifest, the record of a circuit, what a definition has taken off the list, or the counts of an overview. */
  manifestKey: z.string(),
  since: z.iso.datetime(),
  /** One of {@link MESSAGE_KINDS}, or of a later release. Absent: the ending, or the backfill, whose manifest it is. */
  kind: z.string().optional(),
  /**
   * Who may post until when: no other does. `null`: none holds it. Absent (a pointer of the release before, which had no leases): its
   * recorder, for as long as a lease lasts from `since` on.
   */
  lease: z.object({ token: z.string(), until: z.iso.datetime() }).nullable().optional(),
  /** Attempts, the one that is under way included. */
  attempts: z.int().nonnegative().optional(),
  /** No attempt before this time, unless the channel turns out to take messages again. */
  nextAttemptAt: z.iso.datetime().optional(),
  /** No post to the channel before this time. */
  notBefore: z.iso.datetime().optional(),
  /** Why the last attempt failed. */
  lastError: z.string().optional(),
  /** Whether that was final: repeating it is no use until something is changed. */
  refused: z.boolean().optional(),
  /** Posts without an answer: they may have been taken or not. */
  unanswered: z.int().nonnegative().optional(),
  /** The form for the next attempt; absent: in full. */
  form: messageFormSchema.optional(),
  /** Whether it failed again while its channel took others: then the fault is its own, and it waits for its own time. */
  own: z.boolean().optional(),
});
export type OutboxPointer = z.output<typeof outboxSchema>;
