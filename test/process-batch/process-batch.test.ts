import { inspect } from 'node:util';
import { BatchBench, things } from '../helpers/batches';

let bench: BatchBench;
beforeAll(async () => (bench = await BatchBench.open()));
afterAll(() => bench.close());

const body = 'id,name\n1,x\n2,y\n3,z\nno,\n';

async function processed(transform: { sql: string; mayDrop?: boolean; mayAdd?: boolean }, source = body) {
  bench.reset(things({ transform }));
  const load = bench.plan([{ 'a.csv': source }]);
  const validated = await bench.validate(load, 0);
  return { load, validated, output: await bench.process(load, 0) };
}

describe('ProcessBatch', () => {
  it('writes what the transform makes of the accepted records', async () => {
    const { validated, output } = await processed({ sql: 'SELECT id * 10 AS tens, upper(name) AS name FROM records;' });
    expect(output.fingerprint).not.toBe(validated.fingerprint);
    const record = bench.record(output.fingerprint);
    expect(record).toMatchObject({ kind: 'processed', from: validated.fingerprint });
    expect(record.records).toMatchObject({ read: 4, accepted: 3, quarantined: 1, dropped: 0, added: 0, published: 3 });
    expect(await bench.records(record.output?.key ?? '')).toEqual([
      { tens: 10, name: 'X' },
      { tens: 20, name: 'Y' },
      { tens: 30, name: 'Z' },
    ]);
  });

  it('does not do again what is done', async () => {
    const { load, output } = await processed({ sql: 'SELECT * FROM records' });
    expect(await bench.process(load, 0)).toEqual({ ...output, reused: true });
  });

  it('counts what is dropped and what is added', async () => {
    const dropping = await processed({ sql: 'SELECT * FROM records WHERE id > 2', mayDrop: true });
    expect(dropping.output.records).toMatchObject({ accepted: 3, dropped: 2, added: 0, published: 1 });
    const adding = await processed({ sql: 'SELECT * FROM records, range(2)', mayAdd: true });
    expect(adding.output.records).toMatchObject({ accepted: 3, dropped: 0, added: 3, published: 6 });
    const all = await processed({ sql: 'SELECT * FROM records WHERE false', mayDrop: true });
    expect(all.output.records).toMatchObject({ dropped: 3, published: 0 });
    expect(bench.record(all.output.fingerprint).output).toBeNull();
  });

  it.each([
    ['drops', 'SELECT * FROM records WHERE id > 2', 'mayDrop'],
    ['adds', 'SELECT * FROM records, range(2)', 'mayAdd'],
  ])('refuses a transform that %s records without declaring it', async (verb, sql, declaration) => {
    await expect(processed({ sql })).rejects.toMatchObject({
      name: 'RecordsUnaccounted',
      message: expect.stringMatching(new RegExp(`${verb} \\d records.*${declaration}`)),
    });
  });

  it('makes nothing out of nothing', async () => {
    const { output } = await processed({ sql: 'SELECT count(*) AS n FROM records', mayAdd: true }, 'id,name\nno,x\n');
    expect(output.records).toMatchObject({ read: 1, quarantined: 1, published: 0, added: 0 });
  });

  it('does not quote values of a dataset with sensitive columns when a transform fails', async () => {
    bench.reset(
      things({
        columns: { id: { type: 'integer' }, name: { type: 'string', nullable: true, sensitive: true } },
        transform: { sql: 'SELECT CAST(name AS INTEGER) AS n FROM records' },
      }),
    );
    const load = bench.plan([{ 'a.csv': 'id,name\n1,jane\n' }]);
    await bench.validate(load, 0);
    const failed: unknown = await bench.process(load, 0).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      name: 'InternalError',
      message: 'the transform of things failed: Conversion Error, whose text may quote values of sensitive columns',
    });
    expect(inspect(failed, { depth: 9 })).not.toContain('jane');
  });

  it('says what is wrong with a transform that fails', async () => {
    await expect(processed({ sql: 'SELECT name::INTEGER FROM records' })).rejects.toMatchObject({
      name: 'InternalError',
      message: expect.stringContaining('the transform of things failed'),
    });
  });

  it('cannot be made to do anything but read its records', async () => {
    for (const sql of [
      "SELECT 1) TO '/tmp/rollcall-escaped'; --",
      "SELECT * FROM read_text('/etc/passwd')",
      'SELECT 1; SELECT 2',
    ])
      await expect(processed({ sql, mayDrop: true })).rejects.toMatchObject({ name: 'InternalError' });
  });
});
