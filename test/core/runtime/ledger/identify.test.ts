import type { Dataset } from '../../../../core/contracts/dataset/dataset';
import { identitySchema } from '../../../../core/contracts/run/identity';
import { keys, runIdOfReuse } from '../../../../core/contracts/keys';
import { identityOf } from '../../../../core/domain/partition/identity-of-run';
import { identify, slotOf } from '../../../../core/runtime/ledger/identify';
import { MemoryS3, type Call, type Fault } from '../../../helpers/memory-s3';
import { daily, dataset, execution, manifest, PARTITION, registry } from '../../../helpers/runs';

const KEY = keys.identity('run-1');
const LATER = '2026-05-20T06:15:03.000Z';
/** As schedules of the release before gave it. */
const open = { dataset: 'flights', scheduledTime: '2026-01-20T06:15:00Z', trigger: 'schedule' };
const late = dataset({ availableMinutes: 75, deadlineMinutes: 180 });

let s3: MemoryS3;
let calls: Call[];
let logged: unknown[];
beforeEach(() => {
  s3 = new MemoryS3();
  calls = [];
  logged = [];
});

const ledger = (fault?: Fault) =>
  s3.store('ledger', (call, index) => {
    calls.push(call);
    return fault?.(call, index);
  });
const who = async (
  definitions: readonly Dataset[],
  how: { fault?: Fault; input?: unknown; started?: string; claimed?: string | null } = {},
) => {
  const of = { ...execution('run-1', how.input ?? open), ...(how.started && { startTime: how.started }) };
  const context = {
    ledger: ledger(how.fault),
    datasets: registry(...definitions),
    logger: { error: (...all: unknown[]) => logged.push(all) },
  };
  return (await identify(context, of, async () => how.claimed)).partition;
};

describe('an input that leaves the partition to a definition', () => {
  it('means what the first who asks has deployed, for all after that', async () => {
    expect(await who([dataset()])).toBe(PARTITION);
    expect(await who([late])).toBe(PARTITION);
    expect(await who([daily()])).toBe(PARTITION);
    expect(identitySchema.parse(s3.json('ledger', KEY))).toMatchObject({ dataset: 'flights', partition: PARTITION });
  });

  it('means nothing for good where the first who asks does not know the dataset', async () => {
    expect(await who([daily()])).toBeNull();
    expect(await who([dataset()])).toBeNull();
  });

  it('means what the execution itself has said, before any definition', async () => {
    expect(await who([late], { claimed: PARTITION })).toBe(PARTITION);
    s3 = new MemoryS3();
    expect(await who([dataset()], { claimed: null })).toBeNull();
  });

  it('is written down before its first user gets it, also where the answer to that is lost', async () => {
    const lost: Fault = ({ operation }) => (operation === 'PUT' ? 'lose response' : undefined);
    await expect(who([dataset()], { fault: lost })).rejects.toThrow('lost response');
    expect(await who([late])).toBe(PARTITION);
    s3 = new MemoryS3();
    const refused: Fault = ({ operation }) => (operation === 'PUT' ? new Error('down') : undefined);
    await expect(who([dataset()], { fault: refused })).rejects.toThrow('down');
    expect(s3.keys('ledger')).toEqual([]);
  });

  it('is decided once by two who ask at the same moment with other definitions', async () => {
    const both = await Promise.all([who([dataset()]), who([late])]);
    expect(new Set(both).size).toBe(1);
    expect(s3.json('ledger', KEY).partition).toBe(both[0]);
  });

  it('has a place of its own where the name was used before', async () => {
    expect(await who([dataset()])).toBe(PARTITION);
    const again = { ...open, scheduledTime: '2026-05-20T06:15:00Z' };
    expect(await who([dataset()], { input: again, started: LATER })).toBe('2026-05-20T05');
    expect(await who([late], { input: again, started: LATER })).toBe('2026-05-20T05');
    expect(await who([late])).toBe(PARTITION);
    expect(s3.keys('ledger')).toHaveLength(2);
  });

  it('is derived, and said, by each who asks where what stands cannot be read: it is written once', async () => {
    s3.put('ledger', KEY, '{"partition": 7');
    expect(await who([late], { claimed: PARTITION })).toBe(PARTITION);
    expect(s3.text('ledger', KEY)).toBe('{"partition": 7');
    expect(logged).toHaveLength(1);
  });

  it('is read whatever release wrote it', async () => {
    s3.put('ledger', KEY, {
      schemaVersion: 7,
      executionArn: 'a',
      startedAt: '2026-01-20T06:15:03.000Z',
      dataset: 'flights',
      partition: '2026-01-20T03',
      more: 1,
    });
    expect(await who([dataset()])).toBe('2026-01-20T03');
  });
});

it('an input that says it costs no request', async () => {
  await who([], { input: { ...open, cadence: 'hourly', availableMinutes: 15 } });
  await who([], { input: { dataset: 'flights', partition: PARTITION } });
  await who([], { input: 'nonsense' });
  expect(calls).toEqual([]);
});

describe('the place of a manifest', () => {
  const KEY_OF = keys.manifest('flights', PARTITION, 'run-1');
  const slot = (startTime?: string, more: { claimedAs?: string; formerly?: boolean } = {}) => {
    const { formerly = false, ...rest } = more;
    const of = { ...execution(), ...(startTime && { startTime }), ...rest };
    return slotOf(ledger(), identityOf(of), formerly);
  };
  const stands = (started: string) =>
    s3.put('ledger', KEY_OF, manifest('COMPLETE', { times: { scheduled: null, started, ended: started } }));

  it('is that of its name, for one request', async () => {
    expect(await slot()).toMatchObject({ runId: 'run-1', manifestKey: KEY_OF, recorded: undefined });
    stands('2026-01-20T06:15:03.999Z');
    expect(await slot()).toMatchObject({ runId: 'run-1', recorded: { reason: { code: 'COMPLETE' } } });
    expect(calls).toHaveLength(2);
  });

  it('is another where an earlier execution of that name has its manifest there, for one request more', async () => {
    stands('2026-01-20T06:15:03.000Z');
    const runId = runIdOfReuse('run-1', LATER);
    expect(await slot(LATER)).toMatchObject({ runId, manifestKey: keys.manifest('flights', PARTITION, runId) });
    expect(calls).toHaveLength(2);
    expect(await slot()).toMatchObject({ runId: 'run-1' });
  });

  it('is that of the claim where nothing but the claim is known', async () => {
    stands('2026-01-20T06:15:03.000Z');
    expect(await slot(LATER, { claimedAs: 'run-1' })).toMatchObject({ runId: 'run-1', manifestKey: KEY_OF });
  });

  it('is its own where what stands there cannot be read: nothing is passed over', async () => {
    s3.put('ledger', KEY_OF, 'no JSON');
    expect(await slot(LATER)).toMatchObject({
      manifestKey: KEY_OF,
      unreadable: expect.stringContaining('is not JSON'),
    });
    s3.put('ledger', KEY_OF, { times: 'long ago' });
    expect(await slot(LATER)).toMatchObject({ manifestKey: KEY_OF, recorded: { times: 'long ago' } });
  });

  it('is where the release before recorded what was not deployed, if it did', async () => {
    const unassigned = keys.unassignedManifest('2026-01-20', 'run-1');
    s3.put(
      'ledger',
      unassigned,
      manifest('UNKNOWN_DATASET', { times: { scheduled: null, started: '2026-01-20T06:15:03.000Z', ended: LATER } }),
    );
    expect(await slot(undefined, { formerly: true })).toMatchObject({ manifestKey: unassigned });
    expect(await slot()).toMatchObject({ manifestKey: KEY_OF });
  });
});
