import { gzipSync } from 'node:zlib';
import { definitionHash } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import type { DatasetPart } from '../kit/datasets';
import { things } from '../kit/datasets';
import { BatchWorld } from '../kit/batch-world';
import { PARTITION } from '../kit/runs';

/** What becomes of a partition of which objects cannot be read. */

let world: BatchWorld;
beforeAll(async () => (world = await BatchWorld.open()));
afterAll(() => world.close());

const csv = (...ids: number[]) => `id,name\n${ids.map((id) => `${id},x\n`).join('')}`;
const BAD = 'id,other\n7,x\n';
const EMPTY = '';
type Limits = { objects?: number; share?: number };
const tolerating = (failedObjects: Limits, { tolerance, ...part }: DatasetPart = {}) =>
  things({ ...part, tolerance: { rejected: { share: 0.5 }, ...tolerance, failedObjects } });

/** Ten objects in three batches. */
function ten(bad: readonly number[]): Record<string, string>[] {
  const name = (i: number) => `o${i}`;
  const all = Array.from({ length: 10 }, (_, i) => [name(i), bad.includes(i) ? BAD : csv(i)] as const);
  return [all.slice(0, 4), all.slice(4, 8), all.slice(8)].map((some) => Object.fromEntries(some));
}

describe('CheckPartition of a dataset that tolerates failed objects', () => {
  it('publishes the others, and remembers which are missing', async () => {
    world.reset(tolerating({ objects: 2 }));
    const { output } = await world.partition(world.plan(ten([1, 8])));
    expect(output).toMatchObject({ ending: { status: 'PARTIAL', code: 'WITHIN_TOLERANCE' } });
    const found = world.found();
    expect(found).toMatchObject({
      records: { read: 8, accepted: 8, quarantined: 0, published: 8 },
      batches: { all: 3, failed: 0 },
      failedBatches: [],
      failedObjects: { failed: 2, of: 10, objects: [{ key: 'o1', code: 'SCHEMA_MISMATCH' }, { key: 'o8' }] },
    });
    const published = await Promise.all(found.files.map(({ key }) => world.records(key)));
    expect(published.flat().map(({ id }) => id)).toEqual([0, 2, 3, 4, 5, 6, 7, 9]);
  });

  it.each<[Limits, number, boolean]>([
    [{ objects: 0 }, 1, false],
    [{ objects: 3 }, 3, true],
    [{ objects: 3 }, 4, false],
    [{ share: 0.3 }, 3, true],
    [{ share: 0.3 }, 4, false],
    [{ share: 0 }, 1, false],
    [{ objects: 4, share: 0.3 }, 3, true],
    [{ objects: 4, share: 0.3 }, 4, false],
    [{ objects: 2, share: 0.9 }, 3, false],
  ])('%j allows %i of 10: %s', async (limits, failed, isPublished) => {
    world.reset(tolerating(limits));
    // In the batch in the middle and the last one.
    const load = world.plan(ten([4, 9, 8, 5].slice(0, failed)));
    const outcome = await world.partition(load).catch((error: unknown) => error);
    if (isPublished) expect(outcome).toMatchObject({ output: { ending: { code: 'WITHIN_TOLERANCE' } } });
    else
      expect(outcome).toMatchObject({
        name: 'SchemaMismatch',
        message: expect.stringMatching(
          new RegExp(
            `^${failed} of 10 objects cannot be read, (?:none|at most (?:2|3|30 %)) may be: o[45]: the columns differ`,
          ),
        ) as string,
      });
    expect(world.found().failedObjects?.failed).toBe(failed);
    expect(world.found().ending === null).toBe(!isPublished);
  });

  it('fails with the reason of the first object in the order of the plan, and names the others', async () => {
    world.reset(tolerating({ objects: 1 }));
    const load = world.plan([{ a: csv(1), b: EMPTY }, { c: BAD, d: csv(2) }, { e: BAD }]);
    await expect(world.partition(load)).rejects.toMatchObject({
      name: 'SchemaMismatch',
      message:
        '3 of 5 objects cannot be read, at most 1 may be: b: got an empty object, expected a header line; it has 0 bytes; and 2 more: c, e',
      details: { failed: 3, of: 5, objects: ['b', 'c', 'e'] },
    });
  });

  it.each<[string, Record<string, string>[], string]>([
    ['there are no others', [{ a: BAD }, { b: BAD }], 'and there is no other'],
    ['the others have no records', [{ a: BAD }, { b: csv() }], 'and the others have no records'],
  ])('publishes nothing where %s, whatever it tolerates', async (_what, batches, says) => {
    world.reset(tolerating({ share: 1 }, { empty: 'normal' }));
    await expect(world.partition(world.plan(batches))).rejects.toMatchObject({
      name: 'SchemaMismatch',
      message: expect.stringContaining(says) as string,
    });
  });

  it('does not compare their keys across batches, in either round', async () => {
    world.reset(tolerating({ objects: 2 }, { unique: ['id'], transform: { sql: 'SELECT id FROM records' } }));
    const load = world.plan([
      { a: 'id,other\n1,x\n2,x\n', b: csv(3) },
      { c: csv(1, 2, 3), d: BAD },
    ]);
    const { rounds } = await world.partition(load);
    expect(rounds).toBe(2);
    expect(world.found()).toMatchObject({
      records: { read: 4, accepted: 3, duplicates: 1, published: 3 },
      failedObjects: { failed: 2, of: 4 },
    });
  });

  it('does no batch again of a partition that is refused', async () => {
    world.reset(tolerating({ objects: 0 }, { unique: ['id'] }));
    const load = world.plan([{ a: csv(1) }, { b: csv(1) }, { c: BAD }]);
    await expect(world.partition(load)).rejects.toMatchObject({ name: 'SchemaMismatch' });
    expect(world.keys('ledger').some((key) => key.includes('round-2'))).toBe(false);
  });

  it('tolerates failed batches by their own limit, and counts an object that a failed batch has found, too', async () => {
    world.reset(tolerating({ objects: 1 }, { tolerance: { failedBatches: { batches: 1 } } }));
    const load = world.plan([{ a: csv(1) }, { b: BAD, c: csv(2) }]);
    world.deliver('c', csv(3));
    const { output } = await world.partition(load);
    expect(output).toMatchObject({ ending: { status: 'PARTIAL' } });
    expect(world.found()).toMatchObject({
      failedBatches: [{ index: 1, error: 'SourceChanged', objects: ['c', 'b'] }],
      failedObjects: { failed: 1, of: 3, objects: [{ key: 'b' }] },
    });
  });
});

describe('CheckPartition of a dataset that says nothing of failed objects', () => {
  it('names all of them, although one would be enough to fail', async () => {
    world.reset(things({ source: { compression: 'gzip' } }));
    const load = world.plan([
      { a: 'text', b: gzipSync(csv(1)), c: EMPTY },
      { d: gzipSync(csv(2)) },
      { e: gzipSync(BAD) },
    ]);
    await expect(world.partition(load)).rejects.toMatchObject({
      name: 'SourceCorrupt',
      message: expect.stringMatching(/^3 of 5 objects cannot be read, none may be: a: .*; and 2 more: c, e$/) as string,
    });
    expect(world.found()).toMatchObject({
      records: { read: 1 },
      failedBatches: [
        { index: 0, state: 'ValidateBatch', error: 'SourceCorrupt', objects: ['a', 'c', 'b'] },
        { index: 2, state: 'ValidateBatch', error: 'SchemaMismatch', objects: ['e'] },
      ],
      failedObjects: {
        failed: 3,
        of: 5,
        objects: [
          { key: 'a', code: 'SOURCE_CORRUPT' },
          { key: 'c', code: 'SOURCE_CORRUPT', found: '0 bytes' },
          { key: 'e', code: 'SCHEMA_MISMATCH' },
        ],
      },
    });
  });

  it('takes their batches for failed as before: the rest is published without those', async () => {
    world.reset(things({ tolerance: { failedBatches: { batches: 1 } } }));
    const { output } = await world.partition(world.plan([{ a: csv(1) }, { b: csv(2), c: BAD }]));
    expect(output).toMatchObject({ ending: { status: 'PARTIAL' } });
    expect(world.found()).toMatchObject({
      records: { read: 1, published: 1 },
      failedBatches: [{ index: 1, objects: ['c', 'b'] }],
      failedObjects: { failed: 1, of: 3 },
    });
  });

  it('finds its batches done when it tolerates them later', async () => {
    world.reset(things());
    const batches = [{ a: csv(1), b: BAD }];
    await expect(world.partition(world.plan(batches))).rejects.toMatchObject({ name: 'SchemaMismatch' });
    world.deployed = tolerating({ objects: 1 });
    const load = world.plan(batches, { definitionHash: definitionHash(world.deployed) });
    expect(await world.validate(load, 0)).toMatchObject({ reused: true });
    expect(await world.check(load, [{ index: 0 }])).toMatchObject({ ending: { code: 'WITHIN_TOLERANCE' } });
  });
});

it('reads what the release before has left of a batch: one that failed of an object', async () => {
  world.reset(tolerating({ objects: 5 }, { tolerance: { failedBatches: { share: 0.5 } } }));
  const load = world.plan([{ a: csv(1) }, { b: csv(2) }]);
  await world.validate(load, 0);
  const note = { index: 1, state: 'ValidateBatch', error: 'SourceCorrupt', message: 'cut off', object: 'b' };
  world.put('ledger', keys.batchFailure('things', PARTITION, 'run-1', 1, 1), JSON.stringify(note));
  const heard = { index: 1, state: 'ValidateBatch', error: 'SourceCorrupt' };
  expect(await world.check(load, [{ index: 0 }, heard])).toMatchObject({ ending: { status: 'PARTIAL' } });
  expect(world.found().failedBatches).toEqual([{ ...heard, message: 'cut off', objects: ['b'] }]);
  expect(world.found()).not.toHaveProperty('failedObjects');
});
