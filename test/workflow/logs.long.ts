import { isBackfillExecution } from '../../core/contracts/backfill/backfill-endings';
import { runIdOf } from '../../core/contracts/keys';
import type { Execution } from '../../local/aws/states/local-executions';
import { backfill, deliver, passDeadlines, RANGE, SIX_HOURS } from './backfills';
import { csv, HOUR, Workflow } from './workflow';

/** Every line of every function says whose it is: all lines that the bundled functions write are looked at. */

let workflow: Workflow;
beforeAll(async () => {
  workflow = await Workflow.start();
}, 180_000);
beforeEach(() => workflow.reset());
afterAll(() => workflow.stop());

interface Line {
  /** The function's folder. */
  readonly service: string;
  readonly message: string;
  readonly keys: Readonly<Record<string, unknown>>;
}

/** What was written, each line as JSON: one that is none has no keys, and is shown as it is. */
function written(): Line[] {
  return workflow.lines.map(({ line, functionName }) => {
    let keys: Record<string, unknown> = {};
    try {
      keys = JSON.parse(line) as Record<string, unknown>;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    return { service: String(keys['service'] ?? functionName), message: String(keys['message'] ?? line), keys };
  });
}

const OF_EXECUTION = ['runId', 'executionArn'];
const OF_RUN = ['dataset', 'partition', ...OF_EXECUTION];
const OF_BATCH = [...OF_RUN, 'batch'];
const OF_BACKFILL = ['backfillId', 'executionArn'];

/** The keys that a function's lines need, whatever they are about. */
function neededBy({ service, keys }: Line): readonly string[] {
  switch (service) {
    case 'validate-batch':
    case 'process-batch':
      return OF_BATCH;
    case 'plan-backfill':
    case 'summarize-backfill':
      return OF_BACKFILL;
    case 'claim-partition':
    case 'record-run':
    case 'execution-ended':
      if (isBackfillExecution(String(keys['executionArn']))) return OF_BACKFILL;
      // What names no dataset or no partition has none.
      return nameless.has(String(keys['runId'])) ? OF_EXECUTION : OF_RUN;
    case 'sweep':
      return [];
    default:
      return OF_RUN;
  }
}
const nameless = new Set<string>();

const without = (): string[] =>
  written()
    .filter((line) => neededBy(line).some((key) => line.keys[key] === undefined))
    .map(({ service, message }) => `${service}: ${message}`);

/** The functions that have a line with that run's id. */
const functionsOf = (key: 'runId' | 'backfillId', name: string): string[] =>
  [...new Set(written().flatMap(({ service, keys }) => (keys[key] === runIdOf(name) ? [service] : [])))].toSorted();

/** The functions that an execution invoked. */
const invokedBy = ({ history }: Execution): string[] => {
  const names = history.flatMap((event) => {
    const entered = event['stateEnteredEventDetails'] as { name?: string } | undefined;
    return event.type === 'TaskStateEntered' && entered?.name !== undefined ? [entered.name] : [];
  });
  return [...new Set(names.map((name) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()))].toSorted();
};

const key = (name: string, dataset = 'readings') => `${dataset}/2026/01/20/05/${name}`;

test('every line has the keys, and a run’s id finds every step of it', async () => {
  const { world } = workflow;
  const ends: Execution[] = [];
  const run = async (input: unknown, name: string) => ends.push((await workflow.run(input, name)).execution);
  workflow.put('readings-source', key('a.csv'), csv(40, 3));
  workflow.put('readings-source', key('b.csv'), csv(5, 0, 100));
  // Tried again after an error that the platform threw: the lines of both attempts are the run's.
  world.sfn.faults.add('ValidateBatch:throw:PlatformFault:1');
  await run({ dataset: 'readings', scheduledTime: '2026-01-20T06:15:00Z', trigger: 'schedule' }, 'published');
  await run({ dataset: 'readings', partition: HOUR }, 'published-already');
  await run({ dataset: 'strict', partition: HOUR }, 'empty');
  for (const [name, input] of [
    ['no-dataset', { dataset: 'https://example.com/secret', partition: HOUR }],
    ['unknown-dataset', { dataset: 'unknown', partition: HOUR }],
    ['no-input', null],
  ] as const) {
    nameless.add(name);
    await run(input, name);
  }
  world.sfn.faults.add('LoadPartition:kill:9');
  await run({ dataset: 'readings', partition: '2026-01-20T04' }, 'killed');
  world.sfn.faults.clear();
  const stopped = world.sfn.start('PartitionRun', { dataset: 'readings', partition: '2026-01-20T03' }, 'stopped');
  world.sfn.stop(stopped.arn, undefined, 'a test');
  await world.settle();
  workflow.put('summed-source', 'coded/2026-01-20/a.jsonl', '{"shop": "a", "amount": "1.10"}\n');
  await world.clock.advance(24 * 3_600_000);
  await run({ dataset: 'coded', partition: '2026-01-20' }, 'printing');

  expect(without()).toEqual([]);
  expect(ends).toHaveLength(8);
  for (const execution of ends) {
    const found = functionsOf('runId', execution.name);
    // ExecutionEnded is outside the machine, and hears of every ending that is no success.
    expect(found.filter((service) => service !== 'execution-ended')).toEqual(invokedBy(execution));
    expect(found.includes('execution-ended')).toBe(execution.status !== 'SUCCEEDED');
  }
  expect(functionsOf('runId', 'stopped')).toContain('execution-ended');
  expect(written().map(({ message }) => message)).toContain('coded: 1 records of 2026-01-20');
  const secret = written().filter(({ keys: { dataset } }) => JSON.stringify(dataset ?? '').includes('secret'));
  expect(secret).toEqual([]);
});

test('a backfill’s id finds its steps, and the first and the last step of each of its runs', async () => {
  for (const hour of SIX_HOURS) deliver(workflow, hour);
  await passDeadlines(workflow);
  const { execution, children, manifest } = await backfill(workflow, RANGE);
  expect(manifest.hoursRecovered).toBe(6);
  expect(without()).toEqual([]);
  expect(functionsOf('backfillId', execution.name)).toEqual([
    'claim-partition',
    'plan-backfill',
    'record-run',
    'summarize-backfill',
  ]);
  for (const child of children) expect(functionsOf('runId', child.name)).toEqual(invokedBy(child));
});

test('the lines of a sweep are the sweep’s, and those about a run or a partition are theirs, too', async () => {
  const { world } = workflow;
  // Only the sweep finds the abort; and the other hours were never started.
  world.events.route = () => undefined;
  const stopped = world.sfn.start('PartitionRun', { dataset: 'readings', partition: HOUR }, 'unheard');
  world.sfn.stop(stopped.arn, undefined, 'a test');
  await world.clock.advance(30 * 60_000);
  await world.runSchedule('Sweep');
  await world.settle();
  const lines = written().filter(({ service }) => service === 'sweep');
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.filter(({ keys }) => keys['service'] !== 'sweep')).toEqual([]);
  expect(lines.filter(({ message }) => message === 'sweep: recorded an ending that had no manifest')).toEqual([
    expect.objectContaining({
      keys: expect.objectContaining({
        runId: 'unheard',
        executionArn: stopped.arn,
        dataset: 'readings',
        partition: HOUR,
      }),
    }),
  ]);
  const started = lines.filter(({ message }) => message === 'sweep: started a run that had not been started');
  expect(started.length).toBeGreaterThan(0);
  for (const { keys } of started)
    expect(keys).toMatchObject({ dataset: expect.any(String), partition: expect.any(String) });
  expect(without()).toEqual([]);
});

test('the manifest has the request id of each attempt, as the lines of the log have it', async () => {
  workflow.put('readings-source', key('a.csv'), csv(5));
  // As often as the client itself tries: the first attempt of the step fails, the second does not.
  let refusals = 3;
  workflow.world.s3.before = ({ bucket }) =>
    bucket === 'readings-source' && refusals-- > 0 ? { do: 'answer', status: 503, code: 'SlowDown' } : undefined;
  const { manifest } = await workflow.run({ dataset: 'readings', partition: HOUR }, 'ids');
  const ids = (service: string) => [
    ...new Set(written().flatMap(({ service: of, keys }) => (of === service ? [keys['awsRequestId']] : []))),
  ];
  const steps = new Map(manifest.steps.map((step) => [step.name, step]));
  for (const [name, service] of [
    ['ClaimPartition', 'claim-partition'],
    ['ValidateBatch', 'validate-batch'],
    ['CheckPartition', 'check-partition'],
    ['PublishPartition', 'publish-partition'],
  ] as const)
    expect(steps.get(name)?.requestIds).toEqual({ failed: [], succeeded: ids(service) });
  const [first, second] = ids('load-partition');
  expect(steps.get('LoadPartition')).toMatchObject({
    attempts: 2,
    requestIds: { failed: [first], succeeded: [second] },
  });
  expect(manifest.recordedBy).toEqual({ function: 'record-run', requestId: ids('record-run')[0] });
});
