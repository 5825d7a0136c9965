import { Tally } from '../columns/tally';
import type { TextSample } from '../sample';
import { csvLines, type CsvLine, type Dialect } from './csv-lines';

/** How records are found in the samples. */
export interface TableLayout extends Dialect {
  readonly skipLines: number;
  readonly header: boolean;
  /** Fields of most records, where no header says it. */
  readonly fields: number;
  readonly trailer: string | null;
}

/** All that was seen of the records. */
export interface Table {
  /** By the name in the header, or by position. */
  readonly columns: ReadonlyMap<string, Tally>;
  /** Per column, files whose header lacks it. */
  readonly lacking: ReadonlyMap<string, number>;
  readonly files: number;
  readonly records: number;
  /** Records with fewer, and with more fields; and those that a quote breaks. */
  readonly short: Odd;
  readonly long: Odd;
  readonly broken: Odd;
  /** Headers that come again between the records. */
  readonly repeats: Odd;
  /** Whole records whose last value is empty. */
  readonly endsEmpty: number;
  /** Values in quotes, and values without. */
  readonly inQuotes: number;
  readonly bare: number;
  /** First records, for keys of several columns. */
  readonly rows: readonly (readonly string[])[];
}

/** Records that are odd in one way, and where the first of them is. */
export interface Odd {
  n: number;
  first: string | null;
}

const MOST_ROWS = 50_000;
const MOST_COLUMNS = 2_000;

/** Reads all records of the samples. */
export function readTable(samples: readonly TextSample[], layout: TableLayout, shortAsNull: boolean): Table {
  const columns = new Map<string, Tally>();
  const lacking = new Map<string, number>();
  const odd = () => ({ n: 0, first: null });
  const table = {
    columns, lacking, files: 0, records: 0, short: odd(), long: odd(), broken: odd(), repeats: odd(),
    endsEmpty: 0, inQuotes: 0, bare: 0, rows: [] as string[][],
  }; // prettier-ignore
  const note = (what: Odd, file: string, { line }: CsvLine, piece: boolean) => {
    what.n += 1;
    what.first ??= piece ? `in ${file}` : `line ${line} of ${file}`;
  };
  for (const sample of samples) {
    let names: readonly string[] | null = layout.header ? null : positions(layout.fields);
    let headline = '';
    for (const { line, piece } of recordsOf(sample, layout)) {
      if (names === null) {
        names = line.texts.slice(0, MOST_COLUMNS);
        headline = names.join('\0');
        continue;
      }
      if (line.problem !== null) note(table.broken, sample.name, line, piece);
      else if (line.texts.length > names.length) note(table.long, sample.name, line, piece);
      else if (layout.header && line.texts.join('\0') === headline) note(table.repeats, sample.name, line, piece);
      else {
        const short = line.texts.length < names.length;
        if (short) note(table.short, sample.name, line, piece);
        if (!short && line.texts.at(-1) === '') table.endsEmpty += 1;
        if (short && !shortAsNull) continue;
        table.records += 1;
        take(line, names, columns, table);
      }
    }
    if (names === null) continue;
    table.files += 1;
    if (layout.header) for (const name of names) if (!columns.has(name)) columns.set(name, new Tally());
    for (const name of names) lacking.set(name, (lacking.get(name) ?? 0) + 1);
  }
  for (const [name, having] of lacking) lacking.set(name, table.files - having);
  return table;
}

function take(
  { texts, quoted }: CsvLine,
  names: readonly string[],
  columns: Map<string, Tally>,
  table: { inQuotes: number; bare: number; rows: string[][] },
): void {
  for (const [i, name] of names.entries()) {
    let tally = columns.get(name);
    if (tally === undefined) columns.set(name, (tally = new Tally()));
    const text = texts[i];
    if (text === undefined) {
      tally.absent += 1;
      continue;
    }
    const inQuotes = quoted?.[i] === true;
    if (inQuotes) table.inQuotes += 1;
    else table.bare += 1;
    tally.add(text, inQuotes);
  }
  if (table.rows.length < MOST_ROWS) table.rows.push([...texts]);
}

function positions(fields: number): string[] {
  return Array.from({ length: Math.min(fields, MOST_COLUMNS) }, (_, i) => String(i));
}

interface Found {
  readonly line: CsvLine;
  /** Whether it is of a piece from the middle, whose lines have no number. */
  readonly piece: boolean;
}

function* recordsOf(sample: TextSample, layout: TableLayout): Generator<Found> {
  yield* withoutTrailer(csvLines(sample.head, layout, { skipLines: layout.skipLines, cut: sample.cut }), layout, false);
  for (const piece of sample.pieces) yield* withoutTrailer(aligned(piece, layout, true), layout, true);
  if (sample.end !== null) yield* withoutTrailer(aligned(sample.end, layout, false), layout, true);
}

function* withoutTrailer(lines: Iterable<CsvLine>, { trailer }: TableLayout, piece: boolean): Generator<Found> {
  for (const line of lines) if (trailer === null || line.texts[0]?.startsWith(trailer) !== true) yield { line, piece };
}

/**
 * The records of a piece that begins on a new line, but perhaps inside a quoted value: from the first line on that looks like a record.
 * What never does is left out.
 */
function* aligned(piece: string, layout: TableLayout, cut: boolean): Generator<CsvLine> {
  let found = false;
  for (const line of csvLines(piece, layout, { skipLines: 0, cut })) {
    found ||= line.problem === null && line.texts.length === layout.fields;
    if (found) yield line;
  }
}
