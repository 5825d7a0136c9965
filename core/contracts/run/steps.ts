import { z } from 'zod';
import {
  arnSchema,
  hashSchema,
  inputProblemsSchema,
  instantSchema,
  keySchema,
  MOST_DETAIL,
  nameSchema,
} from '../batch/bounds';
import { batchRecordSchema, failedBatchSchema, outputSchema } from '../batch/batch';
import { failedObjectsSchema } from '../batch/failed-objects';
import { claimedCircuitSchema } from './circuit';
import { availableMinutesSchema, datasetNameSchema } from '../dataset/dataset';
import { MAX_DEPENDENCIES } from '../dataset/dependency';
import { triggerSchema } from './manifest';
import { cadenceSchema, partitionSchema } from '../partition';
import { settingsRefSchema } from '../batch/plan';
import {
  endingRefSchema,
  reasonCodeSchema,
  recordCountsSchema,
  runStatusSchema,
  stepEndingSchema,
} from './partition-record';
import { checkedRuleSchema, qualitySchema } from './quality';
import { schemaVersionSchema } from '../schema-version';

/**
 * Inputs and outputs of the steps of PartitionRun (`contracts/function-table.ts`), chained: what a step takes is what the state machine has from the steps before it.
 * The payload carries pointers, keys and counts; no records and no text for people.
 */

/** What an invocation took: every step's output carries it as `usage`. */
export const usageSchema = z.object({
  seconds: z.number().nonnegative(),
  /** Resident memory at its highest since the process began, MB. */
  peakMb: z.number().nonnegative(),
  /** S3 requests, retries included. */
  requests: z.int().nonnegative(),
  /** Lambda's id of the invocation; in what a step returns. */
  requestId: nameSchema.optional(),
});
export type Usage = z.output<typeof usageSchema>;

/** What Step Functions' context object says about the execution. */
export const executionSchema = z.object({
  arn: z.string().min(1),
  name: z.string().min(1),
  startTime: z.string().min(1),
});
export type ExecutionRef = z.output<typeof executionSchema>;

/**
 * The input of a PartitionRun execution, as an operator, a schedule or a backfill gives it: exactly one of `partition` and
 * `scheduledTime`. Fields that it doesn't know are ignored, because a later release may have started the run; the reader of the input
 * says which (`ignoredFields`).
 */
export const runInputSchema = z
  .object({
    dataset: datasetNameSchema,
    /** The partition itself, e.g. `2026-01-20T05`. */
    partition: partitionSchema.optional(),
    /** The time of the schedule, from which the partition is derived: `floor(scheduledTime − available) − one period`. */
    scheduledTime: z.iso
      .datetime({ offset: true, error: 'expected a time like 2026-01-20T06:15:00Z' })
      // The partition lies up to 8 days before: it must be one too.
      .refine((text) => text >= '1971' && text < '8999', { error: 'expected a time of the years 1971 to 8998' })
      .optional(),
    /** With `scheduledTime`: cadence and `availableMinutes` of the dataset when the schedule was made; without, the deployed ones count. */
    cadence: cadenceSchema.optional(),
    availableMinutes: availableMinutesSchema.optional(),
    trigger: triggerSchema.default('manual'),
    /** Run again although the partition is published, and replace the publication. */
    reprocess: z.boolean().default(false),
    /**
     * Run again, as `reprocess` does, but only on the source as it was published: what is in quarantine gets another chance under fixed
     * rules, and nothing else changes.
     */
    replay: z.boolean().default(false),
    /**
     * Set by a backfill on its children: how many publications the partition had when the backfill was planned. Where there are more,
     * another run was faster (another backfill's, say), and what is published is not replaced once more.
     */
    publications: z.int().nonnegative().optional(),
    /**
     * Set by the sweep on a run that it starts because the one before ended for a temporary reason: how many such runs came right before,
     * so that they are bounded. A run that anything else starts begins anew.
     */
    again: z.int().positive().max(100).optional(),
    /** Set by a backfill on its children. */
    backfillId: z
      .string()
      // The execution's name as a run id (`runIdOf`): 80 characters, and 17 more where some had to be replaced.
      .regex(/^[A-Za-z0-9_-]{1,97}$/, { error: 'expected the name of a backfill execution' })
      .optional(),
  })
  .refine((input) => (input.partition === undefined) !== (input.scheduledTime === undefined), {
    error: 'expected exactly one of partition and scheduledTime',
    path: ['partition'],
  });
export type RunInput = z.output<typeof runInputSchema>;

/** A run that holds its partition. */
export const runSchema = z.object({
  dataset: datasetNameSchema,
  partition: partitionSchema,
  runId: nameSchema,
  executionArn: arnSchema,
  startedAt: instantSchema,
  trigger: triggerSchema,
  reprocess: z.boolean(),
  /** Whether only the source as it was published may be run. */
  replay: z.boolean().default(false),
  /** The fence of the claim; publishing needs it. */
  fence: z.int().positive(),
  definitionHash: hashSchema,
  codeVersion: hashSchema,
  /** Whether batches go through ProcessBatch. */
  needsProcessing: z.boolean(),
  /** Whether the run goes through CheckDependencies. */
  hasDependencies: z.boolean(),
  /** Whether a source that is still arriving is waited for; runs of a backfill and by hand past the deadline do not wait. */
  mayWait: z.boolean(),
  /** Absent where no circuit guards the dataset. */
  circuit: claimedCircuitSchema.optional(),
  /** Why the circuit of the source lets no run ask it, where the run may use the fallback instead. */
  primaryRefused: z.string().max(MOST_DETAIL).optional(),
});
export type Run = z.output<typeof runSchema>;

/** How often a step was tried before: after the last time that its dataset wants it gives up. Every step of a run gets it. */
const triedBefore = { retryCount: z.int().nonnegative().optional() };

/** ClaimPartition: takes any input that the execution was started with. */
export const claimInputSchema = z.object({ input: z.unknown().optional(), execution: executionSchema, ...triedBefore });
export const claimOutputSchema = z.discriminatedUnion('claimed', [
  z.object({ claimed: z.literal(true), run: runSchema }),
  z.object({
    claimed: z.literal(false),
    /** Null where the input does not say. */
    dataset: datasetNameSchema.nullable(),
    partition: partitionSchema.nullable(),
    code: reasonCodeSchema,
    /** The particulars, e.g. who holds the partition since when. */
    detail: z.string().max(MOST_DETAIL),
    problems: inputProblemsSchema,
  }),
]);
export type ClaimOutput = z.output<typeof claimOutputSchema>;

/** CheckDependencies: throws where one is not as declared. */
export const checkDependenciesInputSchema = z.object({ run: runSchema, ...triedBefore });
export const checkDependenciesOutputSchema = z.object({
  /** Names of those that answered, for people who watch the execution. */
  dependencies: z.array(nameSchema).max(MAX_DEPENDENCIES),
  /** Where the settings are that a database answered; null where the dataset declares none. */
  settings: settingsRefSchema.nullable(),
});
export type CheckDependenciesOutput = z.output<typeof checkDependenciesOutputSchema>;

/** LoadPartition; entered again after every wait. */
export const loadInputSchema = z.object({
  run: runSchema,
  /** After the last time the source is given up, and a fallback asked. */
  retryCount: z.int().nonnegative(),
});
export type LoadInput = z.output<typeof loadInputSchema>;
export const loadOutputSchema = z.discriminatedUnion('ready', [
  z.object({
    ready: z.literal(true),
    planKey: keySchema,
    round: z.union([z.literal(1), z.literal(2)]),
    /** Indices of the batches; empty for a partition without objects that the dataset calls normal. */
    batches: z.array(z.int().nonnegative().max(500)).max(500),
  }),
  z.object({
    ready: z.literal(false),
    /** When to look again; ISO 8601, UTC, never after the deadline. */
    resumeAt: instantSchema,
    /** What is still missing, for people who watch the execution. */
    waitingFor: z.string().max(MOST_DETAIL),
  }),
]);
export type LoadOutput = z.output<typeof loadOutputSchema>;
export type Loaded = Extract<LoadOutput, { ready: true }>;

const loadedSchema = loadOutputSchema.options[0];

/** ValidateBatch and ProcessBatch: one iteration of ForEachBatch. */
export const batchInputSchema = z.object({
  run: runSchema,
  planKey: z.string(),
  index: z.int().nonnegative(),
  ...triedBefore,
});
/** The counts are for people who watch the execution; later steps read the batch record. */
export const batchOutputSchema = z.object({
  index: z.int().nonnegative(),
  fingerprint: hashSchema,
  /** Whether an earlier run had done this batch already. */
  reused: z.boolean(),
  records: batchRecordSchema.shape.records,
});
export type BatchOutput = z.output<typeof batchOutputSchema>;

/** What an iteration of ForEachBatch leaves: its index, and the error's name if it failed. */
export const batchResultSchema = z.object({
  index: z.int().nonnegative(),
  state: z.string().optional(),
  error: z.string().optional(),
});
export type BatchResult = z.output<typeof batchResultSchema>;

/** CheckPartition. */
export const checkInputSchema = z.object({
  run: runSchema,
  load: loadedSchema,
  batches: z.array(batchResultSchema),
  ...triedBefore,
});
export const checkOutputSchema = z.discriminatedUnion('duplicatesAcross', [
  /** The later batches have to run once more, leaving out what an earlier batch has. */
  z.object({ duplicatesAcross: z.literal(true), load: loadedSchema }),
  z.object({ duplicatesAcross: z.literal(false), checkKey: keySchema, ending: stepEndingSchema }),
]);
export type CheckOutput = z.output<typeof checkOutputSchema>;

/**
 * What CheckPartition found, in S3 under `keys.check` before it returns or throws: so that the manifest of a refused partition has
 * its counts too.
 */
export const checkResultSchema = z.object({
  schemaVersion: schemaVersionSchema,
  runId: z.string(),
  planKey: z.string(),
  /** How the partition ends when it is published; null when it must not be. */
  ending: endingRefSchema.nullable(),
  records: recordCountsSchema,
  rules: z.array(checkedRuleSchema),
  /** Absent until it is known, and where the partition was refused before. */
  quality: qualitySchema.optional(),
  failedBatches: z.array(failedBatchSchema),
  /** Absent where every object of the batches that ran could be read. */
  failedObjects: failedObjectsSchema.optional(),
  files: z.array(outputSchema),
  quarantineFiles: z.array(outputSchema),
  /** Batches of the plan, and how many of them failed. */
  batches: z.object({ all: z.int().nonnegative(), failed: z.int().nonnegative() }),
  /** Of the batches' steps, by state name: highest memory in MB, and S3 requests in all. */
  cost: z.record(z.string(), z.object({ peakMb: z.number().nonnegative(), requests: z.int().nonnegative() })),
});
export type CheckResult = z.output<typeof checkResultSchema>;

/** PublishPartition. */
export const publishInputSchema = z.object({
  run: runSchema,
  load: loadedSchema,
  check: checkOutputSchema.options[1],
  ...triedBefore,
});
export const publishOutputSchema = z.object({
  ending: stepEndingSchema,
  files: z.int().nonnegative(),
  published: z.int().nonnegative(),
});
export type PublishOutput = z.output<typeof publishOutputSchema>;

/** Error and cause as a Catch keeps them. */
export const caughtSchema = z.object({ Error: z.string(), Cause: z.string().default('') });

/** RecordRun takes whatever state the execution is in, also a broken one. */
export const recordInputSchema = z.object({
  execution: executionSchema.extend({ input: z.unknown().optional() }),
  state: z.unknown().optional(),
});
/** What RunOutcome? and RunFailed read. */
export const recordOutputSchema = z.object({
  succeeded: z.boolean(),
  status: runStatusSchema,
  code: reasonCodeSchema,
  manifestKey: keySchema,
  /** For the Fail state: the reason code … */
  Error: nameSchema,
  /** … and one sentence. */
  Cause: z.string().max(MOST_DETAIL),
});
export type RecordOutput = z.output<typeof recordOutputSchema>;
