import type { S3Client } from '@aws-sdk/client-s3';
import { createS3Client } from '../../core/runtime/aws/s3';
import { Store } from '../../core/runtime/store/store';
import { UsageError } from './usage-error';
import { describeProblem } from '../../core/contracts/problems';

/** Where a deployment is; everything else about AWS (region, credentials, endpoints) comes from the SDK's own environment. */
export interface TargetOptions {
  readonly ledger?: string;
  readonly machine?: string;
  readonly datasets: string;
}

export interface Target {
  readonly s3: S3Client;
  readonly ledger: Store;
  readonly now: () => Date;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The deployment's ledger.
 * @throws UsageError when neither an option nor the environment says which bucket it is
 */
export function targetOf(options: TargetOptions, env: Environment): Target {
  const bucket = named('ledger', options.ledger, env);
  const s3 = createS3Client({ requests: 0 }, accountOf(options, env));
  return { s3, ledger: new Store(s3, bucket).forManyReads(), now: clockOf(env) };
}

/**
 * The account of the deployment, where the caller names one of its machines: its buckets, and sources that say nothing
 * else, have to be its.
 */
function accountOf({ machine }: TargetOptions, env: Environment): string | undefined {
  const arn = machine ?? env['ROLLCALL_BACKFILL_ARN'] ?? env['ROLLCALL_PARTITION_RUN_ARN'];
  return /^arn:[^:]+:states:[^:]*:(\d{12}):/.exec(arn ?? '')?.[1];
}

/**
 * The ARN of the Backfill machine.
 * @throws UsageError when neither an option nor the environment says which it is
 */
export function machineOf(options: TargetOptions, env: Environment): string {
  return named('machine', options.machine, env);
}

/** How a resource of the deployment is called: by an option, a variable of the environment, an output of the stack. */
const RESOURCES = {
  ledger: ['--ledger <bucket>', 'ROLLCALL_LEDGER_BUCKET', 'LedgerBucket'],
  lake: ['--lake <bucket>', 'ROLLCALL_LAKE_BUCKET', 'LakeBucket'],
  /** Backfill. */
  machine: ['--machine <arn>', 'ROLLCALL_BACKFILL_ARN', 'BackfillArn'],
  partitionRun: ['--machine <arn>', 'ROLLCALL_PARTITION_RUN_ARN', 'PartitionRunArn'],
} as const;

/**
 * What the deployment calls a resource, as an option or the environment says it.
 * @throws UsageError naming both where neither does
 */
export function named(resource: keyof typeof RESOURCES, given: string | undefined, env: Environment): string {
  const [option, variable, output] = RESOURCES[resource];
  const value = given ?? env[variable];
  if (value !== undefined && value !== '') return value;
  const what = resource === 'partitionRun' ? 'machine' : resource;
  throw new UsageError(
    `which ${what}? Give ${option} or set ${variable}: the stack's output "${output}", or what \`npm run local -- up\` prints`,
  );
}

/** The clock of the deployment. `npm run local` lives in 2001: it prints by how much its clock differs from this machine's. */
function clockOf(env: Environment): () => Date {
  const offset = Number(env['ROLLCALL_CLOCK_OFFSET_MS'] ?? 0);
  if (!Number.isFinite(offset))
    throw new UsageError(
      describeProblem({
        field: 'ROLLCALL_CLOCK_OFFSET_MS',
        value: env['ROLLCALL_CLOCK_OFFSET_MS'],
        expected: 'milliseconds',
      }),
    );
  return () => new Date(Date.now() + offset);
}
