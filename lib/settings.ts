import { z } from 'zod';
import { describeProblems, problemsOf } from '../lambdas/contracts/problems';

/**
 * What can be set for the app as a whole, by `cdk deploy -c <name>=<value>` or under `context` in `cdk.json`.
 */

/** Retentions that CloudWatch Logs knows, in days. */
const LOG_RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const MIB = 1024 * 1024;
/**
 * What an engine function needs in /tmp, as multiples of a batch's inflated bytes (`docs` of the engine: 1 GB of CSV spilled
 * 1.2–1.35 GB): the inflated object itself, what DuckDB spills, and the files that are written before they are uploaded.
 */
const TMP_OF_INPUT = 1;
const TMP_OF_SPILL = 1.35;
const TMP_OF_OUTPUT = 0.65;

/** Share of the account's Lambdas that a backfill may take; the rest is for the partitions that are due. */
const BACKFILL_SHARE = 0.5;

const whole = (from: number, to: number) =>
  z
    .number({ error: `expected a whole number from ${from} to ${to}` })
    .int({ error: `expected a whole number from ${from} to ${to}` })
    .min(from, { error: `expected a whole number from ${from} to ${to}` })
    .max(to, { error: `expected a whole number from ${from} to ${to}` });

export const settingsSchema = z
  .object({
    /**
     * Memory of the functions with DuckDB, MB. 1,769 MB is exactly one vCPU, and one is what the engine uses: gzip is one stream, and a
     * second thread gained 15 % at most.
     */
    engineMemoryMb: whole(1024, 10_240).default(1769),
    /** /tmp of the functions with DuckDB, MB. */
    engineTmpMb: whole(512, 10_240).default(2048),
    /** Most bytes that a batch may have after inflating; an object that is larger ends OBJECT_TOO_LARGE. */
    batchBytes: whole(MIB, 4096 * MIB).default(512 * MIB),
    /** Batches of one run that are worked on at a time. A new AWS account may run only 10 Lambdas at once. */
    batchConcurrency: whole(1, 40).default(8),
    /** Partitions that a backfill runs at a time. */
    backfillConcurrency: whole(1, 100).default(4),
    /** Lambdas that this account may run at once in this region ("Concurrent executions" under Service Quotas); the app can't ask. */
    lambdaConcurrency: whole(10, 100_000).default(1000),
    logRetentionDays: z
      .number({ error: `expected one of ${LOG_RETENTIONS.join(', ')}` })
      .refine((days) => LOG_RETENTIONS.includes(days), { error: `expected one of ${LOG_RETENTIONS.join(', ')}` })
      .default(90),
    logLevel: z
      .enum(['DEBUG', 'INFO', 'WARN', 'ERROR'], { error: 'expected DEBUG, INFO, WARN or ERROR' })
      .default('INFO'),
    /** How long a post to Slack may take. */
    slackTimeoutMs: whole(500, 30_000).default(5000),
    /** Who gets the alarms by e-mail. Without it, subscribe to the topic that the stack's output names. */
    alertEmail: z.email({ error: 'expected an e-mail address' }).optional(),
    /**
     * KMS keys of source buckets that the functions may decrypt with: ARNs, on the command line separated by commas. The key's own
     * policy has to allow it too.
     */
    sourceKeyArns: z
      .union([z.array(z.string()), z.string().transform((text) => text.split(',').filter((arn) => arn !== ''))])
      .pipe(
        z.array(
          z.string().regex(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/, {
            error: 'expected the ARN of a KMS key',
          }),
        ),
      )
      .default([]),
  })
  .superRefine((settings, context) => {
    const needed = Math.ceil((settings.batchBytes / MIB) * (TMP_OF_INPUT + TMP_OF_SPILL + TMP_OF_OUTPUT));
    if (settings.engineTmpMb < needed) {
      context.addIssue({
        code: 'custom',
        path: ['engineTmpMb'],
        input: settings.engineTmpMb,
        message: `expected at least ${needed}, which a batch of ${settings.batchBytes} bytes needs for its input, what is spilled and its output`,
      });
    }
    const most = Math.floor((settings.lambdaConcurrency * BACKFILL_SHARE) / settings.batchConcurrency);
    if (settings.backfillConcurrency > most) {
      const remedy = most === 0 ? 'a smaller batchConcurrency' : `at most ${most}`;
      context.addIssue({
        code: 'custom',
        path: ['backfillConcurrency'],
        input: settings.backfillConcurrency,
        message: `expected ${remedy}: ${settings.batchConcurrency} batches of each partition at once, and half of the account's ${settings.lambdaConcurrency} Lambdas stay with the live partitions`,
      });
    }
  });
/** The app's settings with every default filled in. */
export type Settings = z.output<typeof settingsSchema>;
/** Names of the settings. */
export const SETTING_NAMES = Object.keys(settingsSchema.shape) as (keyof Settings)[];

/** Thrown at synth when a setting is wrong. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';
}

/**
 * The settings from the values that somebody gave; those that are undefined get their default.
 * @throws InvalidSettings naming each wrong setting, its value and what was expected
 */
export function parseSettings(given: Readonly<Partial<Record<keyof Settings, unknown>>>): Settings {
  // Values from the command line are text. Only what is a number becomes one, so that a message can show what was given.
  const values = Object.entries(given).map(([name, value]) => [
    name,
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
  ]);
  const parsed = settingsSchema.safeParse(Object.fromEntries(values), { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new InvalidSettings(`settings: ${describeProblems(problemsOf(parsed.error))}`);
}

/**
 * The time of the synthesis from context; the real one where nothing is given.
 * @throws InvalidSettings when it is not a time
 */
export function parseNow(given: unknown): Date {
  if (given === undefined) return new Date();
  const now = new Date(String(given));
  if (Number.isNaN(now.getTime())) {
    throw new InvalidSettings(`now: got ${JSON.stringify(given)}, expected a time like 2026-01-20T05:00:00Z`);
  }
  return now;
}

/**
 * DuckDB's buffer pool, MB. The process takes 300–570 MB more than that, so 700 MB are left to it; 512 MB did 1 GB of CSV as fast as
 * 1,000 MB did. What somebody adds to the default memory goes to DuckDB, for transforms that need it.
 */
export function engineBufferMb(settings: Settings): number {
  return Math.min(settings.engineMemoryMb - 700, Math.max(512, settings.engineMemoryMb - (1769 - 512)));
}

/** Most that DuckDB may spill to /tmp, MB: what the inflated input and the output leave of it. */
export function engineSpillMb(settings: Settings): number {
  return settings.engineTmpMb - Math.ceil((settings.batchBytes / MIB) * (TMP_OF_INPUT + TMP_OF_OUTPUT));
}
