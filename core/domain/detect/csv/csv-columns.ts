import { number } from '../../text/numbers';
import { analyse, quoted, textColumn, type ColumnDraft } from '../columns/column-draft';
import { shown } from '../columns/guess';
import type { KeyColumn } from '../columns/key-columns';
import { canBeFrom, isAllowed, Names, snakeCase } from '../columns/names';
import type { Tally } from '../columns/tally';
import { NULL_WORDS } from '../columns/words';
import type { Table, TableLayout } from './table';

/** Whether no column can be told by a name. */
export function isAwkward(name: string): boolean {
  return !isAllowed(name) && !canBeFrom(name);
}

/** Unquoted values that are NULL in the whole file. */
export interface Nulls {
  readonly values: readonly string[];
  readonly saw: string;
}

/** Words that no text has by accident. What else means NULL is said for single columns. */
const UNMISTAKABLE: ReadonlySet<string> = new Set(['NULL', 'null', '(null)', '<null>', '[NULL]', '<NA>', 'NaN']);

/** Finds them. */
export function nullsOf(table: Table, isLog: boolean): Nulls {
  const values: string[] = [];
  const saw: string[] = [];
  const seen = (word: string) =>
    [...table.columns.values()].reduce((sum, { plain }) => sum + (plain.get(word) ?? 0), 0);
  const add = (word: string, why: string) => {
    values.push(word);
    saw.push(`${shown(word)} ${number(seen(word))} times${why}`);
  };
  if (seen('\\N') > 0) add('\\N', '');
  if (isLog && seen('-') > 0) add('-', ', as logs write it');
  const typed = new Map<string, number>();
  const texts = new Map<string, number>();
  for (const [name, tally] of table.columns) {
    if (!NULL_WORDS.some((word) => tally.plain.has(word))) continue;
    const { guessed, nullWords } = analyse(tally, { name, nullValues: values, emptyQuoted: 'text' });
    for (const word of nullWords) if (tally.plain.has(word)) typed.set(word, (typed.get(word) ?? 0) + 1);
    if (guessed.sure === null)
      for (const word of UNMISTAKABLE) if (tally.plain.has(word)) texts.set(word, (texts.get(word) ?? 0) + 1);
  }
  for (const word of UNMISTAKABLE) {
    const [inTyped, inTexts] = [typed.get(word) ?? 0, texts.get(word) ?? 0];
    if ((inTyped > 0 && inTexts > 0) || inTexts > 1 || inTyped > 2) add(word, ` in ${inTyped + inTexts} columns`);
  }
  return { values, saw: saw.join(', ') };
}

/** The columns of a table in words, and for keys. */
export function columnsOf(
  table: Table,
  { header, quote }: TableLayout,
  nullValues: readonly string[],
  emptyQuoted: 'text' | 'null',
  others: readonly string[] | null,
): { columns: ColumnDraft[]; keyed: KeyColumn[] } {
  const names = new Names();
  const columns: ColumnDraft[] = [];
  const keyed: KeyColumn[] = [];
  const decimal = decimalOf(table, nullValues);
  let position = 0;
  for (const [source, tally] of table.columns) {
    position += 1;
    const told = header ? source : others?.[position - 1];
    const name = header ? names.of(source) : names.of(named(told, others), `column_${position}`);
    const options = { name, nullValues, emptyQuoted, decimal, quotes: quote !== null };
    const draft = textColumn(tally, options);
    const lacking = table.lacking.get(source) ?? 0;
    const from = header && name !== source ? { from: source } : {};
    const isOptional = header && lacking > 0;
    const { nullable: _nullable, ...words } = draft.words;
    columns.push({
      ...draft,
      words: { ...(isOptional ? words : draft.words), ...from, ...(isOptional ? { optional: true } : {}) },
      saw: [...draft.saw, ...(isOptional ? [`${lacking} of ${table.files} files lack it`] : [])],
      maybe: [...draft.maybe, ...maybeNull(tally, nullValues, draft)],
    });
    keyed.push({ name, type: String(draft.words['type']), tally });
  }
  return { columns, keyed };
}

/** Of a header by position: its words as they are allowed; of a comment, in the style of SQL. */
function named(told: string | undefined, others: readonly string[] | null): string {
  if (told === undefined || others === null) return '';
  return others.every((other) => !isAwkward(other)) && new Set(others).size === others.length ? snakeCase(told) : told;
}

function maybeNull({ plain }: Tally, nullValues: readonly string[], { words }: ColumnDraft): string[] {
  if (words['type'] !== 'string' || plain.size < 2) return [];
  return ['NULL', 'null', 'N/A', 'NA', 'None', 'NaN', '-', '(null)']
    .filter((word) => plain.has(word) && !nullValues.includes(word))
    .slice(0, 2)
    .map(
      (word) =>
        `${shown(word)} ${number(plain.get(word) ?? 0)} times: as text; read: { nullValues: [${quoted(word)}] } makes it NULL`,
    );
}

/** The mark before fractions that some column has without doubt. */
function decimalOf({ columns }: Table, nullValues: readonly string[]): '.' | ',' | undefined {
  const marks = new Set<'.' | ','>();
  for (const [name, tally] of columns) {
    const sure = analyse(tally.firstTexts(1000), { name, nullValues, emptyQuoted: 'text' }).guessed.sure?.words;
    if (sure === undefined || (sure['type'] !== 'decimal' && sure['type'] !== 'double')) continue;
    const read = sure['read'];
    marks.add(typeof read === 'object' && read !== null && 'decimal' in read ? ',' : '.');
  }
  return marks.size === 1 ? [...marks][0] : undefined;
}
