import { count, number } from '../../text/numbers';
import { analyse, inline, quoted, textColumn, type ColumnDraft } from '../columns/column';
import { shown } from '../columns/guess';
import { changesOf, keysOf, type KeyColumn } from '../columns/keys';
import { canBeFrom, isAllowed, Names, snakeCase } from '../columns/names';
import type { Tally } from '../columns/tally';
import type { Finding, Word } from '../finding';
import type { TextSample } from '../sample';
import { guessDialect, type DialectGuess } from './dialect';
import { firstRecords, guessHeader, type HeaderGuess } from './header';
import { namesInComment } from './preamble';
import { csvLines } from './records';
import { readTable, type Odd, type Table, type TableLayout } from './table';
import { endOf, guessTrailer, type FileEnd, type TrailerGuess } from './trailer';

/** How files of CSV are written and what is in them. They are taken to be alike. */
export function findCsv(samples: readonly TextSample[], given?: DialectGuess): Finding {
  const dialect = given ?? guessDialect(samples);
  const commented = namesInComment(samples, dialect, dialect.fields);
  const header = commented === null ? headerOf(samples, dialect) : NO_HEADER;
  const numbered = header.header ? awkwardHeader(samples, dialect) : null;
  const layout = {
    ...dialect,
    header: header.header && numbered === null,
    skipLines: numbered?.skipLines ?? dialect.skipLines,
    trailer: null,
  };
  const trailer = trailerOf(samples, layout);
  const whole: TableLayout = { ...layout, trailer: trailer?.sure === true ? trailer.prefix : null };
  const first = readTable(samples, whole, false);
  const shortRows = areShortMeant(first);
  const table = shortRows ? readTable(samples, whole, true) : first;
  const nulls = nullsOf(table, commented !== null);
  const emptyQuoted = quotesAll(table) ? 'null' : 'text';
  const { columns, keyed } = columnsOf(table, whole, nulls.values, emptyQuoted, commented ?? numbered?.names ?? null);
  const changes = changesOf(keyed);
  return {
    format: 'csv',
    // With another delimiter, that says it.
    saw: dialect.delimiter === ',' ? (dialect.saw.delimiter ?? '') : 'text in fields',
    words: wordsOf({
      dialect,
      layout: whole,
      header,
      trailer,
      shortRows,
      table,
      nulls,
      emptyQuoted,
      commented,
      numbered,
    }),
    source: [],
    columns,
    records: table.records,
    notes: notesOf(table, shortRows, changes),
    keys: keysOf(keyed, table.records, table.rows),
  };
}

const NO_HEADER: HeaderGuess = { header: false, sure: true, saw: 'a comment names the columns' };

function headerOf(samples: readonly TextSample[], dialect: DialectGuess): HeaderGuess {
  return guessHeader(
    samples.map((sample) => firstRecords(sample, dialect, dialect.skipLines)),
    dialect.fields,
  );
}

/** Whether no column can be told by a name. */
function isAwkward(name: string): boolean {
  return !isAllowed(name) && !canBeFrom(name);
}

/** A header with a name that is empty or comes twice, which no column can be told by: then columns go by position. */
function awkwardHeader(
  samples: readonly TextSample[],
  dialect: DialectGuess,
): { names: readonly string[]; skipLines: number } | null {
  for (const sample of samples) {
    const [head, next] = firstRecords(sample, dialect, dialect.skipLines);
    if (head === undefined || !head.texts.some((name, i) => isAwkward(name) || head.texts.indexOf(name) < i)) continue;
    return { names: head.texts, skipLines: next === undefined ? head.line : next.line - 1 };
  }
  return null;
}

function trailerOf(samples: readonly TextSample[], layout: TableLayout): TrailerGuess | null {
  const ends: FileEnd[] = [];
  const firsts = new Set<string>();
  for (const sample of samples) {
    if (sample.head.trim() === '') continue;
    const end = endOf(sample, layout, layout.skipLines, layout.header);
    if (end === null) return null;
    ends.push(end);
    let before: string | undefined;
    let n = 0;
    for (const { texts } of csvLines(sample.head, layout, { skipLines: layout.skipLines, cut: sample.cut })) {
      if (before !== undefined && (n > 1 || !layout.header)) firsts.add(before);
      before = texts[0];
      n += 1;
    }
    if (sample.cut && before !== undefined) firsts.add(before);
  }
  return guessTrailer(ends, layout.fields, firsts);
}

/** Whether short records are how the exporter writes empty values at the end: then it writes none of them. */
function areShortMeant({ short, records, endsEmpty }: Table): boolean {
  if (short.n === 0 || endsEmpty > 0) return false;
  return short.n >= 2 && (short.n >= (short.n + records) * 0.25 || (records >= 100 && short.n >= 20));
}

/** An exporter that quotes every value has no other way to write an empty one. */
function quotesAll({ columns, inQuotes, bare }: Table): boolean {
  return bare === 0 && inQuotes > 0 && [...columns.values()].some((tally) => (tally.quoted.get('') ?? 0) > 0);
}

interface Nulls {
  readonly values: readonly string[];
  readonly saw: string;
}

/** Words that no text has by accident. What else means NULL is said for single columns. */
const UNMISTAKABLE: ReadonlySet<string> = new Set(['NULL', 'null', '(null)', '<null>', '[NULL]', '<NA>', 'NaN']);

function nullsOf(table: Table, isLog: boolean): Nulls {
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

function columnsOf(
  table: Table,
  { header }: TableLayout,
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
    const options = { name, nullValues, emptyQuoted, decimal };
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
    const sure = analyse(tally, { name, nullValues, emptyQuoted: 'text' }).guessed.sure?.words;
    if (sure === undefined || (sure['type'] !== 'decimal' && sure['type'] !== 'double')) continue;
    const read = sure['read'];
    marks.add(typeof read === 'object' && read !== null && 'decimal' in read ? ',' : '.');
  }
  return marks.size === 1 ? [...marks][0] : undefined;
}

interface Parts {
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

function wordsOf({
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
  return `${count(n, 'record')} (${first ?? ''})`;
}

function notesOf(table: Table, shortRows: boolean, changes: ReturnType<typeof changesOf>): string[] {
  const notes: string[] = [];
  if (table.long.n > 0) notes.push(`${oddly(table.long)} with more fields than the others: not read`);
  if (table.short.n > 0 && !shortRows) notes.push(`${oddly(table.short)} with fewer fields than the others: not read`);
  if (table.broken.n > 0) notes.push(`${oddly(table.broken)} broken by a quote: not read`);
  if (table.repeats.n > 0)
    notes.push(`${oddly(table.repeats)} the same as the header: files were put together; not read`);
  if (changes !== null) notes.push(changeNote(changes));
  return notes;
}

/** What of a log of changes a definition could keep. */
export function changeNote({ op, deleted, by, key }: NonNullable<ReturnType<typeof changesOf>>): string {
  const name = /^[a-z_][a-z0-9_]*$/i.test(op) ? op : `"${op}"`;
  const order = by === null ? '' : `, by: [${quoted(by)}]`;
  return `a log of changes? unique: { columns: [${quoted(key ?? '…')}], keep: 'last'${order}, deleted: ${quoted(`${name} = '${deleted}'`)} }`;
}
