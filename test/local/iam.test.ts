import { isAllowed, s3Access, statementsOf, UnknownPolicyElement } from '../../local/iam';

const READ = s3Access('GetObject', 'ledger', 'runs/a.json', undefined);
const policy = (...statements: object[]) => statementsOf({ Version: '2012-10-17', Statement: statements });

describe('the policies of the functions', () => {
  it('allow nothing that they do not name', () => {
    expect(isAllowed([], READ)).toBe(false);
    expect(
      isAllowed(policy({ Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::ledger/*' }), READ),
    ).toBe(false);
    expect(isAllowed(policy({ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::lake/*' }), READ)).toBe(
      false,
    );
  });

  it('allow what one of them names, with wildcards, one action or several', () => {
    expect(
      isAllowed(policy({ Effect: 'Allow', Action: ['s3:Get*'], Resource: ['arn:aws:s3:::ledger/runs/*'] }), READ),
    ).toBe(true);
    expect(isAllowed(policy({ Effect: 'Allow', Action: '*', Resource: '*' }), READ)).toBe(true);
  });

  it('deny what one of them denies, whatever another allows', () => {
    const statements = policy(
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 's3:GetObject', Resource: '*' },
    );
    expect(isAllowed(statements, READ)).toBe(false);
  });

  it('tell a listing of one prefix from a listing of everything', () => {
    const listing = { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::source' };
    const like = policy({ ...listing, Condition: { StringLike: { 's3:prefix': ['a/', 'a/*'] } } });
    expect(isAllowed(like, s3Access('ListObjectsV2', 'source', '', 'a/2026/'))).toBe(true);
    expect(isAllowed(like, s3Access('ListObjectsV2', 'source', '', 'b/'))).toBe(false);
    expect(isAllowed(like, s3Access('ListObjectsV2', 'source', '', undefined))).toBe(false);
    const ifExists = policy({ ...listing, Condition: { StringLikeIfExists: { 's3:prefix': 'a/*' } } });
    expect(isAllowed(ifExists, s3Access('ListObjectsV2', 'source', '', undefined))).toBe(true);
  });

  it('are refused rather than guessed at where they use what is not known here', () => {
    expect(() => statementsOf({ Statement: [{ Effect: 'Allow', NotAction: '*', Resource: '*' }] })).toThrow(
      UnknownPolicyElement,
    );
    const odd = policy({
      Effect: 'Allow',
      Action: '*',
      Resource: '*',
      Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
    });
    expect(() => isAllowed(odd, READ)).toThrow(UnknownPolicyElement);
  });
});
