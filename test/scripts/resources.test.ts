import { resourceGraph } from '../../scripts/draw/resources';
import type { Resource, Resources } from '../../scripts/draw/template-resources';

const made = (Type: string, path: string, Properties: Record<string, unknown> = {}): Resource => ({
  Type,
  Properties,
  Metadata: { 'aws:cdk:path': `Stack/${path}/Resource` },
});
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const policy = (role: string, ...Statement: readonly object[]) =>
  made('AWS::IAM::Policy', `${role}Policy`, { PolicyDocument: { Statement }, Roles: [{ Ref: role }] });

const TEMPLATE: Resources = {
  Bucket1: made('AWS::S3::Bucket', 'Storage/Ledger'),
  Queue1: made('AWS::SQS::Queue', 'Schedules/DeadLetters'),
  Topic1: made('AWS::SNS::Topic', 'Alarms'),
  Function1: made('AWS::Lambda::Function', 'Functions/Sweep', { MemorySize: 512, Timeout: 480, Role: arn('Role1') }),
  Policy1: policy(
    'Role1',
    { Action: ['s3:GetObject', 's3:PutObject'], Resource: { 'Fn::Join': ['', [arn('Bucket1'), '/runs/*']] } },
    { Action: 's3:ListBucket', Resource: 'arn:aws:s3:::vendor-bucket' },
    {
      Action: 'states:StartExecution',
      Resource: {
        'Fn::Join': ['', ['arn:aws:states:', { Ref: 'AWS::Region' }, ':1:stateMachine:Stack-Run']],
      },
    },
    { Action: 'logs:PutLogEvents', Resource: arn('Topic1') },
  ),
  Machine1: made('AWS::StepFunctions::StateMachine', 'Run', { StateMachineName: 'Stack-Run', RoleArn: arn('Role2') }),
  Policy2: policy('Role2', { Action: 'lambda:InvokeFunction', Resource: [arn('Function1')] }),
  Schedule1: made('AWS::Scheduler::Schedule', 'Schedules/orders', {
    Target: { Arn: { Ref: 'Machine1' }, DeadLetterConfig: { Arn: arn('Queue1') } },
  }),
  Rule1: made('AWS::Events::Rule', 'EndedRule', {
    EventPattern: { detail: { stateMachineArn: [{ Ref: 'Machine1' }], status: ['FAILED'] } },
    Targets: [{ Arn: arn('Function1') }],
  }),
  Alarm1: made('AWS::CloudWatch::Alarm', 'SweepErrors', { AlarmActions: [{ Ref: 'Topic1' }] }),
};
const linesOf = (resources: Resources) =>
  resourceGraph(resources).edges.map(({ from, to, exceptional }) => `${from} ${exceptional ? '⇢' : '→'} ${to}`);

describe('the picture of the resources', () => {
  it('has a line for what the template makes one thing do to another, and for nothing else', () => {
    expect(linesOf(TEMPLATE).toSorted()).toEqual(
      [
        'Sweep → Storage/Ledger',
        'Sweep → vendor-bucket',
        'Sweep → Run',
        'Run → Sweep',
        'Run → EndedRule',
        'EndedRule → Sweep',
        'Schedules/orders → Run',
        'Schedules/orders ⇢ Schedules/DeadLetters',
        '1 alarms → Alarms',
      ].toSorted(),
    );
  });

  it('loses the line of a grant that is lost', () => {
    const { Policy2: _lost, ...rest } = TEMPLATE;
    expect(linesOf(rest)).not.toContain('Run → Sweep');
  });

  it('has a box for a bucket that is not the stack’s own', () => {
    const outside = resourceGraph(TEMPLATE).nodes.filter(({ type }) => type === 'Outside');
    expect(outside.map(({ name }) => name)).toEqual(['vendor-bucket']);
  });
});
