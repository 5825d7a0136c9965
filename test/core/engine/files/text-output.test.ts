import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import type { TextOutputFormat } from '../../../../core/contracts/dataset/output';
import { Database } from '../../../../core/engine/duckdb/database';
import type { LocalFile } from '../../../../core/engine/files/outputs';
import { text } from '../../../../core/engine/duckdb/sql';
import { writeText } from '../../../../core/engine/files/text-output';
import { checksumOf } from '../../../../local/aws/s3/s3-store';

let workDir: string;
let database: Database;
beforeAll(async () => {
  workDir = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  database = await Database.open(workDir, { memoryMb: 256, spillMb: 512 });
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => {
  database.close();
  rmSync(workDir, { recursive: true, force: true });
});

const FORMATS: readonly TextOutputFormat[] = ['jsonl', 'csv'];

/** What a query's records are in a file of a format, by Node's gzip. */
async function written(query: string, format: TextOutputFormat): Promise<{ file: LocalFile; content: string }> {
  const file = await writeText(database, query, format, workDir);
  if (file === null) throw new Error('no file');
  return { file, content: gunzipSync(readFileSync(file.path)).toString('utf8') };
}

const jsonLines = (content: string): unknown[] =>
  content
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

/** Fields of CSV by RFC 4180, told apart from nothing at all: a parser of few lines, which is none of the engine's. */
function csvRecords(content: string): (string | null)[][] {
  const records: (string | null)[][] = [];
  let fields: (string | null)[] = [];
  for (const [, quoted, bare, end] of content.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    fields.push(quoted?.replaceAll('""', '"') ?? (bare === '' ? null : (bare ?? null)));
    if (end === ',') continue;
    records.push(fields);
    fields = [];
  }
  return records;
}

const EVERY_TYPE = `SELECT 'it''s, "quoted"' AS s, '' AS empty, NULL::VARCHAR AS missing, 9007199254740993::BIGINT AS i,
  170141183460469231731687303715884105727::HUGEINT AS h, 0.1::DOUBLE AS d, -0.0::DOUBLE AS zero, 1e300::DOUBLE AS big,
  12.50::DECIMAL(9, 2) AS price, 12345678901234567890.123456789::DECIMAL(38, 9) AS wide, true AS yes,
  DATE '0044-03-15' AS day, TIMESTAMPTZ '2026-01-20 06:00:00.123456+01' AS at, TIMESTAMP '2026-01-20 05:00:00' AS local,
  TIMESTAMP_NS '2026-01-20 05:00:00.123456789' AS nanos, TIME '05:06:07.5' AS clock,
  '6f1b0a3e-0c42-4d5b-9a51-0d2f6c8b7a90'::UUID AS id, 'b'::ENUM('a', 'b') AS kind`;

describe('a value of every type', () => {
  it('stands in JSONL as what JSON has for it', async () => {
    const { content } = await written(EVERY_TYPE, 'jsonl');
    // As text: JSON.parse would round the integers.
    expect(content).toBe(
      '{"s":"it\'s, \\"quoted\\"","empty":"","missing":null,"i":9007199254740993,' +
        '"h":170141183460469231731687303715884105727,"d":0.1,"zero":-0.0,"big":1e300,"price":12.5,' +
        '"wide":"12345678901234567890.123456789","yes":true,"day":"0044-03-15","at":"2026-01-20T05:00:00.123456Z",' +
        '"local":"2026-01-20T05:00:00.000000","nanos":"2026-01-20T05:00:00.123456789","clock":"05:06:07.5",' +
        '"id":"6f1b0a3e-0c42-4d5b-9a51-0d2f6c8b7a90","kind":"b"}\n',
    );
  });

  it('stands in CSV as text, and what is missing as nothing', async () => {
    const { content } = await written(EVERY_TYPE, 'csv');
    expect(content).toBe(
      's,empty,missing,i,h,d,zero,big,price,wide,yes,day,at,local,nanos,clock,id,kind\n' +
        '"it\'s, ""quoted""","",,9007199254740993,170141183460469231731687303715884105727,0.1,-0.0,1e+300,12.50,' +
        '12345678901234567890.123456789,true,0044-03-15,2026-01-20T05:00:00.123456Z,2026-01-20T05:00:00.000000,' +
        '2026-01-20T05:00:00.123456789,05:06:07.5,6f1b0a3e-0c42-4d5b-9a51-0d2f6c8b7a90,b\n',
    );
  });

  it.each(FORMATS)('may be missing in %s', async (format) => {
    const query = `SELECT * FROM (${EVERY_TYPE}) WHERE false UNION ALL BY NAME SELECT NULL AS s`;
    const { file, content } = await written(query, format);
    expect(file.records).toBe(1);
    if (format === 'jsonl') expect(new Set(Object.values(jsonLines(content)[0] as object))).toEqual(new Set([null]));
    else expect(csvRecords(content)[1]).toEqual(Array.from({ length: 18 }, () => null));
  });

  it('may be nested in JSONL', async () => {
    const { content } = await written(
      `SELECT ['x', NULL, '"NaN"'] AS l, {'a': 1.5, 'b': [DATE '2026-01-20'], 'c': 'NaN, Infinity'} AS st,
              map {'k': 1, 'NaN': 2} AS m, [0.1::DOUBLE] AS d`,
      'jsonl',
    );
    expect(jsonLines(content)).toEqual([
      {
        l: ['x', null, '"NaN"'],
        st: { a: 1.5, b: ['2026-01-20'], c: 'NaN, Infinity' },
        m: { k: 1, NaN: 2 },
        d: [0.1],
      },
    ]);
  });
});

const hostile = fc.oneof(
  fc.constant(null),
  fc.constantFrom(
    '',
    ' ',
    ' x ',
    'NULL',
    'null',
    '\\N',
    '""',
    '"',
    "'",
    ',',
    '\ufeffb',
    '#',
    '-',
    '=1+1',
    'é🙂',
    '\u2028',
  ),
  fc.string({
    maxLength: 6,
    unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', '\t', '\\', '\0', '/', '\u0085', 'ü'),
  }),
);

describe('whatever stands in a text', () => {
  it.each(FORMATS)(
    'comes back from %s as it was',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(hostile, hostile), { minLength: 1, maxLength: 300 }), async (records) => {
          const literal = (value: string | null) =>
            value === null ? 'NULL' : value.split('\0').map(text).join(' || chr(0) || ');
          const rows = records.map(([a, b]) => `(${literal(a)}, ${literal(b)})`).join(', ');
          const { content } = await written(
            `SELECT a::VARCHAR AS a, b::VARCHAR AS "b,""" FROM (VALUES ${rows}) t(a, b)`,
            format,
          );
          const found =
            format === 'jsonl'
              ? jsonLines(content).map((record) => Object.values(record as object))
              : csvRecords(content).slice(1);
          expect(found).toEqual(records);
        }),
        { numRuns: 25 },
      );
    },
    120_000,
  );

  it.each(FORMATS)('comes back from %s where a record has one column', async (format) => {
    const { file } = await written(`SELECT * FROM (VALUES (''), (NULL), (' '), (chr(10)), (NULL)) t(a)`, format);
    expect(file.records).toBe(5);
  });

  // The first piece has 128 records, the next ones more: each begins with what a reader takes for a byte order mark.
  it.each(FORMATS)('comes back from %s at the seams of its pieces', async (format) => {
    const { file, content } = await written(
      `SELECT chr(65279) || i || repeat(chr(10) || '"', i % 3) AS a, i FROM range(20000) t(i)`,
      format,
    );
    expect(file.records).toBe(20_000);
    const last = format === 'jsonl' ? jsonLines(content).at(-1) : csvRecords(content).at(-1);
    expect(last).toEqual(format === 'jsonl' ? { a: '\ufeff19999\n"', i: 19_999 } : ['\ufeff19999\n"', '19999']);
  });
});

describe('the file', () => {
  it.each(FORMATS)('is one member of gzip, with the checksum that is told (%s)', async (format) => {
    const { file } = await written('SELECT i, hash(i) AS h FROM range(5000) t(i)', format);
    const bytes = readFileSync(file.path);
    expect(basename(file.path)).toBe(`processed.${format}.gz`);
    expect(file).toMatchObject({ records: 5000, bytes: bytes.length, crc32: checksumOf('crc32', bytes) });
    // A member ends with the size of its text, which here is that of all.
    expect(bytes.readUInt32LE(bytes.length - 4)).toBe(gunzipSync(bytes).length);
  });

  it.each(FORMATS)('has the records in the order in which the query gave them (%s)', async (format) => {
    const { content } = await written('SELECT i FROM range(3000) t(i) ORDER BY hash(i)', format);
    const found =
      format === 'jsonl'
        ? jsonLines(content).map((r) => (r as { i: number }).i)
        : csvRecords(content)
            .slice(1)
            .map(([i]) => Number(i));
    const expected = await database.rows('SELECT i FROM range(3000) t(i) ORDER BY hash(i)');
    expect(found).toEqual(expected.map(({ i }) => Number(i)));
  });

  it.each(FORMATS)('is none without a record (%s)', async (format) => {
    expect(await writeText(database, 'SELECT 1 AS a WHERE false', format, workDir)).toBeNull();
  });
});

describe('what a format has no way to write', () => {
  it.each<[TextOutputFormat, string, string]>([
    ['csv', `SELECT 1 AS a, ['x'] AS tags`, 'csv has no way to write "tags" (VARCHAR[])'],
    ['csv', `SELECT {'a': 1} AS st, map {'k': 1} AS m`, '"st" (STRUCT(a INTEGER)), "m" (MAP(VARCHAR, INTEGER))'],
    ['csv', `SELECT 'x'::BLOB AS raw`, '"raw" (BLOB)'],
    ['jsonl', `SELECT 'x'::BLOB AS raw`, '"raw" (BLOB)'],
    ['jsonl', 'SELECT INTERVAL 1 MONTH AS span', '"span" (INTERVAL)'],
    ['jsonl', `SELECT unnest(['nan', 'inf', '1'])::DOUBLE AS d`, '2 in "d" (DOUBLE)'],
    ['csv', `SELECT 'inf'::FLOAT AS f`, '1 in "f" (FLOAT)'],
    ['csv', `SELECT DATE 'infinity' AS day`, '1 in "day" (DATE)'],
    ['jsonl', `SELECT TIMESTAMPTZ '-infinity' AS at`, '1 in "at" (TIMESTAMP WITH TIME ZONE)'],
    ['jsonl', `SELECT {'a': ['-inf'::DOUBLE], 'b': '\\'} AS st`, '1 in "st" (STRUCT(a DOUBLE[], b VARCHAR))'],
  ])('is refused, naming the column: %s, %s', async (format, query, message) => {
    await expect(writeText(database, query, format, workDir)).rejects.toMatchObject({
      name: 'DefinitionFault',
      message: expect.stringContaining(message),
    });
  });

  it('is never taken for a value that was altered', async () => {
    await expect(
      writeText(database, 'SELECT [1e20::DECIMAL(38, 9) + 0.123456789] AS l', 'jsonl', workDir),
    ).rejects.toMatchObject({
      name: 'RecordsUnaccounted',
      message: expect.stringContaining('values are not the same in jsonl: "l" (DECIMAL(38,9)[])'),
    });
  });

  it.each(FORMATS)('is a record that no reader would take (%s)', async (format) => {
    const query = `SELECT i, CASE WHEN i = 200 THEN repeat('x', 16777216) END AS a FROM range(300) t(i)`;
    await expect(writeText(database, query, format, workDir)).rejects.toMatchObject({
      name: 'DefinitionFault',
      message: expect.stringMatching(/^a record has 167772\d+ bytes as \w+, at most 16777216/),
    });
  });
});

describe('what is altered on the way', () => {
  const query = `SELECT i AS id, 'name ' || i AS name, CASE WHEN i % 2 = 0 THEN (i * 1.5)::DECIMAL(9, 2) END AS price FROM range(400) t(i)`;

  /** Lets something happen when a statement of the engine is over. */
  function after(method: 'count' | 'row', statement: RegExp, act: () => void): void {
    const own: (sql: string) => Promise<unknown> = database[method].bind(database);
    let done = false;
    jest.spyOn(database, method as 'count').mockImplementation(async (sql) => {
      const result = await own(sql);
      if (!done && statement.test(sql)) {
        done = true;
        act();
      }
      return result as number;
    });
  }
  const nameOfError = (format: TextOutputFormat) =>
    writeText(database, query, format, workDir).then(
      () => 'nothing',
      (error: unknown) => (error as Error).name,
    );

  const edits: [string, (content: string) => string][] = [
    ['a value', (content) => content.replace('name 7', 'name 8')],
    ['a record that is gone', (content) => content.replace(/^.*name 7\b.*\n/m, '')],
    ['a record that is there twice', (content) => content.replace(/^.*name 7\b.*\n/m, '$&$&')],
    [
      'a value that is missing',
      (content) =>
        content.replace(/,("price":)?3\.00?\b/, (_all, name?: string) => (name === undefined ? ',' : `,${name}null`)),
    ],
    // Of a value that is missing: where names are not looked at, a missing one looks the same.
    ['a name', (content) => content.replace(/price(?=":null|\n)/, 'prize')],
    ['the end', (content) => content.slice(0, -5)],
  ];
  const cases = FORMATS.flatMap((format) => edits.map(([what, edit]) => [format, what, edit] as const));

  it.each(cases)('between DuckDB and gzip is noticed (%s: %s)', async (format, what, edit) => {
    const piece = join(workDir, 'processed.piece');
    after('count', /^COPY/, () => {
      const content = readFileSync(piece, 'latin1');
      writeFileSync(piece, edit(content), 'latin1');
    });
    // The header of CSV is not DuckDB's.
    const notThere = format === 'csv' && what === 'a name';
    expect(await nameOfError(format)).toBe(notThere ? 'nothing' : 'RecordsUnaccounted');
  });

  it.each(cases)('in the file is noticed (%s: %s)', async (format, _what, edit) => {
    const path = join(workDir, `processed.${format}.gz`);
    after('row', /_rollcall_result$/, () => {
      writeFileSync(path, gzipSync(edit(gunzipSync(readFileSync(path)).toString('latin1'))));
    });
    expect(await nameOfError(format)).toBe('RecordsUnaccounted');
  });

  it.each(FORMATS)('in the bytes of the file is noticed (%s)', async (format) => {
    const path = join(workDir, `processed.${format}.gz`);
    after('row', /_rollcall_result$/, () => {
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1]! ^= 4;
      writeFileSync(path, bytes);
    });
    expect(await nameOfError(format)).toBe('RecordsUnaccounted');
  });

  it('is told by the column', async () => {
    const path = join(workDir, 'processed.jsonl.gz');
    after('row', /_rollcall_result$/, () => {
      writeFileSync(path, gzipSync(gunzipSync(readFileSync(path)).toString().replace('name 7', 'name 8')));
    });
    await expect(writeText(database, query, 'jsonl', workDir)).rejects.toThrow(
      'values are not the same in jsonl: "name" (VARCHAR)',
    );
  });

  it('does not quote the record that cannot be read', async () => {
    const path = join(workDir, 'processed.jsonl.gz');
    after('row', /_rollcall_result$/, () => {
      const content = gunzipSync(readFileSync(path)).toString().replaceAll('"name"', '"nome"');
      writeFileSync(path, gzipSync(content));
    });
    const failed = await writeText(database, query, 'jsonl', workDir).catch((error: unknown) => error);
    expect(failed).toMatchObject({ message: expect.stringContaining('"name" (VARCHAR)') });
    expect((failed as Error).message).not.toContain('name 7');
  });
});
