import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { globOf } from '../../../../core/engine/duckdb/glob';
import { text } from '../../../../core/engine/duckdb/sql';
import { castText, typedText } from '../../../../core/engine/stage/typed-text';

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

/** Texts of a list for which two expressions over `v` differ, and how many texts there were. */
async function differing(values: readonly string[], a: string, b: string): Promise<{ texts: unknown[]; of: number }> {
  await connection.run('CREATE OR REPLACE TEMP TABLE t (v VARCHAR)');
  const appender = await connection.createAppender('t');
  for (const value of values) {
    appender.appendVarchar(value);
    appender.endRow();
  }
  appender.closeSync();
  const reader = await connection.runAndReadAll(`SELECT v FROM t WHERE (${a}) IS DISTINCT FROM (${b})`);
  return { texts: reader.getRows().map(([value]) => value), of: values.length };
}

const SPECIAL = [
  '0',
  '2',
  '4',
  '9',
  'A',
  'Z',
  'a',
  '-',
  '+',
  ':',
  'T',
  ' ',
  '\t',
  '\n',
  '[',
  ']',
  '*',
  '?',
  '\\',
  '.',
  'é',
  '٣',
];

/** The text, and everything that one or two characters replaced, left out or added make of it. */
function mutants(value: string, alphabet: readonly string[]): string[] {
  const found = new Set([value]);
  const characters = Array.from(value);
  for (let i = 0; i <= characters.length; i += 1) {
    found.add([...characters.slice(0, i), ...characters.slice(i + 1)].join(''));
    for (const one of alphabet) {
      const replaced = [...characters.slice(0, i), one, ...characters.slice(i + 1)];
      found.add(replaced.join(''));
      found.add([...characters.slice(0, i), one, ...characters.slice(i)].join(''));
      for (let j = i + 1; j < characters.length; j += 1)
        for (const other of alphabet) found.add([...replaced.slice(0, j), other, ...replaced.slice(j + 1)].join(''));
    }
  }
  return [...found];
}

describe('a pattern as GLOB', () => {
  it.each([
    ['[A-Z]{3}', '[A-Z][A-Z][A-Z]'],
    ['F[0-9]{3}', 'F[0-9][0-9][0-9]'],
    ['[A-Z0-9]x{2}', '[A-Z0-9]xx'],
    ['abc', 'abc'],
  ])('%s is %s', (pattern, glob) => {
    expect(globOf(pattern)).toBe(glob);
  });

  it.each([
    '',
    'a*',
    'a+',
    'a?',
    'a.b',
    '(ab)',
    'a|b',
    '^a$',
    '[^a]',
    '[a',
    'a{2,3}',
    'a{0}',
    'a{65}',
    '[A-Z]{2,}',
    '\\d',
    '[\\d]',
    '[]a]',
    '[!a]',
    '[z-a]',
    '[a-]',
    '[[:alpha:]]',
    '(?i)a',
    'é',
    'a{',
    '{2}',
  ])('%s stays what it is', (pattern) => {
    expect(globOf(pattern)).toBeUndefined();
  });

  it('takes the same texts as the pattern', async () => {
    const piece = fc.tuple(
      fc.constantFrom('[A-Z]', '[0-9]', '[a-f0-9]', '[AZ]', '[A-CX-Z]', '[9]', 'A', 'Z', '0', '-', ':', ' ', '_', ','),
      fc.constantFrom('', '{1}', '{2}', '{3}'),
    );
    const patterns = fc.sample(
      fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.flat().join('')),
      { seed: 7, numRuns: 40 },
    );
    let compared = 0;
    for (const pattern of patterns) {
      const glob = globOf(pattern);
      if (glob === undefined) throw new Error(`${pattern} has no GLOB`);
      const match = glob.replace(/\[(.)[^\]]*\]/g, '$1');
      const { texts, of } = await differing(
        mutants(match, SPECIAL),
        `v GLOB ${text(glob)}`,
        `regexp_full_match(v, ${text(pattern)})`,
      );
      expect({ pattern, texts }).toEqual({ pattern, texts: [] });
      compared += of;
    }
    expect(compared).toBeGreaterThan(10_000);
  });
});

describe('a timestamp of the common shape', () => {
  it('is what the pattern and the cast say of it, for every text close to one', async () => {
    const column = { type: 'timestamp', nullable: false, sensitive: false } as const;
    const date = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
    const time = '(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]{1,6})?)?';
    const pattern = `${date}[T ]${time}(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?`;
    const withSeconds = `TRY_CAST(left(v, 16) || ':00' || substr(v, 17) AS TIMESTAMPTZ)`;
    const plain = `CASE WHEN regexp_full_match(v, '${pattern}') THEN coalesce(${castText(column, 'v')}, ${withSeconds}) END`;
    for (const value of ['2026-02-28T05:59:59Z', '2026-01-20T23:00:00Z', '0001-12-31T20:00:00Z']) {
      const { texts, of } = await differing(mutants(value, SPECIAL.slice(0, 14)), typedText(column, 'v'), plain);
      expect({ value, texts }).toEqual({ value, texts: [] });
      expect(of).toBeGreaterThan(30_000);
    }
  });
});
