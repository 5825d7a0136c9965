import { circuitSchema, type Circuit } from '../../core/contracts/run/circuit';
import { keys } from '../../core/contracts/keys';
import type { Run } from '../../core/contracts/run/steps';
import { recordEnding, type RecordingContext } from '../../core/runtime/recording/record-ending';
import { HistoryBuilder } from '../helpers/history';
import { circuit, DEPENDENCY, minutes, opened, probe, trouble } from '../helpers/circuits';
import { Mortal, RecordingWorld } from '../helpers/recording';
import {
  dataset,
  ending,
  execution,
  holder,
  NOW,
  PARTITION,
  plan,
  publication,
  record,
  registry,
  run,
  source,
} from '../helpers/runs';

const key = keys.circuit(DEPENDENCY);
const claimed = (generation: number, isProbe = false): Partial<Run> => ({
  circuit: { dependency: DEPENDENCY, generation, probe: isProbe },
});
const failed = (of: Partial<Run>) => ({
  run: run(of),
  failed: { LoadPartition: { Error: 'TransientError', Cause: '{"errorMessage":"503"}' } },
});
const stored = (world: RecordingWorld): Circuit => circuitSchema.parse(world.s3.json('ledger', key));
const trips = (world: RecordingWorld) => world.posts.filter(({ text }) => text.includes('Circuit source-bucket OPEN'));

/** A world in which run-1 holds its partition, and this is the circuit. */
function arranged(of: Circuit): RecordingWorld {
  const world = new RecordingWorld();
  world.s3.put('ledger', keys.partition('flights', PARTITION), record({ fence: 1, holder: holder() }));
  world.s3.put('ledger', key, of);
  return world;
}
const attempt = (context: RecordingContext, state: unknown) =>
  recordEnding(context, { execution: execution(), state, closed: undefined });

/** Two runs have failed. */
const aboutToOpen = circuit({ failures: 2, recentRunIds: ['a', 'b'], trouble: trouble({ openings: 0 }) });

test('the failure that opens the circuit is told beside the ending of its run, once', async () => {
  const world = arranged(aboutToOpen);
  await attempt(world.recorder(), failed(claimed(0)));
  await attempt(world.recorder(), failed(claimed(0)));
  expect(stored(world)).toMatchObject({ generation: 1, openUntil: minutes(30).toISOString() });
  expect(world.posts.map(({ text }) => text)).toEqual([
    expect.stringContaining('FAILED in LoadPartition'),
    expect.stringMatching(
      /^🔌 Circuit source-bucket OPEN: 3 runs in a row failed at it\..*partitions of daily, flights end/,
    ),
  ]);
  expect(world.s3.keys('ledger', 'outbox/')).toEqual([]);
});

test.each(['before', 'after'] as const)(
  'killed %s any of its calls, the run is counted once and what it brought about is told or to be sent',
  async (mode) => {
    const counting = new Mortal();
    await attempt(arranged(aboutToOpen).recorder(counting), failed(claimed(0)));
    for (let at = 0; at < counting.count; at += 1) {
      const world = arranged(aboutToOpen);
      await attempt(world.recorder(new Mortal(at, mode)), failed(claimed(0))).catch(() => undefined);
      await attempt(world.recorder(), failed(claimed(0)));
      const { generation, notices } = stored(world);
      expect({ at, generation, notices: notices.length }).toEqual({ at, generation: 1, notices: 1 });
      // Where the manifest stood already, the pointer has it: the sweep tells it.
      const unsent = world.s3.keys('ledger', 'outbox/').filter((one) => one.includes('circuit~')).length;
      expect({ at, told: trips(world).length + unsent >= 1, twice: trips(world).length > 2 }).toEqual({
        at,
        told: true,
        twice: false,
      });
    }
  },
);

test('a probe that published closes the circuit', async () => {
  const world = arranged(opened({ probe: probe() }));
  world.s3.put('ledger', keys.partition('flights', PARTITION), record({ publication: publication() }));
  const state = {
    run: run(claimed(1, true)),
    publish: { Payload: { ending: ending('COMPLETE'), files: 1, published: 690 } },
  };
  await attempt(world.recorder(), state);
  expect(stored(world)).toMatchObject({ openUntil: null, generation: 2, recoveryOwed: { generation: 2 } });
});

test('a probe whose data is bad closes the circuit: it was answered', async () => {
  const world = arranged(opened({ probe: probe() }));
  await attempt(world.recorder(), {
    run: run(claimed(1, true)),
    failed: { CheckPartition: { Error: 'TooManyRejected', Cause: '' } },
  });
  expect(stored(world)).toMatchObject({ openUntil: null });
});

describe('a circuit that counts every failure of its dataset', () => {
  const own = keys.circuit('dataset.flights');
  const [of, failing] = [
    { circuit: { dependency: 'dataset.flights', generation: 0, probe: false } },
    { CheckPartition: { Error: 'TooManyRejected', Cause: '' } },
  ];
  const world = (): RecordingWorld => {
    const made = arranged(circuit());
    made.datasets = registry(dataset({ circuit: { counts: 'all' } }));
    made.s3.put('ledger', own, aboutToOpen);
    return made;
  };

  test('opens for bad data, and leaves that of the bucket alone', async () => {
    const made = world();
    await attempt(made.recorder(), { run: run(of), failed: failing });
    expect(made.s3.json('ledger', own)).toMatchObject({ generation: 1, openUntil: minutes(30).toISOString() });
    expect(stored(made)).toEqual(circuit());
    expect(made.posts.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(
        /^🔌 Circuit dataset\.flights OPEN: 3 runs in a row failed\. Until a run succeeds again, partitions of flights end/,
      ),
    );
  });

  test('is closed by what was published, be it from the fallback', async () => {
    const made = world();
    const insteadOf = { lack: 'unavailable', code: 'SOURCE_UNAVAILABLE', message: '503' } as const;
    made.s3.put('ledger', own, opened({ probe: probe() }));
    made.s3.put(
      'ledger',
      keys.plan('flights', PARTITION, 'run-1', 1),
      plan({ source: { ...source, kind: 'fallback', insteadOf } }),
    );
    made.s3.put('ledger', keys.partition('flights', PARTITION), record({ publication: publication() }));
    await attempt(made.recorder(), {
      run: run({ circuit: { dependency: 'dataset.flights', generation: 1, probe: true } }),
      publish: { Payload: { ending: ending('COMPLETE'), files: 1, published: 690 } },
    });
    expect(made.s3.json('ledger', own)).toMatchObject({ openUntil: null });
  });

  test('does not make a run that was claimed under the bucket’s circuit count there', async () => {
    const made = world();
    made.s3.put('ledger', key, aboutToOpen);
    await attempt(made.recorder(), { run: run(claimed(0)), failed: failing });
    // Data faults are answers there.
    expect(stored(made)).toMatchObject({ generation: 0, openUntil: null });
    expect(made.s3.json('ledger', own)).toEqual(aboutToOpen);
  });
});

test('a probe that was served by the fallback says of the source what made it go there', async () => {
  const world = arranged(opened({ probe: probe() }));
  const insteadOf = { lack: 'unavailable', code: 'SOURCE_UNAVAILABLE', message: '503' } as const;
  const served = { ...source, kind: 'fallback', insteadOf } as const;
  world.s3.put('ledger', keys.plan('flights', PARTITION, 'run-1', 1), plan({ source: served }));
  world.s3.put(
    'ledger',
    keys.partition('flights', PARTITION),
    record({ publication: publication('run-1', { source: served }) }),
  );
  const state = {
    run: run(claimed(1, true)),
    publish: { Payload: { ending: ending('COMPLETE'), files: 1, published: 690 } },
  };
  const { manifest } = await attempt(world.recorder(), state);
  expect(manifest.status).toBe('PUBLISHED');
  expect(stored(world)).toMatchObject({
    generation: 2,
    openUntil: minutes(60).toISOString(),
    trouble: { openings: 2 },
  });
});

test('a probe that was stopped opens it again, by the state that its history has', async () => {
  const world = arranged(opened({ probe: probe() }));
  world.history = new HistoryBuilder().events;
  const closed = { status: 'ABORTED', error: undefined, cause: undefined, at: NOW } as const;
  await recordEnding(world.recorder(), { execution: execution(), state: undefined, closed });
  expect(stored(world)).toMatchObject({ probe: null, openUntil: minutes(60).toISOString() });
});

test.each([
  ['a run that began before the outage', claimed(0)],
  ['a run of unknown generation', {}],
])('%s closes nothing', async (_what, of) => {
  const world = arranged(opened());
  world.s3.put('ledger', keys.partition('flights', PARTITION), record({ publication: publication() }));
  await attempt(world.recorder(), {
    run: run(of),
    publish: { Payload: { ending: ending('COMPLETE'), files: 1, published: 690 } },
  });
  expect(stored(world)).toEqual(opened());
});

test.each([
  ['http vendor-api: HTTP 503', 3],
  ['postgres settings: no connection', 2],
])('of a dataset whose circuit guards vendor-api, "%s" makes %d failures', async (message, failures) => {
  const world = arranged(circuit());
  const vendor = { kind: 'http', name: 'vendor-api', url: 'https://vendor.example.com/health' } as const;
  const settings = { dependency: 'vendor-api', failures: 5 };
  world.datasets = registry(dataset({ dependencies: [vendor], circuit: settings }));
  const key = keys.circuit('vendor-api');
  world.s3.put('ledger', key, circuit({ failures: 2, recentRunIds: ['a', 'b'], trouble: trouble({ openings: 0 }) }));
  const state = {
    run: run({ circuit: { dependency: 'vendor-api', generation: 0, probe: false } }),
    failed: { CheckDependencies: { Error: 'DependencyUnavailable', Cause: JSON.stringify({ errorMessage: message }) } },
  };
  await attempt(world.recorder(), state);
  expect(circuitSchema.parse(world.s3.json('ledger', key))).toMatchObject({ failures });
});

test('an unreadable circuit costs no manifest', async () => {
  const world = arranged(circuit());
  world.s3.put('ledger', key, 'not a circuit');
  const { manifest } = await attempt(world.recorder(), failed(claimed(0)));
  expect(manifest).toMatchObject({ minimal: false, reason: { code: 'SOURCE_UNAVAILABLE' } });
});
