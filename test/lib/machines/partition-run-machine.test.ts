import { lintDefinition } from '../../../asl-lint/lint';
import { loadDatasets } from '../../../lib/datasets';
import { FINAL_ERROR_NAMES, RETRYABLE_ERROR_NAMES, RETRYABLE_SERVICE_ERRORS } from '../../../core/contracts/errors';
import { functionsOf, labelOf } from '../../../core/contracts/function-table';
import { allStates, DATASETS_DIR, synthesize, type AslState } from '../../kit/template';

const app = synthesize();
const definition = app.definition();
const states = new Map(allStates(definition));
const tasks = [...states].filter(([, state]) => state.Type === 'Task');
const state = (name: string): AslState => states.get(name)!;

describe('the states of PartitionRun', () => {
  test('are the steps of the contracts, each once', () => {
    expect(tasks.map(([name]) => name).sort()).toEqual(functionsOf('PartitionRun').map(labelOf).sort());
  });

  test('all have a comment for people in the console', () => {
    expect([...states].filter(([, { Comment }]) => !Comment)).toEqual([]);
  });

  test('can all be reached', () => {
    const reached = new Set<string>();
    const visit = (name: string): void => {
      if (reached.has(name)) return;
      reached.add(name);
      targets(state(name)).forEach(visit);
    };
    visit(definition.StartAt);
    expect([...states.keys()].filter((name) => !reached.has(name))).toEqual([]);
  });

  test('lead to RecordRun, and only RecordRun leads to the end', () => {
    const before = Object.entries(definition.States).filter(
      ([name]) => !['RecordRun', 'RunOutcome?', 'RunSucceeded', 'RunFailed'].includes(name),
    );
    for (const [name, it] of before) {
      expect([name, it['End'], targets(it).filter((next) => /^Run(Outcome|Succeeded|Failed)/.test(next))]).toEqual([
        name,
        undefined,
        [],
      ]);
    }
    expect(targets(state('RecordRun')).sort()).toEqual(['RunFailed', 'RunOutcome?']);
    expect(targets(state('RunOutcome?')).sort()).toEqual(['RecordingUnclear', 'RunFailed', 'RunSucceeded']);
  });

  test.each(['Choice'])('%s: has a default and reads only paths that it has found to be there', (type) => {
    for (const [name, it] of [...states].filter(([, s]) => s.Type === type)) {
      expect([name, typeof it['Default']]).toEqual([name, 'string']);
      for (const choice of it['Choices'] as { And: Record<string, unknown>[] }[]) {
        const present = new Set<unknown>();
        for (const condition of choice.And) {
          if (condition['IsPresent'] === true) present.add(condition['Variable']);
          else
            expect([name, condition['Variable'], present.has(condition['Variable'])]).toEqual([
              name,
              condition['Variable'],
              true,
            ]);
        }
      }
    }
  });

  test('what is unexpected in the output of a step is recorded, not guessed', () => {
    for (const name of ['PartitionClaimed?', 'PartitionReady?', 'DuplicatesAcross?'])
      expect([name, state(name)['Default']]).toEqual([name, 'RecordRun']);
  });

  test('omit duplicates once: a second round that finds some again does not start a third', () => {
    const [again] = state('DuplicatesAcross?')['Choices'] as { And: object[]; Next: string }[];
    expect(again).toMatchObject({ Next: 'OmitDuplicates' });
    expect(again!.And).toContainEqual({ Variable: '$.load.Payload.round', NumericEquals: 1 });
  });
});

describe.each(tasks)('%s', (name, task) => {
  test('invokes a version of its function and keeps only what it returns', () => {
    expect(task['Resource']).toMatch(/:states:::lambda:invoke$/);
    expect(task['Parameters'].FunctionName).toMatch(new RegExp(`^<Functions${name}CurrentVersion`));
    const keepsOnlyPayload =
      task['OutputPath'] === '$.Payload' ||
      task['ResultPath'] === null ||
      task['ResultSelector']?.['Payload.$'] === '$.Payload';
    expect(keepsOnlyPayload).toBe(true);
  });

  test('waits longer than its Lambda may take', () => {
    expect(task['TimeoutSeconds']).toBeGreaterThanOrEqual(app.function(name).Properties['Timeout'] + 60);
  });

  test('retries temporary errors and throttling, with cap and jitter, and nothing else', () => {
    const retriers = task['Retry'] as { ErrorEquals: string[] }[];
    const retried = retriers.flatMap((r) => r.ErrorEquals);
    expect(retried.sort()).toEqual([...RETRYABLE_ERROR_NAMES, ...RETRYABLE_SERVICE_ERRORS].sort());
    expect(retried.filter((error) => FINAL_ERROR_NAMES.includes(error))).toEqual([]);
    for (const retrier of retriers) {
      expect(retrier).toMatchObject({
        JitterStrategy: 'FULL',
        MaxDelaySeconds: expect.any(Number),
        MaxAttempts: expect.any(Number),
      });
    }
  });

  test('waits between its retries as long as the policy says', () => {
    const waits = (task['Retry'] as Record<string, number>[]).map((r) =>
      Array.from({ length: r['MaxAttempts']! }, (_unused, i) =>
        Math.min(r['IntervalSeconds']! * r['BackoffRate']! ** i, r['MaxDelaySeconds']!),
      ).reduce((sum, wait) => sum + wait, 0),
    );
    expect(waits).toEqual(name === 'RecordRun' ? [915, 915] : [185, 242]);
  });

  test('catches everything and keeps error and cause', () => {
    const catchers = task['Catch'] as { ErrorEquals: string[]; ResultPath: string; Next: string }[];
    expect(catchers.map(({ ErrorEquals }) => ErrorEquals)).toEqual([['States.DataLimitExceeded'], ['States.ALL']]);
    const expected: Record<string, { Next: string; ResultPath: string }> = {
      ClaimPartition: { Next: 'ClaimFailed', ResultPath: '$' },
      ValidateBatch: { Next: 'BatchNotValidated', ResultPath: '$.failed' },
      ProcessBatch: { Next: 'BatchNotProcessed', ResultPath: '$.failed' },
      RecordRun: { Next: 'RunFailed', ResultPath: '$' },
    };
    for (const catcher of catchers)
      expect(catcher).toMatchObject(expected[name] ?? { Next: 'RecordRun', ResultPath: `$.failed.${name}` });
  });
});

describe('the machine', () => {
  const { Properties } = app.machine();

  test('is named after the stack, so that several can live in one account', () => {
    expect(Properties['StateMachineName']).toBe('Rollcall-PartitionRun');
    const other = synthesize({ stackName: 'Staging' });
    expect(other.machine().Properties['StateMachineName']).toBe('Staging-PartitionRun');
    expect(JSON.stringify(other.template.toJSON())).not.toContain('Rollcall-PartitionRun');
  });

  test('has time for the longest wait of any dataset and for its work', () => {
    // clicks: 600 − 90 minutes, and 9 hours of work.
    expect(definition.TimeoutSeconds).toBe((600 - 90) * 60 + 9 * 3600);
  });

  test('logs everything under the prefix for deliveries, traces, and its definition is far below the limit of 1 MB', () => {
    expect(Properties).toMatchObject({
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
      TracingConfiguration: { Enabled: true },
    });
    expect(app.resource('AWS::Logs::LogGroup', /^PartitionRun/).Properties).toEqual({
      LogGroupName: '/aws/vendedlogs/states/Rollcall-PartitionRun',
      RetentionInDays: 90,
    });
    expect(app.definitionText().length).toBeLessThan(100_000);
  });

  test('works on as many batches at a time as is set', () => {
    expect(state('ForEachBatch')['MaxConcurrency']).toBe(8);
    const one = synthesize({ settings: { batchConcurrency: '1' } });
    expect(one.definition().States['ForEachBatch']).toMatchObject({ MaxConcurrency: 1 });
  });

  test('may call older versions too: a run that is going keeps those that it began with', () => {
    const policy = app.resource('AWS::IAM::Policy', /^PartitionRunStateMachineRole/);
    expect(JSON.stringify(policy.Properties)).toContain('{"Fn::Join":["",[{"Fn::GetAtt":["FunctionsClaimPartition');
    for (const [id, version] of Object.entries(app.resources('AWS::Lambda::Version')))
      expect([id, version.DeletionPolicy]).toEqual([id, 'Retain']);
  });
});

/** Where a state can lead. */
function targets(it: AslState): string[] {
  const names = [
    it['Next'],
    it['Default'],
    it['ItemProcessor']?.StartAt,
    ...[...(it['Choices'] ?? []), ...(it['Catch'] ?? [])].map(({ Next }: { Next: string }) => Next),
  ];
  return [...new Set(names)].filter((name): name is string => name !== undefined);
}

test('where no dataset wants retries within a run there are none of temporary errors, and the machine is as sound', () => {
  const datasets = loadDatasets(DATASETS_DIR).map((dataset) => ({ ...dataset, retry: { times: 0, minutes: [] } }));
  const other = synthesize({ datasets }).definition();
  const [, load] = allStates(other).find(([name]) => name === 'LoadPartition') ?? [];
  expect(load?.['Retry']).toMatchObject([{ MaxAttempts: 0 }, { MaxAttempts: 8 }]);
  expect(lintDefinition(other)).toEqual([]);
});
