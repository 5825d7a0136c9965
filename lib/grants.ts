import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Dataset } from '../lambdas/contracts/dataset';
import { declaredSecrets } from '../lambdas/contracts/dependency';
import type { Source } from '../lambdas/contracts/source';
import { sourceRoot } from '../lambdas/domain/calendar';

/** Areas of the ledger and the lake, by the first part of their keys (`contracts/keys.ts`). */
export type Area =
  | 'backfills'
  | 'circuits'
  | 'identities'
  | 'partitions'
  | 'runs'
  | 'plans'
  | 'outbox'
  | 'receipts'
  | 'restarts'
  | 'datasets'
  | 'sweeps'
  | 'roll-calls'
  | 'troubles'
  | 'unlisted'
  | 'data'
  | 'quarantine';

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
  areas: readonly Area[],
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
 * closed, and nobody may remove one.
 */
export function allowVersions(fn: LambdaFunction, bucket: Bucket, areas: readonly Area[]): void {
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
 * Lets a function list one of our buckets. Also needed by whoever reads a key that may be missing: without s3:ListBucket, S3 answers 403
 * instead of 404, and "nothing there yet" (a partition record, a batch record, a receipt) could not be told from "denied". No condition
 * on the prefix: a GET carries none, so a condition would turn its 404 into 403 again.
 */
export function allowListing(fn: LambdaFunction, bucket: Bucket): void {
  fn.addToRolePolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }));
}

/** Lets a function list the sources: only the declared prefixes, and each root, whose emptiness tells a wrong prefix from an empty partition. */
export function allowSourceListing(fn: LambdaFunction, sources: readonly Source[]): void {
  for (const { bucketArn, prefixes } of grantsFor(fn, sources)) {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [bucketArn],
        conditions: { StringLike: { 's3:prefix': prefixes } },
      }),
    );
  }
}

/**
 * Lets a function read the sources' objects under the declared prefixes.
 *
 * With s3:ListBucket, so that an object that vanished after it was listed answers 404 (the source changed: list again), not 403 (which
 * would end the run as SOURCE_ACCESS_DENIED). `IfExists`, because a GET has no prefix.
 */
export function allowSourceReading(fn: LambdaFunction, sources: readonly Source[], keyArns: readonly string[]): void {
  for (const { bucketArn, objectArns, prefixes } of grantsFor(fn, sources)) {
    fn.addToRolePolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: objectArns }));
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [bucketArn],
        conditions: { StringLikeIfExists: { 's3:prefix': prefixes } },
      }),
    );
  }
  if (keyArns.length > 0) {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [...keyArns],
        // Only as S3 reads for the function, never directly.
        conditions: { StringLike: { 'kms:ViaService': 's3.*.amazonaws.com' } },
      }),
    );
  }
}

/**
 * Lets a function ask for the dependencies that the datasets declare: list each declared key or prefix (placeholders become single
 * characters), read each declared secret.
 */
export function allowDependencies(fn: LambdaFunction, datasets: readonly Dataset[], keyArns: readonly string[]): void {
  const stack = Stack.of(fn);
  const objects = datasets.flatMap(({ dependencies }) => dependencies.filter((one) => one.kind === 's3'));
  for (const [bucket, ofBucket] of Map.groupBy(objects, (one) => one.bucket)) {
    const layouts = ofBucket.map(({ key, prefix }) => key ?? prefix ?? '');
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [stack.formatArn({ service: 's3', region: '', account: '', resource: bucket })],
        conditions: { StringLike: { 's3:prefix': distinct(layouts.map(asPattern)) } },
      }),
    );
  }
  const secrets = distinct(datasets.flatMap(declaredSecrets).map((secret) => secretArn(stack, secret)));
  if (secrets.length > 0)
    fn.addToRolePolicy(new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: secrets }));
  if (secrets.length > 0 && keyArns.length > 0) {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [...keyArns],
        conditions: { StringLike: { 'kms:ViaService': 'secretsmanager.*.amazonaws.com' } },
      }),
    );
  }
}

/** `ref/{yyyy}/{MM}.csv` as `ref/????/??.csv`. */
function asPattern(layout: string): string {
  return layout.replaceAll('{yyyy}', '????').replace(/\{(?:MM|dd|HH)\}/g, '??');
}

/** Secrets Manager adds a hyphen and six characters to a secret's name. */
function secretArn(stack: Stack, secret: string): string {
  if (secret.startsWith('arn:')) return secret;
  return stack.formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${secret}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

interface SourceGrant {
  readonly bucketArn: string;
  readonly objectArns: string[];
  /** Patterns of what may be listed. */
  readonly prefixes: string[];
}

/** One grant per source bucket, however many datasets lie in it. */
function grantsFor(fn: LambdaFunction, sources: readonly Source[]): SourceGrant[] {
  const stack = Stack.of(fn);
  const arn = (resource: string) => stack.formatArn({ service: 's3', region: '', account: '', resource });
  const byBucket = Map.groupBy(sources, ({ bucket }) => bucket);
  return [...byBucket].map(([bucket, ofBucket]) => {
    const roots = ofBucket.map(sourceRoot);
    const fixed = roots.map((root) => `${root}*`);
    return {
      bucketArn: arn(bucket),
      objectArns: distinct(fixed.map((pattern) => arn(`${bucket}/${pattern}`))),
      prefixes: distinct([...roots, ...fixed]),
    };
  });
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

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
