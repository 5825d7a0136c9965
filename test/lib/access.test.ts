import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import fc from 'fast-check';
import { sourceRoots } from '../../core/domain/partition/calendar';
import { sourceSchema, type Source } from '../../core/contracts/dataset/source';
import { collapseClosest, narrowestThatFits, type BucketAccess } from '../../lib/access/bucket-access';
import { allowSourceListing, allowSourceReading } from '../../lib/access/outside-grants';
import type { CfnTemplate } from '../../lib/limits/limit';
import { longest } from '../../lib/limits/longest';
import { policyExcesses } from '../../lib/limits/policy-limits';
import { rule } from '../../edges/ruling';
import { statementsOf, type Statement } from '../../edges/statement';
import { manyDatasets } from '../kit/datasets';

// As in limits.test.ts.
process.env['CDK_VALIDATION'] = 'false';

const ofBucket = (bucket: string, ...patterns: string[]): BucketAccess => ({ bucket, list: patterns, read: patterns });
const patternsIn = (access: readonly BucketAccess[]) =>
  access.reduce((sum, { list, read }) => sum + list.length + read.length, 0);
const atMost = (patterns: number) => (access: readonly BucketAccess[]) => patternsIn(access) <= patterns;

describe('access that is too large for a role', () => {
  const asked = [ofBucket('a', 'in/orders/*', 'in/orders-eu/*', 'in/sales/*', 'out/x/*'), ofBucket('b', 'b/*')];

  test.each<[most: number, list: string[], read: string[]]>([
    [10, asked[0]!.list as string[], asked[0]!.read as string[]],
    [9, ['in/orders*', 'in/sales/*', 'out/x/*'], asked[0]!.read as string[]],
    [8, ['in/*', 'out/x/*'], asked[0]!.read as string[]],
    [7, ['*'], asked[0]!.read as string[]],
    [6, ['*'], ['in/orders*', 'in/sales/*', 'out/x/*']],
    [5, ['*'], ['in/*', 'out/x/*']],
    [4, ['*'], ['*']],
  ])('gets no wider than it must for %i patterns: listing before reading, the most alike first', (most, list, read) => {
    expect(narrowestThatFits(asked, atMost(most))[0]).toEqual({ bucket: 'a', list, read });
  });

  test('is as wide as its own buckets, and no other, where nothing fits', () => {
    expect(narrowestThatFits(asked, () => false)).toEqual([ofBucket('a', '*'), ofBucket('b', '*')]);
  });

  test('single characters of a pattern end what patterns have in common', () => {
    expect(collapseClosest(['ref/????/a', 'ref/????/b'])).toEqual(['ref/*']);
  });
});

/** Roots as vendors have them: folders, some inside others, some not ending with a slash. */
const root = fc
  .array(fc.constantFrom('in', 'orders', 'eu', 'daily', 'a-rather-long-name-of-a-folder-that-a-person-has-chosen'), {
    maxLength: 6,
    size: 'max',
  })
  .chain((folders) => fc.constantFrom(`${folders.join('/')}/`, folders.join('/'), `${folders.join('-')}-`))
  .filter((text) => !text.startsWith('/'));

const readingOf = (fn: LambdaFunction, sources: readonly Source[]) => allowSourceReading(fn, sources, []);
const READER = { role: 'arn:aws-us-gov:iam::123456789012:role/Reader' };

/** What a function that reads these sources may do, as statements that the local world's IAM evaluates. */
function reader(
  sources: readonly Source[],
  allow = readingOf,
): { readonly statements: Statement[]; readonly widened: number } {
  const stack = new Stack(new App(), 'Reader');
  const fn = new LambdaFunction(stack, 'Reader', {
    role: new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
  });
  const widened = allow(fn, sources).length;
  const template = Template.fromStack(stack);
  const policies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) =>
    Object.values(template.findResources(type)),
  );
  expect(policyExcesses(template.toJSON() as CfnTemplate)).toEqual([]);
  const statements = policies.flatMap(({ Properties }) =>
    statementsOf(longest((Properties as Record<string, unknown>)['PolicyDocument']), 'the policy'),
  );
  return { statements, widened };
}

test.each([
  [60, false],
  [400, true],
])(
  'of %i sources in 40 buckets, whatever is declared is allowed, and nothing in the bucket of another account',
  (count, wider) => {
    const sources = fc.sample(root, { seed: count, numRuns: count }).map((text, i) =>
      sourceSchema.parse({
        bucket: `${'vendor-'.repeat(7)}${i % 40}`,
        prefix: `${text}part-${i}/{yyyy}/{MM}/{dd}/{HH}/`,
        format: 'csv',
      }),
    );
    const { statements, widened } = reader(sources);
    expect(widened > 0).toBe(wider);
    const may = (action: string, resource: string, keys: Record<string, string> = {}) =>
      rule(READER, { action, resource, keys }, { identity: statements, resource: [] }).verdict === 'allowed';
    for (const source of sources) {
      const { bucket } = source;
      const [prefix = ''] = sourceRoots(source);
      const arn = `arn:aws-us-gov:s3:::${bucket}`;
      expect([
        may('s3:GetObject', `${arn}/${prefix}2026/01/01/00/part.csv`),
        may('s3:ListBucket', arn, { 's3:prefix': prefix }),
        may('s3:ListBucket', arn, { 's3:prefix': `${prefix}2026/01/01/00/` }),
        may('s3:GetObject', `${arn}-other/${prefix}x`),
      ]).toEqual([true, true, true, false]);
    }
  },
);

test('a prefix with characters that policies do not have is granted with a wildcard in their place', () => {
  const sources = manyDatasets({ count: 1, root: () => '注文/données/' }).map(({ source }) => source);
  const prefixes = reader(sources).statements.flatMap(
    (one) => one.conditions['StringLikeIfExists']?.['s3:prefix'] ?? [],
  );
  expect(prefixes).toEqual(['*/données/*']);
});

test('who lists may see names in the folders above a root, one level at a time, and nothing below other ones', () => {
  const source = sourceSchema.parse({ bucket: 'vendor', prefix: 'in/orders-{yyyy}{MM}{dd}/', format: 'csv' });
  const { statements } = reader([source], allowSourceListing);
  const may = (keys: Record<string, string>) => {
    const request = { action: 's3:ListBucket', resource: 'arn:aws-us-gov:s3:::vendor', keys };
    return rule(READER, request, { identity: statements, resource: [] }).verdict === 'allowed';
  };
  const flat = ['', 'in/', 'in/_delta_log/', 'in/metadata/', 'in/other/'].map((prefix) =>
    may({ 's3:prefix': prefix, 's3:delimiter': '/' }),
  );
  expect(flat).toEqual([true, true, true, true, false]);
  expect([may({ 's3:prefix': 'in/' }), may({ 's3:prefix': 'in/orders-20260120/' }), may({})]).toEqual([
    false,
    true,
    false,
  ]);
});
