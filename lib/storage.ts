import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import type { IRole, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { defendLake, defendLedger, eraser } from './access/ledger-policy';

/**
 * Days for which what a run leaves behind is kept beside its manifest. A partition may be looked at until 7 days (latest availability)
 * + 14 days (latest deadline) + 35 days (longest late window) after its end: 56 days. The rest is for people who ask late.
 */
const WORKING_DAYS = 90;
/** Overwritten or deleted objects can be brought back for so many days. */
const LEDGER_UNDO_DAYS = 30;
const LAKE_UNDO_DAYS = 7;

/**
 * The two buckets. Both stay when the stack is deleted. Partition records (`partitions/`) and manifests (`runs/`) are kept for ever:
 * they are small, and a status is a function of them.
 */
export class Storage extends Construct {
  /** Records of what happened. */
  readonly ledger: Bucket;
  /** Data and quarantine. Files that no publication names are removed by the sweep, not by a lifecycle rule, which can't tell. */
  readonly lake: Bucket;
  /** Who alone may remove what is kept forever; see {@link eraser}. */
  readonly erase: Role;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.ledger = bucket(this, 'Ledger', [
      ...['plans/', 'receipts/', 'outbox/', 'restarts/'].map((prefix) => ({
        id: `expire-${prefix.slice(0, -1)}`,
        prefix,
        expiration: Duration.days(WORKING_DAYS),
      })),
      ...housekeeping(LEDGER_UNDO_DAYS),
    ]);
    this.lake = bucket(this, 'Lake', housekeeping(LAKE_UNDO_DAYS));
    this.erase = eraser(this, [this.ledger, this.lake]);
    defendLedger(this.ledger, this.erase);
  }

  /** Lets only the sweep tidy the lake. */
  tidiedBy(sweep: IRole): void {
    defendLake(this.lake, this.erase, sweep);
  }
}

function bucket(scope: Construct, id: string, lifecycleRules: LifecycleRule[]): Bucket {
  return new Bucket(scope, id, {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    // The ledger is the only copy of the truth; in the lake it undoes a removal that should not have been.
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules,
  });
}

function housekeeping(undoDays: number): LifecycleRule[] {
  return [
    {
      id: 'forget-old-versions',
      noncurrentVersionExpiration: Duration.days(undoDays),
      // Pointers leave the outbox and the restarts all day long; their delete markers would slow the listing down for ever.
      expiredObjectDeleteMarker: true,
    },
    { id: 'abort-multipart', abortIncompleteMultipartUploadAfter: Duration.days(2) },
  ];
}
