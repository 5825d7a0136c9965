import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { NAMES, orders, refused, seeded, type Case } from './case';

const dataset = orders({ format: 'parquet' });
const RECORDS = 3000;
const SELECT = `
  SELECT i AS id, TIMESTAMPTZ '2026-01-20 05:00:00+00' + to_seconds(i) AS at, DATE '2026-01-20' AS day,
         (i % 1000)::DECIMAL(12,2) AS amount, i / 8 AS ratio, 'note ' || (i * 7919 % 1009) AS note
  FROM range(${RECORDS}) r(i)`;

/** Parquet files by name, each made by a query: bytes depend on nothing but the pinned DuckDB. */
async function parquetFiles(queries: Readonly<Record<string, string>>): Promise<Record<string, Buffer>> {
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-corpus-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const files: Record<string, Buffer> = {};
    for (const [name, query] of Object.entries(queries)) {
      const path = join(directory, `${name}.parquet`);
      await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)`);
      files[name] = readFileSync(path);
    }
    return files;
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(directory, { recursive: true });
  }
}

const ids = Array.from({ length: RECORDS }, (_, i) => i);
const whole = {
  ends: 'counted',
  read: RECORDS,
  accepted: RECORDS,
  quarantined: 0,
  duplicates: 0,
  rules: {},
  ids,
} as const;

/** Where the footer of a file begins. */
export const footerStart = (file: Buffer) => file.length - 8 - file.readUInt32LE(file.length - 8);

export interface ParquetCorpus {
  readonly cases: readonly Case[];
  /** Files with one bit turned: behind the footer's first byte, or before. */
  readonly flippedFooters: readonly Buffer[];
  readonly flippedPages: readonly Buffer[];
  readonly dataset: Case['dataset'];
  readonly records: number;
}

export async function parquetCorpus(): Promise<ParquetCorpus> {
  const files = await parquetFiles({
    sound: SELECT,
    bomb: SELECT.replace(/'note .* AS note/, 'repeat(i::VARCHAR, 200) AS note').replace(
      `range(${RECORDS})`,
      'range(400_000)',
    ),
    renamed: SELECT.replace('AS note', 'AS remark'),
    removed: SELECT.replace(/, 'note .* AS note/, ''),
    added: SELECT.replace('AS note', `AS note, 1 AS extra`),
    text: SELECT.replace('i AS id', 'i::VARCHAR AS id'),
    broken: `SELECT * REPLACE (CASE WHEN id = 7 THEN NULL ELSE amount END AS amount, CASE WHEN id = 9 THEN 'nan'::DOUBLE ELSE ratio END AS ratio, CASE WHEN id = 11 THEN 10 ELSE id END AS id) FROM (${SELECT})`,
    magic: `SELECT 1 + i AS id, TIMESTAMPTZ '2026-01-20 05:00:00+00' AS at, NULL::DATE AS day, 1::DECIMAL(12,2) AS amount, NULL::DOUBLE AS ratio, '\\x04\\x00\\x00\\x00PAR1PAR1 ' || i AS note FROM range(2) r(i)`,
    reordered: `SELECT note, ratio, id, day, amount, "at" FROM (${SELECT})`,
  });
  const sound = files['sound']!;
  const one = (name: string, body: Buffer | undefined, truth: Case['truth'], more: Partial<Case> = {}): Case => ({
    name: `Parquet: ${name}`,
    dataset,
    objects: () => ({ 'orders/a': body ?? Buffer.alloc(0) }),
    truth,
    ...more,
  });
  const patched = (at: number, ...bytes: number[]) => {
    const copy = Buffer.from(sound);
    copy.set(bytes, at);
    return copy;
  };
  const corrupt = (says: string | RegExp) => refused('SourceCorrupt', says);
  const cases: Case[] = [
    one('nothing wrong', sound, whole),
    one('columns in another order', files['reordered'], whole),
    one('a value missing, one that is no number, one id twice', files['broken'], {
      ...whole,
      accepted: RECORDS - 3,
      quarantined: 2,
      duplicates: 1,
      rules: { 'amount.null': 1, 'ratio.type': 1, unique: 1 },
      ids: ids.filter((id) => id !== 7 && id !== 9 && id !== 11),
    }),
    one('a column renamed', files['renamed'], refused('SchemaMismatch', 'missing "note"; not declared "remark"')),
    one('a column removed', files['removed'], refused('SchemaMismatch', 'missing "note"')),
    one('a column added', files['added'], refused('SchemaMismatch', 'not declared "extra"')),
    one('a column of another type', files['text'], refused('SchemaMismatch', '"id" is VARCHAR, expected an integer')),
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const at = 1 + seeded(seed * 31)(sound.length - 1);
      return one(`cut off after ${at} of ${sound.length} bytes`, sound.subarray(0, at), corrupt(/Parquet/));
    }),
    one('its beginning cut off', sound.subarray(100), corrupt(/Parquet/)),
    one('values that look like the ends of files', files['magic'], { ...whole, read: 2, accepted: 2, ids: [1, 2] }),
    one('nothing', Buffer.alloc(0), corrupt('0 bytes')),
    one('text', Buffer.from(`${NAMES.join(',')}\n`.repeat(20)), corrupt('does not end with PAR1')),
    one('PAR1 and nothing else', Buffer.from('PAR1PAR1PAR1'), corrupt(/Parquet/)),
    one(
      'a footer longer than the file',
      patched(sound.length - 8, 0xff, 0xff, 0xff, 0x7f),
      corrupt('damaged Parquet footer'),
    ),
    one(
      'a footer of zeros',
      Buffer.concat([
        sound.subarray(0, footerStart(sound)),
        Buffer.alloc(sound.length - footerStart(sound) - 8),
        sound.subarray(-8),
      ]),
      corrupt(/Parquet/),
    ),
    one(
      'the same records twice over, put together',
      Buffer.concat([sound, sound]),
      corrupt('several Parquet files put together'),
    ),
    one(
      `400 MB of records in ${files['bomb']!.length} bytes`,
      files['bomb'],
      refused('Error', /^Out of Memory Error/),
      { growsAtMostMb: 700 },
    ),
  ];
  const flip = (seed: number, from: number, to: number) => {
    const copy = Buffer.from(sound);
    const next = seeded(seed * 104_729);
    copy[from + next(to - from)]! ^= 1 << next(8);
    return copy;
  };
  const seeds = Array.from({ length: 8 }, (_, i) => i + 1);
  return {
    cases,
    dataset,
    records: RECORDS,
    flippedFooters: seeds.map((seed) => flip(seed, footerStart(sound), sound.length)),
    flippedPages: seeds.map((seed) => flip(seed, 4, footerStart(sound))),
  };
}
