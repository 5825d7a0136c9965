import { World } from '../../local/world';
import { toyAssembly, work, type Toy } from './toy';

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
