import { inline, keyed } from '../detect/columns/column-draft';
import type { Draft, Entry } from './draft';

/** The text of a `dataset.ts`. Nothing in it that came from a file can end a comment or a string. */

const WIDTH = 120;

/** A draft as TypeScript. */
export function writeDataset({ entries, head }: Draft): string {
  return [
    "import { defineDataset } from 'rollcall';",
    '',
    ...head.flatMap((line) => comment(line, '')),
    'export default defineDataset({',
    ...entries.flatMap((entry) => lines(entry, '  ')),
    '});',
    '',
  ].join('\n');
}

function lines({ key, value, notes, isComment = false, members }: Entry, indent: string): string[] {
  if (members !== undefined) {
    const inner = members.flatMap((member) => lines(member, `${indent}  `));
    const isEmpty = members.every((member) => member.isComment === true);
    // A block of nothing but comments is no block.
    return isEmpty
      ? inner.map((line) => line.replace(/^ {2}/, ''))
      : [`${indent}${keyed(key)}: {`, ...inner, `${indent}},`];
  }
  const text = `${keyed(key)}: ${inline(value)},`;
  const line = `${indent}${isComment ? '// ' : ''}${text}`;
  const [only] = notes;
  const trailing = only === undefined ? '' : ` // ${harmless(only)}`;
  if (notes.length <= 1 && line.length + trailing.length <= WIDTH) return [`${line}${trailing}`];
  const above = isComment ? [...comment(notes[0] ?? '', indent)] : notes.flatMap((note) => comment(note, indent));
  return [...above, line];
}

/** A note in lines of comment. */
function comment(text: string, indent: string): string[] {
  const words = harmless(text).split(' ');
  const all: string[] = [];
  let line = `${indent}//`;
  for (const word of words) {
    if (line.length + word.length + 1 > WIDTH && line.trim() !== '//') {
      all.push(line);
      line = `${indent}//`;
    }
    line += ` ${word}`;
  }
  return [...all, line];
}

/** Text without characters that end a line, are not seen, or command a terminal. */
function harmless(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const UNSEEN =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u200b-\u200f\u2028-\u202f\u205f-\u206f\ufeff\ud800-\udfff]/gu;
