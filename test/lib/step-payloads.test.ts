import { z } from 'zod';
import { functionsOf, functionTable, labelOf } from '../../core/contracts/function-table';
import { batchInputSchema, batchResultSchema, caughtSchema, type Run } from '../../core/contracts/run/steps';
import { allStates, synthesize } from './synthesize';

const definition = synthesize().definition();
const states = new Map(allStates(definition));

const schemas = functionsOf('PartitionRun').map((name) => [labelOf(name), functionTable[name].input] as const);

const run: Run = {
  dataset: 'orders',
  partition: '2026-01-20T08',
  runId: 'run-1',
  executionArn: 'arn:aws:states:us-east-1:123456789012:execution:Rollcall-PartitionRun:run-1',
  startedAt: '2026-01-20T09:20:01.000Z',
  trigger: 'schedule',
  reprocess: false,
  replay: false,
  fence: 1,
  definitionHash: '0123456789abcdef',
  codeVersion: '0123456789abcdef',
  needsProcessing: true,
  hasDependencies: true,
  mayWait: true,
};
/** What the state holds when everything has been done once. */
const state = {
  run,
  load: { Payload: { ready: true, planKey: 'plans/orders/2026-01-20T08/run-1.json', round: 1, batches: [0, 1] } },
  batches: [{ index: 0 }, { index: 1, state: 'ValidateBatch', error: 'SourceCorrupt' }],
  check: { Payload: { duplicatesAcross: false, checkKey: 'k', ending: { status: 'PUBLISHED', code: 'COMPLETE' } } },
};
const context = {
  Execution: { Id: run.executionArn, Name: 'run-1', StartTime: '2026-01-20T09:20:01.000Z', Input: ['anything'] },
  Map: { Item: { Value: 1 } },
  State: { RetryCount: 0 },
};

describe.each(schemas)('the payload of %s', (name, schema) => {
  const template = states.get(name)!['Parameters'].Payload as Record<string, unknown>;

  test('has exactly the fields of the step’s input', () => {
    expect(fieldsOf(template)).toEqual(Object.keys(schema.shape).sort());
  });

  test('filled in, is a valid input', () => {
    const batch = fill(states.get('ForEachBatch')!['ItemSelector'] as Record<string, unknown>, state);
    const parsed = schema.safeParse(fill(template, name.endsWith('Batch') ? batch : state));
    expect(parsed.error?.issues ?? []).toEqual([]);
  });
});

test('the execution is described in full', () => {
  for (const name of ['claim-partition', 'record-run'] as const) {
    const schema = functionTable[name].input.shape.execution;
    const { execution } = states.get(labelOf(name))!['Parameters'].Payload as { execution: Record<string, unknown> };
    expect(fieldsOf(execution)).toEqual(Object.keys(schema.shape).sort());
  }
});

test('an iteration of ForEachBatch gets exactly what its steps need', () => {
  // How often they were tried they are told by the state that tries them.
  const { retryCount: _retryCount, ...given } = batchInputSchema.shape;
  expect(fieldsOf(states.get('ForEachBatch')!['ItemSelector'] as object)).toEqual(Object.keys(given).sort());
});

test.each(['BatchDone', 'BatchNotValidated', 'BatchNotProcessed'])(
  '%s leaves a batch result of a few bytes',
  (name) => {
    const left = fill(states.get(name)!['Parameters'] as Record<string, unknown>, {
      index: 499,
      failed: { Error: 'SourceCorrupt', Cause: 'x'.repeat(32_768) },
    });
    expect(z.strictObject(batchResultSchema.shape).safeParse(left).error?.issues ?? []).toEqual([]);
    // 500 of them have to fit into 256 KiB.
    expect(JSON.stringify(left).length).toBeLessThan(200);
  },
);

test('ClaimFailed names the state that failed, whatever was caught', () => {
  const caught = { Error: 'States.Timeout', Cause: '' };
  const left = fill(states.get('ClaimFailed')!['Parameters'] as Record<string, unknown>, caught) as { failed: object };
  expect(left).toEqual({ failed: { ClaimPartition: caught } });
  expect(caughtSchema.safeParse(caught).success).toBe(true);
});

function fieldsOf(template: object): string[] {
  return Object.keys(template)
    .map((key) => key.replace(/\.\$$/, ''))
    .sort();
}

/** Fills in a payload template as Step Functions does, for plain paths. */
function fill(template: Record<string, unknown>, input: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => {
      if (key.endsWith('.$')) return [key.slice(0, -2), at(String(value), input)];
      return [key, typeof value === 'object' && value !== null ? fill(value as Record<string, unknown>, input) : value];
    }),
  );
}

function at(path: string, input: unknown): unknown {
  const [root, ...names] = path.split('.');
  return names.reduce<unknown>(
    (value, name) => {
      if (typeof value !== 'object' || value === null || !(name in value)) throw new Error(`${path}: nothing there`);
      return (value as Record<string, unknown>)[name];
    },
    root === '$$' ? context : input,
  );
}
