import * as fc from 'fast-check';
import { DuckDBInstance } from '@duckdb/node-api';
import { columnSchema, type Column } from '../../../../core/contracts/dataset/column';
import { text } from '../../../../core/engine/duckdb/sql';
import { readText } from '../../../../core/engine/stage/read-text';
import { epochMicros, formattedMicros, isoMicros, localMicros, plainNumber } from './read-reference';

/** Texts as DuckDB reads them by what the engine makes of the column; instants as microseconds since 1970. */
async function valuesOf(column: unknown, values: readonly string[]): Promise<(string | null)[]> {
  const parsed: Column = columnSchema.parse(column);
  const value = readText(parsed, 'v');
  const shown = parsed.type === 'timestamp' ? `epoch_us(${value})` : value;
  const rows = values.map((one, i) => `(${i}, ${text(one)})`).join(', ');
  const reader = await (
    await connected
  ).runAndReadAll(`SELECT CAST(${shown} AS VARCHAR) AS r FROM (VALUES ${rows}) t(i, v) ORDER BY i`);
  return reader.getRowsJson().map(([one]) => (typeof one === 'string' ? one : null));
}

const connected = (async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone = 'UTC'");
  return connection;
})();

/** Checks many texts of one column at a time: a statement costs more than a value. */
const isTrueOfAll = async (
  values: fc.Arbitrary<string>,
  column: unknown,
  expected: (text: string) => string | null,
  numRuns = 15,
): Promise<true> => {
  await fc.assert(
    fc.asyncProperty(fc.array(values, { minLength: 40, maxLength: 40 }), async (list) => {
      const got = await valuesOf(column, list);
      expect(list.map((one, i) => [one, got[i]])).toEqual(list.map((one) => [one, expected(one)]));
    }),
    { numRuns },
  );
  return true;
};

const digits = (min: number, max: number) =>
  fc
    .array(fc.constantFrom(...'0001234567899'.split('')), { minLength: min, maxLength: max })
    .map((all) => all.join(''));
const sign = fc.constantFrom('', '', '-', '+');
const mangled = (of: fc.Arbitrary<string>, with_: string) =>
  fc.oneof(
    { weight: 4, arbitrary: of },
    {
      weight: 1,
      arbitrary: fc
        .tuple(of, fc.nat(), fc.constantFrom(...with_.split('')))
        .map(([one, at, mark]) => one.slice(0, at % (one.length + 1)) + mark + one.slice(at % (one.length + 1))),
    },
  );

describe('a text that is read as a number', () => {
  const exponent = fc.oneof(
    fc.constant(''),
    fc.tuple(fc.constantFrom('e', 'E'), sign, fc.nat(9).map(String)).map((parts) => parts.join('')),
  );
  const plain = fc
    .tuple(sign, digits(0, 6), fc.constantFrom('', '.', '.'), digits(0, 5), exponent)
    .map((all) => all.join(''));

  it('is its exact value or nothing, whatever its form', async () => {
    await expect(
      isTrueOfAll(mangled(plain, '.,eE+- x0'), { type: 'decimal', precision: 9, scale: 3 }, (one) =>
        plainNumber(one, { precision: 9, scale: 3 }),
      ),
    ).resolves.toBe(true);
    await expect(
      isTrueOfAll(mangled(plain, '.eE0'), { type: 'decimal', precision: 6, scale: 0 }, (one) =>
        plainNumber(one, { precision: 6, scale: 0 }),
      ),
    ).resolves.toBe(true);
  });

  const grouped = fc
    .tuple(sign, digits(1, 7), fc.boolean(), fc.constantFrom('', ',', ','), digits(0, 3))
    .map(([mark, whole, isGrouped, point, rest]) => {
      const own = isGrouped ? whole.replace(/\B(?=(?:\d{3})+$)/g, '.') : whole;
      return `${mark}${own}${point}${point === '' ? '' : rest}`;
    });

  it('has groups of three digits where the column says so, and its own point only', async () => {
    const read = { decimal: ',', group: '.' };
    await expect(
      isTrueOfAll(mangled(grouped, '.,0 '), { type: 'decimal', precision: 12, scale: 2, read }, (one) =>
        plainNumber(one, { precision: 12, scale: 2, ...read }),
      ),
    ).resolves.toBe(true);
    await expect(
      isTrueOfAll(mangled(grouped, '.,0 '), { type: 'integer', read: { group: '.' } }, (one) =>
        /[,]/.test(one) ? null : plainNumber(one, { precision: 19, scale: 0, decimal: ',', group: '.' }),
      ),
    ).resolves.toBe(true);
  });

  it('loses one of the texts at either end, with the blanks there', async () => {
    const column = { type: 'decimal', precision: 9, scale: 2, read: { decimal: ',', strip: ['€', 'EUR', '€/kg'] } };
    const good = ['€ 10,00', '10,00 €', '10,00€/kg', 'EUR10', '\u00a0€\u202f10,5 EUR ', ' 7 ', '€-1,5'];
    const bad = ['€€5', '-€5', '5 Eur', '€', '', 'EUR', '5 kg', '1 000 €', '€ 1.5'];
    expect(await valuesOf(column, [...good, ...bad])).toEqual([
      '10.00',
      '10.00',
      '10.00',
      '10.00',
      '10.50',
      '7.00',
      '-1.50',
      ...bad.map(() => null),
    ]);
  });

  it('keeps its digits in a double too, and no group begins with 0', async () => {
    const read = { decimal: ',', group: '.' };
    expect(await valuesOf({ type: 'double', read }, ['1.234,5', '1,5e3', '0.123', '1.5', 'nan', '1.234'])).toEqual([
      '1234.5',
      '1500.0',
      null,
      null,
      null,
      '1234.0',
    ]);
  });
});

describe('a text that is read as a time', () => {
  const two = (most: number) => fc.integer({ min: 0, max: most }).map((one) => String(one).padStart(2, '0'));
  const year = fc.oneof(fc.constantFrom('2024', '2026', '1969', '0026', '26'), digits(4, 4));
  const written = fc
    .tuple(two(32), two(13), year, two(25), two(61))
    .map(([day, month, of, hour, minute]) => `${day}.${month}.${of} ${hour}:${minute}`);

  it('is what the format says, over the whole of it', async () => {
    await expect(
      isTrueOfAll(
        mangled(written, ' .:0x'),
        { type: 'timestamp', read: { format: '%d.%m.%Y %H:%M' } },
        (one) => formattedMicros(one, null)?.toString() ?? null,
      ),
    ).resolves.toBe(true);
  });

  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'America/St_Johns'])(
    'is that of its zone (%s): the first of two, and none that does not come',
    async (timeZone) => {
      // Within two days of a change of clocks, and anywhere else.
      const near = fc
        .tuple(
          fc.constantFrom(
            '2026-03-29',
            '2026-10-25',
            '2026-03-08',
            '2026-11-01',
            '2026-04-05',
            '2026-10-04',
            '2011-12-30',
          ),
          fc.integer({ min: -2880, max: 2880 }),
        )
        .map(([day, minutes]) => new Date(Date.parse(day) + minutes * 60_000).toISOString().slice(0, 16));
      await expect(
        isTrueOfAll(
          near,
          { type: 'timestamp', read: { timeZone } },
          (one) => localMicros(isoMicros(`${one}Z`) ?? 0n, timeZone)?.toString() ?? null,
          2,
        ),
      ).resolves.toBe(true);
      await expect(
        isTrueOfAll(
          near.map((one) => one.replace(/(\d+)-(\d+)-(\d+)T/, '$3.$2.$1 ')),
          { type: 'timestamp', read: { format: ['%d.%m.%Y %H:%M'], timeZone } },
          (one) => formattedMicros(one, timeZone)?.toString() ?? null,
          2,
        ),
      ).resolves.toBe(true);
    },
  );

  it.each(['s', 'ms', 'us', 'ns'] as const)('is the instant of a whole number of %s, cut downwards', async (epoch) => {
    const number = fc.oneof(
      fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
      fc.bigInt({ min: -300_000_000_000n, max: 300_000_000_000n }).map(String),
      digits(0, 20),
    );
    await expect(
      isTrueOfAll(
        mangled(number, '.-+e x'),
        { type: 'timestamp', read: { epoch } },
        (one) => epochMicros(one, epoch)?.toString() ?? null,
      ),
    ).resolves.toBe(true);
  });

  it.each<[string, string, string | null]>([
    ['%Y-%m-%dT%H:%M:%S.%n%z', '1969-12-31T23:59:59.999999999Z', '1969-12-31T23:59:59.999999Z'],
    ['%Y-%m-%dT%H:%M:%S.%n%z', '2026-01-20T05:00:00.1234567+0130', '2026-01-20T03:30:00.123456Z'],
    ['%d/%b/%Y:%H:%M:%S %z', '20/Jan/2026:05:00:01 +0100', '2026-01-20T04:00:01Z'],
    ['%d/%b/%Y:%H:%M:%S %z', '20/Jan/2026:05:00:01 +9900', null],
    ['%Y-%m-%d %H:%M:%S %Z', '2026-01-20 05:00:00 CET', '2026-01-20T04:00:00Z'],
    ['%Y-%m-%d %H:%M:%S %Z', '2026-10-25 02:30:00 Europe/Berlin', '2026-10-25T00:30:00Z'],
    ['%Y-%m-%d %H:%M:%S %Z', '2026-03-29 02:30:00 Europe/Berlin', null],
    ['%Y-%m-%d %H:%M:%S %Z', '2026-03-29 02:30:00 Nowhere', null],
    ['%b %d %H:%M:%S %Y', 'Jan  5 05:00:00 2026', '2026-01-05T05:00:00Z'],
    ['%m/%d/%Y %I:%M %p', '1/5/2026 12:07 am', '2026-01-05T00:07:00Z'],
    ['%Y%m%d', '20260120', '2026-01-20T00:00:00Z'],
    // One digit where two numbers touch could be either's.
    ['%Y%m%d', '2026111', null],
    ['%Y-%j', '2026-366', null],
    ['%Y-%j', '2024-366', '2024-12-31T00:00:00Z'],
    ['%G-W%V-%u', '2025-W53-1', null],
    ['%c', '2026-01-20 05:00:00', '2026-01-20T05:00:00Z'],
    ['%Y-%m-%d', 'infinity', null],
    ['100%% %Y-%m-%d [x]', '100% 2026-01-20 [x]', '2026-01-20T00:00:00Z'],
  ])('of the format %s: %s is %s', async (format, value, expected) => {
    const micros = expected === null ? null : String(isoMicros(expected));
    expect(await valuesOf({ type: 'timestamp', read: { format } }, [value])).toEqual([micros]);
  });

  it('is by the first of several formats that fits', async () => {
    const read = { format: ['%m/%d/%Y', '%d/%m/%Y', '%Y-%m-%dT%H:%M:%S%z'], timeZone: 'Europe/Berlin' };
    expect(
      await valuesOf({ type: 'timestamp', read }, [
        '02/03/2026',
        '20/03/2026',
        '2026-01-20T00:00:00-01:00',
        '20/20/2026',
      ]),
    ).toEqual([
      ...['2026-02-02T23:00:00Z', '2026-03-19T23:00:00Z', '2026-01-20T01:00:00Z'].map((one) => String(isoMicros(one))),
      null,
    ]);
  });

  it('is the day that is written, whatever the offset', async () => {
    const read = { format: ['%Y-%m-%dT%H:%M:%S%z', '%Y-%m-%d %H:%M %Z', '%d.%m.%Y'] };
    const values = [
      '2026-01-20T23:30:00-05:00',
      '2026-01-20T23:30:00Z',
      '2026-01-20 23:30 EST',
      '20.01.2026',
      '20.1.26',
    ];
    expect(await valuesOf({ type: 'date', read }, values)).toEqual([...Array<string>(4).fill('2026-01-20'), null]);
  });
});

it('a text is a boolean by the words of the column, which stand in place of true and false', async () => {
  const values = ['Y', '1', 'true', 'FALSE', 'N'];
  expect(await valuesOf({ type: 'boolean', read: { true: ['Y', '1'] } }, values)).toEqual([
    'true',
    'true',
    null,
    'false',
    null,
  ]);
  expect(await valuesOf({ type: 'boolean', read: { false: ['N'] } }, values)).toEqual([
    null,
    null,
    'true',
    null,
    'false',
  ]);
});
