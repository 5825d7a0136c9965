import type { Json } from './own-machine';

/** Parts of definitions for tests, written as small as they can be sound. */

export const LAMBDA = 'arn:aws:states:::lambda:invoke';

export const RETRY = [
  {
    ErrorEquals: ['TransientError', 'Lambda.TooManyRequestsException'],
    IntervalSeconds: 2,
    MaxAttempts: 4,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  },
];

export const catchTo = (Next: string, ResultPath: string | null = '$.failed'): Json => ({
  ErrorEquals: ['States.ALL'],
  Next,
  ResultPath,
});

/** A Lambda task with everything that it needs. */
export const task = (Next: string | null, rest: Json = {}): Json => ({
  Type: 'Task',
  Resource: LAMBDA,
  Parameters: { FunctionName: 'f', 'Payload.$': '$' },
  TimeoutSeconds: 60,
  Retry: RETRY,
  Catch: [catchTo('RecordRun')],
  ...(Next === null ? { End: true } : { Next }),
  ...rest,
});

/** The terminal state and what follows it. */
export const recording = (): Json => ({
  RecordRun: task('RunOutcome?', { OutputPath: '$.Payload', Catch: [catchTo('RunFailed', '$')] }),
  'RunOutcome?': {
    Type: 'Choice',
    Choices: [
      {
        And: [
          { Variable: '$.succeeded', IsPresent: true },
          { Variable: '$.succeeded', BooleanEquals: true },
        ],
        Next: 'RunSucceeded',
      },
    ],
    Default: 'RunFailed',
  },
  RunSucceeded: { Type: 'Succeed' },
  RunFailed: { Type: 'Fail', Error: 'Failed' },
});

export const machine = (StartAt: string, States: Json, rest: Json = {}): Json => ({
  StartAt,
  TimeoutSeconds: 3600,
  States: { ...States, ...recording() },
  ...rest,
});

/** A backfill as `docs/design.md` §2 has it: waves in order, in each a child execution for every partition. */
export const backfill = (): Json =>
  machine('PlanBackfill', {
    PlanBackfill: task('AnyMissing?', { ResultSelector: { 'Payload.$': '$.Payload' }, ResultPath: '$.plan' }),
    'AnyMissing?': {
      Type: 'Choice',
      Choices: [
        {
          And: [
            { Variable: '$.plan.Payload.waves', IsPresent: true },
            { Variable: '$.plan.Payload.anyMissing', IsPresent: true },
            { Variable: '$.plan.Payload.anyMissing', BooleanEquals: true },
          ],
          Next: 'ForEachWave',
        },
      ],
      Default: 'RecordRun',
    },
    ForEachWave: {
      Type: 'Map',
      MaxConcurrency: 1,
      ItemsPath: '$.plan.Payload.waves',
      ResultPath: null,
      ItemProcessor: {
        StartAt: 'ForEachPartition',
        States: {
          ForEachPartition: {
            Type: 'Map',
            Comment: 'asl-lint allows map-without-catch: ForEachWave catches what it fails of itself',
            ToleratedFailurePercentage: 100,
            ResultPath: null,
            ItemProcessor: {
              ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
              StartAt: 'RunPartition',
              States: {
                RunPartition: task('PartitionDone', {
                  Comment: 'One run.\nasl-lint allows catch-drops-cause: the child execution has an ending of its own',
                  Resource: 'arn:aws:states:::states:startExecution.sync:2',
                  Parameters: { StateMachineArn: 'x', 'Input.$': '$' },
                  Retry: [{ ...RETRY[0], ErrorEquals: ['StepFunctions.ThrottlingException'] }],
                  Catch: [catchTo('PartitionDone', null)],
                }),
                PartitionDone: { Type: 'Pass', Result: {}, End: true },
              },
            },
            End: true,
          },
        },
      },
      Catch: [catchTo('SummarizeBackfill')],
      Next: 'SummarizeBackfill',
    },
    SummarizeBackfill: task('RecordRun', { ResultPath: '$.summary' }),
  });

/**
 * A machine with the classes of holes that public data-lake frameworks have: failures are tolerated without a trace, the cause is thrown
 * away, success is not reported, an error in the error handler ends everything.
 */
export const holes = (): Json => ({
  StartAt: 'Work',
  States: {
    Work: {
      Type: 'Parallel',
      Branches: [
        {
          StartAt: 'EachFile',
          States: {
            EachFile: {
              Type: 'Map',
              ItemsPath: '$.files',
              ToleratedFailurePercentage: 100,
              ItemProcessor: {
                ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
                StartAt: 'Convert',
                States: {
                  Convert: {
                    Type: 'Task',
                    Resource: LAMBDA,
                    Parameters: { FunctionName: '${Convert}', 'Payload.$': '$' },
                    Retry: [{ ErrorEquals: ['Lambda.TooManyRequestsException'], MaxAttempts: 3 }],
                    End: true,
                  },
                },
              },
              Next: 'Register',
            },
            Register: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:glue:startCrawler', End: true },
          },
        },
      ],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Report' }],
      End: true,
    },
    Report: {
      Type: 'Task',
      Resource: LAMBDA,
      Parameters: { FunctionName: '${Report}', 'Payload.$': '$' },
      Next: 'Failed',
    },
    Failed: { Type: 'Fail' },
  },
});
