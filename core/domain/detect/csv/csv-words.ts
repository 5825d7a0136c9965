import { count, number } from '../../text/numbers';
import { inline } from '../columns/column-draft';
import type { Word } from '../finding';
import type { Nulls } from './csv-columns';
import type { DialectGuess } from './dialect';
import type { HeaderGuess } from './guess-header';
import type { Odd, Table, TableLayout } from './table';
import type { TrailerGuess } from './guess-trailer';

/** What the words of `csv` are made of. */
export interface Parts {
  readonly dialect: DialectGuess;
  readonly layout: TableLayout;
  readonly header: HeaderGuess;
  readonly trailer: TrailerGuess | null;
  readonly shortRows: boolean;
  readonly table: Table;
  readonly nulls: Nulls;
  readonly emptyQuoted: 'text' | 'null';
  readonly commented: readonly string[] | null;
  readonly numbered: { readonly names: readonly string[] } | null;
}

/** The words of `csv` that are not the default, and those that may be. */
export function wordsOf({
  dialect,
  layout,
  header,
  trailer,
  shortRows,
  table,
  nulls,
  emptyQuoted,
  commented,
  numbered,
}: Parts): Word[] {
  const words: Word[] = [];
  const add = (key: string, value: unknown, saw: string, sure = true) => words.push({ key, value, saw, sure });
  if (dialect.delimiter !== ',') add('delimiter', dialect.delimiter, dialect.saw.delimiter ?? '');
  if (dialect.quote !== '"') add('quote', dialect.quote, dialect.saw.quote ?? 'no quotes');
  else if (commented !== null && table.inQuotes === 0 && dialect.delimiter === '\t')
    add('quote', null, 'no value is in quotes');
  if (dialect.escape !== 'double') add('escape', dialect.escape, dialect.saw.escape ?? '');
  else if (dialect.backslashes > 0)
    add('escape', 'backslash', `if its ${count(dialect.backslashes, 'backslash', 'backslashes')} escape`, false);
  if (numbered !== null)
    add(
      'header',
      false,
      `the first line has names that are empty or come twice: ${inline(numbered.names.slice(0, 20))}`,
    );
  else if (!layout.header) add('header', false, header.saw + (header.sure ? '' : '; not sure'));
  else if (!header.sure) add('header', false, `if the first line is a record: ${header.saw}`, false);
  if (layout.skipLines > 0)
    add(
      'skipLines',
      layout.skipLines,
      numbered === null ? (dialect.saw.skipLines ?? '') : 'the first line with its names is passed over',
    );
  if (dialect.comment !== null) add('comment', dialect.comment, dialect.saw.comment ?? '');
  if (nulls.values.length > 0) add('nullValues', ['', ...nulls.values], nulls.saw);
  if (emptyQuoted === 'null') add('emptyQuoted', 'null', 'every value is in quotes, empty ones too');
  if (shortRows)
    add(
      'shortRows',
      'null',
      `${number(table.short.n)} of ${number(table.records)} records have fewer fields, and none ends with an empty one`,
    );
  else if (table.short.n > 0)
    add('shortRows', 'null', `if what is left out at the end is empty: ${oddly(table.short)} has fewer fields`, false);
  if (trailer !== null) {
    const value = { prefix: trailer.prefix, ...(trailer.count === null ? {} : { count: trailer.count }) };
    add('trailer', value, trailer.saw, trailer.sure);
  }
  return words;
}

function oddly({ n, first }: Odd): string {
  return `${number(n)} ${n === 1 ? 'record' : 'records'} (${first ?? ''})`;
}

/** What of the records is not read, and why. */
export function notesOf(table: Table, shortRows: boolean): string[] {
  const notes: string[] = [];
  if (table.long.n > 0) notes.push(`${oddly(table.long)} with more fields than the others: not read`);
  if (table.short.n > 0 && !shortRows) notes.push(`${oddly(table.short)} with fewer fields than the others: not read`);
  if (table.broken.n > 0) notes.push(`${oddly(table.broken)} broken by a quote: not read`);
  if (table.repeats.n > 0)
    notes.push(`${oddly(table.repeats)} the same as the header: files were put together; not read`);
  return notes;
}
