import { runInputSchema } from '../../../core/contracts/run/steps';
import { partitionOfSchedule } from '../../../core/domain/partition/calendar';
import { identityOf, isOpen } from '../../../core/domain/partition/identity-of-run';
import { loadDatasets } from '../../../lib/datasets';
import { DATASETS_DIR, synthesize, text } from '../synthesize';

const app = synthesize();
const datasets = loadDatasets(DATASETS_DIR);
/** Those of the datasets; the sweep's is in nets.test.ts. */
const schedules = Object.entries(app.resources('AWS::Scheduler::Schedule'))
  .filter(([id]) => id.startsWith('Schedules'))
  .map(([, { Properties }]) => Properties);

test('there is a schedule for every dataset, in UTC and without a flexible window', () => {
  expect(schedules.map((s) => s['ScheduleExpression'] as string).sort()).toEqual(
    [
      // clicks: daily, 90 minutes after midnight
      'cron(30 1 ? * * *)',
      // orders: weekdays at 8 and 12 …
      'cron(20 0 ? * TUE,WED,THU,FRI,SAT *)',
      // … and at 23, which fires after midnight
      'cron(20 9,13 ? * MON,TUE,WED,THU,FRI *)',
    ].sort(),
  );
  for (const schedule of schedules) {
    expect(schedule).toMatchObject({
      ScheduleExpressionTimezone: 'Etc/UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
    });
  }
});

test('each starts PartitionRun with the time that was meant, which its input accepts', () => {
  for (const { Target } of schedules) {
    expect(text(Target.Arn)).toMatch(/^<PartitionRunStateMachine/);
    const input = text(Target.Input);
    expect(JSON.parse(input)).toMatchObject({ scheduledTime: '<aws.scheduler.scheduled-time>', trigger: 'schedule' });
    const delivered = input.replace('<aws.scheduler.scheduled-time>', '2026-03-22T18:59:43Z');
    expect(runInputSchema.safeParse(JSON.parse(delivered)).error?.issues ?? []).toEqual([]);
  }
});

test('each carries what the partition is derived from, so that no later definition has a say in what it meant', () => {
  for (const { Target } of schedules) {
    const input = text(Target.Input).replace('<aws.scheduler.scheduled-time>', '2026-03-22T18:59:43Z');
    const identity = identityOf({
      arn: 'arn',
      name: 'name',
      startTime: '2026-03-22T19:00:00Z',
      input: JSON.parse(input),
    });
    expect(isOpen(identity)).toBe(false);
    const declared = datasets.find(({ name }) => name === identity.dataset)!;
    expect(identity.partition).toBe(partitionOfSchedule(declared, new Date('2026-03-22T18:59:43Z')));
  }
});

test('each is tried again a few times within minutes, then goes to an encrypted queue that has an alarm', () => {
  const [queueId, queue] = Object.entries(app.resources('AWS::SQS::Queue')).find(([id]) => id.startsWith('Schedules'))!;
  expect(queue.Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 24 * 3600 });
  for (const { Target } of schedules) {
    expect(Target).toMatchObject({
      RetryPolicy: { MaximumRetryAttempts: 5, MaximumEventAgeInSeconds: 15 * 60 },
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': [queueId, 'Arn'] } },
    });
  }
  app.template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Threshold: 1,
  });
});

test('their role may start this machine and use the dead-letter queue, nothing else', () => {
  const roles = new Set(schedules.map(({ Target }) => text(Target.RoleArn).slice(1).replace('.Arn>', '')));
  const statements = Object.values(app.resources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties['Roles'].some((role: { Ref: string }) => roles.has(role.Ref)))
    .flatMap(({ Properties }) => Properties['PolicyDocument'].Statement as { Action: string; Resource: unknown }[]);
  expect(
    statements.map(({ Action, Resource }) => `${Action} ${text(Resource).replace(/[0-9A-F]{8}(?=[.>])/, '')}`).sort(),
  ).toEqual(['sqs:SendMessage <SchedulesDeadLetters.Arn>', 'states:StartExecution <PartitionRunStateMachine>']);
});
