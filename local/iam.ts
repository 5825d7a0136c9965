import type { AwsRequest } from './aws-api';
import type { S3Operation } from './s3';

/**
 * The policies of the functions' roles, enforced as IAM would: what a function was not granted in the template, it may not do here. So
 * every local run and every test on the synthesized app proves the grants too.
 */

/** A statement of an identity policy, with ARNs filled in. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** What somebody wants to do. */
export interface Access {
  readonly action: string;
  readonly resource: string;
  /** Condition keys that the request carries, e.g. `s3:prefix`. */
  readonly keys: Readonly<Record<string, string>>;
}

/** A policy uses something that this evaluation does not know; better to say so than to guess. */
export class UnknownPolicyElement extends Error {
  override readonly name = 'UnknownPolicyElement';
}

/** Whether the statements allow an access: an Allow that fits, and no Deny that does. */
export function isAllowed(statements: readonly Statement[], access: Access): boolean {
  const fitting = statements.filter((statement) => fits(statement, access));
  return fitting.some(({ effect }) => effect === 'Allow') && fitting.every(({ effect }) => effect === 'Allow');
}

/** The statements of a policy document as CloudFormation has it, intrinsics resolved. */
export function statementsOf(document: unknown): Statement[] {
  const { Statement: given } = document as { Statement: unknown };
  return list(given).map((one) => {
    const statement = one as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(statement)) {
      if (!['Effect', 'Action', 'Resource', 'Condition', 'Sid'].includes(name)) throw new UnknownPolicyElement(name);
    }
    const conditions = Object.entries((statement['Condition'] ?? {}) as Record<string, Record<string, unknown>>);
    return {
      effect: statement['Effect'] === 'Deny' ? 'Deny' : 'Allow',
      actions: list(statement['Action']).map(String),
      resources: list(statement['Resource']).map(String),
      conditions: Object.fromEntries(
        conditions.map(([operator, keys]) => [
          operator,
          Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, list(values).map(String)])),
        ]),
      ),
    };
  });
}

const OBJECT_ACTIONS: Partial<Record<S3Operation, string>> = {
  GetObject: 's3:GetObject',
  GetObjectVersion: 's3:GetObjectVersion',
  HeadObject: 's3:GetObject',
  PutObject: 's3:PutObject',
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  CompleteMultipartUpload: 's3:PutObject',
  AbortMultipartUpload: 's3:AbortMultipartUpload',
  DeleteObject: 's3:DeleteObject',
  DeleteObjects: 's3:DeleteObject',
};
const BUCKET_ACTIONS: Partial<Record<S3Operation, string>> = {
  ListObjects: 's3:ListBucket',
  ListObjectsV2: 's3:ListBucket',
  ListObjectVersions: 's3:ListBucketVersions',
  HeadBucket: 's3:ListBucket',
};

/** The access that an S3 request needs. */
export function s3Access(operation: S3Operation, bucket: string, key: string, prefix: string | undefined): Access {
  const ofObject = OBJECT_ACTIONS[operation];
  if (ofObject !== undefined) return { action: ofObject, resource: `arn:aws:s3:::${bucket}/${key}`, keys: {} };
  const ofBucket = BUCKET_ACTIONS[operation] ?? `s3:${operation}`;
  return {
    action: ofBucket,
    resource: `arn:aws:s3:::${bucket}`,
    keys: prefix === undefined ? {} : { 's3:prefix': prefix },
  };
}

/** The access that a call to another service needs. */
export function awsAccess({ service, operation, input }: AwsRequest): Access {
  const names = ['executionArn', 'stateMachineArn', 'SecretId', 'TopicArn', 'FunctionName'];
  const resource = names.map((name) => input[name]).find((value) => typeof value === 'string');
  return { action: `${service}:${operation}`, resource: resource ?? '*', keys: {} };
}

function fits(statement: Statement, { action, resource, keys }: Access): boolean {
  return (
    statement.actions.some((pattern) => like(action.toLowerCase(), pattern.toLowerCase())) &&
    statement.resources.some((pattern) => like(resource, pattern)) &&
    Object.entries(statement.conditions).every(([operator, wanted]) =>
      Object.entries(wanted).every(([key, patterns]) => holds(operator, keys[key], patterns)),
    )
  );
}

function holds(operator: string, value: string | undefined, patterns: readonly string[]): boolean {
  switch (operator) {
    case 'StringEquals':
      return value !== undefined && patterns.includes(value);
    case 'StringLike':
      return value !== undefined && patterns.some((pattern) => like(value, pattern));
    case 'StringLikeIfExists':
      return value === undefined || patterns.some((pattern) => like(value, pattern));
    default:
      throw new UnknownPolicyElement(`condition operator ${operator}`);
  }
}

/** IAM's wildcards: `*` any characters, `?` one. */
function like(value: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

function list(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
