import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetMetadata } from 'hyparquet';
import { NAMES, orders, refused, seeded, type Case } from './case';

const dataset = orders({ format: 'parquet' });
const RECORDS = 3000;
const SELECT = `
  SELECT i AS id, TIMESTAMPTZ '2026-01-20 05:00:00+00' + to_seconds(i) AS at, DATE '2026-01-20' AS day,
         (i % 1000)::DECIMAL(12,2) AS amount, i / 8 AS ratio, 'note ' || (i * 7919 % 1009) AS note
  FROM range(${RECORDS}) r(i)`;

/** So many records with notes of ten thousand characters and more. */
const texts = (records: number) =>
  SELECT.replace(`range(${RECORDS})`, `range(${records})`).replace(
    /'note .* AS note/,
    'repeat(chr((65 + i % 26)::INTEGER), (10_000 + i)::INTEGER) AS note',
  );

/** Parquet files by name, each made by a query: bytes depend on nothing but the pinned DuckDB. */
async function parquetFiles(queries: Readonly<Record<string, string>>): Promise<Record<string, Buffer>> {
  const directory = mkdtempSync(join(tmpdir(), 'rollcall-corpus-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const files: Record<string, Buffer> = {};
    for (const [name, query] of Object.entries(queries)) {
      const path = join(directory, `${name}.parquet`);
      // So large that a hundred million records have a short footer.
      const group = name === 'equal' ? 10_000_000 : 2048;
      await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${group})`);
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
const footerStart = (file: Buffer) => file.length - 8 - file.readUInt32LE(file.length - 8);

/** A file that says of its longest column that it has so few bytes when it is unpacked. */
function lying(file: Buffer, bytes: number): Buffer {
  const copy = Buffer.from(file);
  const footer = copy.subarray(footerStart(copy));
  const { row_groups: groups } = parquetMetadata(copy);
  for (const { columns } of groups) {
    const sizes = columns.map(({ meta_data: chunk }) => Number(chunk?.total_uncompressed_size ?? 0));
    const honest = varint(2 * Math.max(...sizes));
    const at = footer.indexOf(honest);
    if (at === -1) throw new Error('the size is not in the footer');
    footer.set(varint(2 * bytes, honest.length), at);
  }
  return copy;
}

/** A number as Thrift's compact protocol has it, in so many bytes at least. */
function varint(value: number, length = 0): Buffer {
  const bytes: number[] = [];
  for (let left = value; left > 0 || bytes.length < length || bytes.length === 0; left = Math.floor(left / 128))
    bytes.push((left % 128) | 128);
  bytes[bytes.length - 1]! &= 127;
  return Buffer.from(bytes);
}

/** A file of nothing but a footer. */
export function withFooter(footer: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')]);
}

/** A schema of so many elements that say nothing. */
const emptyStructs = (count: number) =>
  Buffer.concat([Buffer.from([0x29, 0xfc]), varint(count), Buffer.alloc(count), Buffer.from([0])]);

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
    equal: `SELECT 1::BIGINT AS id FROM range(100_000_000)`,
    again: `SELECT * REPLACE (repeat('x', 1_000_000) AS note) FROM (${SELECT}) LIMIT 800`,
    numbers: SELECT.replace(`range(${RECORDS})`, 'range(2_000_000)').replace(
      /'note .* AS note/,
      'NULL::VARCHAR AS note',
    ),
    fewTexts: texts(600),
    texts: texts(6000),
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
      refused('ObjectTooLarge', 'inflates to more than 268435456 bytes'),
      { growsAtMostMb: 300 },
    ),
    one(
      `a hundred million equal records in ${files['equal']!.length} bytes`,
      files['equal'],
      refused('ObjectTooLarge', 'with it the batch has more than 40000000 records'),
      { dataset: orders({ format: 'parquet' }, { columns: { id: { type: 'integer' } } }), growsAtMostMb: 100 },
    ),
    one(
      `800 MB of one text again and again in ${files['again']!.length} bytes`,
      files['again'],
      refused('ObjectTooLarge', 'inflates to more than 268435456 bytes'),
      { growsAtMostMb: 100 },
    ),
    one(
      'more numbers than a batch may have bytes for',
      files['numbers'],
      refused('ObjectTooLarge', 'inflates to more than 30000000 bytes'),
      { batchBytes: 30_000_000 },
    ),
    one(
      'a footer that says that 60 MB of text are 100 bytes',
      lying(files['texts']!, 100),
      refused('ObjectTooLarge', 'inflates to more than 30000000 bytes'),
      { batchBytes: 30_000_000, growsAtMostMb: 300 },
    ),
    one(
      'the same, where there is room for it',
      lying(files['fewTexts']!, 100),
      { ...whole, read: 600, accepted: 600, ids: ids.slice(0, 600) },
      { growsAtMostMb: 300 },
    ),
    one(
      'a footer that is too long',
      withFooter(Buffer.alloc(5 * 1024 * 1024, 0x19)),
      refused('ObjectTooLarge', 'its Parquet footer has 5242880 bytes, expected at most 4194304'),
    ),
    one('a footer of a million empty structs', withFooter(emptyStructs(1_000_000)), corrupt('damaged Parquet footer'), {
      growsAtMostMb: 700,
    }),
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
