import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The toy bundle: what it does is asked for in its event. */
const HANDLER = `
exports.handler = async (event, context) => {
  console.log(JSON.stringify({ message: 'invoked', event }));
  const act = event.act ?? 'echo';
  if (act === 'throw') { const error = new Error(event.message ?? 'no'); error.name = event.error; throw error; }
  if (act === 'exit') process.exit(3);
  if (act === 'hang') await new Promise(() => setInterval(() => {}, 1000));
  if (act === 'large') return 'x'.repeat(event.bytes);
  if (act === 'now') return new Date().toISOString();
  if (act === 'environment') return { env: process.env, name: context.functionName, arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis(), cwd: process.cwd() };
  if (act === 'count') { globalThis.count = (globalThis.count ?? 0) + 1; return globalThis.count; }
  if (act === 'get') {
    const response = await fetch(process.env.AWS_ENDPOINT_URL_S3 + '/' + process.env.LEDGER + '/' + event.key, { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/x' }, signal: AbortSignal.timeout(event.timeout ?? 60000) });
    return { status: response.status, now: Date.now() };
  }
  if (act === 'nothing') return undefined;
  return event;
};
`;

export interface Toy {
  readonly directory: string;
  remove(): void;
}

/** The resources of the toy, as they stand in its template. */
export type ToyResources = Record<string, { Type: string; Properties: Record<string, unknown> }>;

/**
 * A cloud assembly by hand: a function Work (5 s) with a version, a function Recorder, a ledger
 * bucket, a secret, a topic, the machines given, a schedule for Main and a rule that sends its
 * failures to Recorder. `change` may alter the template before it is written.
 */
export function toyAssembly(
  machines: Readonly<Record<string, unknown>>,
  change: (resources: ToyResources) => void = () => undefined,
): Toy {
  const directory = mkdtempSync(path.join(tmpdir(), 'rollcall-toy-'));
  mkdirSync(path.join(directory, 'asset.work'));
  writeFileSync(path.join(directory, 'asset.work', 'index.js'), HANDLER);
  const functions = Object.fromEntries(
    ['Work', 'Recorder'].map((name) => [
      `${name}0A1B2C3D`,
      {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Code: { S3Bucket: { 'Fn::Sub': 'cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: 'work.zip' },
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          Timeout: name === 'Work' ? 5 : 60,
          MemorySize: 256,
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Environment: {
            Variables: {
              LEDGER: { Ref: 'Ledger' },
              TOPIC: { Ref: 'Topic' },
              SECRET: { Ref: 'Secret' },
              ACCOUNT: { 'Fn::Sub': '${AWS::AccountId}/${Ledger.Arn}' },
            },
          },
        },
      },
    ]),
  );
  const resources: ToyResources = {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Statement: ['lambda', 'states', 'scheduler'].map((service) => ({
            Effect: 'Allow',
            Principal: { Service: `${service}.amazonaws.com` },
            Action: 'sts:AssumeRole',
          })),
        },
      },
    },
    Ledger: { Type: 'AWS::S3::Bucket', Properties: {} },
    Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: {} },
    ...functions,
    RolePolicy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'Everything',
        Roles: [{ Ref: 'Role' }],
        PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      },
    },
    WorkVersion: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Work0A1B2C3D' } } },
    ...Object.fromEntries(
      Object.entries(machines).map(([name, definition]) => [
        `${name}4E5F6A7B`,
        {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: { RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] }, DefinitionString: definitionString(definition) },
        },
      ]),
    ),
    Hourly89ABCDEF: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        ScheduleExpression: 'cron(10 * * * ? *)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: { Ref: `${Object.keys(machines)[0] ?? ''}4E5F6A7B` },
          RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Input: '{"dataset":"toy","scheduledTime":"<aws.scheduler.scheduled-time>"}',
        },
      },
    },
    EndedRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: {
          source: ['aws.states'],
          'detail-type': ['Step Functions Execution Status Change'],
          detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
        },
        Targets: [{ Arn: { 'Fn::GetAtt': ['Recorder0A1B2C3D', 'Arn'] }, Id: 'Target0' }],
      },
    },
    EndedPermission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { Ref: 'Recorder0A1B2C3D' },
        Principal: 'events.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': ['EndedRule', 'Arn'] },
      },
    },
  };
  change(resources);
  const write = (file: string, content: unknown): void =>
    writeFileSync(path.join(directory, file), JSON.stringify(content, undefined, 1));
  write('manifest.json', {
    version: '55.0.0',
    artifacts: { Toy: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Toy.template.json' } } },
  });
  write('Toy.template.json', { Resources: resources });
  write('Toy.assets.json', {
    files: {
      work: { source: { path: 'asset.work', packaging: 'zip' }, destinations: { here: { objectKey: 'work.zip' } } },
    },
  });
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** As CDK renders it: JSON text, cut where a reference goes in. `{{Work}}` stands for the version, `{{X}}` for machine X. */
function definitionString(definition: unknown): unknown {
  const parts = JSON.stringify(definition)
    .split(/(\{\{\w+\}\})/)
    .map((part) => {
      const name = /^\{\{(\w+)\}\}$/.exec(part)?.[1];
      if (name === undefined) return part;
      return { Ref: name === 'Work' ? 'WorkVersion' : `${name}4E5F6A7B` };
    });
  return { 'Fn::Join': ['', parts] };
}

/** A Task that invokes Work with its input as payload and passes on the result. */
export function work(rest: Readonly<Record<string, unknown>> = { End: true }): Record<string, unknown> {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: '{{Work}}', 'Payload.$': '$' },
    OutputPath: '$.Payload',
    ...rest,
  };
}
