import { DefinitionRejected, formatFindings, lintDefinition, lintOrThrow, NotAStateMachine } from '../../asl-lint/lint';
import { backfill, catchTo, holes, LAMBDA, machine, recording, RETRY, task } from './machines';
import type { Json } from './own-machine';

const rulesAt = (definition: Json, options = {}): string[] =>
  lintDefinition(definition, options).map((f) => `${f.rule} · ${f.state}`);

describe('sound machines give no finding', () => {
  test('one task and the recording', () => {
    expect(lintDefinition(machine('Work', { Work: task('RecordRun') }))).toEqual([]);
  });

  test('a backfill: waves of child executions, each with an ending of its own', () => {
    expect(lintDefinition(backfill(), { strict: true })).toEqual([]);
  });

  test('tasks in a Parallel may leave the Catch to it', () => {
    const bare = task(null, { Catch: undefined, Parameters: undefined });
    delete bare.Catch;
    const Body = {
      Type: 'Parallel',
      Branches: [{ StartAt: 'Inner', States: { Inner: bare } }],
      ResultPath: '$.body',
      Catch: [catchTo('RecordRun')],
      Next: 'RecordRun',
    };
    expect(lintDefinition(machine('Body', { Body }))).toEqual([]);
  });

  test('the cause may pass through states that keep it, a function among them', () => {
    const definition = machine('Work', {
      Work: task('RecordRun', { Catch: [catchTo('Describe')] }),
      Describe: {
        Type: 'Pass',
        Parameters: { 'why.$': "States.Format('failed: {}', $.failed.Cause)" },
        Next: 'Explain',
      },
      Explain: task('RecordRun', { OutputPath: '$.Payload', Catch: [catchTo('RecordRun', '$.failed')] }),
    });
    expect(lintDefinition(definition)).toEqual([]);
  });

  test('a state is retried by waiting, until a bounded number of rounds', () => {
    const definition = machine('Start', {
      Start: { Type: 'Pass', Result: { round: 0 }, Next: 'Poll' },
      Poll: task('Done?', { ResultPath: '$.poll' }),
      'Done?': {
        Type: 'Choice',
        Choices: [
          { Variable: '$.round', NumericGreaterThan: 9, Next: 'RecordRun' },
          { Not: { Variable: '$.round', NumericEquals: -1 }, Next: 'Later' },
        ],
        Default: 'RecordRun',
      },
      Later: { Type: 'Wait', Seconds: 60, Next: 'Count' },
      Count: { Type: 'Pass', Parameters: { 'round.$': 'States.MathAdd($.round, 1)' }, Next: 'Poll' },
    });
    expect(lintDefinition(definition, { strict: true })).toEqual([]);
  });

  test('JSONata is not guessed at', () => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'Work',
      TimeoutSeconds: 3600,
      States: {
        Work: {
          Type: 'Task',
          Resource: LAMBDA,
          Arguments: { FunctionName: 'f', Payload: '{% $states.input %}' },
          Output: '{% $states.result.Payload %}',
          TimeoutSeconds: 60,
          Retry: RETRY,
          Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% {"failed": $states.errorOutput} %}', Next: 'RecordRun' }],
          Next: 'RecordRun',
        },
        RecordRun: {
          ...task('RunOutcome?'),
          Parameters: undefined,
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'RunFailed' }],
        },
        'RunOutcome?': {
          Type: 'Choice',
          Choices: [{ Condition: '{% $states.input.succeeded %}', Next: 'RunSucceeded' }],
          Default: 'RunFailed',
        },
        RunSucceeded: { Type: 'Succeed' },
        RunFailed: { Type: 'Fail' },
      },
    };
    expect(lintDefinition(definition, { strict: true })).toEqual([]);
    definition.States.Work.Catch[0]!.Output = '{% {"failed": true} %}';
    expect(rulesAt(definition)).toEqual(['catch-drops-cause · Work']);
  });

  test("another machine's terminal state and errors can be named", () => {
    const definition = machine('Work', { Work: task('RecordRun') });
    definition.States.Work.Retry = [{ ...RETRY[0], ErrorEquals: ['Lambda.TooManyRequestsException', 'OrderLocked'] }];
    expect(rulesAt(definition)).toEqual(['unknown-error-name · Work']);
    expect(rulesAt(definition, { knownErrors: ['OrderLocked'] })).toEqual([]);
    expect(rulesAt(definition, { knownErrors: ['OrderLocked'], terminal: 'Work' })).not.toEqual([]);
  });
});

describe('holes that public frameworks have are found', () => {
  test('each with its state', () => {
    expect(new Set(rulesAt(holes(), { terminal: 'Report' }))).toEqual(
      new Set([
        'path-without-terminal · Work',
        'machine-without-timeout · (machine)',
        'task-without-timeout · Report',
        'task-without-timeout · Work/EachFile/Convert',
        'task-without-timeout · Work/Register',
        'task-without-retry · Report',
        'task-without-retry · Work/Register',
        'task-without-catch-all · Report',
        'map-without-catch · Work/EachFile',
        'throttled-lambda-not-retried · Report',
        'catch-drops-cause · Work',
        'map-swallows-failures · Work/EachFile',
        'recording-leads-to-one-end · Report',
        'retry-without-cap-or-jitter · Work/EachFile/Convert',
      ]),
    );
  });
});

describe('messages', () => {
  test('a path past the terminal state is told from start to end', () => {
    const definition = machine('Work', {
      Work: task('Enough?'),
      'Enough?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.a', IsPresent: true, Next: 'RecordRun' }],
        Default: 'RunSucceeded',
      },
    });
    expect(lintDefinition(definition)).toEqual([
      {
        rule: 'path-without-terminal',
        state: 'Enough?',
        message: 'Default leads to the machine\'s end without passing "RecordRun": Work → Enough? → RunSucceeded → end',
        hint: 'lead Default to "RecordRun", or to a state from which every path leads there',
      },
    ]);
  });

  test('a missing path is told with the way on which it is missing', () => {
    const definition = machine('First', {
      First: { Type: 'Pass', Result: { a: 1 }, Next: 'Work' },
      Work: task('Second', { ResultPath: '$.work', Catch: [catchTo('Second')] }),
      Second: task('RecordRun', { InputPath: '$.work', ResultPath: '$.second' }),
    });
    expect(lintDefinition(definition).map((f) => f.message)).toContain(
      'InputPath reads $.work, which may be missing, e.g. when coming from Work by Catch[0]',
    );
  });

  test('a misspelt error is told with what was probably meant', () => {
    const definition = machine('Work', { Work: task('RecordRun') });
    definition.States.Work.Retry = [{ ...RETRY[0], ErrorEquals: ['TransientErr', 'Lambda.TooManyRequestsException'] }];
    expect(lintDefinition(definition).map((f) => f.hint)).toEqual(['did you mean TransientError?']);
  });

  test('findings are listed for people', () => {
    expect(formatFindings([], 'PartitionRun')).toBe('no findings in PartitionRun');
    expect(formatFindings([{ rule: 'dead-end', state: 'A', message: 'm', hint: 'h' }])).toBe(
      '1 finding:\n  dead-end · A\n    m\n    → h',
    );
  });
});

describe('lintOrThrow', () => {
  test('says nothing of a sound machine and throws the findings of another', () => {
    expect(() => lintOrThrow('Sound', machine('Work', { Work: task('RecordRun') }))).not.toThrow();
    expect(() => lintOrThrow('Holes', holes(), { terminal: 'Report' })).toThrow(DefinitionRejected);
    expect(() => lintOrThrow('Holes', holes(), { terminal: 'Report' })).toThrow(/in Holes:\n {2}path-without-terminal/);
  });

  test.each([
    ['nothing', null, /the definition is not valid Amazon States Language/],
    ['no states', { StartAt: 'A' }, /States/],
    ['a state of no known type', { StartAt: 'A', States: { A: { Type: 'Tusk' } } }, /state "A".*Type/],
    ['a Map without an inside', { StartAt: 'A', States: { A: { Type: 'Map', End: true } } }, /the inside of "A"/],
    [
      'a Catch without Next',
      { StartAt: 'A', States: { ...recording(), A: { Type: 'Task', Catch: [{ ErrorEquals: [] }] } } },
      /Catch\.0\.Next/,
    ],
  ])('%s is no state machine', (_, definition, message) => {
    expect(() => lintDefinition(definition)).toThrow(NotAStateMachine);
    expect(() => lintDefinition(definition)).toThrow(message);
  });
});
