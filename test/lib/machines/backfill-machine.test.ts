import {
  planBackfillInputSchema,
  planBackfillOutputSchema,
  summarizeBackfillInputSchema,
} from '../../../core/contracts/backfill/backfill';
import { functionsOf, labelOf } from '../../../core/contracts/function-table';
import { runInputSchema } from '../../../core/contracts/run/steps';
import { lintOwn, ownMachines } from '../../asl-lint/own-machine';
import { allStates, synthesize, type AslState } from '../../kit/template';

const app = synthesize();
const definition = app.definition('Backfill');
const states = new Map(allStates(definition));
const state = (name: string): AslState => states.get(name)!;
const lambdaTasks = [...states].filter(
  ([, { Type, Resource }]) => Type === 'Task' && String(Resource).endsWith('lambda:invoke'),
);

describe('the states of Backfill', () => {
  test('have no finding of the linter, with what the contracts say about the steps', () => {
    expect(lintOwn(ownMachines().Backfill)).toEqual([]);
  });

  test('are the steps of the contracts, and the run of a partition', () => {
    expect(lambdaTasks.map(([name]) => name).sort()).toEqual(functionsOf('Backfill').map(labelOf).sort());
    expect([...states].filter(([, { Comment }]) => !Comment)).toEqual([]);
  });

  test.each(['PlanBackfill', 'SummarizeBackfill', 'RecordRun'])('%s waits longer than its Lambda may take', (name) => {
    expect(state(name)['TimeoutSeconds']).toBeGreaterThanOrEqual(app.function(name).Properties['Timeout'] + 60);
  });

  test('an input that was refused and an unexpected output are recorded', () => {
    expect(state('AnyMissing?')['Default']).toBe('RecordRun');
    expect(state('PlanFailed')).toMatchObject({ Next: 'RecordRun', Parameters: { failed: { 'PlanBackfill.$': '$' } } });
  });

  test('with nothing to do, and after an error in the middle, the ledger is summarized all the same', () => {
    expect(state('AnyMissing?')['Choices'].map(({ Next }: { Next: string }) => Next)).toEqual([
      'ForEachWave',
      'SummarizeBackfill',
    ]);
    for (const { Next, ResultPath } of state('ForEachWave')['Catch'])
      expect([Next, ResultPath]).toEqual(['WavesStopped', '$.failed.ForEachWave']);
    // Without the waves, which fill most of what a state takes.
    expect(state('WavesStopped')).toMatchObject({ Result: [], ResultPath: '$.waves', Next: 'SummarizeBackfill' });
    expect(state('SummarizeBackfill')['Next']).toBe('RecordRun');
  });

  test('the machine ends before the next week, logs and traces', () => {
    expect(definition.TimeoutSeconds).toBe(6 * 24 * 3600);
    expect(app.machine('Backfill').Properties).toMatchObject({
      StateMachineName: 'Rollcall-Backfill',
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
      TracingConfiguration: { Enabled: true },
    });
  });
});

describe('the runs', () => {
  test('go wave by wave, each wave as a Distributed Map that no failed run ends', () => {
    expect(state('ForEachWave')).toMatchObject({ MaxConcurrency: 1, ItemsPath: '$.waves' });
    expect(state('ForEachWave')['ItemProcessor'].ProcessorConfig).toEqual({ Mode: 'INLINE' });
    expect(state('ForEachPartition')).toMatchObject({ ToleratedFailurePercentage: 100, ItemsPath: '$.wave.items' });
    expect(state('ForEachPartition')['ItemProcessor'].ProcessorConfig).toEqual({
      Mode: 'DISTRIBUTED',
      ExecutionType: 'STANDARD',
    });
  });

  test('are as many at a time as the budget allows', () => {
    expect(state('ForEachPartition')['MaxConcurrency']).toBe(4);
    const two = synthesize({ settings: { backfillConcurrency: '2' } }).definition('Backfill');
    expect(new Map(allStates(two)).get('ForEachPartition')).toMatchObject({ MaxConcurrency: 2 });
  });

  test('are executions of PartitionRun that are waited for, longer than they may take', () => {
    const run = state('RunPartition');
    expect(run['Resource']).toMatch(/:states:::states:startExecution\.sync:2$/);
    expect(run['Parameters'].StateMachineArn).toMatch(/^<PartitionRunStateMachine/);
    // A run of a backfill does not wait for its source: 9 hours of work.
    expect(run['TimeoutSeconds']).toBe(10 * 3600);
  });

  test('have a name that is the same however often they are started, and an input that they accept', () => {
    const item = { dataset: 'orders', partition: '2026-01-20T08' };
    const iteration = fill(
      state('ForEachPartition')['ItemSelector'],
      {
        wave: { items: [item], reprocess: true, publications: 1 },
        backfillId: 'weekly-1',
        childPrefix: '0123456789abcdef',
      },
      { Map: { Item: { Value: item } } },
    );
    const { Name, Input } = fill(state('RunPartition')['Parameters'], iteration) as { Name: string; Input: unknown };
    expect(Name).toBe('0123456789abcdef-orders-2026-01-20T08');
    expect(runInputSchema.parse(Input)).toEqual({
      ...item,
      trigger: 'backfill',
      backfillId: 'weekly-1',
      reprocess: true,
      replay: false,
      publications: 1,
    });
  });

  test('leave nothing, whatever becomes of them', () => {
    expect(state('PartitionEnded')).toMatchObject({ Result: {}, End: true });
    for (const { Next, ResultPath } of state('RunPartition')['Catch'])
      expect([Next, ResultPath]).toEqual(['PartitionEnded', null]);
  });

  test('are started again only where Step Functions itself failed, never because a run did', () => {
    const [retrier, ...more] = state('RunPartition')['Retry'] as { ErrorEquals: string[] }[];
    expect(more).toEqual([]);
    expect(retrier).toMatchObject({ MaxAttempts: 8, MaxDelaySeconds: 60, JitterStrategy: 'FULL' });
    expect(retrier!.ErrorEquals.filter((name) => !name.startsWith('StepFunctions.'))).toEqual([]);
    expect(retrier!.ErrorEquals).not.toContain('StepFunctions.ExecutionAlreadyExistsException');
  });
});

describe('the payloads', () => {
  const context = {
    Execution: { Id: 'arn', Name: 'weekly-1', StartTime: '2026-01-26T04:00:00.000Z', Input: ['anything'] },
    State: { RetryCount: 0 },
  };

  test('fit the steps', () => {
    const plan = fill(state('PlanBackfill')['Parameters'].Payload, {}, context);
    expect(planBackfillInputSchema.safeParse(plan).error?.issues ?? []).toEqual([]);
    const summarize = fill(state('SummarizeBackfill')['Parameters'].Payload, { planKey: 'k' }, context);
    expect(summarizeBackfillInputSchema.safeParse(summarize).error?.issues ?? []).toEqual([]);
  });

  test('3,000 partitions with the longest names fit into the state, and leave room for the cause of an error', () => {
    const item = { dataset: `a${'b'.repeat(29)}`, partition: '2026-01-20T08' };
    const output = {
      planned: true,
      anyMissing: true,
      planKey: `backfills/${'x'.repeat(97)}/plan.json`,
      backfillId: 'x'.repeat(97),
      childPrefix: '0123456789abcdef',
      waves: [{ reprocess: false, publications: 0, items: Array.from({ length: 3000 }, () => item) }],
    };
    expect(planBackfillOutputSchema.safeParse(output).success).toBe(true);
    const failed = { failed: { ForEachWave: { Error: 'States.Permissions', Cause: 'x'.repeat(32_768) } } };
    expect(JSON.stringify({ ...output, ...failed }).length).toBeLessThan(256 * 1024);
  });
});

/** Fills in a payload template as Step Functions does, for plain paths and `States.Format`. */
function fill(template: Record<string, unknown>, input: unknown, context: unknown = {}): Record<string, unknown> {
  const value = (path: string): unknown =>
    path
      .replace(/^\$\$?\./, '')
      .split('.')
      .reduce((at: unknown, name) => (at as Record<string, unknown>)[name], path.startsWith('$$') ? context : input);
  const evaluate = (expression: string): unknown => {
    const format = /^States\.Format\('([^']*)', (.*)\)$/.exec(expression);
    if (format === null) return value(expression);
    const args = format[2]!.split(', ').map(value);
    return format[1]!.replace(/\{\}/g, () => String(args.shift()));
  };
  return Object.fromEntries(
    Object.entries(template).map(([key, of]) => {
      if (key.endsWith('.$')) return [key.slice(0, -2), evaluate(String(of))];
      const nested = typeof of === 'object' && of !== null;
      return [key, nested ? fill(of as Record<string, unknown>, input, context) : of];
    }),
  );
}
