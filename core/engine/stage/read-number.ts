import type { Column } from '../../contracts/dataset/dataset';
import { text } from '../duckdb/sql';
import { once } from './computed-once';
import { typedText } from './typed-text';

/** Texts of numbers → numbers, as `read` says. */

type Numeric = Extract<Column, { type: 'integer' | 'decimal' | 'double' }>;

/** Space, tab, and the blanks that stand in numbers: no-break, narrow no-break, thin, figure. */
const BLANKS = ' \\t\\x{00A0}\\x{202F}\\x{2009}\\x{2007}';

function wordsOf(column: Numeric): NonNullable<Extract<Numeric, { type: 'decimal' }>['read']> {
  return column.read ?? {};
}

/** SQL for the value of a text; NULL where it is none. */
export function readNumber(column: Numeric, source: string): string {
  const { decimal = '.', group, strip } = wordsOf(column);
  const stripped = strip === undefined ? source : withoutAffixes(source, strip);
  if (decimal === '.' && group === undefined)
    return strip === undefined
      ? typedText(column, source)
      : once(stripped, '_rollcall_number', (number) => typedText(column, number));
  const plain = (number: string) => {
    const ungrouped = group === undefined ? number : `replace(${number}, ${text(group)}, '')`;
    const pointed = decimal === '.' ? ungrouped : `replace(${ungrouped}, ${text(decimal)}, '.')`;
    return `CASE WHEN regexp_full_match(${number}, ${text(shapeOf(column, decimal, group))}) THEN ${pointed} END`;
  };
  const written = strip === undefined ? plain(source) : once(stripped, '_rollcall_stripped', plain);
  return once(written, '_rollcall_number', (number) => typedText(column, number));
}

/** Digits without groups, or in groups of three of which the first is not 0: `0.123` in a column of `1.234` is a number of someone else's. */
function shapeOf({ type }: Numeric, decimal: string, group: string | undefined): string {
  const point = escaped(decimal);
  const whole = group === undefined ? '[0-9]+' : `(?:[1-9][0-9]{0,2}(?:${escaped(group)}[0-9]{3})+|[0-9]+)`;
  if (type === 'integer') return `[+-]?${whole}`;
  return `[+-]?(?:${whole}(?:${point}[0-9]*)?|${point}[0-9]+)(?:[eE][+-]?[0-9]+)?`;
}

/** SQL for a text without one of these at its beginning and one at its end, and without the blanks there. */
function withoutAffixes(source: string, affixes: readonly string[]): string {
  const trimmed = affixes.map((affix) => affix.trim()).sort((a, b) => b.length - a.length);
  const any = `(?:${trimmed.map(escaped).join('|')})`;
  const blanks = `[${BLANKS}]*`;
  return `regexp_extract(${source}, ${text(`^${blanks}(?:${any}${blanks})?((?s:.*?))(?:${blanks}${any})?${blanks}$`)}, 1)`;
}

const escaped = (literal: string) => literal.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
