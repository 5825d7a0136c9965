import {
  asCsv,
  fileCase,
  letters,
  NAMES,
  orders,
  refused,
  refusedCase,
  seeded,
  sound,
  TextFile,
  type Case,
  type Counted,
} from './case';

const SHAPE = ['record.shape'];
const csv = (header?: string, eol?: string) => new TextFile('csv', header, eol);
const HEADER = NAMES.join(',');

/** Lines of another length, in whatever place. */
function ragged(): Case {
  const next = seeded(7);
  const file = csv();
  for (let i = 0; i < 200; i += 1) {
    const line = asCsv(sound(1000 + i));
    if (i % 10 !== 3) file.sound(1);
    else
      file.line(
        next(2) === 0
          ? line
              .split(',')
              .slice(0, 1 + next(5))
              .join(',')
          : `${line},${'x,'.repeat(next(5))}x`,
        SHAPE,
      );
  }
  return fileCase('ragged rows', orders(), file);
}

/** Two stray quotes, 490 lines apart. */
function swallowing(name: string, dataset: Case['dataset']): Case {
  const file = csv().sound(50);
  file.line(asCsv({ ...sound(9001), note: '"stray' }), SHAPE).sound(489);
  // What stands behind the second quote makes it no end of a value either.
  file.line(`9002,"2026-01-20T05:00:00Z"x,2026-01-20,1.00,,end`, SHAPE).sound(60);
  return fileCase(name, dataset, file);
}

const INVALID_UTF8 = [[0xff], [0xc3], [0x80], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf4, 0x90, 0x80, 0x80]];

function invalidUtf8(): Case {
  const file = csv().sound(20);
  for (const bytes of INVALID_UTF8)
    file.line(Buffer.concat([Buffer.from(asCsv({ ...sound(1), note: 'x' })), Buffer.from(bytes)]), SHAPE).sound(3);
  return fileCase('bytes that are not UTF-8, of six kinds', orders(), file);
}

/** A value of the column in each line, and the rule that it breaks: null where it is one. */
function values(
  name: string,
  column: 'amount' | 'at' | 'day' | 'id' | 'ratio',
  list: readonly [string, string | null][],
): Case {
  const file = csv().sound(3);
  for (const [value, rule] of list) file.with({ [column]: value }, rule === null ? 'accepted' : [`${column}.${rule}`]);
  return fileCase(name, orders(), file.sound(3));
}

/** Line feeds inside values, in every place; and one file that has nothing else. */
function multiline(): Case {
  const file = csv();
  const next = seeded(11);
  for (let i = 0; i < 300; i += 1) {
    const breaks = ['\n', '\r\n', '\n\n', '""\n', ',\n', '\n""quoted"",'][next(6)]!;
    if (i % 3 === 0) file.with({ note: `"a${breaks}b"` });
    else if (i % 50 === 1) file.with({ note: `"a${breaks}b"`, amount: 'many' }, ['amount.type']);
    else file.sound(1);
  }
  return fileCase('quotes with newlines', letters(), file);
}

/** Objects with columns in an order of their own each. */
function reordered(): Case {
  const orderOf = (seed: number) => {
    const next = seeded(seed);
    return NAMES.map((name) => [next(1000), name] as const)
      .sort((a, b) => a[0] - b[0])
      .map(([, name]) => name);
  };
  const bodies = [1, 2, 3].map((seed) => {
    const order = orderOf(seed);
    const lines = Array.from({ length: 20 }, (_, i) => asCsv(sound(seed * 100 + i), order));
    return Buffer.from(`${[order.join(','), ...lines].join('\n')}\n`);
  });
  const ids = [1, 2, 3].flatMap((seed) => Array.from({ length: 20 }, (_, i) => seed * 100 + i));
  return {
    name: 'columns in another order in each object',
    dataset: orders(),
    objects: () => Object.fromEntries(bodies.map((body, i) => [`orders/${i}`, body])),
    truth: { ends: 'counted', read: 60, accepted: 60, quarantined: 0, duplicates: 0, rules: {}, ids, raw: [] },
  };
}

/** Records of one line each but one of 100 MB. */
function longLine(dataset: Case['dataset'], open: string, name: string, rest: Partial<Counted> = {}): Case {
  const before = csv().sound(10);
  const after = new TextFile('csv', '');
  const tail = Array.from({ length: 10 }, (_, i) => asCsv(sound(500 + i)));
  return {
    name,
    dataset,
    objects: () => ({
      'orders/a': Buffer.concat([
        before.body,
        Buffer.from(`77,2026-01-20T05:00:00Z,,1.00,,${open}`),
        Buffer.alloc(100_000_000, 'y'),
        Buffer.from(`\n${tail.join('\n')}\n`),
        after.body,
      ]),
    }),
    truth: {
      ends: 'counted',
      read: 21,
      accepted: 20,
      quarantined: 1,
      duplicates: 0,
      rules: { 'record.shape': 1 },
      ids: [...before.truth.ids, ...tail.map((_, i) => 500 + i)],
      ...rest,
    },
    growsAtMostMb: 300,
    batchBytes: 150_000_000,
  };
}

const INJECTIONS = [
  `'); DROP TABLE _rollcall_stage; --`,
  `' OR '1'='1`,
  `\\'; COPY (SELECT 1) TO '/tmp/rollcall-was-here'; --`,
  '$1; ATTACH ',
  '=HYPERLINK(1)',
  '${process.exit(1)}',
  '*/ SELECT 1 /*',
  '{{x}} %s %n',
];

function injections(): Case {
  const file = csv().sound(2);
  for (const text of INJECTIONS) file.with({ note: text });
  for (const text of INJECTIONS) file.with({ amount: text }, ['amount.type']);
  return fileCase('values that would be SQL, a formula or a template elsewhere', orders(), file);
}

/** A column of one digit. */
const digits = orders({}, { columns: { id: { type: 'integer' } }, unique: ['id'], duplicates: 'warn' });
const twoBytes = (lines: number, line = '1\n') =>
  Buffer.concat([Buffer.from('id\n'), Buffer.alloc(lines * line.length, line)]);

export const csvCases: readonly Case[] = [
  refusedCase(
    'two bytes a line, more of them than a batch may have',
    digits,
    twoBytes(200_001),
    refused('ObjectTooLarge', 'with it the batch has more than 200000 records'),
    { batchRecords: 200_000 },
  ),
  {
    name: 'two objects of two bytes a line, together with more of them than a batch may have',
    dataset: digits,
    objects: () => ({ 'orders/a': twoBytes(150_000), 'orders/b': twoBytes(50_001) }),
    truth: refused('ObjectTooLarge', /orders\/b: with it the batch has more than 200000 records/),
    batchRecords: 200_000,
  },
  {
    name: 'two bytes a line, as many of them as a batch may have',
    dataset: digits,
    objects: () => ({ 'orders/a': twoBytes(200_000) }),
    truth: {
      ends: 'counted',
      read: 200_000,
      accepted: 200_000,
      quarantined: 0,
      duplicates: 0,
      rules: { unique: 199_999 },
      ids: Array.from({ length: 200_000 }, () => 1),
    },
    batchRecords: 200_000,
    growsAtMostMb: 500,
  },
  longLine(orders(), '', 'one line of 100 MB'),
  longLine(letters(), '', 'one line of 100 MB where notes may have several lines'),
  longLine(letters(), '"', 'a quote that is never closed before 100 MB'),
  longLine(
    orders({ csv: { escape: 'backslash', comment: '#' } }),
    '\\',
    'one line of 100 MB, of a dialect with backslashes',
  ),
  refusedCase(
    'a trailer that is cut off',
    orders({ csv: { trailer: { prefix: 'TRAILER', count: 2 } } }),
    Buffer.concat([csv().sound(50).body, Buffer.from('TRAI')]),
    refused('SourceCorrupt', /orders\/a: the last line is no trailer, .*; 51 records/),
  ),
  refusedCase(
    '0 bytes where a trailer should be',
    orders({ csv: { header: false, trailer: { prefix: 'TRAILER', count: 2 } } }),
    '',
    refused('SourceCorrupt', /orders\/a: the last line is no trailer, .*; 0 records/),
  ),
  fileCase('0 bytes where no header is', orders({ csv: { header: false } }), new TextFile('csv', '')),
  fileCase(
    'backslashes before line ends, and one before the end',
    orders({ csv: { escape: 'backslash' } }),
    csv()
      .sound(3)
      .with({ note: 'a\\\nb' })
      .with({ note: 'a\\\nb', amount: 'x' }, ['amount.type'])
      .sound(3)
      .line(`${asCsv({ ...sound(9), note: 'x' })}\\`, SHAPE)
      .withoutLastLineFeed(),
  ),
  fileCase('nothing wrong', orders(), csv().sound(500)),
  fileCase('CRLF', orders(), csv(`${HEADER}\r\n`, '\r\n').sound(100).with({ amount: 'x' }, ['amount.type'])),
  fileCase(
    'LF and CRLF mixed',
    orders(),
    csv()
      .sound(5)
      .bytes('\r\n\n')
      .sound(5)
      .line(`${asCsv(sound(11))}\r`, 'accepted'),
  ),
  fileCase('a byte order mark', orders(), csv(`\ufeff${HEADER}\n`).sound(10)),
  fileCase(
    'two files put together, byte order mark and header in the middle',
    orders(),
    csv(`\ufeff${HEADER}\n`)
      .sound(10)
      .line(`\ufeff${HEADER}`, ['id.type', 'at.type', 'day.type', 'amount.type', 'ratio.type'])
      .sound(10),
  ),
  fileCase(
    'NUL bytes',
    orders(),
    csv()
      .sound(5)
      .with({ note: 'a\0b' })
      .with({ amount: '1.00\0' }, ['amount.type'])
      .with({ id: '\0' }, ['id.type'])
      .line('\0\0\0', SHAPE)
      .sound(5),
  ),
  invalidUtf8(),
  ragged(),
  fileCase(
    'a footer, a comment and a preamble',
    orders(),
    csv().line('# made by x', SHAPE).sound(9).line('TOTAL,9', SHAPE),
  ),
  fileCase('empty lines', orders(), csv().bytes('\n\r\n').sound(3).bytes('\n\n').sound(3).bytes('\n')),
  fileCase('no line feed at the end', orders(), csv().sound(5).withoutLastLineFeed()),
  swallowing('two stray quotes that would swallow 490 lines', orders()),
  swallowing('two stray quotes that would swallow 490 lines, where notes may have several', letters()),
  multiline(),
  fileCase(
    'a quote that is never closed, where notes may have several lines',
    letters(),
    csv()
      .sound(20)
      .line(asCsv({ ...sound(3), note: '"open' }), SHAPE)
      .sound(20),
  ),
  fileCase(
    'duplicates',
    orders(),
    csv()
      .sound(5)
      .line(asCsv(sound(2)), 'duplicate', 0)
      .line(asCsv({ ...sound(2), amount: 'x' }), ['amount.type'], 0)
      .sound(5)
      .line(asCsv(sound(7)), 'duplicate', 0),
  ),
  values('numbers that are none', 'ratio', [
    ['1e400', 'type'],
    ['-1e400', 'type'],
    ['NaN', 'type'],
    ['nan', 'type'],
    ['Infinity', 'type'],
    ['-inf', 'type'],
    ['1e308', null],
    ['1e-400', null],
    ['-0', null],
    ['0x1F', 'type'],
    ['1_000', 'type'],
    ['١٢٣', 'type'],
    ['１２', 'type'],
    ['12 ', 'type'],
    ['"1,5"', 'type'],
    ['"12.5"', null],
  ]),
  values('decimals that would be rounded or do not fit', 'amount', [
    ['1.005', 'type'],
    ['1.10', null],
    ['1.1', null],
    ['9999999999.99', null],
    ['10000000000.00', 'type'],
    ['1e2', null],
    ['1e-3', 'type'],
    ['+5', null],
    ['.5', null],
    ['1.', null],
    ['', 'null'],
  ]),
  values('integers that are none', 'id', [
    ['1.7', 'type'],
    ['1e3', 'type'],
    ['9223372036854775808', 'type'],
    ['-9223372036854775809', 'type'],
    ['', 'null'],
    ['null', 'type'],
  ]),
  values('dates of many kinds', 'day', [
    ['2026-01-20', null],
    ['20/01/2026', 'type'],
    ['01/20/2026', 'type'],
    ['Jan 20 2026', 'type'],
    ['20260120', 'type'],
    ['1768867200', 'type'],
    ['2026-02-30', 'type'],
    ['2026-1-2', 'type'],
    ['2026-01-20T00:00:00Z', 'type'],
    ['2026-01-20garbage', 'type'],
    ['0000-00-00', 'type'],
    ['epoch', 'type'],
    ['infinity', 'type'],
  ]),
  values('instants of many kinds', 'at', [
    ['2026-01-20T05:00:00Z', null],
    ['2026-01-20 05:00:00+01:00', null],
    ['2026-01-20T05:00Z', null],
    ['2026-01-20', 'type'],
    ['20.01.2026 05:00', 'type'],
    ['1768885200', 'type'],
    ['1768885200000', 'type'],
    ['2026-01-20T24:00:00Z', 'type'],
    ['2026-01-20T05:00:00.1234567Z', 'type'],
    ['2026-01-20T05:00:00 Europe/Berlin', 'type'],
    ['"Tue, 20 Jan 2026 05:00:00 GMT"', 'type'],
    ['', 'null'],
  ]),
  injections(),
  reordered(),
  refusedCase(
    'a column added',
    orders(),
    `${HEADER},extra\n${asCsv(sound(1))},x\n`,
    refused('SchemaMismatch', 'not declared "extra"'),
  ),
  refusedCase(
    'a column removed',
    orders(),
    `${NAMES.slice(0, 5).join(',')}\n`,
    refused('SchemaMismatch', 'missing "note"'),
  ),
  refusedCase(
    'a column renamed',
    orders(),
    `${HEADER.replace('note', 'Note')}\n`,
    refused('SchemaMismatch', 'missing "note"; not declared "Note"'),
  ),
  refusedCase('a column twice', orders(), `${HEADER},note\n`, refused('SchemaMismatch', 'more than once "note"')),
  refusedCase('a header with a NUL', orders(), `${HEADER}\0\n`, refused('SchemaMismatch', 'missing "note"')),
  refusedCase(
    'a header that is not UTF-8',
    orders(),
    Buffer.from([...Buffer.from(HEADER), 0xff, 10]),
    refused('SchemaMismatch', 'not UTF-8'),
  ),
  refusedCase('no header', orders(), `${asCsv(sound(1))}\n`, refused('SchemaMismatch', 'missing "id"')),
  refusedCase('another delimiter', orders(), `${NAMES.join(';')}\n`, refused('SchemaMismatch', 'not declared')),
  refusedCase(
    'lines that end with CR alone',
    orders(),
    `${HEADER}\r${asCsv(sound(1))}\r`,
    refused('SchemaMismatch', 'carriage return'),
  ),
  refusedCase(
    'UTF-16',
    orders(),
    Buffer.from(`\ufeff${HEADER}\n`, 'utf16le'),
    refused('SourceCorrupt', "write encoding: 'utf-16'"),
  ),
  refusedCase('nothing at all', orders(), '', refused('SchemaMismatch', 'empty object')),
  refusedCase('a byte order mark alone', orders(), '\ufeff', refused('SchemaMismatch', 'empty object')),
  refusedCase(
    'a page of HTML',
    orders(),
    '<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n',
    refused('SchemaMismatch', 'missing "id"'),
  ),
  {
    ...refusedCase('a header line without end', orders(), '', refused('SchemaMismatch', 'no line end in the first')),
    objects: () => ({ 'orders/a': Buffer.alloc(100_000_000, 'x') }),
    growsAtMostMb: 100,
    batchBytes: 150_000_000,
  },
  refusedCase(
    'extra columns named like parts of every object, where extra columns are refused',
    orders(),
    `${HEADER},__proto__,constructor\n${asCsv(sound(1))},x,y\n`,
    refused('SchemaMismatch', 'not declared "__proto__", "constructor"'),
  ),
  fileCase(
    'extra columns named like parts of every object',
    orders({ extraColumns: 'ignore' }),
    csv(`__proto__,${HEADER},constructor\n`)
      .line(`polluted,${asCsv(sound(1))},y`, 'accepted')
      .line(`x,${asCsv(sound(2))},toString`, 'accepted'),
  ),
];
