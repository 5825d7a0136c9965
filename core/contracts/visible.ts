/**
 * Characters that change the order in which text is shown, so that it can look like another text: a key that ends in `exe` and looks as if
 * it ended in `csv`. Marks, embeddings, overrides and isolates of the Unicode bidirectional algorithm.
 */
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Those that a terminal obeys, but for the tab and the end of a line. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const TERMINAL_CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text in which characters that reorder it are shown as what they are: `⟨U+202E⟩`. */
export function visible(text: string): string {
  return text.replace(BIDI_CONTROLS, name);
}

/** The same for a terminal, which also obeys control characters. */
export function visibleInTerminal(text: string): string {
  return visible(text).replace(TERMINAL_CONTROLS, name);
}

/** JSON text in which the same characters are escapes, which mean what they meant. */
export function escapedInJson(json: string): string {
  return json.replace(BIDI_CONTROLS, (character) => `\\u${hex(character)}`);
}

function name(character: string): string {
  return `⟨U+${hex(character).toUpperCase()}⟩`;
}

const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(4, '0');
