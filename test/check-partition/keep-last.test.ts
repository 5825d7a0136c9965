import { accountsForRead } from '../../core/contracts/batch/batch';
import type { DatasetInput } from '../../core/contracts/dataset/dataset';
import { NO_RECORDS } from '../../core/contracts/run/partition-record';
import { settingsOfRules } from '../../core/domain/batch/used-settings';
import { BatchWorld } from '../kit/batch-world';
import { things, type DatasetPart } from '../kit/datasets';
import { history, publish } from './random-histories';

let world: BatchWorld;
beforeAll(async () => (world = await BatchWorld.open()));
afterAll(() => world.close());

const columns: DatasetInput['columns'] = {
  op: { type: 'string', nullable: true },
  id: { type: 'integer' },
  seq: { type: 'integer', nullable: true },
};
const SENTENCE = 'id: 1 of 3 records with the key of a later one';
const csv = (...lines: string[]) => `op,id,seq\n${lines.map((line) => `${line}\n`).join('')}`;
const changes = (part: DatasetPart = {}) =>
  things({ columns, unique: { columns: ['id'], keep: 'last', by: ['seq'], deleted: `op = 'D'` }, ...part });

/** What is published, in order, and what became of the others. */
async function published(...batches: string[][]) {
  const bodies = batches.map((objects, b) => Object.fromEntries(objects.map((body, i) => [`o${b}${i}`, body])));
  const { output, rounds } = await world.partition(world.plan(bodies));
  const { files, records } = world.found();
  const rows = (await Promise.all(files.map(({ key }) => world.records(key)))).flat();
  const { read, accepted, quarantined, duplicates, deleted = 0 } = records;
  expect(read).toBe(accepted + quarantined + duplicates + deleted);
  return {
    rows: rows.map((row) => Object.values(row).join(',')),
    code: 'ending' in output ? output.ending.code : 'none',
    duplicates,
    deleted,
    rounds,
  };
}

describe('unique with keep last', () => {
  it('publishes what a plain reference does, of random histories over objects and batches', async () => {
    for (let seed = 1; seed <= 2; seed += 1) {
      const one = history(seed);
      expect({ seed, ...(await publish(world, one)) }).toEqual({ seed, ...one.expected });
    }
  });

  it('keeps the last, whatever batch it is in; of equal ones the later by object and line', async () => {
    world.reset(changes());
    expect(await published([csv('I,1,5', 'U,2,1', 'U,2,1')], [csv('U,1,4', 'U,2,1'), csv('I,3,')])).toMatchObject({
      rows: ['I,1,5', 'U,2,1', 'I,3,'],
      duplicates: 3,
      deleted: 0,
      rounds: 2,
    });
  });

  it('takes with a deletion what is earlier in a later batch, and brings back what is inserted again', async () => {
    world.reset(changes());
    expect(await published([csv('D,1,9', 'D,2,1')], [csv('U,1,8', 'I,3,1')], [csv('I,2,2', 'I,1,')])).toEqual({
      rows: ['I,3,1', 'I,2,2'],
      code: 'COMPLETE',
      duplicates: 3,
      deleted: 1,
      rounds: 2,
    });
  });

  it('compares no record that is rejected, and takes NULL for not deleted', async () => {
    world.reset(changes());
    expect(await published([csv('D,1,nine', 'I,1,1', ',2,1')])).toMatchObject({
      rows: ['I,1,1', ',2,1'],
      code: 'WITHIN_TOLERANCE',
      duplicates: 0,
      deleted: 0,
    });
  });

  it('ends COMPLETE without a record where all were deleted, though some were rejected too', async () => {
    world.reset(changes());
    expect(await published([csv('I,1,1', 'D,1,2')])).toEqual({
      rows: [],
      code: 'COMPLETE',
      duplicates: 1,
      deleted: 1,
      rounds: 1,
    });
    expect(await published([csv('I,1,1', 'D,1,2', 'D,1,x')])).toMatchObject({ rows: [], code: 'WITHIN_TOLERANCE' });
  });

  it('knows the keys of a batch that was the only one, and had nothing but deletions', async () => {
    world.reset(changes());
    const deletion = csv('D,1,2');
    expect(await published([deletion])).toMatchObject({ rows: [], deleted: 1 });
    expect(await published([deletion], [csv('I,1,1', 'I,2,1')])).toMatchObject({
      rows: ['I,2,1'],
      duplicates: 1,
      deleted: 1,
    });
  });

  it('finds the same when every step runs twice', async () => {
    world.reset(changes());
    const load = world.plan([{ a: csv('I,1,1', 'D,2,5') }, { b: csv('U,1,2', 'U,2,4') }]);
    await world.forEachBatch(load);
    const first = await world.check(load, await world.forEachBatch(load));
    expect(await world.check(load, await world.forEachBatch(load))).toEqual(first);
    expect(first.duplicatesAcross).toBe(true);
    const { output } = await world.partition(load);
    expect(output).toMatchObject({ ending: { code: 'COMPLETE' } });
    expect(world.found().records).toMatchObject({ read: 4, accepted: 1, duplicates: 2, deleted: 1 });
  });

  it('goes before a transform, whose counts are beside its own', async () => {
    world.reset(changes({ transform: { sql: 'SELECT id FROM records WHERE id < 3', mayDrop: true } }));
    expect(await published([csv('I,1,1', 'I,3,1', 'D,2,1')], [csv('U,1,2')])).toMatchObject({
      rows: ['1'],
      duplicates: 1,
      deleted: 1,
    });
    expect(world.found().records).toMatchObject({ accepted: 2, dropped: 1, published: 1 });
  });

  it('tells duplicates as such, and measures only what is kept', async () => {
    world.reset(changes({ expectations: [{ kind: 'sum', column: 'seq', min: 7, max: 7, otherwise: 'fail' }] }));
    await published([csv('I,1,1', 'U,1,7', 'D,2,100')]);
    expect(world.found()).toMatchObject({
      rules: [{ name: 'unique', broken: 1, samples: [{ object: 'o00', line: 2 }], sentence: SENTENCE }],
      quality: { expectations: [{ outcome: 'met' }] },
    });
  });
});

test('an object with keep first is the list of its columns', async () => {
  for (const unique of [['id'], { columns: ['id'], keep: 'first' as const }]) {
    world.reset(things({ columns, unique }));
    expect(await published([csv('I,1,5', 'U,1,6')], [csv('U,1,7')])).toMatchObject({ rows: ['I,1,5'], duplicates: 2 });
  }
});

test('settings that say what is deleted are part of what a batch is made from', () => {
  const settings = { key: 'plans/settings.json', hash: 'aa' };
  const of = (deleted: string) =>
    settingsOfRules(changes({ unique: { columns: ['id'], keep: 'last', deleted } }), settings);
  expect([of("op = setting('gone')"), of("op = 'D'")]).toEqual(['aa', null]);
});

test('counts that leave out what was deleted are unaccounted for', () => {
  const counts = { ...NO_RECORDS, read: 5, accepted: 2, quarantined: 1, duplicates: 1 };
  expect([accountsForRead(counts), accountsForRead({ ...counts, deleted: 1 })]).toEqual([false, true]);
});

test('where it cannot be said what is deleted, the definition is at fault, and told with its columns', async () => {
  world.reset(changes({ unique: { columns: ['id'], keep: 'last', deleted: `CAST(op AS INTEGER) = 1` } }));
  const load = world.plan([{ a: csv('1,1,1', 'x,2,1') }]);
  await expect(world.validate(load, 0)).rejects.toMatchObject({
    name: 'DefinitionFault',
    message: expect.stringMatching(/^unique\.deleted of things \(over "op"\) failed: .*'x'/),
  });
});
