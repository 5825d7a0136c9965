import type { Access } from '../../edges/ruling';
import type { AwsRequest } from './aws-api';
import type { S3Operation } from './s3/local-s3';

export type { Access };

/** What the requests to the local services need to be allowed to; `edges/ruling.ts` rules over it as AWS would. */

const OBJECT_ACTIONS: Partial<Record<S3Operation, string>> = {
  GetObject: 's3:GetObject',
  GetObjectVersion: 's3:GetObjectVersion',
  HeadObject: 's3:GetObject',
  PutObject: 's3:PutObject',
  CopyObject: 's3:PutObject',
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  CompleteMultipartUpload: 's3:PutObject',
  AbortMultipartUpload: 's3:AbortMultipartUpload',
  DeleteObject: 's3:DeleteObject',
  DeleteObjects: 's3:DeleteObject',
  DeleteObjectVersion: 's3:DeleteObjectVersion',
};
const BUCKET_ACTIONS: Partial<Record<S3Operation, string>> = {
  ListObjects: 's3:ListBucket',
  ListObjectsV2: 's3:ListBucket',
  ListObjectVersions: 's3:ListBucketVersions',
  HeadBucket: 's3:ListBucket',
};
/** These make an object; the other requests with s3:PutObject are about the parts of one that is not there yet. */
const CREATING: readonly S3Operation[] = ['PutObject', 'CopyObject', 'CompleteMultipartUpload'];

/** What an S3 request is about. */
export interface S3Target {
  readonly bucket: string;
  readonly key: string;
  /** Of a listing. */
  readonly prefix?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** The access that an S3 request needs. */
export function s3Access(
  operation: S3Operation,
  { bucket, key, prefix, delimiter, ifMatch, ifNoneMatch }: S3Target,
): Access {
  const ofObject = OBJECT_ACTIONS[operation];
  if (ofObject !== undefined) {
    const keys = {
      ...(ofObject === 's3:PutObject' ? { 's3:ObjectCreationOperation': String(CREATING.includes(operation)) } : {}),
      ...(ifMatch === undefined ? {} : { 's3:if-match': ifMatch }),
      ...(ifNoneMatch === undefined ? {} : { 's3:if-none-match': ifNoneMatch }),
    };
    return { action: ofObject, resource: `arn:aws:s3:::${bucket}/${key}`, keys };
  }
  return {
    action: BUCKET_ACTIONS[operation] ?? `s3:${operation}`,
    resource: `arn:aws:s3:::${bucket}`,
    keys: {
      ...(prefix === undefined ? {} : { 's3:prefix': prefix }),
      ...(delimiter === undefined ? {} : { 's3:delimiter': delimiter }),
    },
  };
}

/** The access that a call to another service needs. */
export function awsAccess({ service, operation, input }: AwsRequest): Access {
  const names = ['executionArn', 'stateMachineArn', 'SecretId', 'TopicArn', 'FunctionName'];
  const resource = names.map((name) => input[name]).find((value) => typeof value === 'string');
  return { action: `${service}:${operation}`, resource: resource ?? '*', keys: {} };
}
