import { count } from '../../text/numbers';
import { firstLines, type TextSample } from '../sample';
import { csvLines, type Dialect } from './csv-lines';

/** What stands around the records of CSV: separators of Excel, comments, titles. */

const MOST_LEADING = 40;

/** The delimiter that Excel's first line names: `sep=;`. */
export function excelSeparator(line: string): string | null {
  return /^"?sep=([^"\r\n\0\\]{1,3})"?\r?$/i.exec(line)?.[1] ?? null;
}

/** Marks of comments in the order in which they are tried. */
const MARKS = ['#', '--', '//', '%', '!'];
const LOOKED_AT = 500;

/** The mark of lines that are no records. Null where no line has one, or it may be a value. */
export function commentOf(samples: readonly TextSample[]): { mark: string; saw: string } | null {
  const lines = samples.map((sample) => firstLines(sample, LOOKED_AT).filter((line) => line.trim() !== ''));
  for (const mark of MARKS) {
    const marked = lines.flat().filter((line) => line.startsWith(mark));
    const all = lines.flat().length;
    if (marked.length === 0 || marked.length > all * 0.5 + 2 || marked.length === all) continue;
    // `#` alone is the name of a column that numbers the lines; other marks are so seldom that they must be followed by words.
    const isName = marked.every((line) => line.length > mark.length && /^[,;\t|]/.test(line.slice(mark.length)));
    if (isName || (mark !== '#' && !marked.every((line) => /^\W+\s*[A-Za-z]/.test(line)))) continue;
    // Lines among the records that are like them might be records: their first value begins with the mark.
    const separators = /[,;\t|]/g;
    const fields = (line: string) => line.match(separators)?.length ?? 0;
    const others = lines.flat().filter((line) => !line.startsWith(mark));
    const usual = mode(others.map(fields));
    const atTop = lines.every(
      (of) => of.findIndex((line) => !line.startsWith(mark)) >= of.filter((line) => line.startsWith(mark)).length,
    );
    if (!atTop && usual > 0 && marked.every((line) => fields(line) === usual)) continue;
    return { mark, saw: `${count(marked.length, 'line')} of the first ${all}` };
  }
  return null;
}

function mode(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const n of numbers) counts.set(n, (counts.get(n) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
}

/** Physical lines before the first that has as many fields as the records; the same in each file. */
export function leadingLines(samples: readonly TextSample[], dialect: Dialect, fields: number): number {
  if (fields < 2) return 0;
  const found = samples
    .filter(({ head }) => head.trim() !== '')
    .map(({ head, cut }) => {
      let before = 0;
      for (const { texts, line, problem } of csvLines(head.slice(0, 65_536), dialect, { skipLines: 0, cut })) {
        // A title of a spreadsheet has as many delimiters as the records, and one value.
        if (problem === null && texts.length === fields && !isTitle(texts)) return before === 0 ? 0 : line - 1;
        before = line;
        if (line > MOST_LEADING) break;
      }
      return 0;
    });
  const first = found[0] ?? 0;
  return found.every((n) => n === first) ? first : 0;
}

function isTitle(texts: readonly string[]): boolean {
  return texts.every((text) => text === '') || (texts.length > 2 && texts.filter((text) => text !== '').length === 1);
}

/** The names that a comment gives the columns: W3C's `#Fields:`, or the last comment before the records with as many of them. */
export function namesInComment(
  samples: readonly TextSample[],
  dialect: Dialect,
  fields: number,
): readonly string[] | null {
  const { comment, delimiter } = dialect;
  if (comment === null) return null;
  for (const sample of samples) {
    const marked: string[] = [];
    for (const line of firstLines(sample, 50)) {
      if (!line.startsWith(comment)) break;
      marked.push(line.slice(comment.length).trim());
    }
    for (const line of marked.reverse()) {
      const named = /^fields:\s*(.+)$/i.exec(line);
      const names = (named?.[1] ?? line).split(named === null ? delimiter : /[\s,]+/).map((name) => name.trim());
      if (names.length === fields && fields > 1 && names.every((name) => name !== '')) return names;
    }
  }
  return null;
}
