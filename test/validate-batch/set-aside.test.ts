import { Database } from '../../core/engine/duckdb/database';
import { identifier } from '../../core/engine/duckdb/sql';
import { HASH, RN, TABLE } from '../../core/engine/stage/stage';
import { BatchWorld } from '../kit/batch-world';
import { things } from '../kit/datasets';

/** Records that are set aside are in no data file whose hashes would miss them: the stage is asked for each of them. */

let world: BatchWorld;
/** Called when the quarantine file is written, and nothing of the accepted records yet. */
let meanwhile: (database: Database) => Promise<void>;

beforeAll(async () => {
  world = await BatchWorld.open();
  const open = Database.open.bind(Database);
  jest.spyOn(Database, 'open').mockImplementation(async (...given) => {
    const database = await open(...given);
    const count = database.count.bind(database);
    jest.spyOn(database, 'count').mockImplementation(async (sql, values) => {
      if (/^COPY[^]*data\.parquet'/.test(sql)) await meanwhile(database);
      return count(sql, values);
    });
    return database;
  });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await world.close();
});
beforeEach(() => {
  world.reset(things({ unique: ['id'], tolerance: { rejected: { share: 0.9 } } }));
  meanwhile = async () => undefined;
});

/** Record 2 is none of ours, record 4 has the key of record 1. */
const validate = () => world.validate(world.plan([{ 'a.csv': 'id,name\n1,x\nno,y\n2,z\n1,again\n3,w\n' }]), 0);

/** What the stage has of a record beside its number and its hash. */
async function columnsOfStage(): Promise<{ name: string; type: string }[]> {
  let columns: { name: string; type: string }[] = [];
  meanwhile = async (database) => {
    const rows = await database.rows(`DESCRIBE ${TABLE}`);
    columns = rows.map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }));
  };
  await validate();
  return columns.filter(({ name }) => ![HASH, RN].includes(name));
}

test('undisturbed, two of five are set aside', async () => {
  expect((await validate()).records).toMatchObject({ read: 5, accepted: 3, quarantined: 1, duplicates: 1 });
});

test.each([
  ['that broke a rule', 2],
  ['that has the key of an earlier one', 4],
])('one altered record %s is noticed, whatever of it was altered', async (_what, record) => {
  const columns = await columnsOfStage();
  expect(columns.length).toBeGreaterThan(2);
  for (const { name, type } of columns) {
    const column = identifier(name);
    const other = type === 'VARCHAR' ? `coalesce(${column}, '') || 'x'` : `coalesce(${column}, 0) + 1`;
    meanwhile = async (database) => {
      await database.run(`UPDATE ${TABLE} SET ${column} = ${other} WHERE ${RN} = ${record}`);
    };
    world.reset(world.deployed);
    await expect(validate().then(() => `${name} was not missed`)).rejects.toMatchObject({ name: 'RecordsUnaccounted' });
    expect(world.keys('lake')).toEqual([]);
  }
});
