import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { isWhole, type BucketAccess } from './bucket-access';
import type { Widened } from './outside-grants';
import { listed } from '../../core/domain/text/lists';

/** So many patterns are named; the policies in the template have all of them. */
const NAMED = 3;

/**
 * Says at synth what roles may do beyond what the datasets ask for, since that would not have fit into their policies: one line for each
 * bucket.
 * @param byRole what was widened for each role, by the name of its function
 */
export function announceWidened(scope: Construct, byRole: Readonly<Record<string, readonly Widened[]>>): void {
  const all = Object.entries(byRole).flatMap(([role, widened]) => widened.map((one) => ({ role, ...one })));
  for (const [bucket, ofBucket] of Map.groupBy(all, (one) => one.bucket)) {
    const roles = ofBucket.map(({ role, asked, given }) => `${role} may ${changes(asked, given).join(' and ')}`);
    Annotations.of(scope).addInfo(
      `The bucket ${bucket} is open wider than its datasets ask for, to fit the limits of IAM: ${roles.join('; ')}`,
    );
  }
}

function changes(asked: BucketAccess, given: BucketAccess): string[] {
  return (['list', 'read'] as const)
    .filter((right) => asked[right] !== given[right])
    .map((right) => `${right} ${patterns(given[right])} instead of ${declared(asked[right])}`);
}

function patterns(of: readonly string[]): string {
  return isWhole(of) ? 'everything' : listed(of, NAMED);
}

function declared(asked: readonly string[]): string {
  return asked.length > NAMED ? `the ${asked.length} that are declared` : asked.join(', ');
}
