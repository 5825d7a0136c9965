import { between, duration, isoMinute, utcMinute } from '../../../../core/domain/text/times';

test.each([
  [0, 'less than 1 s'],
  [0.4, 'less than 1 s'],
  [1, '1 s'],
  [59.6, '1 min'],
  [125, '2 min 5 s'],
  [3_600, '1 h'],
  [11_400, '3 h 10 min'],
  [187_200, '2 d 4 h'],
  [-5, 'less than 1 s'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test('instants are told to the minute, as UTC', () => {
  expect(utcMinute('2026-01-20T05:07:59.000Z')).toBe('2026-01-20 05:07 UTC');
  expect(isoMinute(new Date('2026-01-20T05:07:59.000Z'))).toBe('2026-01-20T05:07Z');
  expect(between('2026-01-20T05:07:00.000Z', '2026-01-20T06:37:00Z')).toBe('1 h 30 min');
});
