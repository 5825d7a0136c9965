import { z } from 'zod';
import { describeProblem, describeProblems, problemsOf } from '../core/contracts/problems';
import { BACKFILL_SCHEDULE } from './machines/backfill-schedule';
import { channelsSchema } from '../core/runtime/notifiers/registry';
import { TOPIC_ARN } from '../core/runtime/notifiers/sns/kind';

/**
 * What can be set for the app as a whole, by `cdk deploy -c <name>=<value>` or under `context` in `cdk.json`.
 */

/** Retentions that CloudWatch Logs knows, in days. */
const LOG_RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const MIB = 1024 * 1024;
/**
 * What an engine function needs in /tmp, as multiples of a batch's inflated bytes: the inflated object itself, its records while they
 * are looked at (1 GB of CSV took 1.37 GB in a file and 1.2–1.35 GB where DuckDB spilled), and the files that are written before they are
 * uploaded.
 */
const TMP_OF_INPUT = 1;
const TMP_OF_SPILL = 1.35;
const TMP_OF_OUTPUT = 0.65;

/** The longest that Lambda lets a function run. The functions with DuckDB have all of it. */
export const LONGEST_SECONDS = 900;
/**
 * Inflated MiB of a batch that one vCPU gets through in a second: a third of what was measured for 1 GB of CSV with every check (30 s and
 * more on one core of x86-64), for slower cores and dear rules.
 */
const MIB_PER_SECOND = 10;
/** Memory at which Lambda gives one whole vCPU; below it a share. */
const ONE_VCPU_MB = 1769;
/** A batch's objects are asked for one after the other: at most 2,000 (`domain/batch/plan-batches.ts`), some 50 ms each. */
const SECONDS_FOR_OBJECTS = 100;
/** Share of the time-out that a batch may be expected to need; the rest is for the requests that are tried again. */
const SHARE_OF_TIME = 2 / 3;

/**
 * Largest batch, MiB, that the functions with DuckDB get through in time: at 1,769 MB (900 × 2/3 − 100) × 10 = 5,000 MiB, more than
 * /tmp can hold; at 1,024 MB, with 0.58 of a vCPU, 2,894 MiB. Memory sets no limit of its own: DuckDB spills what its buffer does not
 * hold (1 GB of CSV needed 404 MB of memory where the buffer had 128), and `engineBufferMb` leaves the rest to the process.
 */
function mostMibInTime(engineMemoryMb: number): number {
  const vcpu = Math.min(1, engineMemoryMb / ONE_VCPU_MB);
  return Math.floor((LONGEST_SECONDS * SHARE_OF_TIME - SECONDS_FOR_OBJECTS) * MIB_PER_SECOND * vcpu);
}

/** Share of the account's Lambdas that a backfill may take; the rest is for the partitions that are due. */
const BACKFILL_SHARE = 0.5;

const whole = (from: number, to: number) =>
  z
    .number({ error: `expected a whole number from ${from} to ${to}` })
    .int({ error: `expected a whole number from ${from} to ${to}` })
    .min(from, { error: `expected a whole number from ${from} to ${to}` })
    .max(to, { error: `expected a whole number from ${from} to ${to}` });

/** ARNs of KMS keys; on the command line separated by commas. */
const keyArns = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(',').filter((arn) => arn !== ''))])
  .pipe(
    z.array(
      z.string().regex(/^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/, {
        error: 'expected the ARN of a KMS key',
      }),
    ),
  )
  .default([]);

/** Not a FIFO topic: CloudWatch can't publish to one. */
const topicArn = z.string().regex(TOPIC_ARN, { error: 'expected the ARN of a standard SNS topic' });

/** A setting that is an object: on the command line JSON. */
const fromJson = <T extends z.ZodType>(expected: string, schema: T) =>
  z.preprocess((value, context) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      context.addIssue({ code: 'custom', message: `expected JSON with ${expected}`, input: value });
      return z.NEVER;
    }
  }, schema);

const resourceIds = (kind: string, most: number) =>
  z
    .array(
      z
        .string()
        .regex(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), { error: `expected an id like ${kind}-0123456789abcdef0` }),
    )
    .min(1)
    .max(most);

/** Ids, not lookups: a synthesis needs no account. */
const vpcSchema = fromJson(
  'subnetIds and securityGroupIds',
  z.strictObject({ subnetIds: resourceIds('subnet', 16), securityGroupIds: resourceIds('sg', 5) }),
);
export type VpcSettings = z.output<typeof vpcSchema>;

const appSettingsSchema = z
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
    /**
     * When the backfill of all datasets is started, UTC: weekdays and a time (`MON 04:00`, `MON,THU 04:00`), or `DAILY 04:00`. At least once
     * a week, so that nothing that is missing is ever older than the 35 days that it looks back.
     */
    backfillSchedule: z
      .string({ error: 'expected weekdays and a time in UTC like MON 04:00, MON,THU 04:00 or DAILY 04:00' })
      .regex(BACKFILL_SCHEDULE, {
        error: 'expected weekdays and a time in UTC like MON 04:00, MON,THU 04:00 or DAILY 04:00',
      })
      .default('MON 04:00'),
    /** Lambdas that this account may run at once in this region ("Concurrent executions" under Service Quotas); the app can't ask. */
    lambdaConcurrency: whole(10, 100_000).default(1000),
    logRetentionDays: z
      .number({ error: `expected one of ${LOG_RETENTIONS.join(', ')}` })
      .refine((days) => LOG_RETENTIONS.includes(days), { error: `expected one of ${LOG_RETENTIONS.join(', ')}` })
      .default(90),
    logLevel: z
      .enum(['DEBUG', 'INFO', 'WARN', 'ERROR'], { error: 'expected DEBUG, INFO, WARN or ERROR' })
      .default('INFO'),
    /**
     * Where channels are told that Slack does not have: an object from channel to the ARN of a standard SNS topic. `default` is for all
     * that are not named; with it, `"slack"` is the address of those that Slack has all the same.
     */
    channels: fromJson('channels and their addresses', channelsSchema).default({}),
    /** How long a post to Slack may take. */
    slackTimeoutMs: whole(500, 30_000).default(5000),
    /** Who gets alarms and escalations by e-mail. Without it, subscribe to the topics that the stack's outputs name. */
    alertEmail: z.email({ error: 'expected an e-mail address' }).optional(),
    /** An existing topic to send the alarms to, in place of one of the stack; it has to let CloudWatch publish. */
    alarmTopicArn: topicArn.optional(),
    /** The same for escalations; it has to let the role of the Sweep function publish. */
    escalationTopicArn: topicArn.optional(),
    /**
     * KMS keys of source buckets that the functions may decrypt with: ARNs, on the command line separated by commas. The key's own
     * policy has to allow it too.
     */
    sourceKeyArns: keyArns,
    /** KMS keys of the secrets that datasets declare, where these are not encrypted with the account's own key; written as sourceKeyArns. */
    secretKeyArns: keyArns,
    /** The VPC in which CheckDependencies runs, for databases and endpoints without a public address. None: outside of any. */
    vpc: vpcSchema.optional(),
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
    const inTime = mostMibInTime(settings.engineMemoryMb);
    if (settings.batchBytes > inTime * MIB) {
      context.addIssue({
        code: 'custom',
        path: ['batchBytes'],
        input: settings.batchBytes,
        message: `expected at most ${inTime * MIB} (${inTime} MiB), which a function of ${settings.engineMemoryMb} MB gets through in ${LONGEST_SECONDS * SHARE_OF_TIME} of its ${LONGEST_SECONDS} s; raise engineMemoryMb up to ${ONE_VCPU_MB} or lower batchBytes`,
      });
    }
    if (
      settings.alertEmail !== undefined &&
      settings.alarmTopicArn !== undefined &&
      settings.escalationTopicArn !== undefined
    ) {
      context.addIssue({
        code: 'custom',
        path: ['alertEmail'],
        input: settings.alertEmail,
        message: 'expected none where both topics exist already: subscribe the address to them',
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
export type AppSettings = z.output<typeof appSettingsSchema>;
/** Names of the settings. */
export const SETTING_NAMES = Object.keys(appSettingsSchema.shape) as (keyof AppSettings)[];

/** Thrown at synth when a setting is wrong. */
class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';
}

/**
 * The settings from the values that were given; those that are undefined get their default.
 * @throws InvalidSettings naming each wrong setting, its value and what was expected
 */
export function parseAppSettings(given: Readonly<Partial<Record<keyof AppSettings, unknown>>>): AppSettings {
  // Values from the command line are text. Only what is a number becomes one, so that a message can show what was given.
  const values = Object.entries(given).map(([name, value]) => [
    name,
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
  ]);
  const parsed = appSettingsSchema.safeParse(Object.fromEntries(values), { reportInput: true });
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
    throw new InvalidSettings(
      describeProblem({ field: 'now', value: given, expected: 'a time like 2026-01-20T05:00:00Z' }),
    );
  }
  return now;
}

/**
 * DuckDB's buffer pool, MB. The process takes 300–570 MB more than that, so 700 MB are left to it; 512 MB did 1 GB of CSV as fast as
 * 1,000 MB did. What a user adds to the default memory goes to DuckDB, for transforms that need it.
 */
export function engineBufferMb(settings: AppSettings): number {
  return Math.min(settings.engineMemoryMb - 700, Math.max(512, settings.engineMemoryMb - (1769 - 512)));
}

/** Most that DuckDB may spill to /tmp, MB: what the inflated input and the output leave of it. */
export function engineSpillMb(settings: AppSettings): number {
  return settings.engineTmpMb - Math.ceil((settings.batchBytes / MIB) * (TMP_OF_INPUT + TMP_OF_OUTPUT));
}
