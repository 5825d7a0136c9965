import type { S3Client } from '@aws-sdk/client-s3';
import { createS3Client } from '../../lambdas/runtime/s3';
import { Store } from '../../lambdas/runtime/store';
import { UsageError } from './usage-error';

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
 * @throws UsageError when nobody says which bucket it is
 */
export function targetOf(options: TargetOptions, env: Environment): Target {
  const bucket = options.ledger ?? env['ROLLCALL_LEDGER_BUCKET'];
  if (bucket === undefined || bucket === '')
    throw new UsageError(
      'which ledger? Give --ledger <bucket> or set ROLLCALL_LEDGER_BUCKET: the stack\'s output "LedgerBucket", or what `npm run local -- up` prints',
    );
  const s3 = createS3Client({ requests: 0 });
  return { s3, ledger: new Store(s3, bucket).forManyReads(), now: clockOf(env) };
}

/**
 * The ARN of the Backfill machine.
 * @throws UsageError when nobody says which it is
 */
export function machineOf(options: TargetOptions, env: Environment): string {
  const machine = options.machine ?? env['ROLLCALL_BACKFILL_ARN'];
  if (machine === undefined || machine === '')
    throw new UsageError(
      'which machine? Give --machine <arn> or set ROLLCALL_BACKFILL_ARN: the stack\'s output "BackfillArn", or what `npm run local -- up` prints',
    );
  return machine;
}

/** The clock of the deployment. `npm run local` lives in 2001: it prints by how much its clock differs from this machine's. */
function clockOf(env: Environment): () => Date {
  const offset = Number(env['ROLLCALL_CLOCK_OFFSET_MS'] ?? 0);
  if (!Number.isFinite(offset))
    throw new UsageError(`ROLLCALL_CLOCK_OFFSET_MS: got ${env['ROLLCALL_CLOCK_OFFSET_MS']}, expected milliseconds`);
  return () => new Date(Date.now() + offset);
}
