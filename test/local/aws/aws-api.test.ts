import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { World } from '../../../local/world';
import { toyAssembly, work, type Toy } from '../toy';
import { mailOf } from '../../../local/aws/sns';

const START = '2001-01-02T03:04:05.000Z';
let toy: Toy;
let world: World;
let sfn: SFNClient;
let sns: SNSClient;
let secrets: SecretsManagerClient;
let stateMachineArn: string;

beforeAll(async () => {
  toy = toyAssembly({ Main: { StartAt: 'Work', States: { Work: work() } } });
  world = await World.start({
    assemblyDir: toy.directory,
    clock: { start: START, flow: 'frozen' },
    handlers: {
      Work: async (event) => {
        if ((event as { fail?: boolean }).fail === true) throw new TypeError('no');
        return event;
      },
      Recorder: async () => null,
    },
  });
  const options = {
    endpoint: world.aws.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'me', secretAccessKey: 'local' },
  };
  sfn = new SFNClient(options);
  sns = new SNSClient(options);
  secrets = new SecretsManagerClient(options);
  stateMachineArn = world.sfn.machine('Main').arn;
});
afterEach(() => world.reset(START));
afterAll(async () => {
  for (const client of [sfn, sns, secrets]) client.destroy();
  await world.stop();
  toy.remove();
});

const start = (name: string, input: unknown = {}) =>
  sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));

describe('Step Functions over HTTP', () => {
  it('starts and describes executions', async () => {
    const { executionArn, startDate } = await start('one', { a: 1 });
    expect(startDate).toEqual(new Date(START));
    await world.settle();
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      name: 'one',
      status: 'SUCCEEDED',
      input: '{"a":1}',
      output: '{"a":1}',
      startDate: new Date(START),
      stopDate: new Date(START),
      stateMachineArn,
    });
    await start('two', { fail: true });
    await world.settle();
    const failed = await sfn.send(new DescribeExecutionCommand({ executionArn: executionArn?.replace(/one$/, 'two') }));
    expect([failed.status, failed.error, JSON.parse(failed.cause ?? '{}').errorMessage]).toEqual([
      'FAILED',
      'TypeError',
      'no',
    ]);
  });

  it('lists them in pages, the latest first, by status', async () => {
    for (let index = 0; index < 5; index += 1) await start(`run-${index}`, { fail: index === 3 });
    await world.settle();
    const names: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await sfn.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 2, nextToken }));
      names.push(...(page.executions ?? []).map((each) => each.name));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(names).toEqual(['run-4', 'run-3', 'run-2', 'run-1', 'run-0']);
    const failed = await sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'FAILED' }));
    expect(failed.executions?.map((each) => each.name)).toEqual(['run-3']);
  });

  it('stops executions and tells their history in both directions', async () => {
    const release = world.clock.hold();
    world.sfn.hooks.beforeInvoke = () => new Promise(() => undefined);
    const { executionArn } = await start('one');
    await sfn.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'by hand' }));
    release();
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      status: 'ABORTED',
      error: 'Enough',
      cause: 'by hand',
    });
    const forth = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1 }));
    expect([forth.events?.[0]?.type, forth.events?.[0]?.timestamp, typeof forth.nextToken]).toEqual([
      'ExecutionStarted',
      new Date(START),
      'string',
    ]);
    const back = await sfn.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true }));
    expect(back.events?.[0]).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { error: 'Enough', cause: 'by hand' },
    });
  });

  it('knows the machines', async () => {
    expect(
      (await sfn.send(new ListStateMachinesCommand({}))).stateMachines?.map((each) => each.stateMachineArn),
    ).toEqual([stateMachineArn]);
    const { definition } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(JSON.parse(definition ?? '').States.Work.Parameters.FunctionName).toMatch(/:function:Toy-Work0A1B2C3D:1$/);
  });

  it('refuses in the words of the service', async () => {
    await start('one', { a: 1 });
    await world.settle();
    await expect(start('one', { a: 1 })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await expect(start('a:b')).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(
      sfn.send(
        new DescribeExecutionCommand({ executionArn: `${stateMachineArn.replace('stateMachine', 'execution')}:none` }),
      ),
    ).rejects.toMatchObject({ name: 'ExecutionDoesNotExist', $metadata: { httpStatusCode: 400 } });
    await expect(sfn.send(new StartExecutionCommand({ stateMachineArn: `${stateMachineArn}x` }))).rejects.toMatchObject(
      { name: 'StateMachineDoesNotExist' },
    );
    await expect(sfn.send(new StartExecutionCommand({ stateMachineArn, input: '{' }))).rejects.toMatchObject({
      name: 'InvalidExecutionInput',
    });
    world.aws.before = ({ service, operation, caller }) => ({
      do: 'answer',
      status: 400,
      code: 'AccessDeniedException',
      message: `${service} ${operation} ${String(caller)}`,
    });
    await expect(start('two')).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'states StartExecution me',
    });
  });
});

describe('the other services over HTTP', () => {
  it('keep secrets; at first the one that the app has is the address of the local Slack', async () => {
    const SecretId = world.assembly.secrets[0]?.arn;
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    expect(SecretString).toBe(world.slack.webhook('/services/local/Secret'));
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: 'new' }));
    expect(
      (await secrets.send(new GetSecretValueCommand({ SecretId: world.assembly.secrets[0]?.name }))).SecretString,
    ).toBe('new');
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('record what is published', async () => {
    const TopicArn = world.assembly.topics[0]?.arn;
    const MessageAttributes = { severity: { DataType: 'String', StringValue: 'high' } };
    await sns.send(new PublishCommand({ TopicArn, Subject: 's', Message: 'm & m', MessageAttributes }));
    expect(world.aws.publications).toEqual([
      { at: world.clock.now(), topicArn: TopicArn, subject: 's', message: 'm & m', attributes: { severity: 'high' } },
    ]);
  });

  it('refuse what SNS refuses: subjects, texts and sizes', async () => {
    const TopicArn = world.assembly.topics[0]?.arn;
    const publish = (input: object) => sns.send(new PublishCommand({ TopicArn, Message: 'm', ...input }));
    const heard: (string | undefined)[] = [];
    world.aws.onPublication = ({ subject }) => heard.push(subject);
    for (const Subject of ['x'.repeat(100), 'two\nlines', 'ü', ' begins with a space'])
      await expect(publish({ Subject })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    for (const Message of ['no JSON', '{"sms":"m"}'])
      await expect(publish({ Message, MessageStructure: 'json' })).rejects.toThrow('No default entry');
    await expect(publish({ Message: 'x'.repeat(262_145) })).rejects.toThrow('Message too long');
    await publish({ Subject: 'x'.repeat(99), Message: '{"default":"m"}', MessageStructure: 'json' });
    expect(heard).toEqual(['x'.repeat(99)]);
    expect(world.aws.publications.map(mailOf)).toEqual([{ subject: 'x'.repeat(99), lines: ['m'] }]);
  });

  it('invoke functions', async () => {
    const invoke = (name: string, payload: unknown) =>
      fetch(`${world.aws.url}/2015-03-31/functions/${name}/invocations`, {
        method: 'POST',
        body: JSON.stringify(payload),
      });
    const name = world.assembly.functions[0]?.name ?? '';
    expect(await (await invoke(name, { a: 1 })).json()).toEqual({ a: 1 });
    const failed = await invoke(name, { fail: true });
    expect([
      failed.headers.get('x-amz-function-error'),
      ((await failed.json()) as { errorType: string }).errorType,
    ]).toEqual(['Unhandled', 'TypeError']);
    expect((await invoke('none', {})).status).toBe(404);
  });
});
