import { changeNotes, keysOf } from '../columns/key-columns';
import type { Finding } from '../finding';
import type { TextSample } from '../sample';
import { columnsOf, isAwkward, nullsOf } from './csv-columns';
import { guessDialect, type DialectGuess } from './dialect';
import { firstRecords, guessHeader, type HeaderGuess } from './guess-header';
import { namesInComment } from './preamble';
import { csvLines, type CsvLine } from './csv-lines';
import { readTable, type Table, type TableLayout } from './table';
import { endOf, guessTrailer, mayTrail, type FileEnd, type TrailerGuess } from './guess-trailer';
import { notesOf, wordsOf } from './csv-words';

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
    notes: [...notesOf(table, shortRows), ...changeNotes(keyed)],
    keys: keysOf(keyed, table.records, table.rows),
  };
}

const NO_HEADER: HeaderGuess = { header: false, sure: true, saw: 'a comment names the columns' };

function headerOf(samples: readonly TextSample[], dialect: DialectGuess): HeaderGuess {
  const files = samples.map((sample) => firstRecords(sample, dialect, dialect.skipLines));
  return guessHeader(files.map(withoutTrailer), dialect.fields);
}

/** Without a last record that may be a trailer: its values would hide the types of the others. */
function withoutTrailer(records: readonly CsvLine[]): readonly CsvLine[] {
  const last = records.at(-1);
  if (records.length < 3 || last === undefined || !mayTrail({ line: '', fields: last.texts })) return records;
  return records.some((one) => one !== last && one.texts[0] === last.texts[0]) ? records : records.slice(0, -1);
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
