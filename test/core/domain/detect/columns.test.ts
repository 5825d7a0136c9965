import { guessTexts } from '../../../../core/domain/detect/columns/guess';
import { inline } from '../../../../core/domain/detect/columns/column-draft';
import { columnsOf, found } from './found';

const guessed = (texts: readonly string[], name = 'c', decimal?: '.' | ',') => {
  const { sure, maybe } = guessTexts(texts, { name, decimal });
  return { sure: sure === null ? null : inline(sure.words), maybe: maybe.map(({ words }) => inline(words)) };
};
const DECIMAL = (scale: number, read = '') => `{ type: 'decimal', precision: 18, scale: ${scale}${read} }`;

describe('the type of texts', () => {
  it.each<[string, readonly string[], string]>([
    ['integers', ['1', '-2', '+3'], "{ type: 'integer' }"],
    ['money', ['12.50', '0.99'], DECIMAL(2)],
    ['money without its zeros', ['12.5', '3', '0.99'], DECIMAL(2)],
    ['Oracle', ['.5', '-.25', '1.'], DECIMAL(2)],
    ['measured numbers', ['31.95376472', '7.1'], "{ type: 'double' }"],
    ['exponents', ['1E-7', '1.5e+2'], "{ type: 'double' }"],
    [
      'more digits than a double has',
      ['0.10000000000000000555', '0.1'],
      "{ type: 'decimal', precision: 38, scale: 20 }",
    ],
    ['European money', ['1.234,50', '-0,05', '7'], DECIMAL(2, ", read: { decimal: ',', group: '.' }")],
    ['a decimal comma', ['0,5', '12,75'], DECIMAL(2, ", read: { decimal: ',' }")],
    ['Swiss groups', ["1'234.50", '2.00'], DECIMAL(2, ', read: { group: "\'" }')],
    ['French groups', ['1\u202f234,50', '2,00'], DECIMAL(2, ", read: { decimal: ',', group: '\\u202f' }")],
    ['several groups', ['1.234.567', '1.000.000'], "{ type: 'integer', read: { group: '.' } }"],
    ['a currency', ['€ 10,00', '5,25'], DECIMAL(2, ", read: { decimal: ',', strip: ['€'] }")],
    ['a unit behind', ['10 %', '5%'], "{ type: 'integer', read: { strip: ['%'] } }"],
    ['booleans', ['true', 'False'], "{ type: 'boolean' }"],
    ['words for booleans', ['Y', 'N'], "{ type: 'boolean', read: { true: ['Y'], false: ['N'] } }"],
    ['Redshift', ['t', 'f', 'true'], "{ type: 'boolean', read: { true: ['t', 'true'], false: ['f'] } }"],
    ['0 and 1', ['0', '1'], "{ type: 'integer' }"],
    ['dates', ['2026-01-20', '2024-02-29'], "{ type: 'date' }"],
    ['times', ['2026-01-20T05:00:00Z', '2026-01-20 05:00:00.123+01:00'], "{ type: 'timestamp' }"],
    ['German dates', ['20.01.2026', '1.2.2026'], "{ type: 'date', read: { format: '%-d.%-m.%Y' } }"],
    ['US dates', ['1/20/2026', '1/2/2026'], "{ type: 'date', read: { format: '%-m/%-d/%Y' } }"],
    ['names of months', ['Jan 1 2000', 'Dec 31 1999'], "{ type: 'date', read: { format: '%b %-d %Y' } }"],
    ['Oracle dates', ['20-JAN-26', '01-FEB-26', '31-DEC-99'], "{ type: 'date', read: { format: '%d-%b-%y' } }"],
    ['a log', ['20/Jan/2026:05:00:00 +0000'], "{ type: 'timestamp', read: { format: '%d/%b/%Y:%H:%M:%S %z' } }"],
    ['half days', ['1/20/2026 5:03:00 PM'], "{ type: 'timestamp', read: { format: '%-m/%d/%Y %-I:%M:%S %p' } }"],
    [
      'RFC 2822',
      ['Tue, 20 Jan 2026 05:00:00 GMT'],
      "{ type: 'timestamp', read: { format: '%a, %d %b %Y %H:%M:%S GMT' } }",
    ],
    [
      'several formats',
      ['2026-01-20 05:00:00 UTC', '20260120T050000Z', '20.01.2026 05:00'],
      "{ type: 'timestamp', read: { format: ['%Y-%m-%d %H:%M:%S UTC', '%Y%m%dT%H%M%SZ', '%d.%m.%Y %H:%M'] } }",
    ],
    [
      'nanoseconds',
      ['2026-01-20T05:00:00.123456789Z'],
      "{ type: 'timestamp', read: { format: '%Y-%m-%dT%H:%M:%S.%nZ' } }",
    ],
  ])('is sure for %s', (_what, texts, words) => {
    expect(guessed(texts).sure).toBe(words);
  });

  it.each<[string, readonly string[]]>([
    ['leading zeros', ['007', '012']],
    ['a comma before three digits', ['1,234', '2,345']],
    ['days that may be months', ['01/02/2026', '03/04/2026']],
    ['one word of two', ['Y']],
    ['several currencies', ['€ 10', '$ 10']],
    ['dates that do not exist', ['31.02.2026']],
    ['zones by name', ['2026-01-20 05:00:00 EST']],
    ['more digits than a decimal has', ['1'.repeat(30)]],
    ['addresses of the internet', ['192.168.0.1', '10.0.0.1']],
    ['versions', ['1.2.3']],
    ['times of day', ['05:00:00']],
    ['words', ['NaN', 'x']],
  ])('is text for %s', (_what, texts) => {
    expect(guessed(texts).sure).toBeNull();
  });

  it('names both readings of days and months', () => {
    expect(guessed(['01/02/2026']).maybe).toEqual([
      "{ type: 'date', read: { format: '%d/%m/%Y' } }",
      "{ type: 'date', read: { format: '%m/%d/%Y' } }",
    ]);
  });

  it('reads a comma before three digits as other columns of the file do', () => {
    expect(guessed(['1,234', '2,345'], 'c', '.').sure).toBe("{ type: 'integer', read: { group: ',' } }");
    expect(guessed(['1,234', '2,345'], 'c', ',').sure).toBe(
      "{ type: 'decimal', precision: 18, scale: 3, read: { decimal: ',' } }",
    );
  });

  it.each([
    ['s', '1768885200'],
    ['ms', '1768885200123'],
    ['us', '1768885200123456'],
    ['ns', '1768885200123456789'],
  ])('takes integers for %s since 1970 where the column is named like a time', (epoch, text) => {
    expect(guessed([text], 'created_at').sure).toBe(`{ type: 'timestamp', read: { epoch: '${epoch}' } }`);
    expect(guessed([text], 'account')).toEqual({
      sure: "{ type: 'integer' }",
      maybe: [`{ type: 'timestamp', read: { epoch: '${epoch}' } }`],
    });
  });

  it('takes eight digits for dates where there are several, or the name says so', () => {
    expect(guessed(['20260120'], 'day').sure).toBe("{ type: 'date', read: { format: '%Y%m%d' } }");
    expect(guessed(['20260120'], 'n').sure).toBe("{ type: 'integer' }");
    expect(guessed(['20260120', '20269999'], 'day').sure).toBe("{ type: 'integer' }");
  });
});

describe('what is missing', () => {
  it('is NULL by a word only where the others are of a type', () => {
    expect(columnsOf(found('id,n,v\n1,5,-\n2,-,x\n3,7,y\n'))).toEqual({
      id: { type: 'integer' },
      n: { type: 'integer', nullable: true, read: { nullValues: ['-'] } },
      v: { type: 'string' },
    });
  });

  it('says how many values are empty, and which are not of the type that most have', () => {
    const { columns } = found(`id,n\n${'1,2\n'.repeat(9)}2,x\n3,\n`);
    expect(columns[1]).toMatchObject({ words: { type: 'string', nullable: true }, saw: ['1 of 11 empty'] });
    expect(columns[1]?.maybe).toEqual(['9 of 10 are integer; not so "x"']);
  });

  it('suggests to hide what looks like addresses of people', () => {
    const { columns } = found('id,mail\n1,a@example.com\n2,b@example.org\n');
    expect(columns[1]?.maybe[0]).toMatch(/^sensitive: true /);
  });
});
