import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { aimsTable } from './aims';
import { chart } from './chart';
import { CONTESTANTS, FLOOR, NODE_PIPELINES, PANDAS_BASED, POLARS, VALIDATE } from './contestants';
import { FORMATS } from './job';
import { caseKeyOf, isAbsent, isUsual, median, ofFloor, peakOf, secondsOf, type Case, type Row } from './results';
import { table, times } from './text';
import { count, number } from '../../core/domain/text/numbers';

/** Of the CSV, MB: what a whole measurement has. */
const SIZES = [10, 100, 1000];

const DOCS = path.resolve(__dirname, '..', '..', 'docs');
export const DOCUMENT_FILE = path.join(DOCS, 'benchmarks.md');
export const CHART_FILE = path.join(DOCS, 'images', 'benchmarks.svg');
/** Between them everything comes from the results. */
const MARKERS = {
  begin: '<!-- figures: written by npm run bench:validate -->',
  end: '<!-- end of figures -->',
} as const;

const FORMAT_NAMES = { csv: 'CSV.gz', jsonl: 'JSONL.gz', parquet: 'Parquet' } as const;

/** Writes the document and its chart from results. */
export function writeReport(rows: readonly Row[]): void {
  writeFileSync(DOCUMENT_FILE, withFigures(readFileSync(DOCUMENT_FILE, 'utf8'), rows));
  writeFileSync(CHART_FILE, chartOf(rows));
}

/** The document with everything between its markers made from results. */
export function withFigures(document: string, rows: readonly Row[]): string {
  const begin = document.indexOf(MARKERS.begin);
  const end = document.indexOf(MARKERS.end);
  if (begin < 0 || end < begin)
    throw new Error(`docs/benchmarks.md lacks the markers ${MARKERS.begin} and ${MARKERS.end}`);
  return `${document.slice(0, begin + MARKERS.begin.length)}\n\n${figures(rows)}\n\n${document.slice(end)}`;
}

/** The chart of results: of the usual rules, and of files from 100 MB where there are any; the table has the others. */
export function chartOf(rows: readonly Row[]): string {
  const usual = rows.filter(isUsual);
  const big = usual.filter(({ megabytes }) => megabytes >= 100);
  return chart(casesOf(big.length > 0 ? big : usual).map(titled));
}

/** One file and one set of rules, with what was measured of it: the floor first, the others by time, those that did not finish last. */
function casesOf(rows: readonly Row[]): (readonly Row[])[] {
  const byCase = Map.groupBy(rows, caseKeyOf);
  return [...byCase.values()]
    .map((one) => one.toSorted((a, b) => rank(a) - rank(b)))
    .toSorted(([a], [b]) => order(a) - order(b));
}

function rank(row: Row): number {
  if (row.contestant === FLOOR) return -1;
  return row.why === undefined ? ofFloor(row) : Number.MAX_VALUE;
}

/** Made up before real, then by format, the usual rules first, then by size. */
function order(row: Case | undefined): number {
  if (row === undefined) return 0;
  const { origin, format, rules, unique, megabytes } = row;
  const usual = isUsual(row) ? 0 : rules + (unique ? 0 : 100);
  return [origin === 'generated' ? 0 : 1, FORMATS.indexOf(format), usual, megabytes].reduce(
    (sum, part) => sum * 10_000 + part,
    0,
  );
}

/** What a file is, for a table or a panel. */
function titleOf({ origin, format, rules, unique, records, bytes }: Row): string {
  return [
    `${origin === 'flights' ? 'real flights, ' : ''}${FORMAT_NAMES[format]}`,
    count(records, 'record'),
    `${number(Math.round(bytes / 1e6))} MB${format === 'parquet' ? ' as zstd' : ''}`,
    ...(rules === 12 ? [] : [`${rules} rules`]),
    ...(unique ? [] : ['no unique key']),
  ].join(', ');
}

function titled(rows: readonly Row[]): { title: string; rows: readonly Row[] } {
  return { title: rows[0] === undefined ? '' : titleOf(rows[0]), rows };
}

const HEAD = ['file', 'contestant', 'seconds', 'of the floor', 'processor s', 'peak MB', 'turns'];

/** The table of one case, as Markdown. */
export function caseTable(rows: readonly Row[]): string {
  return table(HEAD, linesOf(casesOf(rows)));
}

function linesOf(cases: readonly (readonly Row[])[]): string[][] {
  return cases.flatMap((rows) =>
    rows.map((row, index) => {
      const title = index === 0 ? titleOf(row) : '';
      const name = row.contestant.startsWith(VALIDATE) ? `**${row.contestant}**` : row.contestant;
      if (row.why !== undefined) return [title, name, row.why, '', '', '', ''];
      return [
        title,
        name,
        secondsOf(row).toFixed(2),
        times(ofFloor(row)),
        median(row.runs.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2),
        number(Math.round(peakOf(row))),
        String(row.runs.length),
      ];
    }),
  );
}

/** All that the document says in figures. */
export function figures(rows: readonly Row[]): string {
  const cases = casesOf(rows);
  return [
    `![Seconds relative to DuckDB's plain copy, per file and contestant](images/benchmarks.svg)`,
    measuredHow(rows),
    caseTable(rows),
    '### What the figures say',
    [...cases.flatMap(claims), ...gaps(cases)].map((line) => `- ${line}`).join('\n'),
    '### Aims',
    aimsTable(rows),
  ].join('\n\n');
}

function measuredHow(rows: readonly Row[]): string {
  const distinct = (values: readonly string[]): string => [...new Set(values)].toSorted().join(', ');
  const dates = rows.map(({ date }) => date).toSorted();
  const [first, last] = [dates[0] ?? '', dates.at(-1) ?? ''];
  const versions = distinct(rows.flatMap((row) => Object.entries(row.versions).map((one) => one.join(' '))));
  const turns = rows.filter(({ why }) => why === undefined).map(({ runs }) => runs.length);
  const least = Math.min(...turns);
  const most = Math.max(...turns);
  return [
    `Measured ${first === last ? `on ${first}` : `from ${first} to ${last}`} on ${distinct(rows.map(({ cpu }) => cpu))}, shared with others, `,
    `${rows.every(({ oneCore }) => oneCore) ? 'one core' : 'NOT ALL ON ONE CORE'}, Node ${distinct(rows.map(({ node }) => node))}. `,
    `Medians of ${least === most ? least : `${least} to ${most}`} turn${most === 1 ? '' : 's'}; "of the floor" is beside the floor's turns in between, whenever that was. Versions: ${versions}.`,
  ].join('');
}

/** What follows for a reader who chooses: ours beside the fastest of each kind. */
function claims(rows: readonly Row[]): string[] {
  const [first] = rows;
  const ours = rows.find(({ contestant, why }) => contestant === VALIDATE && why === undefined);
  if (first === undefined || ours === undefined) return [];
  const beside = (kind: string, names: readonly string[]): string[] => {
    const all = rows.filter(({ contestant, why }) => names.includes(contestant) && why === undefined);
    const fastest = all.toSorted((a, b) => ofFloor(a) - ofFloor(b))[0];
    if (fastest === undefined) return [];
    const faster = ofFloor(fastest) / ofFloor(ours);
    const speed = faster >= 1 ? `is ${times(faster)} as fast as` : `takes ${times(1 / faster)} as long as`;
    return [`${speed} ${kind} (${fastest.contestant}), with ${times(peakOf(ours) / peakOf(fastest))} its memory`];
  };
  const said = [
    ...beside('the fastest Node pipeline', NODE_PIPELINES),
    ...beside('the faster polars', POLARS),
    ...beside('the faster check of pandas', PANDAS_BASED),
    ...beside('Spark', ['PySpark']),
  ];
  return said.length === 0 ? [] : [`${titleOf(first)}: ValidateBatch ${said.join('; ')}.`];
}

/** Who is missing where, so that no contestant is left out unseen. */
function gaps(cases: readonly (readonly Row[])[]): string[] {
  const whole = FORMATS.flatMap((format) =>
    SIZES.filter((size) => !cases.some(([one]) => one?.format === format && isUsual(one) && isSize(one, size))).map(
      (size) => `${FORMAT_NAMES[format]}, ${number(size)} MB of CSV: not measured.`,
    ),
  );
  const parts = cases.flatMap((rows) => {
    const [first] = rows;
    if (first === undefined) return [];
    const there = new Set(rows.filter((row) => !isAbsent(row)).map(({ contestant }) => contestant));
    const missing = Object.keys(CONTESTANTS).filter(
      (name) => CONTESTANTS[name]?.formats.includes(first.format) === true && !there.has(name),
    );
    return missing.length === 0 ? [] : [`${titleOf(first)}: not measured: ${missing.join(', ')}.`];
  });
  return [...parts, ...whole];
}

function isSize({ origin, megabytes }: Case, size: number): boolean {
  return origin === 'generated' && (size < 1000 ? megabytes === size : megabytes >= size);
}
