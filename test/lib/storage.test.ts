import { synthesize, text } from '../kit/template';

const app = synthesize();

describe.each(['Ledger', 'Lake'])('the %s bucket', (id) => {
  const bucket = app.resource('AWS::S3::Bucket', new RegExp(`^Storage${id}`));

  test('stays when the stack goes', () => {
    expect([bucket.DeletionPolicy, bucket.UpdateReplacePolicy]).toEqual(['Retain', 'Retain']);
  });

  test('is encrypted, private, versioned and has no ACLs', () => {
    expect(bucket.Properties).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      VersioningConfiguration: { Status: 'Enabled' },
    });
  });

  test('refuses requests without TLS', () => {
    const policy = app.resource('AWS::S3::BucketPolicy', new RegExp(`^Storage${id}`));
    expect(policy.Properties['PolicyDocument'].Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  });
});

test('working files of the ledger outlast every look back of 56 days; records, manifests and data never expire', () => {
  const rules = (id: string) =>
    app.resource('AWS::S3::Bucket', new RegExp(`^Storage${id}`)).Properties['LifecycleConfiguration'].Rules as {
      Prefix?: string;
      ExpirationInDays?: number;
    }[];
  const expiring = (id: string) =>
    rules(id).flatMap(({ Prefix, ExpirationInDays }) =>
      ExpirationInDays === undefined ? [] : [[Prefix, ExpirationInDays]],
    );
  expect(expiring('Ledger')).toEqual([
    ['plans/', 90],
    ['receipts/', 90],
    ['outbox/', 90],
    ['restarts/', 90],
  ]);
  expect(expiring('Lake')).toEqual([]);
});

test('the Slack secret begins without a webhook and is named after the stack', () => {
  expect(app.resource('AWS::SecretsManager::Secret').Properties).toMatchObject({
    Name: 'Rollcall/slack-webhooks',
    SecretString: '{}',
  });
});

test('alarms go to a topic, and to an address where one is given', () => {
  const topic = Object.keys(app.resources('AWS::SNS::Topic')).find((id) => id.startsWith('OperationsAlarms'))!;
  const alarms = Object.values(app.resources('AWS::CloudWatch::Alarm'));
  expect(alarms.length).toBeGreaterThan(3);
  for (const { Properties } of alarms) expect(Properties['AlarmActions']).toEqual([{ Ref: topic }]);
  app.template.resourceCountIs('AWS::SNS::Subscription', 0);
  const told = synthesize({ settings: { alertEmail: 'data@example.com' } });
  told.template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'data@example.com' });
});

test('the outputs name what people need', () => {
  const outputs = app.template.findOutputs('*') as Record<string, { Value: unknown }>;
  expect(Object.keys(outputs).sort()).toEqual([
    'AlarmTopicArn',
    'BackfillArn',
    'DependencyReaderRole',
    'EraseRole',
    'EscalationTopicArn',
    'LakeBucket',
    'LedgerBucket',
    'PartitionRunArn',
    'SetSlackWebhook',
    'SourceReaderRoles',
  ]);
  expect(text(outputs['SetSlackWebhook']!.Value)).toContain('--secret-id Rollcall/slack-webhooks');
});

test('needs no custom resource: nothing in the template runs code of its own while deploying', () => {
  const types = new Set(
    Object.values(app.template.toJSON()['Resources'] as Record<string, { Type: string }>).map((r) => r.Type),
  );
  expect([...types].filter((type) => /^Custom::|CustomResource/.test(type))).toEqual([]);
});
