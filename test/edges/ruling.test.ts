import { rule, type Access, type Principal } from '../../edges/ruling';
import { statementsOf, UnknownPolicyElement } from '../../edges/statement';

const ROLE: Principal = { role: 'arn:aws:iam::123456789012:role/Reader' };
const CLOUDWATCH: Principal = { service: 'cloudwatch.amazonaws.com' };
const READ: Access = { action: 's3:GetObject', resource: 'arn:aws:s3:::ledger/runs/a.json', keys: {} };
const PUBLISH: Access = {
  action: 'sns:Publish',
  resource: 'arn:aws:sns:us-east-1:123456789012:alarms',
  keys: {
    'aws:SourceAccount': '123456789012',
    'aws:SourceArn': 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:Sweep',
  },
};
const policy = (...statements: object[]) => statementsOf({ Version: '2012-10-17', Statement: statements });
/** By a policy of the role. */
const ofRole = (access: Access, ...statements: object[]) =>
  rule(ROLE, access, { identity: policy(...statements), resource: [] }).verdict;
/** By a policy of the resource alone. */
const ofResource = (principal: Principal, access: Access, ...statements: object[]) =>
  rule(principal, access, { identity: [], resource: policy(...statements) }).verdict;

const EVERYTHING = { Effect: 'Allow', Action: '*', Resource: '*' };

describe('the policies of a role', () => {
  it.each([
    ['nothing that they do not name', []],
    ['no other action', [{ Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::ledger/*' }]],
    ['no other resource', [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::lake/*' }]],
    ['nothing that they leave out', [{ Effect: 'Allow', NotAction: 's3:Get*', Resource: '*' }]],
    ['nothing beside', [{ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::ledger/*' }]],
  ])('allow %s', (_what, statements) => {
    expect(ofRole(READ, ...statements)).toBe('nothing allows it');
  });

  it.each([
    [{ Effect: 'Allow', Action: ['s3:Get*'], Resource: ['arn:aws:s3:::ledger/runs/*'] }],
    [{ Effect: 'Allow', Action: 'S3:getobject', Resource: 'arn:aws:s3:::ledger/runs/?.json' }],
    [{ Effect: 'Allow', NotAction: 's3:Put*', NotResource: 'arn:aws:s3:::lake/*' }],
    [EVERYTHING],
  ])('allow what they name: %j', (statement) => {
    expect(ofRole(READ, statement)).toBe('allowed');
  });

  it('deny what one of them denies, whatever another allows, and say which', () => {
    const deny = { Sid: 'Never', Effect: 'Deny', Action: 's3:GetObject', Resource: '*' };
    const ruling = rule(ROLE, READ, { identity: policy(EVERYTHING, deny), resource: policy() });
    expect(ruling).toMatchObject({ verdict: 'denied', by: [{ origin: 'policy[Never]' }] });
  });
});

describe('the policy of a resource', () => {
  const allow = { Effect: 'Allow', Action: 'sns:Publish', Resource: '*' };

  it('allows a service that it names, and no other', () => {
    const Principal = { Service: ['cloudwatch.amazonaws.com', 'events.amazonaws.com'] };
    expect(ofResource(CLOUDWATCH, PUBLISH, { ...allow, Principal })).toBe('allowed');
    const others = { Service: 'events.amazonaws.com' };
    expect(ofResource(CLOUDWATCH, PUBLISH, { ...allow, Principal: others })).toBe('nothing allows it');
    expect(ofResource(CLOUDWATCH, PUBLISH, { ...allow, Principal: { AWS: ROLE.role } })).toBe('nothing allows it');
  });

  it('allows a role of its account without any policy of the role', () => {
    expect(ofResource(ROLE, PUBLISH, { ...allow, Principal: { AWS: ROLE.role } })).toBe('allowed');
    expect(ofResource(ROLE, PUBLISH, { ...allow, Principal: '*' })).toBe('allowed');
  });

  it('that allows the account leaves it to the role’s policies', () => {
    const account = { ...allow, Principal: { AWS: 'arn:aws:iam::123456789012:root' } };
    expect(ofResource(ROLE, PUBLISH, account)).toBe('nothing allows it');
    expect(rule(ROLE, PUBLISH, { identity: policy(EVERYTHING), resource: policy(account) }).verdict).toBe('allowed');
  });

  it.each([['*'], [{ AWS: '*' }], [{ AWS: 'arn:aws:iam::123456789012:root' }], [{ AWS: ROLE.role }]])(
    'denies a role whatever its own policies allow: %j',
    (Principal) => {
      const deny = { Effect: 'Deny', Principal, Action: 'sns:*', Resource: '*' };
      expect(rule(ROLE, PUBLISH, { identity: policy(EVERYTHING), resource: policy(deny) }).verdict).toBe('denied');
    },
  );

  it('without a principal is about no one', () => {
    expect(ofResource(ROLE, PUBLISH, allow)).toBe('nothing allows it');
  });
});

describe('conditions', () => {
  const under = (access: Access, Condition: object) => ofRole(access, { ...EVERYTHING, Condition }) === 'allowed';
  const put = (keys: Access['keys']): Access => ({ action: 's3:PutObject', resource: 'arn:aws:s3:::ledger/a', keys });

  it('tell a listing of one prefix from a listing of everything', () => {
    const list = (keys: Access['keys']): Access => ({ action: 's3:ListBucket', resource: 'arn:aws:s3:::source', keys });
    const like = { StringLike: { 's3:prefix': ['a/', 'a/*'] } };
    expect(under(list({ 's3:prefix': 'a/2026/' }), like)).toBe(true);
    expect(under(list({ 's3:prefix': 'b/' }), like)).toBe(false);
    expect(under(list({}), like)).toBe(false);
    expect(under(list({}), { StringLikeIfExists: { 's3:prefix': 'a/*' } })).toBe(true);
  });

  it('ask for the source of a service, part by part', () => {
    const source = (pattern: string) => under(PUBLISH, { ArnLike: { 'aws:SourceArn': pattern } });
    expect(source('arn:aws:cloudwatch:us-east-1:123456789012:alarm:*')).toBe(true);
    expect(source('arn:aws:cloudwatch:*:123456789012:alarm:*')).toBe(true);
    expect(source('arn:aws:cloudwatch:us-east-1:999999999999:alarm:*')).toBe(false);
    // A star reaches to the next colon.
    expect(source('arn:aws:*:alarm:*')).toBe(false);
    expect(under(PUBLISH, { StringEquals: { 'AWS:sourceaccount': '123456789012' } })).toBe(true);
  });

  it('hold together or not at all', () => {
    const conditions = (account: string) => ({
      StringEquals: { 'aws:SourceAccount': account },
      ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:*:*:alarm:*' },
    });
    expect(under(PUBLISH, conditions('123456789012'))).toBe(true);
    expect(under(PUBLISH, conditions('999999999999'))).toBe(false);
  });

  it('of a key that is not there hold for a negation, and for IfExists, and for Null', () => {
    expect(under(READ, { StringEquals: { 'aws:SourceAccount': '1' } })).toBe(false);
    expect(under(READ, { StringNotEquals: { 'aws:SourceAccount': '1' } })).toBe(true);
    expect(under(READ, { StringEqualsIfExists: { 'aws:SourceAccount': '1' } })).toBe(true);
    expect(under(READ, { Bool: { 's3:ObjectCreationOperation': 'true' } })).toBe(false);
    expect(under(READ, { Null: { 'aws:SourceAccount': 'true' } })).toBe(true);
    expect(under(READ, { Null: { 'aws:SourceAccount': 'false' } })).toBe(false);
  });

  it('tell a write with a condition from one without', () => {
    const unconditional = { Null: { 's3:if-match': 'true', 's3:if-none-match': 'true' } };
    expect(under(put({}), unconditional)).toBe(true);
    expect(under(put({ 's3:if-match': '"abc"' }), unconditional)).toBe(false);
    expect(under(put({ 's3:if-none-match': '*' }), unconditional)).toBe(false);
  });

  it('know that every request comes over TLS, and who makes it', () => {
    expect(under(READ, { Bool: { 'aws:SecureTransport': 'false' } })).toBe(false);
    expect(under(READ, { NumericLessThan: { 's3:TlsVersion': '1.2' } })).toBe(false);
    expect(under(READ, { ArnNotEquals: { 'aws:PrincipalArn': ROLE.role } })).toBe(false);
    expect(under(READ, { ArnNotEquals: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/Erase' } })).toBe(true);
  });
});

describe('what is not known here is refused rather than guessed at', () => {
  it.each([
    [{ Effect: 'Allow', NotPrincipal: '*', Action: '*', Resource: '*' }, 'NotPrincipal'],
    [{ Effect: 'Allow', Principal: { Federated: 'x' }, Action: '*', Resource: '*' }, 'the principal Federated'],
    [{ Effect: 'allow', Action: '*', Resource: '*' }, 'the effect "allow"'],
  ])('%j', (statement, message) => {
    expect(() => policy(statement)).toThrow(UnknownPolicyElement);
    expect(() => policy(statement)).toThrow(message);
  });

  it.each([
    [{ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, 'condition operator IpAddress'],
    [{ 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' } }, 'condition operator ForAnyValue:StringEquals'],
    [{ StringEquals: { 's3:prefix': '${aws:username}' } }, 'policy variable ${aws:username}'],
  ])('%j', (Condition, message) => {
    expect(() => ofRole(READ, { ...EVERYTHING, Condition })).toThrow(message);
  });
});
