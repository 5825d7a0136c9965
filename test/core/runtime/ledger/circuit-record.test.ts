import { circuitSchema } from '../../../../core/contracts/run/circuit';
import { keys } from '../../../../core/contracts/keys';
import { enterCircuit, reportToCircuit } from '../../../../core/runtime/ledger/circuit-record';
import { circuit, DEPENDENCY, entrant, minutes, opened, probe, report } from '../../../helpers/circuits';
import type { Store } from '../../../../core/runtime/store/store';
import { MemoryS3, type Call } from '../../../helpers/memory-s3';
import { dataset, NOW } from '../../../helpers/runs';

const key = keys.circuit(DEPENDENCY);
let s3: MemoryS3;
let logs: unknown[];
beforeEach(() => {
  s3 = new MemoryS3();
  logs = [];
});
const logger = { error: (...of: unknown[]) => void logs.push(of) } as never;
const stored = () => circuitSchema.parse(s3.json('ledger', key));
const enter = (runId: string, now = NOW, running = true, definition = dataset()) =>
  enterCircuit({ ledger: s3.store('ledger'), logger, now, isRunning: async () => running }, definition, entrant(runId));
const tell = (overrides: Parameters<typeof report>[0], now = NOW) =>
  reportToCircuit({ ledger: s3.store('ledger'), logger, now }, dataset(), DEPENDENCY, report(overrides));

it('of 20 runs that fail at the same moment three are counted, and one tells that the circuit opened', async () => {
  const runs = Array.from({ length: 20 }, (_unused, i) => `run-${i}`);
  const told = await Promise.all(runs.map((runId) => tell({ runId })));
  expect(stored()).toMatchObject({ generation: 1, failures: 0, openUntil: minutes(30).toISOString() });
  expect(stored().notices).toHaveLength(1);
  expect(told.flatMap(({ notices }) => notices)).toHaveLength(1);
  // A recorder that records it again gets it again, until it has its receipt.
  const tripped = stored().notices[0]?.runId ?? '';
  expect(await tell({ runId: tripped })).toMatchObject({
    notices: [{ runId: tripped }],
    openUntil: minutes(30).toISOString(),
  });
  expect(stored().generation).toBe(1);
});

it('of 20 runs after the cool-down one is the probe', async () => {
  s3.put('ledger', key, opened());
  const entries = await Promise.all(Array.from({ length: 20 }, (_unused, i) => enter(`run-${i}`, minutes(31))));
  expect(entries.filter((one) => one.entered)).toEqual([
    { entered: true, circuit: { dependency: DEPENDENCY, generation: 1, probe: true } },
  ]);
  const { runId } = stored().probe ?? { runId: 'none' };
  expect(await enter(runId, minutes(32))).toMatchObject({ entered: true, circuit: { probe: true } });
});

it('a dead probe does not leave the circuit stuck: it is opened again, and tried again after that', async () => {
  s3.put('ledger', key, opened({ probe: probe('dead') }));
  expect(await enter('run-1', minutes(40), false)).toMatchObject({ entered: false });
  expect(stored()).toMatchObject({ probe: null, generation: 2, openUntil: minutes(100).toISOString() });
  expect(await enter('run-2', minutes(101), false)).toMatchObject({ entered: true, circuit: { probe: true } });
});

/** Notes every call to the ledger. */
function watched(): { calls: Call[]; ledger: Store } {
  const calls: Call[] = [];
  const ledger = s3.store('ledger', (call) => {
    calls.push(call);
    return undefined;
  });
  return { calls, ledger };
}

it('a dependency that does not fail costs one read for each claim and each ending, and no write', async () => {
  const { calls, ledger } = watched();
  const of = { ledger, logger, now: NOW, isRunning: async () => true };
  await enterCircuit(of, dataset(), entrant());
  await reportToCircuit(of, dataset(), DEPENDENCY, report({ verdict: 'answered', code: 'COMPLETE' }));
  s3.put('ledger', key, circuit({ generation: 7 }));
  await enterCircuit(of, dataset(), entrant());
  expect(calls).toEqual([1, 2, 3].map(() => ({ operation: 'GET', key })));
});

it('a dataset that wants no circuit is let through unread', async () => {
  s3.put('ledger', key, opened());
  const { calls, ledger } = watched();
  const of = { ledger, logger, now: NOW, isRunning: async () => true };
  expect(await enterCircuit(of, dataset({ circuit: { enabled: false } }), entrant())).toEqual({ entered: true });
  expect(calls).toEqual([]);
});

it('an unreadable record keeps no data from being processed, and is complained of', async () => {
  s3.put('ledger', key, '{"generation": "many"}');
  expect(await enter('run-1')).toEqual({ entered: true });
  expect(await tell({})).toEqual({ notices: [], openUntil: null });
  expect(logs).toHaveLength(2);
});

it('a swap whose response is lost is found to be done', async () => {
  let lost = false;
  const ledger = s3.store('ledger', ({ operation }) => {
    if (operation !== 'PUT' || lost) return undefined;
    lost = true;
    return 'lose response';
  });
  const of = { ledger, logger, now: NOW };
  await reportToCircuit(of, dataset(), DEPENDENCY, report()).catch(() => undefined);
  await reportToCircuit(of, dataset(), DEPENDENCY, report());
  expect(stored()).toMatchObject({ failures: 1, recentRunIds: ['run-1'] });
});
