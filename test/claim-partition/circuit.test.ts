import { claimPartition } from '../../lambdas/claim-partition/claim-partition';
import { circuitSchema } from '../../core/contracts/run/circuit';
import type { DatasetInput } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import { circuit, DEPENDENCY, minutes, opened } from '../kit/circuits';
import { MemoryS3 } from '../kit/memory-s3';
import { CODE_VERSION, execution, holder, NOW, PARTITION, publication, record } from '../kit/runs';
import { dataset, registry } from '../kit/datasets';

const partitionKey = keys.partition('flights', PARTITION);
const key = keys.circuit(DEPENDENCY);
const fallback = { bucket: 'replica', prefix: 'copy/{yyyy}/{MM}/{dd}/{HH}/', maxAgeMinutes: 60 };
let s3: MemoryS3;
beforeEach(() => {
  s3 = new MemoryS3();
});

interface ClaimOptions {
  readonly name?: string;
  readonly now?: Date;
  readonly running?: boolean;
  readonly circuit?: DatasetInput['circuit'];
}

async function claim(input: object = {}, options: ClaimOptions = {}) {
  const { input: _unused, ...ref } = execution(options.name);
  return claimPartition(
    {
      env: { CODE_VERSION } as never,
      datasets: options.circuit === undefined ? registry() : registry(dataset({ circuit: options.circuit, fallback })),
      ledger: s3.store('ledger'),
      logger: { error: () => undefined } as never,
      now: () => options.now ?? NOW,
      isRunning: async () => options.running ?? true,
      isRedriven: async () => false,
    },
    { input: { dataset: 'flights', partition: PARTITION, ...input }, execution: ref },
  );
}

test.each(['schedule', 'backfill', 'sweep', 'manual'])(
  'a run started by %s is refused while the circuit is open, and holds nothing',
  async (trigger) => {
    s3.put('ledger', key, opened());
    expect(await claim({ trigger })).toMatchObject({
      claimed: false,
      code: 'CIRCUIT_OPEN',
      dataset: 'flights',
      detail: expect.stringMatching(/source-bucket is left alone since .* rollcall circuit reset source-bucket/),
    });
    expect(s3.json('ledger', partitionKey)).toBeUndefined();
  },
);

test('where every failure counts the circuit is the dataset’s own, and while it is open no fallback is used', async () => {
  s3.put('ledger', key, opened());
  // The bucket's circuit is no affair of it.
  expect(await claim({}, { circuit: { counts: 'all' } })).toMatchObject({
    claimed: true,
    run: { circuit: { dependency: 'dataset.flights', probe: false } },
  });
  s3.put('ledger', keys.circuit('dataset.flights'), opened());
  const second = { name: 'run-2', running: false };
  expect(await claim({}, { ...second, circuit: { counts: 'all' } })).toMatchObject({ code: 'CIRCUIT_OPEN' });
  expect(await claim({}, { ...second, circuit: { counts: 'source' } })).toMatchObject({
    claimed: true,
    run: { primaryRefused: expect.any(String) },
  });
});

test('what is published, or held by another run, is said so, and no run becomes a probe for it', async () => {
  s3.put('ledger', key, opened());
  s3.put('ledger', partitionKey, record({ publication: publication('run-0') }));
  expect(await claim({}, { now: minutes(31) })).toMatchObject({ code: 'ALREADY_PUBLISHED' });
  s3.put('ledger', partitionKey, record({ fence: 1, holder: holder('run-0') }));
  expect(await claim({}, { now: minutes(31) })).toMatchObject({ code: 'ALREADY_RUNNING' });
  expect(s3.json('ledger', key)).toEqual(opened());
});

test('the first run after the cool-down claims as the probe; its own retry still is', async () => {
  s3.put('ledger', key, opened());
  const first = await claim({}, { now: minutes(31) });
  expect(first).toMatchObject({
    claimed: true,
    run: { circuit: { dependency: DEPENDENCY, generation: 1, probe: true } },
  });
  expect(await claim({}, { now: minutes(32) })).toMatchObject({ claimed: true, run: { circuit: { probe: true } } });
  expect(circuitSchema.parse(s3.json('ledger', key))).toMatchObject({ probe: { runId: 'run-1' } });
});

test('a claim carries the generation of the circuit', async () => {
  s3.put('ledger', key, circuit({ generation: 9 }));
  expect(await claim()).toMatchObject({ run: { circuit: { generation: 9, probe: false } } });
});
