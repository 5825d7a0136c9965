import type { CfnResource } from '../../edges/cfn';
import { edgesOf } from '../../edges/check';

/** Kinds of edges that the app's own template has none of, each allowed and not. */

const HERE = { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } };
const role = (services: string[], ...statements: object[]): CfnResource => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Statement: services.map((service) => ({
        Effect: 'Allow',
        Principal: { Service: `${service}.amazonaws.com` },
        Action: 'sts:AssumeRole',
      })),
    },
    Policies: [{ PolicyName: 'Own', PolicyDocument: { Statement: statements } }],
  },
});
const allow = (service: string, action: string) => ({
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: `${service}.amazonaws.com` },
      Action: action,
      Resource: '*',
      Condition: { StringEquals: HERE },
    },
  ],
});
const topic = (properties: object = {}): CfnResource => ({ Type: 'AWS::SNS::Topic', Properties: { ...properties } });
const topicPolicy = (service: string): CfnResource => ({
  Type: 'AWS::SNS::TopicPolicy',
  Properties: { Topics: [{ Ref: 'Topic' }], PolicyDocument: allow(service, 'sns:Publish') },
});
const queuePolicy = (service: string): CfnResource => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: { Queues: [{ Ref: 'Queue' }], PolicyDocument: allow(service, 'sqs:SendMessage') },
});
const queue: CfnResource = { Type: 'AWS::SQS::Queue' };
const alarm: CfnResource = {
  Type: 'AWS::CloudWatch::Alarm',
  Properties: { AlarmActions: [{ Ref: 'Topic' }], OKActions: [{ Ref: 'Topic' }] },
};
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** `kind: who action to: verdict` of each edge. */
const told = (resources: Record<string, CfnResource>): string[] =>
  edgesOf([{ name: 'Toy', template: { Resources: resources } }]).map(
    ({ kind, who, action, to, verdict }) => `${kind}: ${who} ${action} ${to}: ${verdict}`,
  );

test('an alarm on a topic without a policy, or with one for another caller', () => {
  const expected = (verdict: string) => [`alarm action: cloudwatch.amazonaws.com sns:Publish Topic: ${verdict}`];
  expect(told({ alarm, Topic: topic() })).toEqual(expected('nothing allows it'));
  expect(told({ alarm, Topic: topic(), Policy: topicPolicy('events') })).toEqual(expected('nothing allows it'));
  expect(told({ alarm, Topic: topic(), Policy: topicPolicy('cloudwatch') })).toEqual(expected('allowed'));
});

test('an alarm that is switched off does nothing; one that scales something is not known', () => {
  const off = { ...alarm, Properties: { ...alarm.Properties, ActionsEnabled: false } };
  expect(told({ off, Topic: topic() })).toEqual([]);
  const scaling = 'arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:x';
  const scales = { ...alarm, Properties: { AlarmActions: [scaling] } };
  expect(told({ scales })).toEqual([`alarm action:   ${scaling}: not known to this check`]);
});

test('an alarm on a topic that is encrypted with a key that CloudWatch may not use', () => {
  const Policy = topicPolicy('cloudwatch');
  const key = (...statements: object[]): CfnResource => ({
    Type: 'AWS::KMS::Key',
    Properties: { KeyPolicy: { Statement: statements } },
  });
  const uses = (to: string, verdict: string) =>
    ['kms:GenerateDataKey', 'kms:Decrypt'].map(
      (action) => `alarm action: key: cloudwatch.amazonaws.com ${action} ${to}: ${verdict}`,
    );
  const Topic = topic({ KmsMasterKeyId: arn('Key') });
  const [allowed] = allow('cloudwatch', 'kms:*').Statement;
  expect(told({ alarm, Topic, Policy, Key: key() }).slice(1)).toEqual(uses('Key', 'nothing allows it'));
  expect(told({ alarm, Topic, Policy, Key: key(allowed!) }).slice(1)).toEqual(uses('Key', 'allowed'));
  // AWS's own key: its policy is fixed, and CloudWatch is not in it.
  const theirs = topic({ KmsMasterKeyId: 'alias/aws/sns' });
  expect(told({ alarm, Topic: theirs, Policy }).slice(1)).toEqual(uses('alias/aws/sns', 'elsewhere'));
});

test('a topic that hands on to a queue or a function', () => {
  const to = (protocol: string, endpoint: object, more: object = {}): CfnResource => ({
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: { Ref: 'Topic' }, Protocol: protocol, Endpoint: endpoint, ...more },
  });
  const Topic = topic();
  const edge = (verdict: string) => `subscription: sns.amazonaws.com sqs:SendMessage Queue: ${verdict}`;
  const subscribed = to('sqs', arn('Queue'));
  expect(told({ Topic, Queue: queue, subscribed })).toEqual([edge('nothing allows it')]);
  expect(told({ Topic, Queue: queue, subscribed, P: queuePolicy('sns') })).toEqual([edge('allowed')]);
  const letters = to(
    'https',
    { 'Fn::Sub': 'https://example.com' },
    { RedrivePolicy: { deadLetterTargetArn: arn('Queue') } },
  );
  expect(told({ Topic, Queue: queue, letters })).toEqual([
    'subscription:   https://example.com: needs no policy',
    'letters of a subscription: sns.amazonaws.com sqs:SendMessage Queue: nothing allows it',
  ]);
  const Fn: CfnResource = { Type: 'AWS::Lambda::Function', Properties: { Role: arn('Role') } };
  const Permission: CfnResource = {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: { Ref: 'Fn' },
      Principal: 'sns.amazonaws.com',
      SourceArn: { Ref: 'Topic' },
    },
  };
  const invoked = to('lambda', arn('Fn'));
  const toFunction = { Topic, Fn, invoked, Role: role(['lambda']) };
  expect(told(toFunction)).toContain('subscription: sns.amazonaws.com lambda:InvokeFunction Fn: nothing allows it');
  expect(told({ ...toFunction, Permission })).toContain(
    'subscription: sns.amazonaws.com lambda:InvokeFunction Fn: allowed',
  );
});

test('a bucket that notifies a queue, and has its accesses logged', () => {
  const Data: CfnResource = {
    Type: 'AWS::S3::Bucket',
    Properties: {
      NotificationConfiguration: { QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: arn('Queue') }] },
      LoggingConfiguration: { DestinationBucketName: { Ref: 'Logs' } },
    },
  };
  const Logs: CfnResource = { Type: 'AWS::S3::Bucket' };
  const LogsPolicy: CfnResource = {
    Type: 'AWS::S3::BucketPolicy',
    Properties: { Bucket: { Ref: 'Logs' }, PolicyDocument: allow('logging.s3', 's3:PutObject') },
  };
  const edges = (one: string, two: string) => [
    `notification: s3.amazonaws.com sqs:SendMessage Queue: ${one}`,
    `access log: logging.s3.amazonaws.com s3:PutObject Logs/log: ${two}`,
  ];
  expect(told({ Data, Logs, Queue: queue })).toEqual(edges('nothing allows it', 'nothing allows it'));
  expect(told({ Data, Logs, Queue: queue, LogsPolicy, P: queuePolicy('s3') })).toEqual(edges('allowed', 'allowed'));
  const replicated: CfnResource = { Type: 'AWS::S3::Bucket', Properties: { ReplicationConfiguration: {} } };
  expect(told({ replicated })).toEqual(['ReplicationConfiguration:   replicated: not known to this check']);
});

test('a rule that starts a machine takes on a role for it', () => {
  const Machine: CfnResource = {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: { RoleArn: arn('Role'), DefinitionString: '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}' },
  };
  const rule: CfnResource = {
    Type: 'AWS::Events::Rule',
    Properties: { Targets: [{ Id: 'T', Arn: { Ref: 'Machine' }, RoleArn: arn('Role') }] },
  };
  const start = { Effect: 'Allow', Action: 'states:StartExecution', Resource: { Ref: 'Machine' } };
  const of = (services: string[], ...statements: object[]) =>
    told({ rule, Machine, Role: role(services, ...statements) }).slice(0, 2);
  const edges = (one: string, two: string) => [
    `takes on its role: events.amazonaws.com sts:AssumeRole Role: ${one}`,
    `rule target: Role states:StartExecution Machine: ${two}`,
  ];
  expect(of(['states'])).toEqual(edges('nothing allows it', 'nothing allows it'));
  expect(of(['events'], start)).toEqual(edges('allowed', 'allowed'));
  expect(of(['events'], start, { ...start, Effect: 'Deny' })).toEqual(edges('allowed', 'denied'));
});

test('a machine that calls what this check does not know', () => {
  const definition = {
    StartAt: 'A',
    States: { A: { Type: 'Task', Resource: 'arn:aws:states:::dynamodb:putItem', End: true } },
  };
  const Machine: CfnResource = {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: { RoleArn: arn('Role'), DefinitionString: JSON.stringify(definition) },
  };
  expect(told({ Machine, Role: role(['states']) })).toContain(
    'task:   arn:aws:states:::dynamodb:putItem: not known to this check',
  );
});
