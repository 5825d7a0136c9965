import { AccountRootPrincipal, AnyPrincipal, Effect, PolicyStatement, Role, type IRole } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { KeyArea } from '../../core/contracts/keys';

/**
 * What the buckets refuse to every caller, whatever a role is allowed: they defend themselves against a defect in the code, a script, and
 * a person in a hurry. Lifecycle rules are not requests, and go on.
 */

/** Only requests that make an object: the parts of one carry no condition, the request that completes it does. */
const CREATES = { Bool: { 's3:ObjectCreationOperation': 'true' } };

/** Keys of an area, as policies name them. */
type KeyPattern = `${KeyArea}/${string}`;

/** Written anew only by code that has read what is there, or knows that nothing is. */
const SWAPPED: readonly KeyPattern[] = ['partitions/*', 'troubles/*'];
/** Written once. */
const WRITTEN_ONCE: readonly KeyPattern[] = [
  'runs/*',
  'identities/*',
  'roll-calls/*',
  'unlisted/*',
  'backfills/*/manifest.json',
];
/** The only objects of the ledger that are removed by a request: messages that were delivered, notes of what was started again. */
const REMOVED: readonly KeyPattern[] = ['outbox/*', 'restarts/*'];

/**
 * The only role that may remove what the buckets keep forever. Nothing of the app takes it on: a person does, who is allowed to by the
 * account's own policies, e.g. because a person's data has to be erased by law.
 */
export function eraser(scope: Construct, buckets: readonly Bucket[]): Role {
  const role = new Role(scope, 'Erase', {
    description: 'Rollcall: the only role that may remove records and old versions; taken on by people only',
    assumedBy: new AccountRootPrincipal(),
    maxSessionDuration: Duration.hours(1),
  });
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket', 's3:ListBucketVersions'],
      resources: buckets.map((bucket) => bucket.bucketArn),
    }),
  );
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:DeleteObject', 's3:DeleteObjectVersion'],
      resources: buckets.map((bucket) => bucket.arnForObjects('*')),
    }),
  );
  return role;
}

/** Denies unconditional writes of what is changed by compare-and-swap or written once, and every removal but that of told messages and notes of no more use. */
export function defendLedger(ledger: Bucket, erase: IRole): void {
  deny(ledger, 'SwapOnly', {
    actions: ['s3:PutObject'],
    resources: SWAPPED.map((pattern) => ledger.arnForObjects(pattern)),
    // One block: both are missing.
    conditions: { Null: { 's3:if-match': 'true', 's3:if-none-match': 'true' }, ...CREATES },
  });
  deny(ledger, 'WriteOnce', {
    actions: ['s3:PutObject'],
    resources: WRITTEN_ONCE.map((pattern) => ledger.arnForObjects(pattern)),
    conditions: { Null: { 's3:if-none-match': 'true' }, ...CREATES },
  });
  deny(ledger, 'KeepRecords', {
    actions: ['s3:DeleteObject'],
    notResources: REMOVED.map((pattern) => ledger.arnForObjects(pattern)),
    conditions: unless(erase),
  });
  keepVersions(ledger, erase);
}

/** Denies every removal but by the sweep, which knows what no publication names; and every permanent removal. */
export function defendLake(lake: Bucket, erase: IRole, sweep: IRole): void {
  deny(lake, 'KeepFiles', {
    actions: ['s3:DeleteObject'],
    resources: [lake.arnForObjects('*')],
    conditions: unless(erase, sweep),
  });
  keepVersions(lake, erase);
}

function keepVersions(bucket: Bucket, erase: IRole): void {
  deny(bucket, 'KeepVersions', {
    actions: ['s3:DeleteObjectVersion'],
    resources: [bucket.arnForObjects('*')],
    conditions: unless(erase),
  });
}

const unless = (...roles: readonly IRole[]) => ({
  ArnNotEquals: { 'aws:PrincipalArn': roles.map(({ roleArn }) => roleArn) },
});

interface Denial {
  readonly actions: string[];
  readonly resources?: string[];
  readonly notResources?: string[];
  readonly conditions: Readonly<Record<string, unknown>>;
}

function deny(bucket: Bucket, sid: string, denial: Denial): void {
  bucket.addToResourcePolicy(
    new PolicyStatement({ sid, effect: Effect.DENY, principals: [new AnyPrincipal()], ...denial }),
  );
}
