import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS } from '../../../core/contracts/metrics';
import { synthesize, text } from '../../kit/template';

const app = synthesize();
const alarms = Object.entries(app.resources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => ({
  id: id.replace(/^Operations/, '').replace(/[0-9A-F]{8}$/, ''),
  properties: Properties,
}));

describe('the rule', () => {
  const rule = app.resource('AWS::Events::Rule', /^Nets/).Properties;

  test('brings every ending of the machine that is no success to ExecutionEnded', () => {
    const { source, detail } = rule['EventPattern'];
    expect(source).toEqual(['aws.states']);
    expect(rule['EventPattern']['detail-type']).toEqual(['Step Functions Execution Status Change']);
    expect(detail.status).toEqual(['FAILED', 'TIMED_OUT', 'ABORTED']);
    expect(text(detail.stateMachineArn[0])).toMatch(/^<PartitionRunStateMachine/);
    expect(text(rule['Targets'][0].Arn)).toMatch(/^<FunctionsExecutionEnded/);
  });

  test('is tried again, and keeps what it could not deliver; so does the function', () => {
    const [target] = rule['Targets'];
    expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 7200, MaximumRetryAttempts: 30 });
    expect(text(target.DeadLetterConfig.Arn)).toMatch(/^<NetsEndingLetters/);
    const config = app.resource('AWS::Lambda::EventInvokeConfig', /ExecutionEnded/).Properties;
    expect(config).toMatchObject({ MaximumRetryAttempts: 2, Qualifier: '$LATEST' });
    expect(text(config['DestinationConfig'].OnFailure.Destination)).toMatch(/^<NetsEndingLetters/);
  });

  test('may put its letters into the queue, which is encrypted and keeps them for two weeks', () => {
    const queues = Object.values(app.resources('AWS::SQS::Queue'));
    for (const { Properties } of queues)
      expect(Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
    const policies = JSON.stringify(app.resources('AWS::SQS::QueuePolicy'));
    expect(policies).toContain('events.amazonaws.com');
  });
});

describe('the sweep', () => {
  const schedule = app.resource('AWS::Scheduler::Schedule', /^NetsSweep/).Properties;

  test('comes every ten minutes, and ends before the next one begins', () => {
    expect(schedule).toMatchObject({ ScheduleExpression: 'rate(10 minutes)', State: 'ENABLED' });
    expect(text(schedule['Target'].Arn)).toMatch(/^<FunctionsSweep/);
    expect(app.function('Sweep').Properties['Timeout']).toBeLessThan(600);
  });

  test('that could not be started is not made up for later than the next one, and leaves a letter', () => {
    expect(schedule['Target'].RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 600, MaximumRetryAttempts: 2 });
    expect(text(schedule['Target'].DeadLetterConfig.Arn)).toMatch(/^<NetsSweepLetters/);
    const config = app.resource('AWS::Lambda::EventInvokeConfig', /Sweep/).Properties;
    expect(config).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 600 });
  });
});

describe('alarms', () => {
  test('watch everything that would silence the app', () => {
    expect(alarms.map(({ id }) => id).sort()).toEqual([
      'ChannelAge',
      'EndingsInDeadLetterQueue',
      'ExecutionEndedErrors',
      'OutboxAge',
      'RecordRunErrors',
      'StartsDropped',
      'StartsInDeadLetterQueue',
      'SweepErrors',
      'SweepNotRunning',
      'SweepsInDeadLetterQueue',
    ]);
  });

  test.each(alarms)('$id goes to the topic of the alarms, and to none of our functions', ({ properties }) => {
    for (const actions of [properties['AlarmActions'], properties['OKActions']])
      expect(actions).toEqual([{ Ref: expect.stringMatching(/^OperationsAlarms/) }]);
  });

  test.each(alarms)('$id has its section in the runbook, with what one needs', ({ id, properties }) => {
    expect(properties['AlarmDescription']).toContain(`docs/runbook.md#${id.toLowerCase()}`);
    const runbook = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'runbook.md'), 'utf8');
    const section = runbook.split(/^## /m).find((part) => part.startsWith(`${id}\n`)) ?? '';
    expect(section).toMatch(/\*\*Description\.\*\*/);
    expect(section).toMatch(/\*\*Investigation/);
    expect(section).toMatch(/\*\*Resolution\.\*\*|investigation and resolution/i);
  });

  test('a sweep that does not run is noticed by the clock hour', () => {
    const properties = alarms.find(({ id }) => id === 'SweepNotRunning')?.properties;
    expect(properties).toMatchObject({
      Namespace: 'Rollcall/Rollcall',
      MetricName: METRICS.sweepsDone,
      Dimensions: [{ Name: 'service', Value: 'sweep' }],
      Period: 3600,
      Statistic: 'Sum',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
      EvaluationWindow: { WallClockWindow: { Timezone: 'UTC' } },
    });
  });

  test('the metrics are in the namespace that the sweep emits to', () => {
    const { METRICS_NAMESPACE } = app.function('Sweep').Properties['Environment'].Variables;
    const own = alarms.filter(({ properties }) => String(properties['Namespace']).startsWith('Rollcall/'));
    expect(own.map(({ properties }) => properties['Namespace'])).toEqual(own.map(() => METRICS_NAMESPACE));
    expect(own).toHaveLength(Object.keys(METRICS).length);
  });
});

test('escalations have a topic of their own, to which only the sweep may publish', () => {
  const publishers = Object.entries(app.resources('AWS::IAM::Policy')).filter(([, policy]) =>
    JSON.stringify(policy).includes('sns:Publish'),
  );
  expect(publishers.map(([id]) => id)).toEqual([expect.stringMatching(/^FunctionsSweepRole/)]);
});
