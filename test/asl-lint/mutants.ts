import type { Json } from './own-machine';

/** One thing wrong with one of our own machines, and what the linter has to say about it. */
export interface Mutant {
  readonly of: 'PartitionRun' | 'Backfill';
  readonly name: string;
  readonly rule: string;
  readonly state: string;
  /** Changes states by their paths; the second argument is the whole machine. */
  readonly mutate: (states: Record<string, Json>, machine: Json) => void;
}

const mutant = (name: string, rule: string, state: string, mutate: Mutant['mutate']): Mutant => ({
  of: 'PartitionRun',
  name,
  rule,
  state,
  mutate,
});
const ofBackfill = (...rest: Parameters<typeof mutant>): Mutant => ({ ...mutant(...rest), of: 'Backfill' });

/** Takes a question out of every rule of a Choice: the conditions with this operator on this path. */
function withoutQuestion(choice: Json, operator: string, path: string): void {
  for (const rule of choice.Choices)
    rule.And = rule.And.filter((one: Json) => one.Variable !== path || one[operator] === undefined);
}

/** Every catcher of a state. */
const catchers = (state: Json, change: (catcher: Json) => void): void => state.Catch.forEach(change);
const retrierOf = (state: Json, error: string): Json => state.Retry.find((r: Json) => r.ErrorEquals.includes(error));

export const MUTANTS: readonly Mutant[] = [
  // Paths past the terminal state.
  mutant(
    'publishing ends the machine at once',
    'path-without-terminal',
    'PublishPartition',
    ({ PublishPartition: s }) => {
      delete s.Next;
      s.End = true;
    },
  ),
  mutant('publishing goes to the question behind the recording', 'path-without-terminal', 'PublishPartition', (s) => {
    s['PublishPartition'].Next = 'RunOutcome?';
  }),
  mutant('a refused claim succeeds unrecorded', 'path-without-terminal', 'PartitionClaimed?', (s) => {
    s['PartitionClaimed?'].Default = 'RunSucceeded';
  }),
  mutant('an error of loading fails unrecorded', 'path-without-terminal', 'LoadPartition', (s) => {
    catchers(s['LoadPartition'], (c) => (c.Next = 'RunFailed'));
  }),
  mutant('only the rarer catcher of the Map goes past the recording', 'path-without-terminal', 'ForEachBatch', (s) => {
    s['ForEachBatch'].Catch[0].Next = 'RunFailed';
  }),
  mutant('a choice has an ending of its own', 'path-without-terminal', 'PartitionReady?', (s, machine) => {
    machine.States.GiveUp = { Type: 'Succeed' };
    s['PartitionReady?'].Choices.push({ Variable: '$.load.Payload.ready', IsPresent: false, Next: 'GiveUp' });
  }),
  mutant('the terminal state is renamed', 'path-without-terminal', '(machine)', (s, machine) => {
    machine.States.WriteRun = s['RecordRun'];
    delete machine.States.RecordRun;
  }),
  mutant('the machine starts behind the recording', 'path-without-terminal', 'RunOutcome?', (_, machine) => {
    machine.StartAt = 'RunOutcome?';
  }),
  // The graph.
  mutant('a target is misspelt', 'unknown-target', 'CheckPartition', (s) => {
    s['CheckPartition'].Next = 'DuplicateAcross?';
  }),
  mutant('a Catch inside the Map names a state outside', 'unknown-target', 'ForEachBatch/ValidateBatch', (s) => {
    catchers(s['ForEachBatch/ValidateBatch'], (c) => (c.Next = 'RecordRun'));
  }),
  mutant('the start is misspelt', 'unknown-target', '(machine)', (_, machine) => {
    machine.StartAt = 'Claim';
  }),
  mutant('nothing follows a wait', 'dead-end', 'WaitForPartition', ({ WaitForPartition: s }) => {
    delete s.Next;
  }),
  mutant('a Choice lost its choices', 'dead-end', 'PartitionReady?', (s) => {
    s['PartitionReady?'].Choices = [];
  }),
  mutant('checking is skipped', 'unreachable-state', 'CheckPartition', (s) => {
    s['ForEachBatch'].Next = 'RecordRun';
  }),
  mutant('the transform is never asked for', 'unreachable-state', 'ForEachBatch/ProcessBatch', (s) => {
    s['ForEachBatch/BatchNeedsProcessing?'].Choices[0].Next = 'BatchDone';
  }),
  mutant('loading and waiting go round for ever', 'endless-cycle', 'LoadPartition', (s) => {
    s['LoadPartition'].Next = 'WaitForPartition';
  }),
  // Time-outs.
  mutant('the machine has no time-out', 'machine-without-timeout', '(machine)', (_, machine) => {
    delete machine.TimeoutSeconds;
  }),
  mutant('loading may take three years', 'task-without-timeout', 'LoadPartition', (s) => {
    delete s['LoadPartition'].TimeoutSeconds;
  }),
  mutant('a batch may take three years', 'task-without-timeout', 'ForEachBatch/ValidateBatch', (s) => {
    delete s['ForEachBatch/ValidateBatch'].TimeoutSeconds;
  }),
  mutant('checking may outlast the machine', 'task-without-timeout', 'CheckPartition', (s, machine) => {
    s['CheckPartition'].TimeoutSeconds = machine.TimeoutSeconds;
  }),
  mutant('publishing is given up before its function ends', 'task-timeout-too-short', 'PublishPartition', (s) => {
    s['PublishPartition'].TimeoutSeconds = 60;
  }),
  // Retries.
  mutant('claiming is tried once only', 'task-without-retry', 'ClaimPartition', (s) => {
    delete s['ClaimPartition'].Retry;
  }),
  mutant('all retries of publishing are switched off', 'task-without-retry', 'PublishPartition', (s) => {
    s['PublishPartition'].Retry.forEach((r: Json) => (r.MaxAttempts = 0));
  }),
  mutant('a throttled recording is not tried again', 'throttled-lambda-not-retried', 'RecordRun', (s) => {
    const r = retrierOf(s['RecordRun'], 'Lambda.TooManyRequestsException');
    r.ErrorEquals = r.ErrorEquals.filter((name: string) => name !== 'Lambda.TooManyRequestsException');
  }),
  mutant("a batch has CDK's own retries", 'throttled-lambda-not-retried', 'ForEachBatch/ProcessBatch', (s) => {
    const names = ['ClientExecutionTimeoutException', 'ServiceException', 'AWSLambdaException', 'SdkClientException'];
    s['ForEachBatch/ProcessBatch'].Retry = [
      { ErrorEquals: names.map((n) => `Lambda.${n}`), IntervalSeconds: 2, MaxAttempts: 6, BackoffRate: 2 },
    ];
  }),
  mutant('everything is tried again', 'retry-of-final-error', 'LoadPartition', (s) => {
    s['LoadPartition'].Retry.push({ ...s['LoadPartition'].Retry[0], ErrorEquals: ['States.ALL'] });
  }),
  mutant('every failed task is tried again', 'retry-of-final-error', 'ForEachBatch/ValidateBatch', (s) => {
    s['ForEachBatch/ValidateBatch'].Retry[0].ErrorEquals = ['States.TaskFailed'];
  }),
  mutant('a denied source is asked again', 'retry-of-final-error', 'LoadPartition', (s) => {
    s['LoadPartition'].Retry[0].ErrorEquals.push('SourceAccessDenied');
  }),
  mutant('a step that timed out is started beside its orphan', 'retry-of-final-error', 'PublishPartition', (s) => {
    s['PublishPartition'].Retry[0].ErrorEquals.push('States.Timeout');
  }),
  mutant('a function that timed out is started again', 'retry-of-final-error', 'CheckPartition', (s) => {
    s['CheckPartition'].Retry[0].ErrorEquals.push('Sandbox.Timedout');
  }),
  mutant('a delay grows without bound', 'retry-without-cap-or-jitter', 'LoadPartition', (s) => {
    delete s['LoadPartition'].Retry[0].MaxDelaySeconds;
  }),
  mutant('retries come back together', 'retry-without-cap-or-jitter', 'ForEachBatch/ValidateBatch', (s) => {
    delete s['ForEachBatch/ValidateBatch'].Retry[0].JitterStrategy;
  }),
  mutant('jitter is switched off', 'retry-without-cap-or-jitter', 'RecordRun', (s) => {
    s['RecordRun'].Retry[1].JitterStrategy = 'NONE';
  }),
  mutant('a retry never gives up', 'retry-without-cap-or-jitter', 'ClaimPartition', (s) => {
    s['ClaimPartition'].Retry[0].MaxAttempts = 1000;
  }),
  mutant('retries outlast the machine', 'retry-without-cap-or-jitter', 'CheckPartition', (s, machine) => {
    Object.assign(s['CheckPartition'].Retry[0], { IntervalSeconds: machine.TimeoutSeconds, MaxDelaySeconds: 86_400 });
  }),
  // Catches.
  mutant('publishing catches nothing', 'task-without-catch-all', 'PublishPartition', (s) => {
    delete s['PublishPartition'].Catch;
  }),
  mutant('recording catches nothing', 'task-without-catch-all', 'RecordRun', (s) => {
    delete s['RecordRun'].Catch;
  }),
  mutant('loading catches failed tasks, but not time-outs', 'task-without-catch-all', 'LoadPartition', (s) => {
    catchers(s['LoadPartition'], (c) => (c.ErrorEquals = ['States.TaskFailed']));
  }),
  mutant('the Map catches nothing', 'task-without-catch-all', 'ForEachBatch', (s) => {
    delete s['ForEachBatch'].Catch;
  }),
  mutant('one failed batch ends them all', 'task-without-catch-all', 'ForEachBatch/ValidateBatch', (s) => {
    delete s['ForEachBatch/ValidateBatch'].Catch;
  }),
  mutant('the cause is thrown away', 'catch-drops-cause', 'CheckPartition', (s) => {
    catchers(s['CheckPartition'], (c) => (c.ResultPath = null));
  }),
  mutant('the error replaces all that the run knew', 'catch-drops-cause', 'PublishPartition', (s) => {
    catchers(s['PublishPartition'], (c) => delete c.ResultPath);
  }),
  mutant('the error replaces who works on what', 'catch-drops-cause', 'LoadPartition', (s) => {
    catchers(s['LoadPartition'], (c) => (c.ResultPath = '$.run'));
  }),
  mutant('a state on the way drops the cause', 'catch-drops-cause', 'ClaimPartition', (s) => {
    s['ClaimFailed'].Parameters = { 'error.$': '$.Error' };
  }),
  mutant('the recording is handed the run only', 'catch-drops-cause', 'ForEachBatch', (s) => {
    s['RecordRun'].Parameters.Payload['state.$'] = '$$.Execution.Input';
  }),
  mutant('States.ALL stands first', 'handler-order', 'CheckPartition', (s) => {
    s['CheckPartition'].Catch.reverse();
  }),
  mutant('States.ALL stands beside another', 'handler-order', 'LoadPartition', (s) => {
    s['LoadPartition'].Catch.at(-1).ErrorEquals.unshift('States.Timeout');
  }),
  mutant('two retriers name the same error', 'handler-order', 'PublishPartition', (s) => {
    s['PublishPartition'].Retry[1].ErrorEquals.push('TransientError');
  }),
  mutant('a retried error is misspelt', 'unknown-error-name', 'LoadPartition', (s) => {
    s['LoadPartition'].Retry[0].ErrorEquals[0] = 'TransientEror';
  }),
  mutant('a service error is misspelt', 'unknown-error-name', 'RecordRun', (s) => {
    s['RecordRun'].Retry[1].ErrorEquals.push('Lambda.TooManyRequestException');
  }),
  mutant('a Catch names an error that is never thrown', 'unknown-error-name', 'ForEachBatch', (s) => {
    s['ForEachBatch'].Catch.unshift({ ...s['ForEachBatch'].Catch[0], ErrorEquals: ['BatchFailed'] });
  }),
  // Maps.
  mutant('a failed batch leaves its index only', 'map-swallows-failures', 'ForEachBatch/ValidateBatch', (s) => {
    delete s['ForEachBatch/BatchNotValidated'].Parameters['error.$'];
  }),
  mutant('a failed batch leaves its error only', 'map-swallows-failures', 'ForEachBatch/ProcessBatch', (s) => {
    delete s['ForEachBatch/BatchNotProcessed'].Parameters['index.$'];
  }),
  mutant('a failed batch looks like a finished one', 'map-swallows-failures', 'ForEachBatch/ValidateBatch', (s) => {
    catchers(s['ForEachBatch/ValidateBatch'], (c) => (c.Next = 'BatchDone'));
  }),
  mutant('a failed batch ends in a Fail', 'map-swallows-failures', 'ForEachBatch/ProcessBatch', (s, machine) => {
    machine.States.ForEachBatch.ItemProcessor.States.BatchFailed = { Type: 'Fail' };
    catchers(s['ForEachBatch/ProcessBatch'], (c) => (c.Next = 'BatchFailed'));
  }),
  mutant('what the batches left is thrown away', 'map-swallows-failures', 'ForEachBatch', (s) => {
    s['ForEachBatch'].ResultPath = null;
  }),
  mutant('every batch may fail without a trace', 'map-swallows-failures', 'ForEachBatch', (s) => {
    s['ForEachBatch'].ToleratedFailurePercentage = 100;
    delete s['ForEachBatch/ValidateBatch'].Catch;
  }),
  // Data.
  mutant('a question has no default', 'choice-without-default', 'PartitionReady?', (s) => {
    delete s['PartitionReady?'].Default;
  }),
  mutant(
    'the question in the Map has no default',
    'choice-without-default',
    'ForEachBatch/BatchNeedsProcessing?',
    (s) => {
      delete s['ForEachBatch/BatchNeedsProcessing?'].Default;
    },
  ),
  mutant('what loading leaves is put elsewhere than it is asked for', 'unreachable-state', 'ForEachBatch', (s) => {
    s['LoadPartition'].ResultPath = '$';
  }),
  mutant('the run is lost when loading ends', 'path-may-be-missing', 'ForEachBatch', (s) => {
    s['LoadPartition'].ResultPath = '$';
    s['PartitionReady?'].Choices[0] = { Variable: '$.Payload.ready', BooleanEquals: true, Next: 'ForEachBatch' };
  }),
  mutant('a wait reads what only a waiting load has', 'path-may-be-missing', 'WaitForPartition', (s) => {
    s['PartitionReady?'].Choices.unshift({
      Variable: '$.load.Payload.ready',
      IsPresent: true,
      Next: 'WaitForPartition',
    });
  }),
  mutant('the answer is read without asking for it', 'path-may-be-missing', 'PartitionClaimed?', (s) => {
    s['PartitionClaimed?'].Choices = [{ Variable: '$.run.fence', NumericGreaterThan: 0, Next: 'LoadPartition' }];
  }),
  mutant('publishing reads a misspelt path', 'path-may-be-missing', 'PublishPartition', (s) => {
    s['PublishPartition'].Parameters.Payload['check.$'] = '$.checks.Payload';
  }),
  mutant('batches are read from the wrong place', 'path-may-be-missing', 'ForEachBatch', (s) => {
    s['ForEachBatch'].ItemsPath = '$.load.batches';
  }),
  mutant('a failed claim goes on to be asked for its run', 'path-may-be-missing', 'LoadPartition', (s) => {
    catchers(s['ClaimPartition'], (c) => (c.Next = 'LoadPartition'));
  }),
  mutant('the failure reads a cause that is not there', 'path-may-be-missing', 'RunFailed', (s) => {
    catchers(s['RecordRun'], (c) => (c.ResultPath = '$.failed.RecordRun'));
  }),
  mutant('the context object is misspelt', 'path-may-be-missing', 'RecordRun', (s) => {
    s['RecordRun'].Parameters.Payload.execution['arn.$'] = '$$.Execution.Arn';
  }),
  // Questions that are not asked before a path is read: the answer of a step that has a fault would end the run uncaught.
  mutant('duplicates are omitted by a plan that may be missing', 'path-may-be-missing', 'ForEachBatch', (s) => {
    withoutQuestion(s['DuplicatesAcross?'], 'IsPresent', '$.check.Payload.load.batches');
  }),
  mutant('whether it is ready is read without asking for it', 'path-may-be-missing', 'PartitionReady?', (s) => {
    withoutQuestion(s['PartitionReady?'], 'IsPresent', '$.load.Payload.ready');
  }),
  mutant('the outcome is read without asking for it', 'path-may-be-missing', 'RunOutcome?', (s) => {
    withoutQuestion(s['RunOutcome?'], 'IsPresent', '$.succeeded');
  }),
  mutant('how it failed is read without asking for it', 'path-may-be-missing', 'RunFailed', (s) => {
    s['RunOutcome?'].Choices[1] = { And: s['RunOutcome?'].Choices[1].And.slice(2), Next: 'RunFailed' };
  }),
  ofBackfill('the waves are read without asking for them', 'path-may-be-missing', 'ForEachWave', (s) => {
    withoutQuestion(s['AnyMissing?'], 'IsPresent', '$.waves');
  }),
  // Types.
  mutant('a wait for what may be no timestamp', 'path-of-wrong-type', 'WaitForPartition', (s) => {
    withoutQuestion(s['PartitionReady?'], 'IsTimestamp', '$.load.Payload.resumeAt');
  }),
  mutant('an error that may be no text', 'path-of-wrong-type', 'RunFailed', (s) => {
    withoutQuestion(s['RunOutcome?'], 'IsString', '$.Error');
  }),
  mutant('a cause that may be no text', 'path-of-wrong-type', 'RunFailed', (s) => {
    withoutQuestion(s['RunOutcome?'], 'IsString', '$.Cause');
  }),
  mutant('a Map over what is no list', 'path-of-wrong-type', 'ForEachBatch', (s) => {
    s['ForEachBatch'].ItemsPath = '$.load.Payload.planKey';
  }),
  // Sizes.
  mutant('every failed batch keeps its cause', 'output-without-bound', 'CheckPartition', (s) => {
    s['ForEachBatch/BatchNotValidated'].Parameters['cause.$'] = '$.failed.Cause';
  }),
  ofBackfill('the waves stay beside the causes of two failures', 'output-without-bound', 'RecordRun', (s) => {
    catchers(s['ForEachWave'], (c) => (c.Next = 'SummarizeBackfill'));
    delete s['WavesStopped'];
  }),
  // What a line in a Comment allows.
  ofBackfill('no comment says why a Map has no Catch', 'map-without-catch', 'ForEachWave/ForEachPartition', (s) => {
    s['ForEachWave/ForEachPartition'].Comment = 'One run each.';
  }),
  ofBackfill(
    'no comment says where the cause is',
    'catch-drops-cause',
    'ForEachWave/ForEachPartition/RunPartition',
    (s) => {
      s['ForEachWave/ForEachPartition/RunPartition'].Comment = 'Runs PartitionRun.';
    },
  ),
  mutant('no comment says where the cause of a batch is', 'catch-drops-cause', 'ForEachBatch/ProcessBatch', (s) => {
    s['ForEachBatch/ProcessBatch'].Comment = 'asl-lint allows catch-drops-cause:';
  }),
  mutant('a line gives no reason', 'line-that-allows-nothing', 'ForEachBatch/ProcessBatch', (s) => {
    s['ForEachBatch/ProcessBatch'].Comment = 'asl-lint allows catch-drops-cause: why not';
  }),
  mutant('a line allows what cannot be', 'line-that-allows-nothing', 'PublishPartition', (s) => {
    s['PublishPartition'].Comment = 'asl-lint allows path-without-terminal: it will be all right, believe me';
  }),
  mutant('a line allows what no state does', 'line-that-allows-nothing', 'LoadPartition', (s) => {
    s['LoadPartition'].Comment = 'asl-lint allows catch-drops-cause: it did so in a former release';
  }),
  // After the recording.
  mutant('every recorded run succeeds', 'recording-leads-to-one-end', 'RecordRun', (s) => {
    s['RecordRun'].Next = 'RunSucceeded';
  }),
  mutant('every recorded run fails', 'recording-leads-to-one-end', 'RecordRun', (s) => {
    s['RunOutcome?'].Choices[0].Next = 'RunFailed';
  }),
  mutant('the machine ends with the recording', 'recording-leads-to-one-end', 'RecordRun', (s) => {
    delete s['RecordRun'].Next;
    s['RecordRun'].End = true;
  }),
  mutant('the outcome is compared with a text', 'recording-leads-to-one-end', 'RecordRun', (s) => {
    s['RunOutcome?'].Choices[0] = { Variable: '$.succeeded', StringEquals: 'true', Next: 'RunSucceeded' };
  }),
  mutant('a run that could not be recorded succeeds', 'recording-leads-to-one-end', 'RecordRun', (s) => {
    catchers(s['RecordRun'], (c) => (c.Next = 'RunSucceeded'));
  }),
];
