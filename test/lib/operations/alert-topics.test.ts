import { App } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { stubBundle } from '../../../lib/build/bundle';
import { loadDatasets } from '../../../lib/datasets';
import { RollcallStack } from '../../../lib/rollcall-stack';
import { parseAppSettings, type AppSettings } from '../../../lib/app-settings';
import { DATASETS_DIR, NOW, Synthesized, text } from '../synthesize';

/** With the stack, whose warnings a template does not have. */
function synthesized(settings: Partial<Record<keyof AppSettings, unknown>> = {}) {
  const stack = new RollcallStack(new App(), 'Rollcall', {
    datasets: loadDatasets(DATASETS_DIR),
    settings: parseAppSettings(settings),
    bundle: stubBundle(),
    now: NOW,
  });
  return { app: new Synthesized(Template.fromStack(stack)), warnings: Annotations.fromStack(stack) };
}

const THEIRS = 'arn:aws:sns:eu-west-1:210987654321:on-call';
const MORE = 'arn:aws:sns:eu-west-1:210987654321:escalations';

describe.each(['OperationsAlarms', 'Escalations'])('the topic %s', (id) => {
  const { app } = synthesized();
  const topic = Object.keys(app.resources('AWS::SNS::Topic')).find((key) => key.startsWith(id));
  const { PolicyDocument, Topics } = app.resource('AWS::SNS::TopicPolicy', new RegExp(`^${id}`)).Properties;
  const statements = PolicyDocument.Statement as Record<string, unknown>[];

  test('lets the alarms of this account publish, and no other’s', () => {
    const allow = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(allow).toEqual([
      {
        Sid: 'AllowAlarms',
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: { Ref: topic },
        Condition: {
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          ArnLike: { 'aws:SourceArn': expect.anything() },
        },
      },
    ]);
    const { ArnLike } = allow[0]!['Condition'] as { ArnLike: Record<string, unknown> };
    expect(text(ArnLike['aws:SourceArn'])).toBe(
      'arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*',
    );
  });

  test('refuses what comes without TLS, and nothing else', () => {
    expect(Topics).toEqual([{ Ref: topic }]);
    expect(statements.filter(({ Effect }) => Effect === 'Deny')).toEqual([
      expect.objectContaining({ Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    ]);
  });
});

describe('a topic that exists already', () => {
  const { app, warnings } = synthesized({ alarmTopicArn: THEIRS, escalationTopicArn: MORE });

  test('takes the place of the stack’s own', () => {
    expect(app.resources('AWS::SNS::Topic')).toEqual({});
    for (const { Properties } of Object.values(app.resources('AWS::CloudWatch::Alarm')))
      expect([Properties['AlarmActions'], Properties['OKActions']]).toEqual([[THEIRS], [THEIRS]]);
    expect(app.function('Sweep').Properties['Environment'].Variables['ESCALATION_TOPIC_ARN']).toBe(MORE);
    expect(JSON.stringify(app.resources('AWS::IAM::Policy'))).toContain(
      `"sns:Publish","Effect":"Allow","Resource":"${MORE}"`,
    );
  });

  test('brings a warning that says what its policy has to allow, since nothing here can', () => {
    const said = (words: string) => warnings.hasWarning('*', Match.stringLikeRegexp(words));
    said(`${THEIRS} is not a topic of this stack.*has to allow sns:Publish to cloudwatch.amazonaws.com`);
    said(`${MORE} is not a topic of this stack.*has to allow sns:Publish to the role of the Sweep function`);
    expect(synthesized().warnings.findWarning('*', Match.stringLikeRegexp('not a topic of this stack'))).toEqual([]);
  });

  test('is subscribed to by its owner', () => {
    const one = synthesized({ alarmTopicArn: THEIRS, alertEmail: 'data@example.com' });
    const subscriptions = Object.values(one.app.resources('AWS::SNS::Subscription'));
    expect(subscriptions.map(({ Properties }) => text(Properties['TopicArn']))).toEqual([
      expect.stringMatching(/^<Escalations/),
    ]);
    expect(() =>
      parseAppSettings({ alarmTopicArn: THEIRS, escalationTopicArn: MORE, alertEmail: 'data@example.com' }),
    ).toThrow('alertEmail: got "data@example.com", expected none where both topics exist already');
  });

  test.each(['on-call', 'arn:aws:sqs:eu-west-1:210987654321:on-call', `${THEIRS}.fifo`])('is not %s', (given) => {
    expect(() => parseAppSettings({ alarmTopicArn: given })).toThrow(
      `alarmTopicArn: got "${given}", expected the ARN of a standard SNS topic`,
    );
  });
});
