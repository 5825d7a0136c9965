import { bytes, count, dollars, figure, percent } from '../../../../core/domain/text/numbers';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1 kB'],
  [48_211, '48.2 kB'],
  [1_234_567, '1.2 MB'],
  [999_900_000, '1,000 MB'],
  [5e15, '5,000 TB'],
])('%d bytes are %s', (value, text) => {
  expect(bytes(value)).toBe(text);
});

test('counts have the right number', () => {
  expect([count(1, 'retry', 'retries'), count(2, 'retry', 'retries'), count(150_000, 'record')]).toEqual([
    '1 retry',
    '2 retries',
    '150,000 records',
  ]);
});

test('figures have a real minus and no more than four decimals; shares are never rounded to none or all', () => {
  expect([figure(-1_234.56789), percent(0.999_999), percent(0.123_4)]).toEqual(['−1,234.5679', '99.99 %', '12.3 %']);
});

test('money of less than a cent is told in more digits', () => {
  expect([dollars(1.5), dollars(0.0021)]).toEqual(['$1.50', '$0.0021']);
});
