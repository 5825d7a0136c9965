import { gzipSync } from 'node:zlib';
import {
  asText,
  fileCase,
  orders,
  PATTERN,
  refused,
  refusedCase,
  sound,
  TextFile,
  type Case,
  type Counted,
} from './case';

const SHAPE = ['record.shape'];
const source = { format: 'text', text: { pattern: PATTERN } } as const;
const dataset = orders(source);
const zipped = orders({ ...source, compression: 'gzip' });
const text = (before = '', eol = '\n') => new TextFile('text', before, eol);
const packed = gzipSync(text().sound(500).body);

/** A record whose groups nest, and take no more time for a line that almost matches. */
const nested = orders(
  { format: 'text', text: { pattern: '(?<id>\\d+) (?<note>(?:(?:a+)+|(?:a|aa)+)+)b' } },
  { columns: { id: { type: 'integer' }, note: { type: 'string' } } },
);

const optional = orders(
  { format: 'text', text: { pattern: '(?<id>\\d+)(?: a=(?<a>\\w*)(?:/(?<b>\\w*))?)?(?:;|$)(?<c>.)?' } },
  {
    columns: {
      id: { type: 'integer' },
      a: { type: 'string', nullable: true },
      b: { type: 'string', nullable: true },
      c: { type: 'string', nullable: true },
    },
  },
);

/** Lines that would be something else to a reader of CSV, to SQL or to a template. */
const NASTY = [
  `'); DROP TABLE _rollcall_stage; --`,
  `", "x`,
  '""',
  '"',
  '\\',
  '\\1',
  '${process.exit(1)}',
  '$(touch /tmp/rollcall-was-here)',
  '\u2028\u0085\u000b\u000c',
  '\ufeff',
];

const optionalLines = text()
  .line('1', 'accepted')
  .line('2 a=', 'accepted')
  .line('3 a=x', 'accepted')
  .line('4 a=x/;', 'accepted')
  .line('5 a=x/y;z', 'accepted')
  .line('6;"', 'accepted')
  .line('7 a=x/y;zz', SHAPE);

const almost = text()
  .line(`1 ${'a'.repeat(1_000_000)}b`, 'accepted')
  .line(`2 ${'a'.repeat(1_000_000)}c`, SHAPE, 2, `2 ${'a'.repeat((1 << 18) - 2)}`)
  .line('3 aab', 'accepted', 3);

function notUtf8(): Case {
  const file = text().sound(2);
  for (const bytes of [[0xff], [0xc3], [0x80], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf4, 0x90, 0x80, 0x80]])
    file.line(Buffer.concat([Buffer.from(asText(sound(1))), Buffer.from(bytes)]), SHAPE).sound(1);
  return fileCase('text: bytes that are not UTF-8, of six kinds', dataset, file);
}

/** A line of 100 MB among others. */
function giantLine(): Case {
  const ids = Array.from({ length: 20 }, (_, i) => 1 + i);
  const lines = ids.map((id) => asText(sound(id)));
  const truth: Counted = {
    ends: 'counted',
    read: 21,
    accepted: 20,
    quarantined: 1,
    duplicates: 0,
    rules: { 'record.shape': 1 },
    ids,
  };
  return {
    name: 'text: one line of 100 MB',
    dataset,
    objects: () => ({
      'orders/a': Buffer.concat([
        Buffer.from(`${lines.slice(0, 10).join('\n')}\n77 "`),
        Buffer.alloc(100_000_000, '"'),
        Buffer.from(`\n${lines.slice(10).join('\n')}`),
      ]),
    }),
    truth,
    growsAtMostMb: 300,
    batchBytes: 150_000_000,
  };
}

/** The same megabytes of lines, so often. */
const bomb = (times: number) => {
  const part = gzipSync(Buffer.alloc(8_000_000, `${asText(sound(1))}\n`));
  return Buffer.concat(Array.from({ length: times }, () => part));
};

export const textCases: readonly Case[] = [
  fileCase('text: nothing wrong', dataset, text().sound(500)),
  fileCase('text: 0 bytes', dataset, text()),
  fileCase('text: a byte-order mark alone', dataset, text('\ufeff')),
  fileCase('text: no line feed at the end', dataset, text('\ufeff').sound(5).withoutLastLineFeed()),
  fileCase(
    'text: CRLF, and lines that do not match at the beginning and the end',
    dataset,
    text('', '\r\n').line('#', SHAPE).sound(50).with({ amount: 'x' }, ['amount.type']).line('TOTAL', SHAPE),
  ),
  fileCase(
    'text: blank lines, and lines of blanks',
    dataset,
    text('\n\r\n').sound(2).bytes('\n\n').line(' ', SHAPE).line('\t', SHAPE).bytes('\r\r\n').sound(2),
  ),
  fileCase(
    'text: a CR within a line, and one alone at its end',
    dataset,
    text()
      .sound(1)
      .with({ note: 'a\rb' })
      .line(`${asText({ ...sound(3), note: 'x' })}\r`, 'accepted'),
  ),
  fileCase(
    'text: NUL bytes',
    dataset,
    text()
      .sound(3)
      .with({ note: 'a\0b' })
      .with({ amount: '1\0' }, ['amount.type'])
      .with({ id: '\0' }, ['id.type'])
      .line('\0\0', SHAPE)
      .sound(2),
  ),
  notUtf8(),
  fileCase(
    'text: values that are something to others',
    dataset,
    NASTY.reduce((file, note) => file.with({ note }), text().sound(2)),
  ),
  fileCase(
    'text: lines that are something to others',
    dataset,
    NASTY.reduce((file, line) => file.line(line, SHAPE), text().sound(2)).sound(2),
  ),
  fileCase(
    'text: duplicates, one of them broken',
    dataset,
    text()
      .sound(5)
      .line(asText(sound(2)), 'duplicate', 0)
      .line(asText({ ...sound(2), amount: 'x' }), ['amount.type'], 0)
      .sound(2),
  ),
  {
    ...fileCase('text: groups that take no part, or match nothing', optional, optionalLines),
    truth: {
      ...optionalLines.truth,
      values: {
        a: [null, '', 'x', 'x', 'x', null],
        b: [null, null, null, '', 'y', null],
        c: [null, null, null, null, 'z', '"'],
      },
    },
  },
  fileCase('text: lines of a megabyte that almost match', nested, almost),
  giantLine(),
  ...[1, 30, packed.length - 9, packed.length - 1].map((bytes) =>
    refusedCase(
      `text: gzip cut off after ${bytes} bytes`,
      zipped,
      packed.subarray(0, bytes),
      refused('SourceCorrupt', 'the gzip envelope is damaged'),
    ),
  ),
  {
    name: 'text: a gzip bomb of 8 GB',
    dataset: zipped,
    objects: () => ({ 'orders/a': bomb(1000) }),
    truth: refused('ObjectTooLarge', 'inflates to more than 30000000 bytes'),
    batchBytes: 30_000_000,
    growsAtMostMb: 150,
  },
  refusedCase(
    'text: two bytes a line, more of them than a batch may have',
    dataset,
    Buffer.alloc(2 * 20_001, 'x\n'),
    refused('ObjectTooLarge', 'with it the batch has more than 20000 records'),
    { batchRecords: 20_000 },
  ),
];
