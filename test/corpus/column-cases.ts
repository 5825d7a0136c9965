import type { DatasetInput } from '../../core/contracts/dataset/dataset';
import { fileCase, orders, TextFile, type Case } from './case';

type Column = DatasetInput['columns'][string];
/** A text, and its value; undefined where it is none. */
type Row = readonly [text: string, value: unknown];

/** The same texts in CSV, and quoted by a pattern, one column of which has words about how it is read. */
function reads(name: string, column: Column, rows: readonly Row[]): Case[] {
  const columns = { id: { type: 'integer' }, v: column } satisfies DatasetInput['columns'];
  const csv = new TextFile('csv', 'id,v\n');
  const text = new TextFile('text');
  const values = rows.flatMap(([, value]) => (value === undefined ? [] : [value]));
  for (const [i, [came, value]] of rows.entries()) {
    const verdict = value === undefined ? ['v.type'] : 'accepted';
    csv.line(`${i},"${came.replaceAll('"', '""')}"`, verdict, i);
    text.line(`${i} [${came}]`, verdict, i);
  }
  const lines = { format: 'text', text: { pattern: '(?<id>\\d+) \\[(?<v>.*)\\]' } } as const;
  return [
    { ...fileCase(`${name}, in csv`, orders({}, { columns }), csv), truth: { ...csv.truth, values: { v: values } } },
    {
      ...fileCase(`${name}, in text`, orders(lines, { columns }), text),
      truth: { ...text.truth, values: { v: values } },
    },
  ];
}

const nullable = true;

export const columnCases: readonly Case[] = [
  ...reads('decimals in groups', { type: 'decimal', precision: 12, scale: 2, read: { decimal: ',', group: '.' } }, [
    ['1.234,50', '1234.50'],
    ['1234,50', '1234.50'],
    ['-1.234.567,8', '-1234567.80'],
    ['9.999.999.999,99', '9999999999.99'],
    ['10.000.000.000,00', undefined],
    ['1.23', undefined],
    ['0.123', undefined],
    ['1,234.50', undefined],
    ['1.2345', undefined],
    ['.123', undefined],
    ['1..234', undefined],
    ['1.234,5,0', undefined],
    ['1,005', undefined],
    ['NaN', undefined],
    ["1'234", undefined],
  ]),
  ...reads('integers in groups', { type: 'integer', read: { group: ' ', strip: ['€', '.*'] } }, [
    ['1 234', 1234],
    ['€ 9 223 372', 9223372],
    ['12.*', 12],
    ['12 34', undefined],
    ['1 234.0', undefined],
    ['9 223 372 036 854 775 808', undefined],
    ['€€1', undefined],
    ['-€5', undefined],
    ['5xx', undefined],
  ]),
  ...reads('seconds since 1970 at the edges', { type: 'timestamp', read: { epoch: 's' } }, [
    ['0', '1970-01-01 00:00:00+00'],
    ['-1', '1969-12-31 23:59:59+00'],
    ['253402300799', '9999-12-31 23:59:59+00'],
    ['253402300800', undefined],
    ['-62135596800', '0001-01-01 00:00:00+00'],
    ['-62135596801', undefined],
    ['1768885200000', undefined],
    ['9223372036854775807', undefined],
    ['99999999999999999999', undefined],
    ['1.5', undefined],
    ['1e9', undefined],
    ['2026-01-20T05:00:00Z', undefined],
  ]),
  ...reads('nanoseconds since 1970 at the edges', { type: 'timestamp', read: { epoch: 'ns' } }, [
    ['1999', '1970-01-01 00:00:00.000001+00'],
    ['-1', '1969-12-31 23:59:59.999999+00'],
    ['9223372036854775807', '2262-04-11 23:47:16.854775+00'],
    ['-9223372036854775808', '1677-09-21 00:12:43.145224+00'],
    ['9223372036854775808', undefined],
  ]),
  ...reads(
    'local times that come twice, or never',
    { type: 'timestamp', read: { format: '%d.%m.%Y %H:%M', timeZone: 'Europe/Berlin' } },
    [
      ['25.10.2026 02:30', '2026-10-25 00:30:00+00'],
      ['25.10.2026 03:00', '2026-10-25 02:00:00+00'],
      ['29.03.2026 02:30', undefined],
      ['29.03.2026 03:00', '2026-03-29 01:00:00+00'],
      ['31.12.9999 23:59', '9999-12-31 22:59:00+00'],
      ['30.02.2026 00:00', undefined],
      ['01.01.2026 24:00', undefined],
      ['1.1.2026 0:00', '2025-12-31 23:00:00+00'],
      ['01.01.26 00:00', undefined],
      ['01.01.2026 00:00 ', undefined],
      ['01.01.2026 00:00Z', undefined],
    ],
  ),
  ...reads(
    'days whose numbers touch',
    { type: 'date', nullable, read: { format: '%Y%m%d', nullValues: ['00000000'] } },
    [
      ['20260120', '2026-01-20'],
      ['20240229', '2024-02-29'],
      ['20260229', undefined],
      ['2026111', undefined],
      ['202601200', undefined],
      ['00000000', null],
      ['00010101', '0001-01-01'],
      ['-0260120', undefined],
      ['２０２６0120', undefined],
    ],
  ),
  ...reads(
    'texts that are NULL, quoted',
    { type: 'string', nullable, read: { nullValues: ['-', 'n/a', "'--", '\\N'] } },
    [
      ['-', null],
      ['n/a', null],
      ["'--", null],
      ['\\N', null],
      ['N/A', 'N/A'],
      ['--', '--'],
      [' -', ' -'],
      ['', ''],
    ],
  ),
  ...reads(
    'booleans of other words',
    { type: 'boolean', nullable, read: { true: ['Y', '1'], false: ['N', '0'], nullValues: ['?'] } },
    [
      ['Y', true],
      ['1', true],
      ['N', false],
      ['0', false],
      ['?', null],
      ['y', undefined],
      ['true', undefined],
      ['01', undefined],
      ['Y ', undefined],
      ['YES', undefined],
    ],
  ),
];
