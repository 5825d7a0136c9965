import { longest } from './longest';
import { over, resourcesOf, type CfnTemplate, type Excess } from './limit';

/** Characters that are no white space, in which IAM measures the policies of a role. */
export const MANAGED_POLICY_CHARACTERS = 6144;
/** All inline policies of a role together. */
const INLINE_CHARACTERS = 10_240;
/** Of one role. Up to 25 on request, which no template can know. */
export const MANAGED_POLICIES = 10;
const TRUST_CHARACTERS = 2048;

const FEWER_SOURCES =
  'declare fewer source buckets, secrets or keys, or deploy some of the datasets as a second app (-c datasetsDir=… -c stackName=…)';
const FEWER_STATEMENTS = 'put fewer or shorter statements into it';

/** Resource policies: where the document is, and how many bytes of it the service takes. */
const RESOURCE_POLICIES: readonly (readonly [type: string, property: string, bytes: number])[] = [
  ['AWS::S3::BucketPolicy', 'PolicyDocument', 20 * 1024],
  ['AWS::SQS::QueuePolicy', 'PolicyDocument', 8192],
  ['AWS::SNS::TopicPolicy', 'PolicyDocument', 30 * 1024],
  ['AWS::SecretsManager::ResourcePolicy', 'ResourcePolicy', 20 * 1024],
  ['AWS::KMS::Key', 'KeyPolicy', 32 * 1024],
];
const FUNCTION_POLICY_BYTES = 20 * 1024;
/** What Lambda writes around the values of a permission. */
const PERMISSION_BYTES = 300;

/** Whatever IAM or a service would find too large in the policies of a template, or too many. */
export function policyExcesses(template: CfnTemplate): Excess[] {
  return [
    ...rolePolicies(template),
    ...RESOURCE_POLICIES.flatMap(([type, property, most]) =>
      resourcesOf(template, type).flatMap(([resource, properties]) =>
        over({
          limit: 'resource-policy-size',
          resource,
          what: 'The resource policy',
          found: Buffer.byteLength(JSON.stringify(longest(properties[property]))),
          most,
          unit: 'bytes',
          remedy: FEWER_STATEMENTS,
        }),
      ),
    ),
    ...functionPolicies(template),
  ];
}

function rolePolicies(template: CfnTemplate): Excess[] {
  const inline = new Map<string, number>();
  const managed = new Map<string, number>();
  const add = (counts: Map<string, number>, roles: unknown, count: number) => {
    for (const role of list(roles)) counts.set(refOf(role), (counts.get(refOf(role)) ?? 0) + count);
  };
  const found: Excess[] = [];
  for (const [resource, { PolicyDocument, Roles }] of resourcesOf(template, 'AWS::IAM::Policy')) {
    add(inline, Roles, policyCharacters(PolicyDocument));
    found.push(...wrongCharacters(resource, PolicyDocument));
  }
  for (const [resource, { PolicyDocument, Roles }] of resourcesOf(template, 'AWS::IAM::ManagedPolicy')) {
    add(managed, Roles, 1);
    found.push(...wrongCharacters(resource, PolicyDocument));
    found.push(
      ...over({
        limit: 'managed-policy-size',
        resource,
        what: 'The managed policy',
        found: policyCharacters(PolicyDocument),
        most: MANAGED_POLICY_CHARACTERS,
        unit: 'characters',
        remedy:
          list(inside(PolicyDocument, 'Statement')).length === 1
            ? 'its one statement has to be split'
            : FEWER_STATEMENTS,
      }),
    );
  }
  for (const [resource, { Policies, ManagedPolicyArns, AssumeRolePolicyDocument }] of resourcesOf(
    template,
    'AWS::IAM::Role',
  )) {
    const own = list(Policies).map((policy) => policyCharacters(inside(policy, 'PolicyDocument')));
    found.push(
      ...over({
        limit: 'inline-policies-size',
        resource,
        what: 'The inline policies',
        found: own.reduce((sum, one) => sum + one, inline.get(resource) ?? 0),
        most: INLINE_CHARACTERS,
        unit: 'characters together',
        remedy: FEWER_SOURCES,
      }),
      ...over({
        limit: 'policies-per-role',
        resource,
        what: 'The managed policies',
        found: list(ManagedPolicyArns).length + (managed.get(resource) ?? 0),
        most: MANAGED_POLICIES,
        unit: 'of them on one role',
        remedy: FEWER_SOURCES,
      }),
      ...over({
        limit: 'trust-policy-size',
        resource,
        what: 'The trust policy',
        found: policyCharacters(AssumeRolePolicyDocument),
        most: TRUST_CHARACTERS,
        unit: 'characters',
        remedy: FEWER_STATEMENTS,
      }),
    );
  }
  return found;
}

/** All permissions of a function are one resource policy. */
function functionPolicies(template: CfnTemplate): Excess[] {
  const bytes = new Map<string, number>();
  for (const [, properties] of resourcesOf(template, 'AWS::Lambda::Permission')) {
    const name = refOf(properties['FunctionName']);
    bytes.set(name, (bytes.get(name) ?? 0) + PERMISSION_BYTES + Buffer.byteLength(JSON.stringify(longest(properties))));
  }
  return [...bytes].flatMap(([resource, found]) =>
    over({
      limit: 'resource-policy-size',
      resource,
      what: 'The permissions',
      found,
      most: FUNCTION_POLICY_BYTES,
      unit: 'bytes together',
      remedy: 'let fewer rules or principals invoke the function',
    }),
  );
}

/** A document's size as IAM measures it, at most. */
export function policyCharacters(document: unknown): number {
  if (document === undefined) return 0;
  return JSON.stringify(longest(document)).replace(/\s/g, '').length;
}

/** IAM takes white space and the characters from U+0020 to U+00FF. */
function wrongCharacters(resource: string, document: unknown): Excess[] {
  const wrong = /[^\t\n\r\x20-\xff]/u.exec(JSON.stringify(document) ?? '')?.[0];
  if (wrong === undefined) return [];
  const sentence = `The policy ${resource} has the character ${JSON.stringify(wrong)}, AWS allows those from U+0020 to U+00FF; leave it out of the prefix or the name that it comes from`;
  return [{ limit: 'policy-characters', resource, sentence }];
}

/** The logical id that a reference names; the text itself where it is none. */
function refOf(value: unknown): string {
  const ref = inside(value, 'Ref') ?? list(inside(value, 'Fn::GetAtt'))[0];
  return typeof ref === 'string' ? ref : JSON.stringify(value);
}

function inside(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[field] : undefined;
}

function list(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
