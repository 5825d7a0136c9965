import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { declaredSecrets } from '../../core/contracts/dataset/dependency';
import type { Source } from '../../core/contracts/dataset/source';
import { sourceRoots } from '../../core/domain/partition/calendar';
import { folderOf, foldersAbove, tableFoldersIn } from '../../core/domain/source/never-data';
import { isWhole, narrowestThatFits, type BucketAccess } from './bucket-access';
import { GrowingGrants, type Grant } from './growing-grants';

/**
 * What functions may do outside of the app: with the buckets, keys and secrets that datasets declare. Each of these answers how the
 * buckets' access had to be widened to fit the limits of IAM.
 */

/** A role that may do more with a bucket than the datasets ask for. */
export interface Widened {
  readonly bucket: string;
  readonly asked: BucketAccess;
  readonly given: BucketAccess;
}

/**
 * Lets a function list the sources: the declared roots, whose emptiness tells a wrong prefix from an empty partition. Of the folders above
 * them only the names that they have in them, to say what is there instead, and whether it is a table; where a role has no room for
 * that, it goes without.
 */
export function allowSourceListing(fn: LambdaFunction, sources: readonly Source[]): Widened[] {
  const asked = accessTo(sources).map((one) => ({ ...one, read: [] }));
  return allowBuckets(fn, 'Sources', asked, [], aroundRoots(fn, sources));
}

/**
 * Lets a function read the sources' objects under the declared prefixes.
 *
 * With s3:ListBucket, so that an object that vanished after it was listed answers 404 (the source changed: list again), not 403 (which
 * would end the run as SOURCE_ACCESS_DENIED). `IfExists`, because a GET has no prefix.
 */
export function allowSourceReading(
  fn: LambdaFunction,
  sources: readonly Source[],
  keyArns: readonly string[],
): Widened[] {
  // Only as S3 reads for the function, never directly.
  return allowBuckets(fn, 'Sources', accessTo(sources), decryptingBy('s3', keyArns));
}

/**
 * Lets a function ask for the dependencies that the datasets declare: list each declared key or prefix (placeholders become single
 * characters), read each declared secret.
 */
export function allowDependencies(
  fn: LambdaFunction,
  datasets: readonly Dataset[],
  keyArns: readonly string[],
): Widened[] {
  const stack = Stack.of(fn);
  const objects = datasets.flatMap(({ dependencies }) => dependencies.filter((one) => one.kind === 's3'));
  const asked = [...Map.groupBy(objects, (one) => one.bucket)].map(([bucket, ofBucket]) => ({
    bucket,
    list: distinct(ofBucket.map(({ key, prefix }) => asPattern(key ?? prefix ?? ''))),
    read: [],
  }));
  const secrets = distinct(datasets.flatMap(declaredSecrets).map((secret) => secretArn(stack, secret)));
  const reading: Grant[] =
    secrets.length === 0
      ? []
      : [
          { actions: ['secretsmanager:GetSecretValue'], resources: secrets },
          ...decryptingBy('secretsmanager', keyArns),
        ];
  return allowBuckets(fn, 'Dependencies', asked, reading);
}

function allowBuckets(
  fn: LambdaFunction,
  id: string,
  asked: readonly BucketAccess[],
  besides: readonly Grant[],
  ifRoom: readonly Grant[] = [],
): Widened[] {
  const stack = Stack.of(fn);
  // Put together once: thousands of them, many times over.
  const allOfS3 = stack.formatArn({ service: 's3', region: '', account: '', resource: '' });
  const arn = (resource: string) => `${allOfS3}${resource}`;
  const role = new GrowingGrants(fn);
  const grants = (access: readonly BucketAccess[]) => [...bucketGrants(access, arn), ...besides];
  const given = narrowestThatFits(asked, (access) => role.fit(grants(access)));
  const all = [...grants(given), ...ifRoom];
  role.allow(id, role.fit(all) ? all : grants(given));
  return asked.flatMap((one, i) => {
    const now = given[i];
    return now === undefined || now === one ? [] : [{ bucket: one.bucket, asked: one, given: now }];
  });
}

function bucketGrants(access: readonly BucketAccess[], arn: (resource: string) => string): Grant[] {
  const listing = access.filter(({ list }) => list.length > 0);
  const objects = access.flatMap(({ bucket, read }) =>
    (isWhole(read) ? ['*'] : read).map((pattern) => arn(`${bucket}/${pattern}`)),
  );
  const whole = listing.filter(({ list }) => isWhole(list)).map(({ bucket }) => arn(bucket));
  const parts = listing.filter(({ list }) => !isWhole(list));
  return [
    ...(objects.length === 0 ? [] : [{ actions: ['s3:GetObject'], resources: objects }]),
    ...(whole.length === 0 ? [] : [{ actions: ['s3:ListBucket'], resources: whole }]),
    ...parts.map(({ bucket, list, read }) => ({
      actions: ['s3:ListBucket'],
      resources: [arn(bucket)],
      condition: { operator: read.length > 0 ? 'StringLikeIfExists' : 'StringLike', key: 's3:prefix', values: list },
    })),
  ];
}

/** What is asked for of each source bucket, however many datasets lie in it. */
function accessTo(sources: readonly Source[]): BucketAccess[] {
  return [...Map.groupBy(sources, ({ bucket }) => bucket)].map(([bucket, ofBucket]) => {
    const patterns = distinct(ofBucket.flatMap(sourceRoots).map((root) => `${inPolicy(root)}*`));
    return { bucket, list: patterns, read: patterns };
  });
}

/** Listing the names in the folders above the roots, and in those in which a table there would keep its own. */
function aroundRoots(fn: LambdaFunction, sources: readonly Source[]): Grant[] {
  return [...Map.groupBy(sources, ({ bucket }) => bucket)].flatMap(([bucket, ofBucket]) => {
    const folders = distinct(ofBucket.flatMap(sourceRoots).flatMap(around).map(inPolicy));
    if (folders.length === 0) return [];
    return {
      actions: ['s3:ListBucket'],
      resources: [Stack.of(fn).formatArn({ service: 's3', region: '', account: '', resource: bucket })],
      condition: { operator: 'StringLike', key: 's3:prefix', values: folders },
      and: { operator: 'StringEquals', key: 's3:delimiter', value: '/' },
    };
  });
}

/** What {@link accessTo} does not cover: a root that is half a name lies beside the folders of a table. */
function around(root: string): string[] {
  const folder = folderOf(root);
  return [...foldersAbove(root), ...(folder === root ? [] : tableFoldersIn(folder))];
}

function decryptingBy(service: string, keyArns: readonly string[]): Grant[] {
  if (keyArns.length === 0) return [];
  return [
    {
      actions: ['kms:Decrypt'],
      resources: keyArns,
      condition: { operator: 'StringLike', key: 'kms:ViaService', values: [`${service}.*.amazonaws.com`] },
    },
  ];
}

/** `ref/{yyyy}/{MM}.csv` as `ref/????/??.csv`. */
function asPattern(layout: string): string {
  return inPolicy(
    layout
      .replaceAll('{yyyy}', '????')
      .replace(/\{(?:MM|dd|HH)\}/g, '??')
      .replace(/\{[MdH]\}/g, '*'),
  );
}

/** Policies have no characters beyond U+00FF: whatever a key has of those, any may stand there. */
function inPolicy(key: string): string {
  return key.replace(/[^\x20-\xff]+/g, '*');
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

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
