import { columnSchema, jsonColumnSchema } from '../../../../core/contracts/dataset/column';
import { InvalidDataset, parseDataset } from '../../../../core/contracts/dataset/dataset';
import { csvDialectOf, csvSchema } from '../../../../core/contracts/dataset/formats/csv';
import { encodingOf } from '../../../../core/contracts/dataset/formats/encoding';
import { originOf } from '../../../../core/contracts/dataset/formats/origin';
import { groupsOf, textSchema } from '../../../../core/contracts/dataset/formats/text';
import { jsonSchema } from '../../../../core/contracts/dataset/formats/json';
import { describeProblems, problemsOf } from '../../../../core/contracts/problems';
import { uniqueOf, uniqueSchema } from '../../../../core/contracts/dataset/unique';
import { smallest } from '../wrong-definitions';

type Fields = Readonly<Record<string, unknown>>;

/** The smallest definition with other fields of its source, other columns, or whatever else. */
function definition({ source, ...others }: Fields & { readonly source?: Fields }): unknown {
  const base = smallest();
  return { ...base, ...others, source: { ...base.source, ...source } };
}

function messageOf(input: unknown): string {
  try {
    parseDataset(input);
  } catch (error) {
    if (error instanceof InvalidDataset) return error.message;
    throw error;
  }
  return 'no error';
}

const PREFIX = 'in/{yyyy}/{MM}/{dd}/{HH}/';
const csv = (words: Fields, others: Fields = {}) => definition({ source: { csv: words }, ...others });
const column = (words: Fields, source: Fields = {}) => definition({ source, columns: { id: words } });
const read = (type: string, words: Fields) =>
  column({ type, ...(type === 'decimal' ? { precision: 9, scale: 2 } : {}), read: words });
const keyed = (unique: unknown, others: Fields = {}) =>
  definition({ unique, columns: { id: { type: 'integer' }, at: { type: 'timestamp' } }, ...others });

/** What is refused at synth, by what the message says of it. */
const REFUSED: readonly (readonly [unknown, string])[] = [
  [
    definition({ source: { prefix: 'in/*/{yyyy}/{MM}/{dd}/{HH}/' } }),
    'source.prefix: got "in/*/{yyyy}/{MM}/{dd}/{HH}/", expected no *',
  ],
  [
    definition({ source: { prefix: [PREFIX, 'x/{yyyy}/{MM}/{dd}/'] } }),
    'source.prefix.1: got "x/{yyyy}/{MM}/{dd}/", expected the placeholder {HH}',
  ],
  [
    definition({ source: { prefix: [PREFIX, '/x'] } }),
    'source.prefix.1: got "/x", expected a key prefix without a leading slash',
  ],
  [definition({ source: { prefix: [] } }), 'source.prefix: got [], expected array to have >=1 items'],
  [definition({ source: { prefix: Array.from({ length: 21 }, () => PREFIX) } }), 'expected array to have <=20 items'],
  [definition({ source: { prefix: 7 } }), 'source.prefix: got 7, expected a key prefix or a list of 1 to 20'],
  [definition({ source: { prefix: '{yyyy}/{M}/{d}/{H}' } }), 'expected a character other than a digit after {H}'],
  [definition({ source: { prefix: '{yyyy}{M}{d}/{H}/' } }), 'expected a character other than a digit after {M}'],
  [
    definition({
      cadence: 'daily',
      calendar: { firstPartition: '2026-01-20' },
      source: { prefix: '{yyyy}/{M}/{d}/{H}/' },
    }),
    'expected no {H} for a daily dataset',
  ],
  [definition({ source: { suffix: '*.csv' } }), 'source.suffix: got "*.csv", expected no *'],
  [
    definition({ source: { suffix: '.csv.zip' } }),
    'source.compression: got "none", expected zip, as the suffix .csv.zip says',
  ],
  [
    definition({ source: { suffix: '.snappy.parquet' } }),
    'source.format: got "csv", expected parquet, as the suffix .snappy.parquet says',
  ],
  [
    definition({ source: { suffix: '.csv', format: 'parquet' } }),
    'source.format: got "parquet", expected csv, as the suffix',
  ],
  [
    definition({ source: { suffix: '.jsonl.gz', compression: 'gzip' } }),
    'source.format: got "csv", expected jsonl or json, as the suffix',
  ],
  [
    definition({ source: { encoding: 'utf-9' } }),
    'source.encoding: got "utf-9", expected an encoding that TextDecoder knows',
  ],
  [
    definition({ source: { encoding: 'utf-16', format: 'parquet' } }),
    'source.encoding: got "utf-16", expected none for parquet',
  ],
  [definition({ source: { csv: {}, format: 'jsonl' } }), 'source.csv: got {}, expected none for format jsonl'],
  [definition({ source: { json: {} } }), 'source.json: got {}, expected none for format csv'],
  [definition({ source: { text: { pattern: '(?<id>x)' } } }), 'expected none for format csv'],
  [definition({ source: { format: 'text' } }), 'source.text: got nothing, expected { pattern } for format text'],
  [
    definition({ source: { format: 'text', text: { pattern: '(?<a>x)(?<b>y)' } } }),
    'columns.id: got "id", expected one of the groups of source.text.pattern: a, b',
  ],
  [csv({ separator: ';' }), 'source.csv.separator: got ";", expected no such field'],
  [csv({ delimiter: '' }), 'source.csv.delimiter: got ""'],
  [csv({ delimiter: '|\n' }), 'expected characters other than line ends'],
  [csv({ delimiter: '"' }), 'source.csv.delimiter: got "\\"", expected a character other than quote and line ends'],
  [
    definition({ source: { delimiter: ';', csv: { delimiter: '|' } } }),
    'source.delimiter: got ";", expected none beside csv.delimiter',
  ],
  [csv({ quote: 'ab' }), 'source.csv.quote: got "ab", expected one character'],
  [csv({ escape: 'backslash', quote: '\\' }), 'source.csv.quote: got "\\\\", expected another character'],
  [csv({ escape: 'caret' }), 'source.csv.escape: got "caret"'],
  [csv({ skipLines: -1 }), 'source.csv.skipLines: got -1'],
  [csv({ comment: '"#' }), 'source.csv.comment: got "\\"#", expected text that does not begin as a field can'],
  [
    csv({ comment: '#', trailer: { prefix: '#END' } }),
    'source.csv.trailer.prefix: got "#END", expected text that is no comment',
  ],
  [csv({ nullValues: ['a,b'] }), 'source.csv.nullValues.0: got "a,b", expected a value that can stand unquoted'],
  [csv({ trailer: { prefix: 'T', count: 0 } }), 'source.csv.trailer.count: got 0'],
  [
    csv({ quote: null }, { columns: { id: { type: 'string', multiline: true } } }),
    'columns.id.multiline: got true, expected false with csv.quote null',
  ],
  [
    csv({ header: false }, { columns: { id: { type: 'string', from: 'ID' } } }),
    'columns.id.from: got "ID", expected none with csv.header false',
  ],
  [
    column({ type: 'string', from: ['a', 'b'] }),
    'columns.id.from: got ["a","b"], expected a name: paths are for JSON and Avro',
  ],
  [
    column({ type: 'string', from: [] }, { format: 'jsonl' }),
    'columns.id.from: got [], expected array to have >=1 items',
  ],
  [
    column({ type: 'string' }, { format: 'json', json: { records: [] } }),
    'source.json.records: got [], expected array to have >=1 items',
  ],
  [column({ type: 'json' }, { format: 'jsonl', json: {} }), 'source.json: got {}, expected none for format jsonl'],
  [column({ type: 'string', from: 5 }), 'columns.id.from: got 5, expected a name, or for JSON and Avro a path'],
  [
    column({ type: 'string', from: '$day' }),
    'columns.id.from: got "$day", expected one of $partition $key $modified $line',
  ],
  [column({ type: 'string', from: '$line' }), 'columns.id.type: got "string", expected integer for $line'],
  [
    column({ type: 'integer', from: '$line' }, { format: 'parquet' }),
    'expected another than $line: parquet has no lines',
  ],
  [column({ type: 'string', from: '$key', optional: true }), 'columns.id.optional: got true, expected none for $key'],
  [read('string', { group: '.' }), 'columns.id.read.group: got ".", expected no such field'],
  [read('integer', { decimal: ',' }), 'columns.id.read.decimal: got ",", expected no such field'],
  [
    read('decimal', { group: '.' }),
    'columns.id.read.group: got ".", expected another character than that before the fraction',
  ],
  [read('decimal', { strip: ['-'] }), 'expected texts that are no part of a number'],
  [read('double', { decimal: '1' }), 'columns.id.read.decimal: got "1", expected one character'],
  [
    read('boolean', { true: ['Y'], false: ['Y'] }),
    'columns.id.read.false.0: got "Y", expected a value that does not mean true',
  ],
  [read('boolean', { format: '%Y' }), 'columns.id.read.format: got "%Y", expected no such field'],
  [read('timestamp', { epoch: 'm' }), 'columns.id.read.epoch: got "m"'],
  [
    read('timestamp', { epoch: 's', timeZone: 'UTC' }),
    'columns.id.read.timeZone: got "UTC", expected none beside epoch',
  ],
  [read('timestamp', { timeZone: 'Mars' }), 'columns.id.read.timeZone: got "Mars", expected an IANA time zone'],
  [
    read('timestamp', { format: ['%Y-%m-%d', '%Q'] }),
    'columns.id.read.format.1: got "%Q", expected strptime specifiers',
  ],
  [read('timestamp', { format: '%H:%M' }), 'expected a year, a month and a day'],
  [read('date', { timeZone: 'UTC' }), 'columns.id.read.timeZone: got "UTC", expected no such field'],
  [keyed({ columns: ['no'], keep: 'last' }), 'unique.columns.0: got "no", expected one of the columns id, at'],
  [keyed({ columns: ['id'], keep: 'last', by: ['seq'] }), 'unique.by.0: got "seq", expected one of the columns'],
  [keyed({ columns: ['id'], by: ['at'] }), `unique.by: got ["at"], expected none without keep: 'last'`],
  [keyed({ columns: ['id'], deleted: 'true' }), 'unique.deleted: got "true", expected none without keep'],
  [keyed({ columns: ['id'], keep: 'newest' }), 'unique.keep: got "newest"'],
  [
    keyed({ columns: ['id'], keep: 'last' }, { duplicates: 'warn' }),
    'duplicates: got "warn", expected nothing but reject with unique.keep \'last\'',
  ],
  [keyed('id'), 'unique: got "id", expected a list of columns, or { columns, keep, by, deleted }'],
  [
    definition({ tolerance: { failedObjects: {} } }),
    'tolerance.failedObjects: got {}, expected objects, share or both',
  ],
  [
    definition({ transform: { code: 'process.ts', columns: { a: { type: 'string', from: 'b' } } } }),
    'transform.columns.a.from: got "b", expected a type alone',
  ],
];

test.each(REFUSED.map(([input, said]) => ({ input, said })))('it is refused with: $said', ({ input, said }) => {
  expect(messageOf(input)).toContain(said);
});

describe('a word that the engine does not obey yet', () => {
  test.each([
    ['columns.id.read', read('integer', { group: '.' })],
    ['columns.id.from', column({ type: 'string', from: 'ID' })],
    ['columns.id.optional', column({ type: 'string', optional: true })],
    ['columns.id.from', column({ type: 'string', from: '$key' }, { format: 'jsonl' })],
    ['columns.id.type', column({ type: 'json' })],
  ])('%s is refused by name, and for nothing else', (field, input) => {
    const problems = messageOf(input).replace('dataset flights: ', '').split('; ');
    expect(problems).toEqual([
      expect.stringMatching(`^${field}: got .*, expected none: this release cannot do that yet$`),
    ]);
  });
});

test('a column of JSON may come from a path, be optional, and be any value', () => {
  for (const format of ['json', 'jsonl'])
    expect(messageOf(column({ type: 'json', from: ['a', 'b'], optional: true }, { format }))).toBe('no error');
});

describe('the words of a definition', () => {
  it('for CSV have the defaults of the plainest delivery', () => {
    expect(csvDialectOf({ delimiter: ';' })).toEqual({
      delimiter: ';',
      quote: '"',
      escape: 'double',
      header: true,
      skipLines: 0,
      comment: null,
      nullValues: [''],
      emptyQuoted: 'text',
      shortRows: 'reject',
      trailer: null,
    });
    const words = { delimiter: '||', quote: null, nullValues: [], trailer: { prefix: 'TOTAL', count: 2 } };
    expect(csvDialectOf({ delimiter: ',', csv: csvSchema.parse(words) })).toMatchObject(words);
  });

  it('that take a list take one text too', () => {
    const one = columnSchema.parse({ type: 'timestamp', read: { format: '%d.%m.%Y' } });
    expect(one).toMatchObject({ read: { format: ['%d.%m.%Y'] } });
    expect(columnSchema.parse(one)).toEqual(one);
  });

  it('optional implies nullable', () => {
    expect(columnSchema.parse({ type: 'string', optional: true })).toMatchObject({ nullable: true });
  });

  it('of a JSON column are those of every column, and no rules of its own', () => {
    expect(jsonColumnSchema.safeParse({ type: 'json', from: ['a', 'b'], nullable: true }).success).toBe(true);
    expect(jsonColumnSchema.safeParse({ type: 'json', read: {} }).success).toBe(false);
  });

  it.each([
    ['a', undefined, { kind: 'source', path: ['a'] }],
    ['a', 'b', { kind: 'source', path: ['b'] }],
    ['a', ['b', 'c'], { kind: 'source', path: ['b', 'c'] }],
    ['a', ['$line'], { kind: 'source', path: ['$line'] }],
    ['a', '$line', { kind: 'about', about: '$line' }],
  ])('say where the values of %p from %p come from', (name, from, origin) => {
    expect(originOf(name, { from })).toEqual(origin);
  });

  it('name encodings by the standard, but utf-16 by what decides its end', () => {
    expect(['iso-8859-1', 'Latin1', 'UTF8', 'utf-16', 'UTF-16BE'].map((encoding) => encodingOf({ encoding }))).toEqual([
      'windows-1252',
      'windows-1252',
      'utf-8',
      'utf-16',
      'utf-16be',
    ]);
    expect(encodingOf({})).toBe('utf-8');
  });

  it('for text are named groups, each once', () => {
    expect(groupsOf('^(?<ip>\\S+) (?P<at>[^(?<no>]]+) \\(?<no> (?:x) \\Q(?<no>\\E (?<b>.)$')).toEqual([
      'ip',
      'at',
      'b',
    ]);
    const said = (pattern: string) => {
      const { error } = textSchema.safeParse({ pattern }, { reportInput: true });
      return error === undefined ? '' : describeProblems(problemsOf(error));
    };
    expect(said('(?<a>x)')).toBe('');
    expect(said('(x)')).toContain('expected named groups like (?<name>…)');
    expect(said('(?<a>x)(?<a>y)')).toContain('Duplicate capture group name');
    expect(said('(?<a>x)(?=y)')).toContain('expected a pattern without lookahead');
  });

  it('for JSON say where the records are', () => {
    expect(jsonSchema.safeParse({ records: ['Records'] }).success).toBe(true);
    expect(jsonSchema.safeParse({ records: [] }).success).toBe(false);
  });

  it('for a unique key are columns alone, or with what is kept', () => {
    expect(uniqueOf({ unique: ['id'] })).toEqual({ columns: ['id'], keep: 'first', by: [], deleted: null });
    const unique = uniqueSchema.parse({ columns: ['id'], keep: 'last', by: ['at'], deleted: "op = 'D'" });
    expect(uniqueOf({ unique })).toEqual({ columns: ['id'], keep: 'last', by: ['at'], deleted: "op = 'D'" });
    expect(uniqueOf({})).toBeUndefined();
  });
});
