import { z } from 'zod';
import { keySchema, MOST_DETAIL, nameSchema } from '../batch/bounds';
import { backfillInputSchema } from './backfill';
import { BACKFILL_STATUSES } from './backfill-endings';
import { reasonCodeSchema, runStatusSchema } from '../run/partition-record';
import { schemaVersionSchema } from '../schema-version';

const backfillStatusSchema = z.enum(BACKFILL_STATUSES);

const count = z.int().nonnegative();

/** A partition that is published now. */
const recoveredSchema = z.object({
  dataset: z.string(),
  partition: z.string(),
  /** The run whose publication it is; mostly, not always, one of this backfill. */
  runId: z.string(),
  /** `NO_DATA` where it turned out to be empty. */
  status: runStatusSchema,
  /** Records in its publication. */
  records: count,
});
export type Recovered = z.output<typeof recoveredSchema>;

/** A partition that was planned and is still missing. */
const missingSchema = z.object({
  dataset: z.string(),
  partition: z.string(),
  /** For people, in a few words. */
  reason: z.string(),
  /** The code of the ending that stands, where one does. */
  code: reasonCodeSchema.nullable(),
  /** The run that ended so; null where none did. A run of this backfill that is not named here needs a message of its own. */
  runId: z.string().nullable(),
});
export type Missing = z.output<typeof missingSchema>;

/** `backfills/<backfillId>/summary.json`: what is true in the ledger after the children ran. Recovered and missing are together what was planned. */
export const backfillSummarySchema = z.object({
  schemaVersion: schemaVersionSchema,
  backfillId: z.string(),
  summarizedAt: z.iso.datetime(),
  recovered: z.array(recoveredSchema),
  stillMissing: z.array(missingSchema),
});
export type BackfillSummary = z.output<typeof backfillSummarySchema>;

/** The JSON record of a backfill's ending; written once, never changed. */
export const backfillManifestSchema = z.object({
  schemaVersion: schemaVersionSchema,
  kind: z.literal('backfill'),
  backfillId: z.string(),
  executionArn: z.string(),
  trigger: z.enum(['schedule', 'manual', 'sweep']),
  /** Status and code in one. */
  status: backfillStatusSchema,
  /** One line for people: the message about this backfill begins with it. */
  message: z.string(),
  /** What to do about it; empty where there is nothing to do. */
  hint: z.string(),
  /** Name of the error, where one was thrown, and of the state that failed. */
  error: z.string().nullable(),
  state: z.string().nullable(),
  /** What was wrong with the input, where something was. */
  problems: z.array(z.object({ field: z.string(), value: z.string(), expected: z.string() })),
  /** What was asked for, with defaults; null where the input is not valid. */
  input: backfillInputSchema.nullable(),
  datasets: z.array(z.string()),
  /** UTC days, both inclusive; null where nothing was planned. */
  startDate: z.iso.date().nullable(),
  endDate: z.iso.date().nullable(),
  /** The same range as instants, half-open. */
  from: z.iso.datetime().nullable(),
  to: z.iso.datetime().nullable(),
  /** UTC days of the planned partitions. */
  datesProcessed: z.array(z.iso.date()),
  /** Partitions (hours, or days of a daily dataset): expected in the range … */
  hoursExpected: count,
  /** … missing, … */
  hoursPlanned: count,
  /** … and of those, published now. */
  hoursRecovered: count,
  /** Records of the recovered partitions. */
  totalRecords: count,
  recovered: z.array(recoveredSchema),
  /** By UTC day. */
  stillMissing: z.record(z.iso.date(), z.array(missingSchema)),
  /** Held by other runs when the plan was made, and left to them. */
  running: z.array(
    z.object({ dataset: z.string(), partition: z.string(), runId: z.string(), since: z.iso.datetime() }),
  ),
  /** Datasets whose source could not be listed again: whether it changed is not known. */
  notCompared: z.array(z.object({ dataset: z.string(), partitions: count, error: z.string() })),
  codeVersion: z.string(),
  times: z.object({
    scheduled: z.iso.datetime().nullable(),
    started: z.iso.datetime(),
    ended: z.iso.datetime(),
  }),
  /** Set when recording itself met something that it does not understand. */
  minimal: z.boolean(),
});
export type BackfillManifest = z.output<typeof backfillManifestSchema>;

/** What RunOutcome? and RunFailed of Backfill read: RecordRun's answer about a backfill. */
export const recordBackfillOutputSchema = z.object({
  succeeded: z.boolean(),
  status: backfillStatusSchema,
  manifestKey: keySchema,
  Error: nameSchema,
  Cause: z.string().max(MOST_DETAIL),
});
export type RecordBackfillOutput = z.output<typeof recordBackfillOutputSchema>;
