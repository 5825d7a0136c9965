import { visible } from '../../core/contracts/visible';
import { count, number } from '../../core/domain/text/numbers';
import type { PublishedRows } from './published-rows';

/** Rows as a table, as DuckDB's own shell draws them. Pure. */

/** No column is drawn narrower than this, if its content is not. */
const LEAST = 8;
const NUMBERS = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w+INT|DOUBLE|FLOAT|DECIMAL)/;

interface DrawnColumn {
  readonly cells: readonly string[];
  readonly isNumber: boolean;
  readonly width: number;
}

/**
 * Draws rows within a width in characters. Long values are cut; columns for which there is no room are left out in the middle, and said.
 * @param total records that there are in all
 */
export function drawTable({ columns, rows }: PublishedRows, total: number, width: number): string {
  const all = columns.map(({ name, type }, i): DrawnColumn => {
    const isNumber = NUMBERS.test(type);
    const cells = [name, type.toLowerCase(), ...rows.map((row) => row[i] ?? 'NULL')].map(oneLine);
    return { cells, isNumber, width: Math.max(...cells.map(widthOf)) };
  });
  const shown = fitted(all, width);
  const line = (left: string, between: string, right: string) =>
    `${left}${shown.map((column) => '─'.repeat(column.width + 2)).join(between)}${right}`;
  const row = (i: number) => `│${shown.map((column) => ` ${cell(column, i)} `).join('│')}│`;
  const body = rows.map((_, i) => row(i + 2));
  return [
    line('┌', '┬', '┐'),
    row(0),
    row(1),
    ...(body.length === 0 ? [] : [line('├', '┼', '┤'), ...body]),
    line('└', '┴', '┘'),
    footer(rows.length, total, columns.length, shown.includes(GAP) ? shown.length - 1 : columns.length),
  ].join('\n');
}

/** In place of columns that are left out. */
const GAP: DrawnColumn = { cells: [], isNumber: false, width: 1 };

function fitted(all: readonly DrawnColumn[], width: number): DrawnColumn[] {
  const room = (columns: readonly DrawnColumn[]) => width - 1 - 3 * columns.length;
  const needed = (columns: readonly DrawnColumn[]) => columns.reduce((sum, column) => sum + column.width, 0);
  const narrowest = (columns: readonly DrawnColumn[]) =>
    columns.reduce((sum, column) => sum + Math.min(column.width, LEAST), 0);
  let shown = [...all];
  for (let left = all.length; narrowest(shown) > room(shown) && left > 2; left -= 1) {
    const first = Math.ceil((left - 1) / 2);
    shown = [...all.slice(0, first), GAP, ...all.slice(all.length - (left - 1 - first))];
  }
  // The widest give way first.
  let most = Math.max(...shown.map((column) => column.width));
  while (most > LEAST && needed(shown) > room(shown)) {
    most -= 1;
    shown = shown.map((column) => (column.width > most ? { ...column, width: most } : column));
  }
  return shown;
}

function cell(column: DrawnColumn, i: number): string {
  const text = cut(column.cells[i] ?? '·', column.width);
  const blanks = ' '.repeat(Math.max(0, column.width - widthOf(text)));
  return column.isNumber && i > 1 ? `${blanks}${text}` : `${text}${blanks}`;
}

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const { segment } of GRAPHEMES.segment(text)) {
    used += segmentWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

const GRAPHEMES = new Intl.Segmenter('en');
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const segmentWidth = (segment: string) => (WIDE.test(segment) ? 2 : 1);

function widthOf(text: string): number {
  // oxlint-disable-next-line no-control-regex -- what is not ASCII is looked at
  if (/^[\x00-\x7f]*$/.test(text)) return text.length;
  return [...GRAPHEMES.segment(text)].reduce((sum, { segment }) => sum + segmentWidth(segment), 0);
}

/** Line ends and tabs as DuckDB shows them, other controls by their names. */
function oneLine(text: string): string {
  return visible(text.slice(0, 1000)).replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}

function footer(rows: number, total: number, columns: number, shown: number): string {
  const ofRows = rows === total ? count(rows, 'row') : `${number(rows)} of ${count(total, 'row')}`;
  return `${ofRows}, ${count(columns, 'column')}${shown === columns ? '' : ` (${shown} shown)`}`;
}
