import { z } from 'zod';
import { hashSchema, inputProblemsSchema, keySchema, MOST_DETAIL, nameSchema, withinBytes } from '../batch/bounds';
import { affectedSchema } from '../run/circuit';
import { DEPENDENCY_NAME } from '../dataset/circuit-options';
import { datasetNameSchema } from '../dataset/dataset';
import { missingReasonSchema } from './missing';
import { cadenceOf, cadenceSchema, partitionSchema } from '../partition';
import { reasonCodeSchema } from '../run/partition-record';
import { schemaVersionSchema } from '../schema-version';
import { executionSchema } from '../run/steps';
import { missingUpstreamSchema } from '../dataset/upstreams';

/** What the steps of Backfill take, give and leave in the ledger. */

/** Most partitions that one backfill starts: its payload has to carry them (256 KiB). What is over is reported still missing. */
export const MAX_BACKFILL_ITEMS = 3_000;
/** What they take in that payload, with what they have in common. */
const MOST_WAVES_BYTES = 225_000;
/** Most expected partitions in a range that an operator asks for: more than a year of hours. */
export const MAX_RANGE_PARTITIONS = 10_000;
/** How far the scheduled backfill looks back for the oldest partition that is missing, in days. */
export const LOOK_BACK_DAYS = 35;

/** A bound of a range: a day, which is meant with all its hours, or an hour. */
const boundSchema = z.string().refine((text) => cadenceOf(text) !== undefined, {
  error: 'expected a UTC day like 2026-01-20 or hour like 2026-01-20T05',
});

/** What a circuit left to be run again. */
const recoverySchema = z.object({
  dependency: z.string().regex(DEPENDENCY_NAME, { error: 'expected the name of a dependency' }),
  /** When the trouble began, and when the circuit closed. */
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  affected: affectedSchema,
});
export type Recovery = z.output<typeof recoverySchema>;

/**
 * The input of a Backfill execution, as the schedule or an operator gives it. Without a range it reaches back to the oldest
 * partition that is missing, at most {@link LOOK_BACK_DAYS} days. Fields that it doesn't know are ignored, as in the input of a run, and named
 * in the backfill's message.
 */
export const backfillInputSchema = z.object({
  trigger: z.enum(['schedule', 'manual', 'sweep']).default('manual'),
  /** The time of the schedule; for the record. What is missing is decided by when the plan is made. */
  scheduledTime: z.iso.datetime({ offset: true, error: 'expected a time like 2026-01-26T06:00:00Z' }).optional(),
  /** Default: every deployed dataset. */
  dataset: datasetNameSchema.optional(),
  /** First day (`2026-01-20`) or hour (`2026-01-20T05`), UTC. */
  start: boundSchema.optional(),
  /** Last day, inclusive, or the hour before which the range ends. Default: now. */
  end: boundSchema.optional(),
  /** Also partitions that are published with rejected records. */
  alsoPartial: z.boolean().default(false),
  /** Also everything else that is published: process it again. */
  everything: z.boolean().default(false),
  /** Only partitions that are missing for one of these reasons. */
  onlyReasons: z.array(missingReasonSchema).min(1).optional(),
  /**
   * Set by the sweep where a circuit closed: only partitions of these days whose last run was skipped for it or failed of what it guards,
   * also before their deadline. In place of a dataset, a range and reasons.
   */
  recovery: recoverySchema.optional(),
  /** Most partitions to start, the newest first. */
  limit: z.int().positive().max(MAX_BACKFILL_ITEMS).default(MAX_BACKFILL_ITEMS),
});
export type BackfillInput = z.output<typeof backfillInputSchema>;

/** A partition to run. */
const planItemSchema = z.object({
  dataset: datasetNameSchema,
  partition: partitionSchema,
  reason: missingReasonSchema,
  /** The code of the ending behind the reason, where there is one. */
  code: reasonCodeSchema.nullable(),
  /** Whether something is published already, which the run is to replace. */
  reprocess: z.boolean(),
  /** The run whose publication is there when the plan is made: by another one there it is known that it was replaced. */
  publishedBy: z.string().nullable(),
  /** How many publications the partition has had. */
  publications: z.int().nonnegative(),
  /** Upstream partitions without which it cannot run: those that are not published when the plan is made. */
  missingUpstreams: z.array(missingUpstreamSchema).default([]),
  /** Name of the child execution: `<16 hex>-<dataset>-<partition>`. */
  childName: z.string().max(80),
});
export type PlanItem = z.output<typeof planItemSchema>;

/** The days and instants that a backfill is about. */
const backfillRangeSchema = z.object({
  /** Half-open. */
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  /** The same for people: UTC days, both inclusive. */
  startDate: z.iso.date(),
  endDate: z.iso.date(),
});
export type BackfillRange = z.output<typeof backfillRangeSchema>;

/** `backfills/<backfillId>/plan.json`: what the backfill is going to do; written once, so that a repetition does the same. */
export const backfillPlanSchema = z.object({
  schemaVersion: schemaVersionSchema,
  backfillId: z.string(),
  plannedAt: z.iso.datetime(),
  codeVersion: z.string(),
  /** As it was given, defaults filled in. */
  input: backfillInputSchema,
  range: backfillRangeSchema,
  datasets: z.array(
    z.object({
      dataset: datasetNameSchema,
      cadence: cadenceSchema,
      /** Expected partitions whose records were read. */
      expected: z.int().nonnegative(),
      /** How many datasets have to run before it, one after the other, because each waits for the one before: the order of the waves. */
      depth: z.int().nonnegative().default(0),
      /** Publications whose source could not be listed again, and why the first of them could not. */
      notCompared: z.object({ partitions: z.int().positive(), error: z.string() }).nullable(),
      /** Published from the fallback, and to be replaced once the primary has them: it has nothing yet. */
      awaitingPrimary: z.int().nonnegative().default(0),
    }),
  ),
  /** To be started, in this order. */
  items: z.array(planItemSchema).max(MAX_BACKFILL_ITEMS),
  /** Missing as well, but over the limit. */
  left: z.array(planItemSchema),
  /** Missing or asked for, and held by a run that goes on: left to it. */
  running: z.array(
    z.object({ dataset: datasetNameSchema, partition: partitionSchema, runId: z.string(), since: z.iso.datetime() }),
  ),
});
export type BackfillPlan = z.output<typeof backfillPlanSchema>;

/** PlanBackfill: takes any input that the execution was started with. */
export const planBackfillInputSchema = z.object({
  input: z.unknown().optional(),
  execution: executionSchema,
  /** Retries of this state that went before. */
  retryCount: z.int().nonnegative(),
});
export const planBackfillOutputSchema = z.discriminatedUnion('planned', [
  z.object({
    planned: z.literal(true),
    anyMissing: z.boolean(),
    planKey: keySchema,
    /** For the children's input. */
    backfillId: nameSchema,
    /** A child's name is `<childPrefix>-<dataset>-<partition>`. */
    childPrefix: hashSchema.regex(/^[0-9a-f]{16}$/),
    /**
     * One after the other. In all at most {@link MAX_BACKFILL_ITEMS} items; what they have in common stands here and not with them, so
     * that 3,000 with the longest names are 219,000 bytes. Both fields go into the children's input.
     */
    waves: withinBytes(
      z.array(
        z.object({
          reprocess: z.boolean(),
          /** How many publications these partitions have had. */
          publications: z.int().nonnegative(),
          items: z.array(z.object({ dataset: datasetNameSchema, partition: partitionSchema })).min(1),
        }),
      ),
      MOST_WAVES_BYTES,
    ),
  }),
  /** The input is wrong: nothing is started. RecordRun finds this in the state. */
  z.object({
    planned: z.literal(false),
    detail: z.string().max(MOST_DETAIL),
    problems: inputProblemsSchema,
  }),
]);
export type PlanBackfillOutput = z.output<typeof planBackfillOutputSchema>;
export type Wave = Extract<PlanBackfillOutput, { planned: true }>['waves'][number];

/** SummarizeBackfill. */
export const summarizeBackfillInputSchema = z.object({ execution: executionSchema, planKey: z.string() });
/** The counts are for people who watch the execution; RecordRun reads the summary. */
export const summarizeBackfillOutputSchema = z.object({
  summaryKey: keySchema,
  recovered: z.int().nonnegative(),
  stillMissing: z.int().nonnegative(),
  totalRecords: z.int().nonnegative(),
});
export type SummarizeBackfillOutput = z.output<typeof summarizeBackfillOutputSchema>;
