import { escapedInJson, visible, visibleInTerminal } from '../../../core/contracts/visible';
import { renderValue } from '../../../core/contracts/problems';
import { escapeText } from '../../../core/runtime/notifiers/slack/mrkdwn';

/** A key that looks as if it ended in `csv`. */
const DISGUISED = 'orders\u202Evsc.exe';
const SHOWN = 'orders⟨U+202E⟩vsc.exe';

test('every character that reorders text is shown as what it is', () => {
  const all = '\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069';
  expect(visible(all).match(/⟨U\+[0-9A-F]{4}⟩/g)).toHaveLength(12);
  expect(visible(all).replace(/⟨U\+[0-9A-F]{4}⟩/g, '')).toBe('');
});

test('text of any script, joined emoji and line ends stay as they are', () => {
  const text = 'שלום مرحبا 中文\n👩\u200D👧 é\tü';
  expect([visible(text), visibleInTerminal(text)]).toEqual([text, text]);
});

test('what a terminal obeys is shown in a terminal', () => {
  expect(visibleInTerminal('\u001B[2J\u0007a\rb\u009B1m')).toBe('⟨U+001B⟩[2J⟨U+0007⟩a⟨U+000D⟩b⟨U+009B⟩1m');
});

test('in JSON it is an escape, which means the same', () => {
  const json = escapedInJson(JSON.stringify({ key: DISGUISED }));
  expect(json).not.toContain('\u202E');
  expect(JSON.parse(json)).toEqual({ key: DISGUISED });
});

test('samples, problems of inputs and texts of messages show it', () => {
  expect(renderValue(DISGUISED)).toBe(JSON.stringify(SHOWN));
  expect(escapeText(`a ${DISGUISED} <b>`)).toBe(`a ${SHOWN} &lt;b&gt;`);
});
