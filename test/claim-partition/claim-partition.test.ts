import { claimPartition } from '../../lambdas/claim-partition/claim-partition';
import { CLOSED_CIRCUIT, circuitSchema } from '../../core/contracts/run/circuit';
import { definitionHash } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import { claimOutputSchema, type ClaimOutput } from '../../core/contracts/run/steps';
import { MemoryS3 } from '../kit/memory-s3';
import { CODE_VERSION, ending, execution, holder, manifest, NOW, PARTITION, publication, record } from '../kit/runs';
import { daily, dataset, registry } from '../kit/datasets';

const key = keys.partition('flights', PARTITION);
let s3: MemoryS3;
let logged: unknown[];
beforeEach(() => {
  s3 = new MemoryS3();
  logged = [];
});

async function claim(
  input: unknown,
  options: {
    name?: string;
    now?: Date;
    running?: boolean;
    redriven?: boolean;
    started?: { startTime: string };
    datasets?: ReturnType<typeof registry>;
  } = {},
): Promise<ClaimOutput> {
  const { input: _unused, ...ref } = { ...execution(options.name), ...options.started };
  const log = (...all: unknown[]) => logged.push(all);
  const output = await claimPartition(
    {
      env: { CODE_VERSION } as never,
      datasets: options.datasets ?? registry(),
      ledger: s3.store('ledger'),
      now: () => options.now ?? NOW,
      logger: { error: log, warn: log },
      isRunning: async () => options.running ?? true,
      isRedriven: async () => options.redriven ?? false,
    },
    { input, execution: ref },
  );
  return claimOutputSchema.parse(output);
}
async function refusal(input: unknown, options?: Parameters<typeof claim>[1]) {
  const output = await claim(input, options);
  if (output.claimed) throw new Error('was claimed');
  return output;
}

test('claims a partition by name', async () => {
  expect(await claim({ dataset: 'flights', partition: PARTITION })).toEqual({
    claimed: true,
    run: {
      dataset: 'flights',
      partition: PARTITION,
      runId: 'run-1',
      executionArn: execution().arn,
      startedAt: '2026-01-20T06:15:03.000Z',
      trigger: 'manual',
      reprocess: false,
      replay: false,
      fence: 1,
      definitionHash: definitionHash(dataset()),
      codeVersion: CODE_VERSION,
      needsProcessing: false,
      hasDependencies: false,
      mayWait: true,
      circuit: { dependency: 'source-bucket', generation: 0, probe: false },
    },
  });
  expect(s3.json('ledger', key)).toMatchObject({ fence: 1, holder: { runId: 'run-1' } });
});

describe('while the circuit of the source is open, a run', () => {
  const fallback = { bucket: 'replica', prefix: 'c/{yyyy}/{MM}/{dd}/{HH}/', maxAgeMinutes: 60 };
  const input = { dataset: 'flights', partition: PARTITION };
  beforeEach(() => {
    const trouble = {
      since: '2026-01-20T06:00:00.000Z',
      openings: 1,
      cause: { text: 'it was down', code: 'SOURCE_UNAVAILABLE', runId: 'r', at: '2026-01-20T06:00:00.000Z' },
      affected: {},
    };
    const open = { ...CLOSED_CIRCUIT, generation: 1, openUntil: '2026-01-20T07:00:00.000Z', trouble };
    s3.put('ledger', keys.circuit('source-bucket'), open);
  });

  test('is skipped without a fallback, and goes on with one, told not to ask the source', async () => {
    expect(await refusal(input)).toMatchObject({ code: 'CIRCUIT_OPEN' });
    const output = await claim(input, { name: 'run-2', datasets: registry(dataset({ fallback })) });
    expect(output).toMatchObject({
      claimed: true,
      run: { primaryRefused: expect.stringContaining('source-bucket is left alone') },
    });
    // It is noted for the recovery all the same, and no probe.
    expect(s3.json('ledger', keys.circuit('source-bucket'))).toMatchObject({
      probe: null,
      trouble: { affected: { flights: { from: '2026-01-20', to: '2026-01-20' } } },
    });
  });

  test('is skipped where it would wait for an upstream: the recovery must find the partition free', async () => {
    const fares = dataset({ name: 'fares', source: { ...dataset().source, prefix: 'f/{yyyy}{MM}{dd}{HH}/' } });
    const datasets = registry(fares, dataset({ fallback, upstreams: ['fares'] }));
    expect(await refusal(input, { datasets })).toMatchObject({ code: 'CIRCUIT_OPEN' });
    s3.put('ledger', keys.partition('fares', PARTITION), record({ publication: publication('run-0') }));
    expect(await claim(input, { name: 'run-2', datasets })).toMatchObject({ claimed: true });
  });

  test('is skipped where the fallback is for other troubles, or what is published would be replaced', async () => {
    const emptyOnly = registry(dataset({ fallback: { ...fallback, when: ['empty'] } }));
    expect(await refusal(input, { datasets: emptyOnly })).toMatchObject({ code: 'CIRCUIT_OPEN' });
    s3.put('ledger', key, record({ publication: publication('run-0') }));
    const again = { ...input, reprocess: true };
    const datasets = registry(dataset({ fallback }));
    expect(await refusal(again, { datasets })).toMatchObject({ code: 'CIRCUIT_OPEN' });
    // A replay reads what is published once more, where it was published from.
    expect(await refusal({ ...input, replay: true }, { datasets })).toMatchObject({ code: 'CIRCUIT_OPEN' });
  });
});

test('a child of a backfill replaces what its backfill saw, and nothing that was published since', async () => {
  s3.put('ledger', key, record({ publication: publication('run-0') }));
  const child = { dataset: 'flights', partition: PARTITION, trigger: 'backfill', backfillId: 'weekly-1' };
  const replacing = (publications: number) => ({ ...child, reprocess: true, publications });
  expect(await refusal(replacing(0))).toMatchObject({ code: 'ALREADY_PUBLISHED' });
  expect(await claim(replacing(1))).toMatchObject({ run: { reprocess: true, trigger: 'backfill', mayWait: false } });
});

test('derives the partition from the scheduled time, however late it is delivered', async () => {
  const output = await claim(
    { dataset: 'flights', scheduledTime: '2026-01-20T06:15:00Z', trigger: 'schedule' },
    { now: new Date('2026-01-20T09:59:00Z') },
  );
  expect(output).toMatchObject({ run: { partition: PARTITION, trigger: 'schedule' } });
});

test('a schedule means the partition that its dataset had when it was made, whatever has been deployed since', async () => {
  const input = { dataset: 'flights', scheduledTime: '2026-01-20T06:15:00Z', cadence: 'hourly', availableMinutes: 15 };
  const late = registry(dataset({ availableMinutes: 75, deadlineMinutes: 180 }));
  expect(await claim(input, { datasets: late })).toMatchObject({ run: { partition: PARTITION } });
  expect(s3.keys('ledger', 'identities/')).toEqual([]);
  const asDays = registry(dataset({ ...daily(), name: 'flights' }));
  expect(await refusal(input, { datasets: asDays })).toMatchObject({
    code: 'INVALID_INPUT',
    partition: PARTITION,
    problems: [{ field: 'cadence', value: '"hourly"', expected: 'daily, as flights is deployed' }],
  });
});

test('without that, what it means is written down before the partition is claimed', async () => {
  const input = { dataset: 'flights', scheduledTime: '2026-01-20T06:15:00Z' };
  await claim(input);
  expect(s3.json('ledger', keys.identity('run-1'))).toMatchObject({ dataset: 'flights', partition: PARTITION });
  const late = registry(dataset({ availableMinutes: 75, deadlineMinutes: 180 }));
  expect(await claim(input, { datasets: late })).toMatchObject({ run: { partition: PARTITION } });
});

test('a name that was used before, 90 days ago, is another run: its ending on record is no hindrance', async () => {
  s3.put(
    'ledger',
    key,
    record({ fence: 2, last: { runId: 'run-1', ending: ending('SOURCE_EMPTY'), at: '2026-01-20T06:20:00.000Z' } }),
  );
  const times = { scheduled: null, started: '2026-01-20T06:15:03.000Z', ended: '2026-01-20T06:20:00.000Z' };
  s3.put('ledger', keys.manifest('flights', PARTITION, 'run-1'), manifest('SOURCE_EMPTY', { times }));
  const started = { startTime: '2026-04-30T06:15:03.000Z' };
  const output = await claim({ dataset: 'flights', partition: PARTITION }, { started });
  expect(output).toMatchObject({ run: { runId: expect.stringMatching(/^run-1-[0-9a-f]{16}$/), fence: 3 } });
  // The first one is over for good.
  await expect(claim({ dataset: 'flights', partition: PARTITION })).rejects.toThrow('has its ending on record already');
});

test('unknown fields are ignored, and logged by their names', async () => {
  expect(await claim({ dataset: 'flights', partition: PARTITION, partiton: '2026-01-20T06' })).toMatchObject({
    claimed: true,
  });
  expect(logged).toEqual([
    ['Ignored in the input, because there is no such field: "partiton".', { dataset: 'flights', partition: PARTITION }],
  ]);
});

test('a retry of the same execution gets its own claim back', async () => {
  const first = await claim({ dataset: 'flights', partition: PARTITION });
  expect(await claim({ dataset: 'flights', partition: PARTITION })).toEqual(first);
});

test.each([
  ['manual', '2026-01-20T06:30:00Z', true],
  ['schedule', '2026-01-20T07:59:59Z', true],
  ['schedule', '2026-01-20T08:00:00Z', false],
  ['sweep', '2026-01-20T09:00:00Z', false],
  ['backfill', '2026-01-20T06:30:00Z', false],
])('a run started by %s at %s may wait for its source: %s', async (trigger, now, mayWait) => {
  const output = await claim({ dataset: 'flights', partition: PARTITION, trigger }, { now: new Date(now) });
  expect(output).toMatchObject({ claimed: true, run: { mayWait } });
});

test('an input with thousands of faults is refused within what a state takes', async () => {
  const faults = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`\u0000"field ${i}`, '\u0000'.repeat(40)]));
  const output = await refusal({ dataset: 'flights', partition: '中'.repeat(50_000), ...faults });
  expect(output.code).toBe('INVALID_INPUT');
  expect(output.problems).toHaveLength(1);
  expect(output.detail.length).toBeLessThanOrEqual(2000);
  expect(Buffer.byteLength(JSON.stringify(output))).toBeLessThan(140_000);
});

describe('input that is not one gets INVALID_INPUT', () => {
  const table: [string, unknown, Record<string, unknown>[]][] = [
    ['a string', 'flights', [{ field: '(input)', expected: 'object' }]],
    ['a number', 7, [{ field: '(input)', expected: 'object' }]],
    ['null', null, [{ field: '(input)', expected: 'object' }]],
    ['nothing', undefined, [{ field: '(input)', expected: 'object' }]],
    ['an array', [1], [{ field: '(input)', value: '[array]', expected: 'object' }]],
    ['an empty object', {}, [{ field: 'dataset', value: 'nothing' }]],
    ['a dataset of the wrong type', { dataset: 7, partition: PARTITION }, [{ field: 'dataset', value: '7' }]],
    ['a name that would make a key', { dataset: '../secrets', partition: PARTITION }, [{ field: 'dataset' }]],
    [
      'a partition that does not exist',
      { dataset: 'flights', partition: '2026-02-30T05' },
      [
        {
          field: 'partition',
          value: '"2026-02-30T05"',
          expected: 'an existing UTC hour like 2026-01-20T05 or day like 2026-01-20',
        },
      ],
    ],
    ['a partition with slashes', { dataset: 'flights', partition: '2026/01/20/05' }, [{ field: 'partition' }]],
    [
      'both partition and scheduled time',
      { dataset: 'flights', partition: PARTITION, scheduledTime: '2026-01-20T06:15:00Z' },
      [{ field: 'partition', expected: 'exactly one of partition and scheduledTime' }],
    ],
    [
      'neither',
      { dataset: 'flights' },
      [{ field: 'partition', expected: 'exactly one of partition and scheduledTime' }],
    ],
    [
      'a scheduled time without zone',
      { dataset: 'flights', scheduledTime: '2026-01-20T06:15:00' },
      [{ field: 'scheduledTime' }],
    ],
    [
      'several at once',
      { dataset: 'flights', partition: PARTITION, trigger: 'magic', reprocess: 'yes' },
      [
        { field: 'trigger', value: '"magic"' },
        { field: 'reprocess', value: '"yes"', expected: 'boolean' },
      ],
    ],
    [
      'a day of an hourly dataset',
      { dataset: 'flights', partition: '2026-01-20' },
      [
        {
          field: 'partition',
          value: '"2026-01-20"',
          expected: 'an hour like 2026-01-20T05, because flights is hourly',
        },
      ],
    ],
    [
      'an hour of a daily dataset',
      { dataset: 'daily', partition: PARTITION },
      [{ field: 'partition', expected: 'a day like 2026-01-20, because daily is daily' }],
    ],
    [
      'a scheduled time before time',
      { dataset: 'flights', scheduledTime: '0000-01-01T00:10:00Z' },
      [{ field: 'scheduledTime' }],
    ],
  ];

  test.each(table)('%s', async (_what, input, problems) => {
    const output = await refusal(input);
    expect(output).toMatchObject({ code: 'INVALID_INPUT', problems });
    for (const { field } of output.problems) expect(output.detail).toContain(`${field}: got `);
    expect(s3.objects.size).toBe(0);
  });

  test('and still lands with the partition that it is about', async () => {
    const output = await refusal({ dataset: 'flights', partition: PARTITION, reprocess: 'please' });
    expect(output).toMatchObject({ dataset: 'flights', partition: PARTITION });
  });

  test('and still lands with the partition of its scheduled time', async () => {
    const output = await refusal({ dataset: 'flights', scheduledTime: '2026-01-20T06:15:00Z', trigger: 3 });
    expect(output).toMatchObject({ dataset: 'flights', partition: PARTITION });
  });

  test('and never repeats a secret', async () => {
    const output = await refusal({
      dataset: 'flights',
      partition: PARTITION,
      trigger: 'AKIAABCDEFGHIJKLMNOP',
      password: 'hunter2',
    });
    expect(JSON.stringify([output, logged])).not.toMatch(/hunter2|AKIAABCDEFGHIJKLMNOP/);
    expect(output.problems).toMatchObject([{ field: 'trigger' }]);
  });

  test('and repeats no more than a bit of a long value', async () => {
    const output = await refusal({ dataset: 'flights', partition: 'x'.repeat(100_000) });
    expect(JSON.stringify(output).length).toBeLessThan(1000);
  });
});

describe('refuses', () => {
  test('an unknown dataset, naming those that are deployed', async () => {
    expect(await refusal({ dataset: 'fligths', partition: PARTITION })).toMatchObject({
      code: 'UNKNOWN_DATASET',
      dataset: 'fligths',
      partition: PARTITION,
      detail: 'The input names "fligths"; deployed: daily, flights.',
    });
  });

  test('a partition that is not over, saying when it is', async () => {
    expect(await refusal({ dataset: 'flights', partition: '2026-01-20T06' })).toMatchObject({
      code: 'PARTITION_NOT_OVER',
      partition: '2026-01-20T06',
      detail: 'It is over at 2026-01-20T07:00:00.000Z.',
    });
  });

  test('a partition that the calendar does not ask for', async () => {
    expect(await refusal({ dataset: 'flights', partition: '2025-12-31T23' })).toMatchObject({ code: 'NOT_EXPECTED' });
  });

  test('a published partition', async () => {
    s3.put(
      'ledger',
      key,
      record({ fence: 2, publication: publication('run-0', { ending: ending('WITHIN_TOLERANCE') }) }),
    );
    expect(await refusal({ dataset: 'flights', partition: PARTITION })).toMatchObject({
      code: 'ALREADY_PUBLISHED',
      detail: expect.stringContaining('Published as PARTIAL by run run-0'),
    });
  });

  test('but not one that is to be reprocessed', async () => {
    s3.put('ledger', key, record({ fence: 2, publication: publication('run-0') }));
    expect(await claim({ dataset: 'flights', partition: PARTITION, reprocess: true })).toMatchObject({
      claimed: true,
      run: { fence: 3, reprocess: true },
    });
  });

  test('a partition whose holder runs, naming holder and since when', async () => {
    s3.put('ledger', key, record({ fence: 2, holder: holder('run-0') }));
    expect(await refusal({ dataset: 'flights', partition: PARTITION })).toMatchObject({
      code: 'ALREADY_RUNNING',
      detail: 'Run run-0 holds it since 2026-01-20T06:15:04.000Z.',
    });
  });

  test('however long it has held it: no clock takes a partition from a run that goes on', async () => {
    s3.put('ledger', key, record({ fence: 2, holder: holder('run-0', '2020-01-01T00:00:00.000Z') }));
    expect(await refusal({ dataset: 'flights', partition: PARTITION })).toMatchObject({
      code: 'ALREADY_RUNNING',
      detail: 'Run run-0 holds it since 2020-01-01T00:00:00.000Z.',
    });
  });

  test('but takes over from a holder whose execution is closed', async () => {
    s3.put('ledger', key, record({ fence: 2, holder: holder('run-0') }));
    const output = await claim({ dataset: 'flights', partition: PARTITION }, { running: false });
    expect(output).toMatchObject({ claimed: true, run: { fence: 3 } });
  });
});

test('a daily partition is claimed the same way', async () => {
  const output = await claim({ dataset: 'daily', scheduledTime: '2026-01-20T00:15:00Z' });
  expect(output).toMatchObject({ run: { partition: '2026-01-19', definitionHash: definitionHash(daily()) } });
});

test('names of executions that make awkward keys become plain run ids', async () => {
  const output = await claim({ dataset: 'flights', partition: PARTITION }, { name: 'größer+1' });
  expect(output).toMatchObject({ run: { runId: expect.stringMatching(/^[A-Za-z0-9_-]+$/) } });
});

describe('while the circuit is open, and its time is over', () => {
  const orders = dataset({ name: 'orders' });
  const datasets = registry(dataset({ upstreams: ['orders'] }), orders);
  const claimFlights = () => claim({ dataset: 'flights', partition: PARTITION }, { datasets });
  const circuit = () => circuitSchema.parse(s3.json('ledger', keys.circuit('source-bucket')));
  beforeEach(() =>
    s3.put('ledger', keys.circuit('source-bucket'), { ...CLOSED_CIRCUIT, openUntil: '2026-01-20T06:00:00.000Z' }),
  );

  test('a run that would wait for its upstream is not the one that tries: it would keep the circuit open all that time', async () => {
    expect(await claimFlights()).toMatchObject({ claimed: false, code: 'CIRCUIT_OPEN' });
    expect(circuit().probe).toBeNull();
    // Its upstream, behind the same circuit, may try at once.
    const upstream = await claim({ dataset: 'orders', partition: PARTITION }, { name: 'run-2', datasets });
    expect(upstream).toMatchObject({ run: { circuit: { probe: true } } });
  });

  test('one whose upstreams are published tries', async () => {
    s3.put('ledger', keys.partition('orders', PARTITION), record({ publication: publication('o') }));
    expect(await claimFlights()).toMatchObject({ run: { circuit: { probe: true } } });
    expect(circuit().probe?.runId).toBe('run-1');
    // A retry of the claim gets the same answer.
    expect(await claimFlights()).toMatchObject({ run: { fence: 1, circuit: { probe: true } } });
  });
});
