import { z } from 'zod';
import { failedBatchSchema, outputSchema } from './batch';
import { endings } from './endings';
import { settingValueSchema } from './run-settings';
import { recordCountsSchema, reasonCodeSchema, runStatusSchema } from './partition-record';
import { sourceSummarySchema } from './plan';
import { checkedRuleSchema, qualitySchema } from './quality';
import { schemaVersionSchema } from './schema-version';
import { usedUpstreamSchema } from './upstreams';

/** What started a run. */
export const triggerSchema = z.enum(['schedule', 'backfill', 'sweep', 'manual']);
export type Trigger = z.output<typeof triggerSchema>;

/** A step of the run, over all its retries and batches. */
export const stepSummarySchema = z.object({
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
});
export type StepSummary = z.output<typeof stepSummarySchema>;

/** What became of the batches of a run as a group. */
export const batchesSummarySchema = z.object({
  /** Batches of the plan. */
  all: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  /** Batches that an earlier run (or attempt) had finished, so that nothing was computed for them. */
  reused: z.int().nonnegative(),
  /** Which batches needed more than one invocation of a step: the first 20. */
  retried: z.array(z.object({ index: z.int().nonnegative(), state: z.string(), attempts: z.int().nonnegative() })),
});
export type BatchesSummary = z.output<typeof batchesSummarySchema>;

/** The JSON record of a run's ending; written once, never changed. */
export const manifestSchema = z
  .object({
    schemaVersion: schemaVersionSchema,
    kind: z.literal('run'),
    /** Null where the input names no deployed dataset. */
    dataset: z.string().nullable(),
    /** Null where the input names no partition. */
    partition: z.string().nullable(),
    runId: z.string(),
    executionArn: z.string(),
    trigger: triggerSchema,
    backfillId: z.string().nullable(),
    owner: z.string().nullable(),
    status: runStatusSchema,
    reason: z.object({
      code: reasonCodeSchema,
      /** What happened, for people: the sentence of the ending and the particulars of this run. */
      message: z.string(),
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
    /** Figures of the accepted records and what they were expected to be; absent where nobody came to look at them. */
    quality: qualitySchema.optional(),
    failedBatches: z.array(failedBatchSchema),
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
      /** US dollars by the price table in `domain/prices.ts`; null where the execution history could not be read. */
      usd: z.number().nonnegative().nullable(),
    }),
    definitionHash: z.string().nullable(),
    codeVersion: z.string(),
    times: z.object({
      /** Time of the schedule that started the run; null when it was not started by one. */
      scheduled: z.iso.datetime().nullable(),
      started: z.iso.datetime(),
      ended: z.iso.datetime(),
    }),
    /** Where the raw input could not be understood: what was wrong with it. */
    problems: z.array(z.object({ field: z.string(), value: z.string(), expected: z.string() })),
    /** Set when recording itself met something that it does not understand: only the execution, status, error and cause are known. */
    minimal: z.boolean(),
  })
  .refine((manifest) => endings[manifest.reason.code].status === manifest.status, {
    error: 'expected the status that the table of endings gives this code',
  });
export type Manifest = z.output<typeof manifestSchema>;

/** Proof that Slack took a message; with it, nobody posts it again. */
export const receiptSchema = z.object({
  schemaVersion: schemaVersionSchema,
  messageId: z.string(),
  deliveredAt: z.iso.datetime(),
  channel: z.string(),
});
export type Receipt = z.output<typeof receiptSchema>;

/** A message that has to be delivered: a pointer to its manifest, no text. Who recorded tries at once; what the sweep tried is kept here. */
export const outboxSchema = z.object({
  schemaVersion: schemaVersionSchema,
  messageId: z.string(),
  manifestKey: z.string(),
  since: z.iso.datetime(),
  /**
   * `overdue`: the run still goes past its deadline, and the manifest is not there yet. `circuit`: `manifestKey` is that of a circuit, whose
   * record has the notice. Absent: the manifest's ending.
   */
  kind: z.enum(['ending', 'overdue', 'circuit']).optional(),
  /** Attempts of the sweep. */
  attempts: z.int().nonnegative().optional(),
  /** No attempt before this time. */
  nextAttemptAt: z.iso.datetime().optional(),
  /** Slack's Retry-After: no post to that channel before this time. */
  notBefore: z.iso.datetime().optional(),
  /** Why the last attempt failed. */
  lastError: z.string().optional(),
  /** Whether that was for good: repeating it is no use until somebody changes something. */
  refused: z.boolean().optional(),
});
export type OutboxPointer = z.output<typeof outboxSchema>;
