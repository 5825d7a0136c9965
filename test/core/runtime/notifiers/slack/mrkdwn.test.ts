import { cut } from '../../../../../core/contracts/batch/bounds';
import { clip, code, escapeText } from '../../../../../core/runtime/notifiers/slack/mrkdwn';

test('text is escaped so that it neither links nor mentions', () => {
  expect(escapeText('<!channel> & <https://x|y>\n\u0000next')).toBe('&lt;!channel&gt; &amp; &lt;https://x|y&gt; next');
});

test('code cannot be left early and is never empty', () => {
  expect([code('a`b'), code(' '), code('xxxx', 3)]).toEqual(["`a'b`", '`(empty)`', '`xx…`']);
});

test('nothing is cut inside an escape or a character', () => {
  expect([clip('ab&amp;', 5), clip('a😀b', 3), clip('abc', 3)]).toEqual(['ab…', 'a…', 'abc']);
  expect(cut('a😀b', 3).isWellFormed()).toBe(true);
});
