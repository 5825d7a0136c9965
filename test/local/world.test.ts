import { World } from '../../local/world';
import { toyAssembly, work, type Toy, type ToyResources } from './toy';

const START = '2001-01-02T03:04:05.000Z';

describe('a world whose functions run in processes', () => {
  let toy: Toy;
  let world: World;

  beforeAll(async () => {
    toy = toyAssembly({ Main: { StartAt: 'Work', States: { Work: work() } } });
    world = await World.start({
      assemblyDir: toy.directory,
      clock: { start: START, flow: 'frozen' },
      handlers: 'processes',
    });
  });
  afterEach(() => world.reset(START));
  afterAll(async () => {
    await world.stop();
    toy.remove();
  });

  it('runs the bundle with its environment, in its folder, under the simulated clock', async () => {
    const { output } = await world.run('Main', { act: 'environment' });
    const { env, ...rest } = output as { env: Record<string, string> };
    expect(rest).toMatchObject({
      left: 5000,
      cwd: `${toy.directory}/asset.work`,
      arn: expect.stringMatching(/:function:Toy-Work0A1B2C3D:1$/),
    });
    expect(env).toMatchObject({ LEDGER: world.bucket('Ledger'), AWS_ENDPOINT_URL_S3: world.s3.url, TZ: ':UTC' });
    expect((await world.run('Main', { act: 'now' })).output).toBe(START);
  });

  it('keeps a process warm between invocations', async () => {
    const first = (await world.run('Main', { act: 'count' })).output as number;
    expect((await world.run('Main', { act: 'count' })).output).toBe(first + 1);
  });

  it('reports a thrown error by its name, with message and trace as the cause', async () => {
    const { status, error, cause } = await world.run('Main', {
      act: 'throw',
      error: 'NoPartition',
      message: 'no such hour',
    });
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'NoPartition' });
    expect(JSON.parse(cause ?? '')).toMatchObject({
      errorType: 'NoPartition',
      errorMessage: 'no such hour',
      trace: expect.any(Array),
    });
  });

  it('reports a process that exits, and starts another for the next invocation', async () => {
    const { error, cause } = await world.run('Main', { act: 'exit' });
    expect(error).toBe('Runtime.ExitError');
    expect(cause).toContain('exit status 3');
    expect((await world.run('Main', { act: 'nothing' })).output).toBeNull();
  });

  it('refuses a response of more than 6 MB, and a result of more than 256 KiB', async () => {
    expect((await world.run('Main', { act: 'large', bytes: 7_000_000 })).error).toBe('Function.ResponseSizeTooLarge');
    expect((await world.run('Main', { act: 'large', bytes: 300_000 })).error).toBe('States.DataLimitExceeded');
  });

  it('kills a process in the middle of an invocation', async () => {
    world.sfn.faults.add('Work:kill');
    const { error, cause } = await world.run('Main', { act: 'hang' });
    expect(error).toBe('Runtime.ExitError');
    expect(cause).toContain('signal: killed');
  });

  it('ends a function at its time-out in simulated time', async () => {
    world.s3.before = () => ({ do: 'delay', ms: 6000 });
    const { error, cause } = await world.run('Main', { act: 'get', key: 'a' });
    expect(error).toBe('Sandbox.Timedout');
    expect(JSON.parse(cause ?? '')).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: .* Error: Task timed out after 5\.00 seconds$/),
    });
  });

  it("lets a handler's own time-outs pass with the clock", async () => {
    world.s3.before = () => ({ do: 'delay', ms: 4000 });
    expect((await world.run('Main', { act: 'get', key: 'a', timeout: 3000 })).error).toBe('TimeoutError');
    const { output } = await world.run('Main', { act: 'get', key: 'a', timeout: 5000 });
    expect(output).toEqual({ status: 404, now: world.clock.now() });
  });

  it('knows which process makes a request, and kills it there', async () => {
    world.s3.before = (request) => (request.key === 'a' ? { do: 'kill', after: true } : undefined);
    expect((await world.run('Main', { act: 'get', key: 'a' })).error).toBe('Runtime.ExitError');
    expect((await world.run('Main', { act: 'get', key: 'b' })).status).toBe('SUCCEEDED');
  });

  it('lets an orphan make its remaining requests after its execution has ended', async () => {
    const story: string[] = [];
    world.s3.before = async ({ key }) => {
      const [execution] = world.sfn.list('Main');
      world.sfn.stop(execution?.arn ?? '');
      await world.clock.sleep(2000);
      story.push(`${key} ${execution?.status ?? ''} ${world.clock.date().toISOString()}`);
      return undefined;
    };
    const { status } = await world.run('Main', { act: 'get', key: 'late' });
    expect([status, story]).toEqual(['ABORTED', []]);
    await world.settle();
    expect(story).toEqual(['late ABORTED 2001-01-02T03:04:07.000Z']);
  });

  it('fires a schedule with the scheduled time in the input', async () => {
    const firing = await world.runSchedule('Hourly', new Date('2001-01-02T03:10:00Z'));
    const execution = 'execution' in firing ? await firing.execution.done : undefined;
    expect(execution?.output).toEqual({ dataset: 'toy', scheduledTime: '2001-01-02T03:10:00Z' });
  });
});

describe('a world whose handlers run in this process', () => {
  it('sends a status change that a rule asks for to its function, again when that fails', async () => {
    const toy = toyAssembly({
      Main: { StartAt: 'Stop', States: { Stop: { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' } } },
    });
    const seen: { detail: { status: string; error: string } }[] = [];
    const world = await World.start({
      assemblyDir: toy.directory,
      clock: { start: START, flow: 'frozen' },
      handlers: {
        Recorder: async (event) => {
          seen.push(event as (typeof seen)[number]);
          throw new Error('still no');
        },
      },
    });
    await world.run('Main', { hour: 1 });
    await world.settle();
    expect(seen.map(({ detail }) => [detail.status, detail.error])).toEqual(Array(3).fill(['FAILED', 'Broken']));
    expect(world.events.deadLetters).toHaveLength(1);
    expect(world.clock.date().toISOString()).toBe('2001-01-02T03:07:06.000Z');
    await world.stop();
    toy.remove();
  });
});

describe('a world whose policies do not allow what its template has AWS do', () => {
  const MAIN = { Main: { StartAt: 'Work', States: { Work: work() } } };
  const start = async (change: (resources: ToyResources) => void) => {
    const toy = toyAssembly(MAIN, change);
    const world = await World.start({
      assemblyDir: toy.directory,
      clock: { start: START, flow: 'frozen' },
      handlers: { Work: async () => 'done', Recorder: async () => 'recorded' },
    });
    const stop = async (): Promise<void> => {
      await world.stop();
      toy.remove();
    };
    return { world, stop };
  };
  const only = (resources: ToyResources, ...actions: string[]): void => {
    resources['RolePolicy']!.Properties['PolicyDocument'] = {
      Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
    };
  };

  it('fails a task whose function the machine may not invoke', async () => {
    const { world, stop } = await start((resources) => only(resources, 's3:*'));
    const { error, cause } = await world.run('Main', {});
    expect([error, cause]).toEqual([
      'Lambda.AWSLambdaException',
      'Not authorized to perform lambda:InvokeFunction on arn:aws:lambda:us-east-1:123456789012:function:Toy-Work0A1B2C3D:1',
    ]);
    await stop();
  });

  it('does not fire a schedule whose role may not start its target', async () => {
    const { world, stop } = await start((resources) => only(resources, 'lambda:InvokeFunction'));
    await expect(world.runSchedule('Hourly')).rejects.toThrow(
      'Hourly89ABCDEF: its role may not perform states:StartExecution',
    );
    await stop();
  });

  it('does not hand an event to a function that does not let EventBridge', async () => {
    const { world, stop } = await start((resources) => delete resources['EndedPermission']);
    const refused: unknown[] = [];
    world.events.route = (_event, deliver) => deliver().catch((error: unknown) => void refused.push(error));
    const execution = world.sfn.start('Main', {});
    world.sfn.stop(execution.arn);
    await world.settle();
    expect(refused).toEqual([
      expect.objectContaining({
        name: 'NotAuthorized',
        message: expect.stringContaining('EndedRule: EventBridge may not'),
      }),
    ]);
    await stop();
  });

  it('refuses a person what a bucket denies to every caller', async () => {
    const { world, stop } = await start((resources) => {
      resources['LedgerPolicy'] = {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: { Ref: 'Ledger' },
          PolicyDocument: {
            Statement: [
              {
                Effect: 'Deny',
                Principal: '*',
                Action: 's3:PutObject',
                Resource: { 'Fn::Sub': '${Ledger.Arn}/kept/*' },
                Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
              },
              {
                Effect: 'Deny',
                Principal: '*',
                Action: 's3:DeleteObject',
                Resource: { 'Fn::Sub': '${Ledger.Arn}/kept/*' },
              },
            ],
          },
        },
      };
    });
    const url = (key: string) => `${world.s3.url}/${world.bucket('Ledger')}/${key}`;
    const status = async (method: string, key: string, headers: Record<string, string> = {}, body?: string) =>
      (await fetch(url(key), { method, headers, ...(body === undefined ? {} : { body }) })).status;
    expect(await status('PUT', 'kept/a', {}, 'a')).toBe(403);
    expect(await status('PUT', 'kept/a', { 'if-none-match': '*' }, 'a')).toBe(200);
    expect(await status('PUT', 'other/a', {}, 'a')).toBe(200);
    expect(await status('POST', 'kept/b?uploads')).toBe(200);
    expect(await status('DELETE', 'kept/a')).toBe(403);
    // Of several keys in one request each by itself.
    const several = '<Delete><Object><Key>kept/a</Key></Object><Object><Key>other/a</Key></Object></Delete>';
    const answer = await fetch(url('?delete'), { method: 'POST', body: several });
    expect(await answer.text()).toMatch(/<Deleted><Key>other\/a.*<Error><Key>kept\/a/s);
    expect(world.s3.store.keys(world.bucket('Ledger'))).toEqual(['kept/a']);
    await stop();
  });
});
