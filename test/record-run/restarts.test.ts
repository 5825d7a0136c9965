import { keys } from '../../core/contracts/keys';
import type { ReasonCode } from '../../core/contracts/run/endings';
import { recordEnding } from '../../core/runtime/recording/record-ending';
import { minutes, opened } from '../helpers/circuits';
import { Mortal, RecordingWorld } from '../helpers/recording';
import {
  dataset,
  ending,
  execution,
  holder,
  NOW,
  PARTITION,
  publication,
  record,
  registry,
  run,
} from '../helpers/runs';

/** What a recorder leaves for the sweep, and what the manifest promises of it. */

const partitionKey = keys.partition('flights', PARTITION);
const note = keys.restart('flights', PARTITION, 'run-1');
const failing = (Error = 'SourceUnavailable') => ({
  run: run(),
  failed: { LoadPartition: { Error, Cause: '{"errorMessage":"503"}' } },
});
let world: RecordingWorld;
beforeEach(() => {
  world = new RecordingWorld();
  world.s3.put('ledger', partitionKey, record({ fence: 1, holder: holder() }));
});
const recordIt = (state: unknown, input: object = {}, mortal?: Mortal) =>
  recordEnding(world.recorder(mortal), {
    execution: execution('run-1', { dataset: 'flights', partition: PARTITION, ...input }),
    state,
    closed: undefined,
  });
const notes = () => world.s3.keys('ledger', keys.restartsArea);

test('a temporary ending leaves a note, and its manifest and its message say when it is tried again', async () => {
  await recordIt(failing());
  expect(notes()).toEqual([note]);
  expect(world.manifest()).toMatchObject({
    reason: { code: 'SOURCE_UNAVAILABLE', error: 'SourceUnavailable', state: 'LoadPartition' },
    retry: { n: 1, of: 3, next: minutes(15).toISOString() },
  });
  expect(world.manifest().again).toBeUndefined();
  expect(world.posts[0]?.text).toMatch(/, tried again after 06:45 UTC \(1 of 3\)\.$/);
});

test('that it was a try stands in the partition record and the manifest, and the next one waits longer', async () => {
  await recordIt(failing(), { trigger: 'sweep', again: 1 });
  expect(world.s3.json('ledger', partitionKey)).toMatchObject({ last: { runId: 'run-1', again: 1 } });
  expect(world.manifest()).toMatchObject({ again: 1, retry: { n: 2, of: 3, next: minutes(60).toISOString() } });
  expect(world.posts[0]?.text).toContain('FAILED in LoadPartition after 1 failed run:');
});

test('after the last try there is no note, and the message says what to do', async () => {
  await recordIt(failing(), { trigger: 'sweep', again: 3 });
  expect(notes()).toEqual([]);
  expect(world.manifest()).not.toHaveProperty('retry');
  expect(world.posts[0]?.text).toContain('To do:');
});

test('a success after a try says so, and leaves no note', async () => {
  world.s3.put('ledger', partitionKey, record({ publication: publication() }));
  const published = { run: run(), publish: { Payload: { ending: ending('COMPLETE'), files: 1, published: 690 } } };
  await recordIt(published, { trigger: 'sweep', again: 1 });
  expect(notes()).toEqual([]);
  expect(world.posts[0]?.text).toMatch(/PUBLISHED after 1 failed run: 690 records/);
});

test.each<[string, ReasonCode]>([
  ['SchemaMismatch', 'SCHEMA_MISMATCH'],
  ['CircuitOpen', 'CIRCUIT_OPEN'],
  ['OutOfMemory', 'OUT_OF_MEMORY'],
])('%s is not tried again', async (error, code) => {
  await recordIt(failing(error));
  expect(world.manifest().reason.code).toBe(code);
  expect([notes(), world.manifest().retry]).toEqual([[], undefined]);
});

test('UPSTREAM_MISSING leaves a note, and promises no time', async () => {
  await recordIt(failing('UpstreamMissing'));
  expect(notes()).toEqual([note]);
  expect(world.manifest()).not.toHaveProperty('retry');
});

test('a dataset that wants no tries gets none', async () => {
  world.datasets = registry(dataset({ retry: { minutes: [] } }));
  await recordIt(failing());
  expect([notes(), world.manifest().retry]).toEqual([[], undefined]);
});

test('a run that fails beside what another has published, or ended, promises nothing', async () => {
  world.s3.put('ledger', partitionKey, record({ fence: 1, holder: holder(), publication: publication('run-0') }));
  await recordIt({ ...failing(), run: run({ reprocess: true }) }, { reprocess: true });
  expect([notes(), world.manifest().retry]).toEqual([[], undefined]);
});

test('an open circuit lets no run through before its time, and the manifest knows', async () => {
  world.s3.put('ledger', keys.circuit('source-bucket'), opened({ openUntil: minutes(30, NOW).toISOString() }));
  await recordIt(failing());
  expect(world.manifest().retry).toEqual({ n: 1, of: 3, next: minutes(30).toISOString() });
});

test.each(['before', 'after'] as const)(
  'killed %s any of its calls, a manifest that promises a try has its note',
  async (mode) => {
    const counting = new Mortal();
    await recordIt(failing(), {}, counting);
    for (let call = 0; call < counting.count; call += 1) {
      world = new RecordingWorld();
      world.s3.put('ledger', partitionKey, record({ fence: 1, holder: holder() }));
      await recordIt(failing(), {}, new Mortal(call, mode)).catch(() => undefined);
      if (world.manifestKeys().length > 0) expect({ call, notes: notes() }).toEqual({ call, notes: [note] });
      await recordIt(failing());
      expect({ call, notes: notes(), retry: world.manifest().retry?.n }).toEqual({ call, notes: [note], retry: 1 });
    }
  },
);

test('what the recorder of the release before left is read as a first try', async () => {
  // It knew no `again`: neither in the input nor in the record.
  const before = { runId: 'run-0', ending: ending('SOURCE_UNAVAILABLE'), at: NOW.toISOString() };
  world.s3.put('ledger', partitionKey, record({ fence: 1, holder: holder(), last: before }));
  await recordIt(failing());
  expect(world.manifest().retry?.n).toBe(1);
});
