import {
  InternalError,
  OutOfMemory,
  PlatformFault,
  RollcallError,
  SourceAccessDenied,
  SourceArchived,
  SourceBucketNotFound,
  SourceChanged,
  SourceKeyDenied,
  TransientError,
} from '../../contracts/errors';
import { ANY_ACCOUNT } from '../../contracts/dataset/source';
import { describeForeign, kindOfFault, tellForeign } from './classify';

/** What was asked of the source when the error came. */
export interface SourceRequest {
  readonly bucket: string;
  /** The object that was read, or … */
  readonly key?: string;
  /** … the prefix that was listed. */
  readonly prefix?: string;
  /** Account that the bucket was expected to belong to, as the definition has it. */
  readonly expectedOwner?: string | undefined;
  /** The line of the definition that says so; default `source.account`. */
  readonly ownerField?: string | undefined;
}

/** S3's answers when the bucket is in another region than the client. */
const WRONG_REGION = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'Redirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

/** S3's answers about the credentials that Rollcall itself came with. */
const OUR_CREDENTIALS = new Set(['InvalidAccessKeyId', 'InvalidToken', 'SignatureDoesNotMatch']);

/** KMS speaks through S3: as `KMS.DisabledException`, `KMS.NotFoundException` …, or as AccessDenied with a text about kms:Decrypt. */
const KEY_NAME = /^(KMS\.|KMS\w*Exception$)/;
const KEY_MESSAGE = /\bkms:|\bKMS\b|ciphertext refers to|Server Side Encryption/i;

/**
 * What an error of a request to the source means: the one translation that listing and reading share. Errors of ours pass unchanged;
 * throttling, 5xx and lost connections become TransientError with the bucket and key named, our own clock and credentials PlatformFault;
 * an unknown error InternalError.
 */
export function classifySourceError(error: unknown, request: SourceRequest): RollcallError {
  if (error instanceof RollcallError) return error;
  const { name, status } = describeForeign(error);
  const { bucket } = request;
  const place = `s3://${bucket}/${request.key ?? request.prefix ?? ''}`;
  const details = { bucket, object: request.key, prefix: request.prefix, error: name, status };
  const options = { details, cause: error };

  switch (kindOfFault(error)) {
    case 'passing':
      return new TransientError(`${place}: ${tellForeign(error)}`, options);
    case 'passing, our own':
      return new PlatformFault(`${place}: ${tellForeign(error)}`, options);
    case 'exhausted':
      return new OutOfMemory(`${place}: ${tellForeign(error)}`, options);
    case 'unknown':
      return ofAnswer(error, request, place, options);
  }
}

/** What S3 means by an answer that no repetition changes. */
function ofAnswer(
  error: unknown,
  request: SourceRequest,
  place: string,
  options: { readonly details: Record<string, unknown>; readonly cause: unknown },
): RollcallError {
  const { name, message, status } = describeForeign(error);
  const { bucket, expectedOwner } = request;
  const answer = `${name}${status === undefined ? '' : ` (HTTP ${status})`}: ${message}`;
  if (OUR_CREDENTIALS.has(name)) return new InternalError(`${place}: ${answer}`, options);
  if (name === 'NoSuchBucket' || name === 'InvalidBucketName')
    return new SourceBucketNotFound(`the bucket ${bucket} does not exist (${name})`, options);
  if (WRONG_REGION.has(name) || status === 301 || status === 307) {
    const region = regionOf(error);
    return new SourceBucketNotFound(
      `the bucket ${bucket} exists, but not in this region${region === undefined ? '' : `: it is in ${region}`} (${name}); a run reads sources of its own region only`,
      options,
    );
  }
  if (name === 'InvalidObjectState')
    return new SourceArchived(
      `${place} is archived (S3 Glacier or an archive tier of Intelligent-Tiering) and cannot be read before it is restored`,
      options,
    );
  if (KEY_NAME.test(name) || ((status === 403 || status === 400) && KEY_MESSAGE.test(message)))
    return new SourceKeyDenied(`${place}: ${answer}`, options);
  // Only for a key: a listing never says so. A 404 without a name is a HEAD.
  if (request.key !== undefined && (name === 'NoSuchKey' || name === 'NotFound' || status === 404))
    return new SourceChanged(`${place} was listed, but is gone`, options);
  if (name === 'PreconditionFailed' || status === 412)
    return new SourceChanged(`${place} is not the object that was listed: it was replaced since`, options);
  if (status === 403)
    return new SourceAccessDenied(
      `${place}: ${answer}. ${denied(expectedOwner, request.ownerField ?? 'source.account')}`,
      options,
    );
  return new InternalError(`${place}: ${tellForeign(error)}`, options);
}

/** What a 403 may mean. It says no more of a bucket that is another account's than of one that may not be read. */
function denied(expectedOwner: string | undefined, field: string): string {
  const policies = 'the policies of the bucket and of the role do not allow it';
  if (expectedOwner === ANY_ACCOUNT) return `Most likely ${policies}`;
  const [whose, remedy] =
    expectedOwner === undefined
      ? [
          'the account of this app',
          `${field} is not given: write its owner's 12 digits there, or 'any' if it is public`,
        ]
      : [`account ${expectedOwner}`, `which ${field} says`];
  return `Either ${policies}, or the bucket does not belong to ${whose} (${remedy}); S3 answers both alike`;
}

/** The region that S3 says the bucket is in, where it does. */
function regionOf(error: unknown): string | undefined {
  const { $response, Region } = error as { $response?: { headers?: Record<string, string> }; Region?: unknown };
  return $response?.headers?.['x-amz-bucket-region'] ?? (typeof Region === 'string' ? Region : undefined);
}
