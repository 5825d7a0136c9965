import { Resolver, type CfnTemplate } from '../../../edges/cfn';
import { findFunction, functionByLabel } from '../../../local/aws/lambda/invoker';
import { readAssembly } from '../../../local/template/template';
import { toyAssembly } from '../toy';

const PLACE = { account: '123456789012', region: 'us-east-1' };
const TEMPLATE: CfnTemplate = {
  Parameters: { Stage: { Default: 'local' }, Needed: {} },
  Conditions: {
    IsLocal: { 'Fn::Equals': [{ Ref: 'Stage' }, 'local'] },
    IsNot: { 'Fn::Not': [{ Condition: 'IsLocal' }] },
  },
  Mappings: { Sizes: { 'us-east-1': { small: 3 } } },
  Resources: {
    Data: { Type: 'AWS::S3::Bucket' },
    Named: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'own-name' } },
    Fn: { Type: 'AWS::Lambda::Function' },
    FnV1: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Fn' } } },
    Machine: { Type: 'AWS::StepFunctions::StateMachine' },
    Dead: { Type: 'AWS::SQS::Queue' },
    Odd: { Type: 'AWS::Neptune::DBCluster' },
  },
};
const resolve = (value: unknown) => new Resolver('App', TEMPLATE, PLACE).resolve(value);

describe('CloudFormation values', () => {
  it.each([
    [{ Ref: 'AWS::AccountId' }, '123456789012'],
    [{ Ref: 'Stage' }, 'local'],
    [{ Ref: 'Data' }, 'app-data-123456789012'],
    [{ 'Fn::GetAtt': ['Named', 'Arn'] }, 'arn:aws:s3:::own-name'],
    [{ Ref: 'FnV1' }, 'arn:aws:lambda:us-east-1:123456789012:function:App-Fn:1'],
    [{ Ref: 'Machine' }, 'arn:aws:states:us-east-1:123456789012:stateMachine:App-Machine'],
    [{ 'Fn::GetAtt': ['Machine', 'Name'] }, 'App-Machine'],
    [{ Ref: 'Dead' }, 'https://sqs.us-east-1.amazonaws.com/123456789012/App-Dead'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }]] }, 'a-us-east-1'],
    [{ 'Fn::Sub': '${AWS::Partition}:${Data.Arn}:${!Literal}' }, 'aws:arn:aws:s3:::app-data-123456789012:${Literal}'],
    [{ 'Fn::Sub': ['${x}/${Stage}', { x: { Ref: 'Named' } }] }, 'own-name/local'],
    [{ 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Data', 'Arn'] }] }] }, 'app-data-123456789012'],
    [{ 'Fn::If': ['IsLocal', 'yes', 'no'] }, 'yes'],
    [{ 'Fn::If': ['IsNot', 'yes', 'no'] }, 'no'],
    [{ 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'small'] }, 3],
    [{ a: [{ Ref: 'AWS::NoValue' }, 1], b: { Ref: 'AWS::NoValue' } }, { a: [1] }],
    [{ Condition: { StringEquals: { x: 'y' } } }, { Condition: { StringEquals: { x: 'y' } } }],
  ])('%j is %j', (value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  it.each([
    [{ 'Fn::Transform': { Name: 'x' } }, 'intrinsic function Fn::Transform has no local meaning'],
    [{ 'Fn::GetAtt': ['Data', 'Nonsense'] }, 'attribute Nonsense of a AWS::S3::Bucket (Data) has no local value'],
    [{ 'Fn::GetAtt': ['Odd', 'Arn'] }, 'the ARN of a AWS::Neptune::DBCluster (Odd) has no local value'],
    [{ Ref: 'Missing' }, 'no resource Missing'],
    [{ Ref: 'Needed' }, 'parameter Needed has no default'],
    [{ 'Fn::ImportValue': 'x' }, 'Nothing exports x'],
  ])('%j is refused', (value, message) => {
    expect(() => resolve(value)).toThrow(message);
  });
});

describe('an assembly', () => {
  const toy = toyAssembly({
    Main: {
      StartAt: 'A',
      States: {
        A: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke',
          Parameters: { FunctionName: '{{Work}}' },
          End: true,
        },
      },
    },
  });
  const assembly = readAssembly(toy.directory, PLACE);
  afterAll(() => toy.remove());

  it('lists functions with their bundles, environment and versions', () => {
    expect(assembly.functions[0]).toEqual({
      logicalId: 'Work0A1B2C3D',
      name: 'Toy-Work0A1B2C3D',
      arn: 'arn:aws:lambda:us-east-1:123456789012:function:Toy-Work0A1B2C3D',
      handler: 'index.handler',
      runtime: 'nodejs24.x',
      timeoutSeconds: 5,
      memoryMb: 256,
      environment: {
        LEDGER: 'toy-ledger-123456789012',
        TOPIC: 'arn:aws:sns:us-east-1:123456789012:Toy-Topic',
        SECRET: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:Toy-Secret-AbCdEf',
        ACCOUNT: '123456789012/arn:aws:s3:::toy-ledger-123456789012',
      },
      assetDirectory: `${toy.directory}/asset.work`,
      roleArn: 'arn:aws:iam::123456789012:role/Toy-Role',
      versions: ['WorkVersion'],
    });
  });

  it('gives machines, schedules and rules with every name filled in', () => {
    const [machine] = assembly.machines;
    expect(JSON.parse(machine?.definition ?? '')).toMatchObject({
      States: { A: { Parameters: { FunctionName: `${assembly.functions[0]?.arn ?? ''}:1` } } },
    });
    expect(assembly.schedules).toMatchObject([
      { expression: 'cron(10 * * * ? *)', targetArn: machine?.arn, timeZone: 'UTC', state: 'ENABLED' },
    ]);
    expect(assembly.rules).toMatchObject([
      { pattern: { source: ['aws.states'] }, targets: [{ arn: assembly.functions[1]?.arn }] },
    ]);
  });

  it('finds functions by name, version and construct', () => {
    const { functions } = assembly;
    expect(findFunction(functions, `${functions[0]?.arn ?? ''}:1`)).toEqual({ resource: functions[0], version: '1' });
    expect(findFunction(functions, 'Toy-Work0A1B2C3D').version).toBe('$LATEST');
    expect(functionByLabel(functions, 'Recorder')).toBe(functions[1]);
    expect(() => functionByLabel(functions, 'Absent')).toThrow(
      'No function is called Absent; there are Work0A1B2C3D, Recorder0A1B2C3D',
    );
  });
});
