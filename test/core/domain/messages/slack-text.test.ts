import { bytes, clip, code, count, duration, escapeText, shorten } from '../../../../core/domain/messages/slack-text';

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

test('text is escaped so that it neither links nor mentions', () => {
  expect(escapeText('<!channel> & <https://x|y>\n\u0000next')).toBe('&lt;!channel&gt; &amp; &lt;https://x|y&gt; next');
});

test('code cannot be left early and is never empty', () => {
  expect([code('a`b'), code(' '), code('xxxx', 3)]).toEqual(["`a'b`", '`(empty)`', '`xx…`']);
});

test('nothing is cut inside an escape or a character', () => {
  expect([clip('ab&amp;', 5), clip('a😀b', 3), clip('abc', 3)]).toEqual(['ab…', 'a…', 'abc']);
  expect(shorten('a😀b', 3).isWellFormed()).toBe(true);
});
