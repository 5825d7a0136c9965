import { joined, listed, sentences, span, toDo } from '../../../../core/domain/text/lists';
import { ascii, oneLine } from '../../../../core/domain/text/plain';

test('a list names the first few, and says how many more there are', () => {
  expect([listed([]), listed(['a']), listed(['a', 'b', 'c'], 2), listed(['a'], 5, { total: 1_001 })]).toEqual([
    '',
    'a',
    'a, b and 1 more',
    'a and 1,000 more',
  ]);
});

test('ranges, parts and sentences are put together', () => {
  expect([span('a', 'a'), span('a', 'b'), joined(['', 'a', '', 'b'], ' · ')]).toEqual(['a', 'a – b', 'a · b']);
  expect([sentences('It failed', 'Now.'), sentences('Well!', 'Now.'), sentences('Alone', '')]).toEqual([
    'It failed. Now.',
    'Well! Now.',
    'Alone',
  ]);
  expect([toDo('Start it again.'), toDo('')]).toEqual([' To do: start it again.', '']);
});

test('foreign text is on one line, well-formed and in its order', () => {
  expect(oneLine('a\r\n\u0000b\u2028c\ud83d\u202e')).toBe('a b c\ufffd⟨U+202E⟩');
});

test('ASCII text keeps what it can, and is never longer than asked', () => {
  expect(ascii('−3…5 – “b” ✅ ü\n', 99)).toBe('-3...5 - ?b? ? ?');
  expect(ascii('x'.repeat(200), 99)).toBe(`${'x'.repeat(96)}...`);
  expect(ascii('abcdef', 2)).toBe('..');
});
