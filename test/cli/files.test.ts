import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { files } from '../../cli/commands/files';
import { publishedFiles, sqlOf, whyNothing } from '../../cli/files/published';
import { keys } from '../../core/contracts/keys';
import { ending, PARTITION, publication, record } from '../kit/runs';

const DATA = `data/flights/${PARTITION}/${'a'.repeat(32)}.parquet`;
const published = record({
  publication: publication('run-1', { files: [{ key: DATA, records: 3, bytes: 10 }] }),
});

/** A folder as `npm run local` leaves it. */
const folder = mkdtempSync(join(tmpdir(), 'rollcall-world-'));
afterAll(() => rmSync(folder, { recursive: true }));
function leave(of: object): void {
  const key = keys.partition('flights', PARTITION);
  mkdirSync(join(folder, 'buckets', 'ledger'), { recursive: true });
  writeFileSync(join(folder, 'world.json'), JSON.stringify({ ledger: 'ledger', lake: 'lake' }));
  writeFileSync(join(folder, 'buckets', 'ledger', 'record.json'), JSON.stringify(of));
  const index = { ledger: [{ key, file: 'record.json' }], lake: [{ key: DATA, file: 'd/a.parquet' }] };
  writeFileSync(join(folder, 'buckets', 'index.json'), JSON.stringify(index));
}

describe('rollcall files', () => {
  const said: string[] = [];
  const complained: string[] = [];
  beforeEach(() => {
    said.length = complained.length = 0;
    jest.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
    jest.spyOn(console, 'error').mockImplementation((line: string) => void complained.push(line));
  });
  afterEach(() => jest.restoreAllMocks());
  const file = join(folder, 'buckets', 'lake', 'd/a.parquet');

  it('prints the files that a local world has on this machine', async () => {
    leave(published);
    expect(await files('flights', PARTITION, { local: folder })).toBe(0);
    expect(said).toEqual([file]);
  });

  it('says how many records each has, as JSON', async () => {
    leave(published);
    expect(await files('flights', PARTITION, { local: folder, json: true })).toBe(0);
    expect(JSON.parse(said.join('\n'))).toEqual({ files: [{ path: file, records: 3 }] });
  });

  it('gives a query for DuckDB', async () => {
    leave(published);
    expect(await files('flights', PARTITION, { local: folder, sql: true })).toBe(0);
    expect(said).toEqual([`SELECT * FROM read_parquet(['${file}'], hive_partitioning = false);`]);
  });

  it('says why nothing is published, and ends with 1', async () => {
    leave(record({ last: { runId: 'run-2', ending: ending('SOURCE_EMPTY'), at: '2026-01-20T08:00:00.000Z' } }));
    expect(await files('flights', PARTITION, { local: folder })).toBe(1);
    expect(complained).toEqual([`flights ${PARTITION}: nothing is published: run run-2 ended FAILED (SOURCE_EMPTY)`]);
    expect(await files('flights', '2026-01-20T06', { local: folder })).toBe(1);
    expect(complained.at(-1)).toContain('no run has touched the partition');
  });

  it('refuses a folder in which no local run has left anything', async () => {
    await expect(files('flights', PARTITION, { local: join(folder, 'none') })).rejects.toThrow(/^--local: got .*none/);
  });
});

test('files are told by the lake that they are in', () => {
  expect(publishedFiles(published, (key) => `s3://lake/${key}`)).toEqual([{ path: `s3://lake/${DATA}`, records: 3 }]);
  expect(publishedFiles(record({}), (key) => key)).toBeUndefined();
});

test('a run that works on the partition is named', () => {
  const holder = { runId: 'run-3', executionArn: 'arn', since: '2026-01-20T06:00:00.000Z' };
  expect(whyNothing(record({ holder }))).toBe('nothing is published yet, run run-3 is working on it');
});

test('each kind of file has its reader, and a path its quotes', () => {
  const of = (path: string) => sqlOf([{ path, records: 1 }]);
  expect(of("it's.jsonl.gz")).toBe(
    "SELECT * FROM read_json(['it''s.jsonl.gz'], format = 'newline_delimited', hive_partitioning = false);",
  );
  expect(of('a.csv.gz')).toBe("SELECT * FROM read_csv(['a.csv.gz'], header = true, hive_partitioning = false);");
  expect(sqlOf([])).toBeUndefined();
});
