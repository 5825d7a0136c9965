import { backfillInputSchema } from '../../core/contracts/backfill/backfill';
import { synthesize, text } from '../kit/template';

const app = synthesize();

describe('the role', () => {
  const statements = Object.entries(app.resources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith('BackfillStateMachine'))
    .flatMap(([, { Properties }]) => Properties['PolicyDocument'].Statement as { Action: unknown; Resource: unknown }[])
    .map(({ Action, Resource }) => ({ actions: [Action].flat(), resources: [Resource].flat().map(readable) }));
  const allowed = (action: string) =>
    statements.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources);

  test('may do what startExecution.sync:2 needs, on PartitionRun and on itself for the Distributed Map', () => {
    expect(allowed('states:StartExecution').sort()).toEqual(['<Backfill>', '<PartitionRun>']);
    expect(allowed('states:DescribeExecution').sort()).toEqual(['execution:<Backfill>:*', 'execution:<PartitionRun>*']);
    expect(allowed('states:StopExecution').sort()).toEqual(['execution:<Backfill>:*', 'execution:<PartitionRun>*']);
    for (const action of ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'])
      expect(allowed(action)).toEqual(['rule/StepFunctionsGetEventsForStepFunctionsExecutionRule']);
  });

  test('may do nothing with S3, and nothing on everything but traces and deliveries of logs', () => {
    expect(statements.flatMap(({ actions }) => actions).filter((action) => String(action).startsWith('s3:'))).toEqual(
      [],
    );
    for (const { actions, resources } of statements.filter((one) => one.resources.includes('*')))
      expect([resources, actions.filter((action) => !/^(xray|logs):/.test(String(action)))]).toEqual([['*'], []]);
  });
});

describe('the weekly schedule', () => {
  const weekly = app.resource('AWS::Scheduler::Schedule', /^BackfillWeekly/).Properties;

  test('starts a backfill of all datasets on Mondays, with the time that was meant', () => {
    expect(weekly).toMatchObject({
      ScheduleExpression: 'cron(0 4 ? * MON *)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
    });
    expect(text(weekly['Target'].Arn)).toMatch(/^<BackfillStateMachine/);
    const delivered = text(weekly['Target'].Input).replace('<aws.scheduler.scheduled-time>', '2026-01-26T04:00:00Z');
    expect(backfillInputSchema.parse(JSON.parse(delivered))).toMatchObject({
      trigger: 'schedule',
      scheduledTime: '2026-01-26T04:00:00Z',
    });
  });

  test.each([
    ['DAILY 00:30', 'cron(30 0 ? * * *)'],
    ['MON,THU 23:05', 'cron(5 23 ? * MON,THU *)'],
    ['SUN,SUN 04:00', 'cron(0 4 ? * SUN *)'],
  ])('with backfillSchedule %s starts it at %s', (backfillSchedule, expression) => {
    const other = synthesize({ settings: { backfillSchedule } });
    const { Properties } = other.resource('AWS::Scheduler::Schedule', /^BackfillWeekly/);
    expect(Properties['ScheduleExpression']).toBe(expression);
  });

  test('is tried again a few times, then goes to the dead-letter queue that has an alarm', () => {
    expect(weekly['Target']).toMatchObject({
      RetryPolicy: { MaximumRetryAttempts: 5, MaximumEventAgeInSeconds: 3600 },
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^SchedulesDeadLetters/), 'Arn'] } },
    });
  });
});

test('what the machine cannot record itself is recorded by the rule, with a dead-letter queue', () => {
  const rule = app.resource('AWS::Events::Rule', /^BackfillEndedRule/).Properties;
  expect(rule['EventPattern'].detail.status).toEqual(['FAILED', 'TIMED_OUT', 'ABORTED']);
  expect(text(rule['EventPattern'].detail.stateMachineArn[0])).toMatch(/^<BackfillStateMachine/);
  expect(text(rule['Targets'][0].Arn)).toMatch(/^<FunctionsExecutionEnded/);
  expect(rule['Targets'][0].DeadLetterConfig).toBeDefined();
});

/** ARNs without what is the same in all of them. */
function readable(resource: unknown): string {
  return split(resource)
    .replace(/<(\w+?)StateMachine[0-9A-F]{8}>/g, '<$1>')
    .replace(/^arn:<AWS::Partition>:\w+:<AWS::Region>:<AWS::AccountId>:/, '');
}

/** As `text`, with the name that `Fn::Select` takes out of a machine's ARN standing for the machine. */
function split(resource: unknown): string {
  return text(
    JSON.parse(
      JSON.stringify(resource).replace(/\{"Fn::Select":\[6,\{"Fn::Split":\[":",(\{"Ref":"\w+"\})\]\}\]\}/g, '$1'),
    ) as unknown,
  );
}
