import type { EndedContext } from '../../lambdas/execution-ended/execution-ended';
import { executionEnded } from '../../lambdas/execution-ended/execution-ended';
import { keys } from '../../core/contracts/keys';
import type { EndingReport } from '../../core/runtime/recording/report';
import { MemoryWorld } from '../kit/memory-world';
import { arnOf, execution, holder, PARTITION, record } from '../kit/runs';

const key = keys.partition('flights', PARTITION);

function event(overrides: Record<string, unknown> = {}, name = 'run-1') {
  const { arn, startTime, input } = execution(name);
  return {
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    detail: {
      executionArn: arn,
      name,
      status: 'TIMED_OUT',
      startDate: Date.parse(startTime),
      stopDate: Date.parse(startTime) + 60_000,
      input: JSON.stringify(input),
      inputDetails: { included: true },
      error: 'States.Timeout',
      ...overrides,
    },
  };
}

const unknown = Object.assign(new Error('Execution Does Not Exist'), {
  name: 'ExecutionDoesNotExist',
  $metadata: { httpStatusCode: 400 },
});

describe('ExecutionEnded', () => {
  let world: MemoryWorld;
  let described: string[];
  let answer: () => EndingReport | undefined;
  const context = (): EndedContext => ({
    ...world.recorder(),
    describe: async (arn) => {
      described.push(arn);
      return answer();
    },
  });
  beforeEach(() => {
    world = new MemoryWorld();
    world.s3.put('ledger', key, record({ fence: 1, holder: holder() }));
    described = [];
    answer = () => ({
      execution: execution(),
      state: undefined,
      closed: { status: 'TIMED_OUT', error: 'States.Timeout', cause: undefined, at: world.now },
    });
  });

  it.each([
    ['TIMED_OUT', 'TIME_LIMIT'],
    ['ABORTED', 'STOPPED_BY_OPERATOR'],
    ['FAILED', 'STEP_TIMED_OUT'],
  ])('records %s as %s, tells it, and lets go of the partition', async (status, code) => {
    const output = await executionEnded(context(), event({ status }));
    expect(output).toMatchObject({ recorded: true, manifestKey: keys.manifest('flights', PARTITION, 'run-1') });
    expect(world.manifest().reason.code).toBe(code);
    expect(world.posts).toHaveLength(1);
    expect(world.s3.json('ledger', key)).toMatchObject({ holder: null, last: { runId: 'run-1' } });
    expect(described).toEqual([]);
  });

  it('asks Step Functions for an input that was too large for the event', async () => {
    await executionEnded(context(), event({ input: null, inputDetails: { included: false } }));
    expect(described).toEqual([arnOf('run-1')]);
    expect(world.manifest()).toMatchObject({ dataset: 'flights', partition: PARTITION });
  });

  it.each([
    ['its status', { status: 'SOMETHING' }],
    ['its dates', { startDate: 'yesterday' }],
    ['its name', { name: undefined }],
  ])('asks Step Functions when %s is broken', async (_what, broken) => {
    await executionEnded(context(), event(broken));
    expect(world.manifest().reason.code).toBe('TIME_LIMIT');
  });

  it('records by the name alone what Step Functions does not know either', async () => {
    answer = () => {
      throw unknown;
    };
    const output = await executionEnded(context(), { detail: { executionArn: arnOf('run-1') } });
    expect(output).toMatchObject({ manifestKey: 'runs/_unassigned/2026-01-20/run-1.json', status: 'FAILED' });
    expect(world.posts).toHaveLength(1);
  });

  it('asks again for the input of an execution that Step Functions does not know yet: without it, whose it is would be unknown', async () => {
    answer = () => {
      throw unknown;
    };
    world.now = new Date('2026-01-20T06:18:00.000Z');
    await expect(executionEnded(context(), event({ input: null }))).rejects.toMatchObject({ retryable: true });
    expect(world.manifestKeys()).toEqual([]);
  });

  it('keeps to what the event says when the dropped input cannot be had', async () => {
    answer = () => {
      throw unknown;
    };
    await executionEnded(context(), event({ input: null }));
    expect(world.manifest()).toMatchObject({ status: 'TIMED_OUT', dataset: null, runId: 'run-1' });
  });

  it('leaves an execution alone that runs again', async () => {
    answer = () => undefined;
    expect(await executionEnded(context(), event({ status: 'PENDING_REDRIVE' }))).toEqual({ recorded: false });
    expect(world.manifestKeys()).toEqual([]);
  });

  it('is tried again when Step Functions does not answer', async () => {
    answer = () => {
      throw Object.assign(new Error('slow down'), { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } });
    };
    await expect(executionEnded(context(), event({ input: null }))).rejects.toMatchObject({ retryable: true });
  });

  it.each([[{}], [null], ['text'], [{ detail: { executionArn: 'not an ARN' } }]])(
    'refuses %j, which names no execution',
    async (broken) => {
      await expect(executionEnded(context(), broken)).rejects.toThrow('names no execution');
    },
  );

  it('delivered twice, or after RecordRun, changes nothing and tells nothing again', async () => {
    await executionEnded(context(), event());
    const first = world.manifest();
    world.now = new Date(world.now.getTime() + 600_000);
    await executionEnded(context(), event());
    await executionEnded(context(), event({ status: 'ABORTED' }));
    expect(world.manifest()).toEqual(first);
    expect(world.posts).toHaveLength(1);
  });
});
