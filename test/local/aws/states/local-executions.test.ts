import { StateError } from '../../../../local/aws/states/asl-types';
import type { Execution } from '../../../../local/aws/states/local-executions';
import type { Handler } from '../../../../local/aws/lambda/invoker';
import { World } from '../../../../local/world';
import { toyAssembly, work } from '../../toy';

const START = '2001-01-02T03:04:05.000Z';
const open: (() => Promise<void>)[] = [];

async function world(
  machines: Readonly<Record<string, unknown>>,
  Work: Handler = async (event) => event,
): Promise<World> {
  const toy = toyAssembly(machines);
  const made = await World.start({
    assemblyDir: toy.directory,
    clock: { start: START, flow: 'frozen' },
    handlers: { Work, Recorder: async () => null },
  });
  open.push(async () => {
    await made.stop();
    toy.remove();
  });
  return made;
}

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** One state, run with an input. */
async function runState(state: object, input: unknown = {}, handler?: Handler): Promise<Execution> {
  return (
    await world(
      { Main: { StartAt: 'State', States: { State: { End: true, ...state }, Next: { Type: 'Pass', End: true } } } },
      handler,
    )
  ).run('Main', input);
}

const pass = (state: object) => ({ Type: 'Pass', End: true, ...state });
const seconds = (execution: Execution) => ((execution.stopDate ?? 0) - execution.startDate) / 1000;
const types = (execution: Execution) => execution.history.map((event) => event.type);
const failing = (name: string, times = Number.POSITIVE_INFINITY): Handler => {
  let calls = 0;
  return async (event) => {
    calls += 1;
    if (calls <= times) throw Object.assign(new Error(`call ${calls}`), { name });
    return event;
  };
};

describe('data flow', () => {
  const input = { a: { b: [1, 2, 3] }, n: null, text: 'say "hi" \\ {x}', zero: 0 };

  it.each([
    ['InputPath', pass({ InputPath: '$.a' }), { b: [1, 2, 3] }],
    ['InputPath null', pass({ InputPath: null }), {}],
    ['ResultPath $', pass({ Result: 7, ResultPath: '$' }), 7],
    ['a falsy Result', pass({ Result: false }), false],
    [
      'a nested ResultPath',
      pass({ Result: 7, ResultPath: '$.failed.StateName' }),
      { ...input, failed: { StateName: 7 } },
    ],
    ['ResultPath null', pass({ Result: 7, ResultPath: null }), input],
    ['OutputPath', pass({ OutputPath: '$.a.b[1]' }), 2],
    [
      'Parameters',
      pass({ Parameters: { 'x.$': '$.a.b', 'n.$': '$.n', 'all.$': '$', s: { 'deep.$': '$.zero' } } }),
      { x: [1, 2, 3], n: null, all: input, s: { deep: 0 } },
    ],
    [
      'the context',
      pass({
        Parameters: {
          'name.$': '$$.Execution.Name',
          'in.$': '$$.Execution.Input.zero',
          'state.$': '$$.State.Name',
          'at.$': '$$.State.EnteredTime',
          'm.$': '$$.StateMachine.Name',
        },
      }),
      { name: expect.stringMatching(/^[0-9a-f-]{36}$/), in: 0, state: 'State', at: START, m: 'Toy-Main4E5F6A7B' },
    ],
    [
      'States.Format',
      pass({ Parameters: { 'x.$': "States.Format('{}/{} \\{\\}', $.text, $.zero)" } }),
      { x: `${input.text}/0 {}` },
    ],
    ['States.JsonToString', pass({ Parameters: { 'x.$': 'States.JsonToString($)' } }), { x: JSON.stringify(input) }],
    [
      'States.StringToJson',
      pass({ Parameters: { 'x.$': "States.StringToJson(States.Format('[{},{}]', 1, $.zero))" } }),
      { x: [1, 0] },
    ],
    [
      'other intrinsic functions',
      pass({
        Parameters: {
          'x.$': 'States.ArrayLength($.a.b)',
          'y.$': 'States.JsonMerge($.a, States.StringToJson(\'{"c":1}\'), false)',
          'z.$': 'States.ArrayGetItem($.a.b, 2)',
        },
      }),
      { x: 3, y: { b: [1, 2, 3], c: 1 }, z: 3 },
    ],
  ])('%s', async (_, state, output) => {
    const execution = await runState(state, input);
    expect([execution.status, execution.output]).toEqual(['SUCCEEDED', output]);
  });

  it('a path that leads nowhere is States.Runtime, which nothing catches', async () => {
    const state = {
      ...work({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Next' }] }),
      InputPath: '$.nowhere',
      End: true,
    };
    const execution = await runState(state);
    expect([execution.status, execution.error]).toEqual(['FAILED', 'States.Runtime']);
    expect(execution.cause).toMatch(
      /^An error occurred while executing the state 'State' \(entered at the event id #2\)\. /,
    );
  });

  it('a result of more than 256 KiB is caught, an output of that size is not', async () => {
    const large = 'x'.repeat(263_000);
    const caught = await runState(
      { ...work({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Next' }] }), End: true },
      {},
      async () => large,
    );
    expect(caught.output).toMatchObject({ Error: 'States.DataLimitExceeded' });
    expect((await runState(pass({ Result: large }))).error).toBe('States.DataLimitExceeded');
  });
});

describe('choices', () => {
  const choose = async (rule: object, input: unknown) => {
    const states = {
      Ask: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' },
      Yes: pass({ Result: 'yes' }),
      No: pass({ Result: 'no' }),
    };
    const { output, error } = await (await world({ Main: { StartAt: 'Ask', States: states } })).run('Main', input);
    return error ?? output;
  };

  it.each([
    [{ Variable: '$.s', IsPresent: false }, 'no'],
    [{ Variable: '$.none', IsPresent: false }, 'yes'],
    [{ Variable: '$.none', IsPresent: true }, 'no'],
    [{ Variable: '$.nil', IsNull: true }, 'yes'],
    [{ Variable: '$.nil', IsNull: false }, 'no'],
    [{ Variable: '$.s', StringEquals: '5' }, 'yes'],
    [{ Variable: '$.s', NumericLessThan: 7 }, 'no'],
    [{ Variable: '$.n', NumericLessThan: 7 }, 'yes'],
    [{ Variable: '$.n', NumericGreaterThanEqualsPath: '$.m' }, 'no'],
    [{ Variable: '$.file', StringMatches: 'a?*.csv' }, 'yes'],
    [{ Variable: '$.n', StringMatches: '*' }, 'no'],
    [{ Variable: '$.b', BooleanEquals: true }, 'yes'],
    [{ Variable: '$.t', TimestampLessThanPath: '$$.State.EnteredTime' }, 'yes'],
    [{ Variable: '$$.State.RetryCount', NumericEquals: 0 }, 'yes'],
    [
      {
        And: [
          { Variable: '$.none', IsPresent: true },
          { Variable: '$.none', StringEquals: 'x' },
        ],
      },
      'no',
    ],
    [{ Or: [{ Variable: '$.none', IsPresent: true }, { Not: { Variable: '$.b', BooleanEquals: false } }] }, 'yes'],
    [{ Variable: '$.none', StringEquals: 'x' }, 'States.Runtime'],
  ])('%j is %s', async (rule, expected) => {
    const input = { s: '5', n: 5, m: 6, nil: null, b: true, file: 'a?b.csv', t: '2001-01-01T00:00:00Z' };
    expect(await choose(rule, input)).toBe(expected);
  });

  it('without a match and a default fail the execution', async () => {
    const execution = await runState(
      { Type: 'Choice', Choices: [{ Variable: '$.a', NumericEquals: 1, Next: 'Next' }] },
      { a: 2 },
    );
    expect(execution.error).toBe('States.NoChoiceMatched');
  });
});

describe('waiting', () => {
  it.each([
    ['Seconds', { Seconds: 7200 }, 7200],
    ['SecondsPath', { SecondsPath: '$.wait' }, 90],
    ['Timestamp', { Timestamp: '2001-01-02T03:05:05Z' }, 60],
    ['TimestampPath', { TimestampPath: '$.until' }, 3600],
    ['a timestamp that is past', { Timestamp: '1999-01-01T00:00:00Z' }, 0],
  ])('%s', async (_, state, expected) => {
    const execution = await runState({ Type: 'Wait', ...state }, { wait: 90, until: '2001-01-02T04:04:05Z' });
    expect([execution.status, seconds(execution)]).toEqual(['SUCCEEDED', expected]);
  });
});

describe('retrying', () => {
  const retry = (more: object) => ({ ...work({ Retry: [{ ErrorEquals: ['Transient'], ...more }] }), End: true });

  it('waits ever longer, up to the cap, and counts attempts', async () => {
    const counts: unknown[] = [];
    let calls = 0;
    const state = {
      ...retry({ IntervalSeconds: 10, BackoffRate: 3, MaxDelaySeconds: 60, MaxAttempts: 4 }),
      Parameters: { FunctionName: '{{Work}}', Payload: { 'count.$': '$$.State.RetryCount' } },
    };
    const execution = await runState(state, {}, async (event) => {
      counts.push((event as { count: number }).count);
      calls += 1;
      if (calls < 5) throw Object.assign(new Error('not yet'), { name: 'Transient' });
      return 'done';
    });
    expect([execution.output, counts, seconds(execution)]).toEqual(['done', [0, 1, 2, 3, 4], 10 + 30 + 60 + 60]);
  });

  it('spreads waits with full jitter, alike for the same seed', async () => {
    const waits = async () =>
      seconds(
        await runState(
          retry({ IntervalSeconds: 100, MaxAttempts: 1, JitterStrategy: 'FULL' }),
          {},
          failing('Transient', 1),
        ),
      );
    const first = await waits();
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(100);
    expect(await waits()).toBe(first);
  });

  it('gives up after the last attempt, and does not retry other errors', async () => {
    const exhausted = await runState(retry({ MaxAttempts: 2 }), {}, failing('Transient'));
    expect([exhausted.error, types(exhausted).filter((type) => type === 'TaskFailed').length]).toEqual([
      'Transient',
      3,
    ]);
    const other = await runState(retry({}), {}, failing('Final'));
    expect([other.error, types(other).filter((type) => type === 'TaskFailed').length]).toEqual(['Final', 1]);
  });
});

describe('catching', () => {
  const caught = (catcher: object) => ({ ...work({ Catch: [{ Next: 'Next', ...catcher }] }), End: true });

  it('passes on error and cause where ResultPath says', async () => {
    const { output } = await runState(
      caught({ ErrorEquals: ['States.ALL'], ResultPath: '$.failed.Work' }),
      { keep: 1 },
      failing('Broken'),
    );
    expect(output).toEqual({
      keep: 1,
      failed: { Work: { Error: 'Broken', Cause: expect.stringContaining('"errorMessage":"call 1"') } },
    });
  });

  it('gives a time-out an empty cause, and States.TaskFailed does not match it', async () => {
    const run = async (errors: string[]) => {
      const states = {
        State: { ...caught({ ErrorEquals: errors, ResultPath: '$.failed' }), TimeoutSeconds: 3 },
        Next: pass({}),
      };
      const main: World = await world({ Main: { StartAt: 'State', States: states } }, async () => {
        await main.clock.advance(3000);
        return new Promise(() => undefined);
      });
      return main.run('Main', {});
    };
    const all = await run(['States.ALL']);
    expect(all.output).toEqual({ failed: { Error: 'States.Timeout', Cause: '' } });
    expect(types(all)).toContain('TaskTimedOut');
    expect((await run(['States.TaskFailed'])).error).toBe('States.Timeout');
  });

  it('leaves what runs on to itself', async () => {
    const late: string[] = [];
    const main: World = await world(
      {
        Main: {
          StartAt: 'State',
          States: { State: { ...caught({ ErrorEquals: ['States.ALL'] }), TimeoutSeconds: 3 }, Next: pass({}) },
        },
      },
      async () => {
        await main.clock.sleep(4000);
        late.push(main.clock.date().toISOString());
      },
    );
    const execution = await main.run('Main', {});
    expect([seconds(execution), late]).toEqual([3, []]);
    await main.settle();
    expect(late).toEqual(['2001-01-02T03:04:09.000Z']);
  });

  it('Fail takes error and cause from paths', async () => {
    const execution = await runState(
      { Type: 'Fail', ErrorPath: '$.e', CausePath: "States.Format('because {}', $.c)" },
      { e: 'Own', c: '"x"' },
    );
    expect([execution.error, execution.cause]).toEqual(['Own', 'because "x"']);
  });
});

describe('Map and Parallel', () => {
  const each = (states: object, more: object = {}, mode: object = {}) => ({
    Type: 'Map',
    ItemsPath: '$.items',
    ItemSelector: { 'index.$': '$$.Map.Item.Index', 'value.$': '$$.Map.Item.Value', 'all.$': '$.items' },
    ItemProcessor: { ...mode, StartAt: 'Each', States: states },
    ...more,
  });

  it('gives every iteration its item, its own context and the execution that it belongs to', async () => {
    const states = {
      Each: {
        ...work({ Next: 'Then' }),
        Parameters: {
          FunctionName: '{{Work}}',
          Payload: { 'i.$': '$$.Map.Item.Index', 'v.$': '$.value', 'run.$': '$$.Execution.Input.run' },
        },
      },
      Then: pass({ Parameters: { 'x.$': '$', 'still.$': '$$.Map.Item.Index' } }),
    };
    const { output } = await runState(each(states), { run: 'r', items: ['a', 'b', 'c'] });
    expect(output).toEqual(['a', 'b', 'c'].map((v, i) => ({ x: { i, v, run: 'r' }, still: i })));
  });

  it('counts retries of each iteration on its own, at the same time', async () => {
    const seen: Record<string, number[]> = {};
    const state = each({
      Each: {
        ...work({ End: true, Retry: [{ ErrorEquals: ['Transient'], IntervalSeconds: 5 }] }),
        Parameters: { FunctionName: '{{Work}}', Payload: { 'v.$': '$.value', 'n.$': '$$.State.RetryCount' } },
      },
    });
    const execution = await runState(state, { items: [0, 2, 1, 3] }, async (event) => {
      const { v, n } = event as { v: number; n: number };
      (seen[v] ??= []).push(n);
      if (n < v) throw Object.assign(new Error('again'), { name: 'Transient' });
      return v;
    });
    expect([execution.output, seen]).toEqual([[0, 2, 1, 3], { 0: [0], 1: [0, 1], 2: [0, 1, 2], 3: [0, 1, 2, 3] }]);
    expect(seconds(execution)).toBe(5 + 10 + 20);
  });

  it('runs no more at once than allowed, and waits side by side', async () => {
    const state = (MaxConcurrency: number) =>
      each({ Each: { Type: 'Wait', Seconds: 60, End: true } }, { MaxConcurrency });
    expect(seconds(await runState(state(0), { items: [1, 2, 3, 4] }))).toBe(60);
    expect(seconds(await runState(state(2), { items: [1, 2, 3, 4] }))).toBe(120);
  });

  it('fails with the first error, and ends the other iterations', async () => {
    const state = each({
      Each: { Type: 'Choice', Choices: [{ Variable: '$.value', NumericEquals: 1, Next: 'Bad' }], Default: 'Long' },
      Long: { Type: 'Wait', Seconds: 1000, Next: 'Done' },
      Done: pass({}),
      Bad: { Type: 'Fail', Error: 'Bad', Cause: 'one' },
    });
    const execution = await runState(state, { items: [0, 1, 2] });
    expect([execution.error, execution.cause, seconds(execution)]).toEqual(['Bad', 'one', 0]);
  });

  it('tolerates failures where distributed, and its children are executions of their own', async () => {
    const mode = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } };
    const states = {
      Each: {
        ...work(),
        Parameters: { FunctionName: '{{Work}}', Payload: { 'v.$': '$.value', 'own.$': '$$.Execution.Input.index' } },
      },
    };
    const handler: Handler = async (event) => {
      const { v } = event as { v: number };
      if (v === 2) throw new Error('two');
      return event;
    };
    const tolerant = await runState(
      each(states, { ToleratedFailurePercentage: 100 }, mode),
      { items: [1, 2, 3] },
      handler,
    );
    expect(tolerant.output).toEqual([
      { v: 1, own: 0 },
      { v: 3, own: 2 },
    ]);
    const strict = await runState(each(states, { ToleratedFailureCount: 0 }, mode), { items: [1, 2, 3] }, handler);
    expect(strict.status).toBe('FAILED');
  });

  it('Parallel gives every branch the input and collects their outputs', async () => {
    const branch = (state: object) => ({ StartAt: 'A', States: { A: state } });
    const state = {
      Type: 'Parallel',
      Branches: [branch(pass({ OutputPath: '$.a' })), branch({ Type: 'Wait', Seconds: 30, End: true })],
      ResultPath: '$.both',
    };
    const execution = await runState(state, { a: 1 });
    expect([execution.output, seconds(execution)]).toEqual([{ a: 1, both: [1, { a: 1 }] }, 30]);
  });
});

describe('executions', () => {
  const waiting = {
    StartAt: 'Wait',
    TimeoutSeconds: 600,
    States: { Wait: { Type: 'Wait', SecondsPath: '$.s', Next: 'Work' }, Work: work() },
  };

  it('time out as a whole', async () => {
    const execution = await (await world({ Main: waiting })).run('Main', { s: 601 });
    expect([execution.status, execution.error, seconds(execution), types(execution).at(-1)]).toEqual([
      'TIMED_OUT',
      'States.Timeout',
      600,
      'ExecutionTimedOut',
    ]);
  });

  it('are aborted with error and cause, once', async () => {
    const main = await world({ Main: waiting });
    const release = main.clock.hold();
    const { arn, done } = main.sfn.start('Main', { s: 60 });
    main.sfn.stop(arn, 'Enough', 'by hand');
    main.sfn.stop(arn, 'Again');
    release();
    const execution = await done;
    expect([execution.status, execution.error, execution.cause, types(execution).at(-1)]).toEqual([
      'ABORTED',
      'Enough',
      'by hand',
      'ExecutionAborted',
    ]);
    await main.settle();
    expect(execution.history.at(-1)?.type).toBe('ExecutionAborted');
  });

  it('have names of their own', async () => {
    const main = await world({ Main: waiting });
    const release = main.clock.hold();
    const first = main.sfn.start('Main', { s: 60 }, 'one');
    expect(main.sfn.start('Main', { s: 60 }, 'one')).toBe(first);
    expect(() => main.sfn.start('Main', { s: 61 }, 'one')).toThrow(
      expect.objectContaining({ code: 'ExecutionAlreadyExists' }),
    );
    expect(() => main.sfn.start('Main', {}, '2001-01-01T05:00')).toThrow(
      expect.objectContaining({ code: 'InvalidName' }),
    );
    release();
    await first.done;
    expect(() => main.sfn.start('Main', { s: 60 }, 'one')).toThrow(
      expect.objectContaining({ code: 'ExecutionAlreadyExists' }),
    );
  });

  it('tell their story as GetExecutionHistory does', async () => {
    const main = await world({
      Main: { StartAt: 'Work', States: { Work: work({ Next: 'Last' }), Last: { Type: 'Succeed' } } },
    });
    const { history } = await main.run('Main', { a: 1 });
    expect(history.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 1, 'TaskStateEntered'],
      [3, 2, 'TaskScheduled'],
      [4, 3, 'TaskStarted'],
      [5, 4, 'TaskSucceeded'],
      [6, 5, 'TaskStateExited'],
      [7, 6, 'SucceedStateEntered'],
      [8, 7, 'SucceedStateExited'],
      [9, 8, 'ExecutionSucceeded'],
    ]);
    expect(history[4]).toMatchObject({
      taskSucceededEventDetails: {
        resource: 'invoke',
        resourceType: 'lambda',
        output: expect.stringContaining('"StatusCode":200'),
      },
    });
  });

  it('tell every change of status, as EventBridge is told', async () => {
    const main = await world({ Main: { StartAt: 'Stop', States: { Stop: { Type: 'Fail', Error: 'E', Cause: 'c' } } } });
    const events: unknown[] = [];
    main.sfn.onStatusChange(({ detail, time, source }) =>
      events.push([
        source,
        detail.status,
        detail['error'],
        detail['input'],
        detail['startDate'],
        detail['stopDate'],
        time,
      ]),
    );
    const { startDate } = await main.run('Main', { a: 1 });
    expect(events).toEqual([
      ['aws.states', 'RUNNING', null, '{"a":1}', startDate, null, '2001-01-02T03:04:05Z'],
      ['aws.states', 'FAILED', 'E', '{"a":1}', startDate, startDate, '2001-01-02T03:04:05Z'],
    ]);
  });
});

describe('nested executions', () => {
  const child = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 60, Next: 'Work' }, Work: work() } };
  const parent = (Resource: string, more: object = {}) => ({
    StartAt: 'Child',
    States: {
      Child: {
        Type: 'Task',
        Resource,
        Parameters: { StateMachineArn: '{{Child}}', 'Name.$': '$.name', Input: { 'hour.$': '$.hour' } },
        End: true,
        ...more,
      },
      Caught: pass({}),
    },
  });

  it('are waited for, and their output is taken out of the text', async () => {
    const main = await world({ Main: parent('arn:aws:states:::states:startExecution.sync:2'), Child: child });
    const { output } = await main.run('Main', { name: 'kid', hour: 5 });
    expect(output).toMatchObject({ Name: 'kid', Status: 'SUCCEEDED', Output: { hour: 5 }, Input: { hour: 5 } });
    expect(main.clock.date().toISOString()).toBe('2001-01-02T03:05:05.000Z');
  });

  it('that fail are States.TaskFailed, with what became of them as the cause', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
    const main = await world(
      { Main: parent('arn:aws:states:::states:startExecution.sync:2', { Catch }), Child: child },
      failing('Broken'),
    );
    const { output } = await main.run('Main', { name: 'kid', hour: 5 });
    expect(output).toMatchObject({ Error: 'States.TaskFailed' });
    expect(JSON.parse((output as { Cause: string }).Cause)).toMatchObject({ Status: 'FAILED', Error: 'Broken' });
    expect((await main.run('Main', { name: 'kid', hour: 6 })).output).toMatchObject({
      Error: 'StepFunctions.ExecutionAlreadyExistsException',
    });
  });

  it('are stopped with their parent', async () => {
    const main = await world({
      Main: { TimeoutSeconds: 30, ...parent('arn:aws:states:::states:startExecution.sync:2') },
      Child: child,
    });
    expect((await main.run('Main', { name: 'kid', hour: 5 })).status).toBe('TIMED_OUT');
    expect(main.sfn.list('Child').map((each) => each.status)).toEqual(['ABORTED']);
  });
});

describe('faults and hooks', () => {
  const retrying = {
    StartAt: 'Load',
    States: {
      Load: work({
        End: true,
        Retry: [
          {
            ErrorEquals: ['TransientError', 'Lambda.TooManyRequestsException', 'Sandbox.Timedout', 'Runtime.ExitError'],
            IntervalSeconds: 1,
          },
        ],
      }),
    },
  };

  it.each([
    ['Load:throw:TransientError:2', 'SUCCEEDED', undefined, 1 + 2],
    ['Load:throttle:1', 'SUCCEEDED', undefined, 1],
    ['Load:timeout:1', 'SUCCEEDED', undefined, 5 + 1],
    ['Load:kill:1', 'SUCCEEDED', undefined, 1],
    ['Load:timeout', 'FAILED', 'Sandbox.Timedout', 4 * 5 + 1 + 2 + 4],
    ['Load:throw:FinalError', 'FAILED', 'FinalError', 0],
    ['Other:throw:FinalError', 'SUCCEEDED', undefined, 0],
  ])('%s', async (fault, status, error, took) => {
    const main = await world({ Main: retrying });
    main.sfn.faults.add(fault);
    const execution = await main.run('Main', { a: 1 });
    expect([execution.status, execution.error, seconds(execution)]).toEqual([status, error, took]);
  });

  it.each(['Load', 'Load:explode', 'Load:throw', 'Load:kill:0', ':kill'])('%s is no fault', async (text) => {
    const main = await world({ Main: retrying });
    expect(() => main.sfn.faults.add(text)).toThrow(`Not a fault: '${text}'`);
  });

  it('see every invocation, and may change what goes in and out, or fail it', async () => {
    const main = await world({ Main: retrying });
    main.sfn.hooks.beforeInvoke = ({ attempt, stateName }) => {
      if (attempt === 0) throw new StateError('TransientError', 'hook');
      return { from: stateName, attempt };
    };
    main.sfn.hooks.afterInvoke = (_, output) => ({ replaced: output });
    expect((await main.run('Main', {})).output).toEqual({ replaced: { from: 'Load', attempt: 1 } });
  });
});
