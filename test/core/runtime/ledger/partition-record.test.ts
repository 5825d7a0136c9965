import { keys } from '../../../../core/contracts/keys';
import { claim, publish, readRecord, seal } from '../../../../core/runtime/ledger/partition-record';
import { Killed } from '../../../kit/mortal';
import { MemoryS3, type Fault } from '../../../kit/memory-s3';
import { arnOf, ending, holder, NOW, PARTITION, publication, record } from '../../../kit/runs';

const of = { dataset: 'flights', partition: PARTITION };
const key = keys.partition(of.dataset, of.partition);
const claimant = (runId: string, reprocess = false) => ({ runId, executionArn: arnOf(runId), reprocess });
const how = (running = true, redriven = false) => ({
  now: NOW,
  isRunning: async () => running,
  isRedriven: async () => redriven,
});
const sealing = (runId: string) => ({ runId, ending: ending('SOURCE_CORRUPT'), at: NOW, speaksForPartition: true });

let s3: MemoryS3;
beforeEach(() => {
  s3 = new MemoryS3();
});
const stands = () => s3.json('ledger', key);

/** The SDK repeats a request whose response was lost, and then meets a 412 for its own write. */
function ownWriteAnswered412(): Fault {
  let first = true;
  return ({ operation }) => {
    if (operation !== 'PUT' || !first) return undefined;
    first = false;
    return 'lose response';
  };
}
function storeThatMeetsItsOwnWrite() {
  const { s3: client } = s3.client(ownWriteAnswered412());
  const send = client.send.bind(client) as (command: unknown) => Promise<unknown>;
  const patched = {
    send: (command: unknown) =>
      send(command).catch((error: unknown) => {
        if (error instanceof Killed) return send(command);
        throw error;
      }),
  };
  return new (s3.store('ledger').constructor as new (client: unknown, bucket: string) => ReturnType<MemoryS3['store']>)(
    patched,
    'ledger',
  );
}

test('nothing is on record of a partition that no run has touched', async () => {
  expect(await readRecord(s3.store('ledger'), of)).toBeUndefined();
});

test('claim, publish and seal in a row', async () => {
  const ledger = s3.store('ledger');
  expect(await claim(ledger, of, claimant('run-1'), how())).toEqual({ claimed: true, fence: 1 });
  await publish(ledger, of, 1, publication());
  const sealed = await seal(ledger, of, sealing('run-1'));
  expect(sealed.ending).toEqual(ending('COMPLETE'));
  expect(stands()).toMatchObject({ fence: 2, holder: null, publication: { runId: 'run-1' }, last: { runId: 'run-1' } });
});

test('a redriven execution does not get a partition for which others were refused since, although no run ever held it', async () => {
  const ledger = s3.store('ledger');
  const skipped = (runId: string) => ({ runId, ending: ending('CIRCUIT_OPEN'), at: NOW, speaksForPartition: true });
  await seal(ledger, of, skipped('run-1'));
  await seal(ledger, of, skipped('run-2'));
  expect(stands()).toMatchObject({ fence: 0, holder: null, last: { runId: 'run-2' } });
  // The ending of run-1 is on record in its manifest only. Redriven, it would publish under that.
  await expect(claim(ledger, of, claimant('run-1'), how(true, true))).rejects.toThrow(
    'has its ending on record already',
  );
  expect(stands()).toMatchObject({ fence: 0, holder: null });
  expect(await claim(ledger, of, claimant('run-3'), how())).toMatchObject({ claimed: true });
});

test('a redriven execution does not get a partition that others had since, although its own ending is not there any more', async () => {
  const ledger = s3.store('ledger');
  await claim(ledger, of, claimant('run-2'), how());
  await seal(ledger, of, sealing('run-2'));
  const before = stands();
  await expect(claim(ledger, of, claimant('run-1'), how(true, true))).rejects.toThrow(
    /start a new run instead of redriving/,
  );
  expect(stands()).toEqual(before);
  expect(await claim(ledger, of, claimant('run-1'), how(true, false))).toMatchObject({ claimed: true });
});

describe('a write whose response was lost is recognised as our own', () => {
  test('claim', async () => {
    expect(await claim(storeThatMeetsItsOwnWrite(), of, claimant('run-1'), how())).toEqual({ claimed: true, fence: 1 });
    expect(stands().fence).toBe(1);
  });

  test('publish', async () => {
    s3.put('ledger', key, record({ fence: 1, holder: holder() }));
    await publish(storeThatMeetsItsOwnWrite(), of, 1, publication());
    expect(stands()).toMatchObject({ publication: { runId: 'run-1' }, superseded: [] });
  });

  test('seal', async () => {
    s3.put('ledger', key, record({ fence: 1, holder: holder() }));
    const sealed = await seal(storeThatMeetsItsOwnWrite(), of, sealing('run-1'));
    expect(sealed.ending).toEqual(ending('SOURCE_CORRUPT'));
    expect(stands().fence).toBe(2);
  });
});

test('of ten runs that claim at once exactly one has the partition', async () => {
  const claims = await Promise.all(
    Array.from({ length: 10 }, (_one, i) => claim(s3.store('ledger'), of, claimant(`run-${i}`), how())),
  );
  const winner = claims.find((one) => one.claimed);
  expect(claims.filter((one) => one.claimed)).toHaveLength(1);
  expect(claims.filter((one) => !one.claimed && one.code === 'ALREADY_RUNNING')).toHaveLength(9);
  expect(stands().fence).toBe(winner?.claimed === true ? winner.fence : NaN);
});

test('a publication that lost its partition is refused by name', async () => {
  s3.put('ledger', key, record({ fence: 3, holder: holder('run-2') }));
  await expect(publish(s3.store('ledger'), of, 1, publication())).rejects.toMatchObject({
    name: 'PublishedByAnotherRun',
    retryable: false,
  });
});

test('a redriven run is told to start anew', async () => {
  s3.put(
    'ledger',
    key,
    record({ fence: 2, last: { runId: 'run-1', ending: ending('TIME_LIMIT'), at: NOW.toISOString() } }),
  );
  await expect(claim(s3.store('ledger'), of, claimant('run-1'), how())).rejects.toMatchObject({
    name: 'InternalError',
  });
});

test('a swap that is lost again and again ends in LedgerContention, which may be retried', async () => {
  let since = 0;
  const ledger = s3.store('ledger', ({ operation }) => {
    // Another run writes before each of our swaps.
    if (operation === 'PUT') s3.put('ledger', key, record({ fence: (since += 1) }));
    return undefined;
  });
  await expect(claim(ledger, of, claimant('run-1'), how())).rejects.toMatchObject({
    name: 'LedgerContention',
    retryable: true,
  });
  expect(since).toBe(10);
});

test('a record that is not one is an error, never an empty record', async () => {
  s3.put('ledger', key, '{"fence": "many"}');
  await expect(claim(s3.store('ledger'), of, claimant('run-1'), how())).rejects.toMatchObject({
    name: 'InternalError',
  });
  expect(s3.text('ledger', key)).toBe('{"fence": "many"}');
});
