import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { KeyArea } from '../../core/contracts/keys';

const OBJECT_ACTIONS = {
  read: 's3:GetObject',
  write: 's3:PutObject',
  delete: 's3:DeleteObject',
  /** An upload in parts that fails must be able to take its parts back. */
  abort: 's3:AbortMultipartUpload',
} as const;

/** Lets a function read, write or remove objects of an area of one of our buckets. */
export function allowObjects(
  fn: LambdaFunction,
  bucket: Bucket,
  actions: readonly (keyof typeof OBJECT_ACTIONS)[],
  areas: readonly KeyArea[],
): void {
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: actions.map((action) => OBJECT_ACTIONS[action]),
      resources: areas.map((area) => bucket.arnForObjects(`${area}/*`)),
    }),
  );
}

/**
 * Lets a function read what objects of some areas were before: what was spoilt is recovered from there. Versions of anything else stay
 * closed, and it may remove none.
 */
export function allowVersions(fn: LambdaFunction, bucket: Bucket, areas: readonly KeyArea[]): void {
  const patterns = areas.map((area) => `${area}/*`);
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: ['s3:ListBucketVersions'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': patterns } },
    }),
  );
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: ['s3:GetObjectVersion'],
      resources: patterns.map((pattern) => bucket.arnForObjects(pattern)),
    }),
  );
}

/**
 * Lets a function list one of our buckets. Also needed by a function that reads a key that may be missing: without s3:ListBucket, S3
 * answers 403 instead of 404, and "nothing there yet" (a partition record, a batch record, a receipt) would look like "denied". No
 * condition on the prefix: a GET carries none, so a condition would turn its 404 into 403 again.
 */
export function allowListing(fn: LambdaFunction, bucket: Bucket): void {
  fn.addToRolePolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }));
}

/**
 * Lets a function ask about executions of a machine. By the machine's name, because the machine refers to the function and CloudFormation
 * has no circles.
 */
export function allowExecutions(
  fn: LambdaFunction,
  stateMachineName: string,
  actions: readonly ('states:DescribeExecution' | 'states:GetExecutionHistory')[],
): void {
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: [
        Stack.of(fn).formatArn({
          service: 'states',
          resource: 'execution',
          resourceName: `${stateMachineName}:*`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
    }),
  );
}

/** Lets a function list or start executions of a machine; by its name, as {@link allowExecutions}. */
export function allowMachine(
  fn: LambdaFunction,
  stateMachineName: string,
  actions: readonly ('states:ListExecutions' | 'states:StartExecution')[],
): void {
  fn.addToRolePolicy(
    new PolicyStatement({ actions: [...actions], resources: [stateMachineArn(fn, stateMachineName)] }),
  );
}

/** The ARN of a machine of this stack, by its name. */
export function stateMachineArn(scope: Construct, stateMachineName: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: stateMachineName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
