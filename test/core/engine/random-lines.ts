import { csvDialectOf, type CsvDialect, type CsvSettings } from '../../../core/contracts/dataset/formats/csv';
import { seeded } from '../../corpus/case';
import { datasetWith } from '../../kit/datasets';
import { run } from '../../kit/engine';

type Fields = (string | null)[];

/**
 * The definition of `docs/csv.md` once more, one character after the other, and in nothing like the engine's way.
 * @returns null for what is no record
 */
function fieldsOf(line: string, { delimiter, quote, escape, nullValues, emptyQuoted }: CsvDialect): Fields | null {
  const fields: Fields = [];
  let rest = line;
  const escaped = () => {
    const letter = rest[1]!;
    rest = rest.slice(2);
    return { n: '\n', t: '\t', r: '\r' }[letter] ?? letter;
  };
  for (;;) {
    let value = '';
    if (quote !== null && rest[0] === quote) {
      rest = rest.slice(1);
      for (;;) {
        if (rest === '') return null;
        if (escape === 'backslash' && rest[0] === '\\') {
          if (rest.length < 2) return null;
          value += escaped();
        } else if (rest[0] !== quote) {
          value += rest[0];
          rest = rest.slice(1);
        } else if (escape === 'double' && rest[1] === quote) {
          value += quote;
          rest = rest.slice(2);
        } else break;
      }
      rest = rest.slice(1);
      while (rest[0] === ' ' && !rest.startsWith(delimiter)) rest = rest.slice(1);
      if (rest !== '' && !rest.startsWith(delimiter)) return null;
      fields.push(value === '' && emptyQuoted === 'null' ? null : value);
    } else {
      const before = rest;
      while (rest !== '' && !rest.startsWith(delimiter)) {
        if (escape === 'backslash' && rest[0] === '\\') {
          if (rest.length < 2) return null;
          value += escaped();
        } else if (rest[0] === '\r') return null;
        else {
          value += rest[0];
          rest = rest.slice(1);
        }
      }
      fields.push(nullValues.includes(before.slice(0, before.length - rest.length)) ? null : value);
      if (rest === '' && before === '' && fields.length === 4) fields.pop();
    }
    if (rest === '') return fields;
    rest = rest.slice(delimiter.length);
  }
}

/** Dialects of every kind; the first ones are those that DuckDB's reader gets as they are. */
export const DIALECTS: readonly CsvSettings[] = [
  ...[',', ';', '|', '\t', ' ', '\u0001', '^', 'a', '\\', '%'].map((delimiter) => ({ delimiter })),
  ...["'", '~', '\\'].map((quote) => ({ quote })),
  { delimiter: ' ', quote: "'" },
  { delimiter: '\t', quote: null },
  { quote: null, emptyQuoted: 'null' },
  { emptyQuoted: 'null' },
  { header: false, skipLines: 2 },
  ...['||', '~|~', ', ', ' |', '§', '  ', 'aa'].map((delimiter) => ({ delimiter })),
  ...[',', ' ', '|', '||', '\t'].map((delimiter) => ({ delimiter, escape: 'backslash' as const })),
  { escape: 'backslash', quote: null, nullValues: ['', '\\N'] },
  { escape: 'backslash', quote: "'", emptyQuoted: 'null', nullValues: ['\\N'] },
  { nullValues: [] },
  { nullValues: ['', '\\N', 'NULL', ' '], comment: '#' },
  { shortRows: 'null', header: false, comment: '#a' },
  { trailer: { prefix: 'END', count: 2 } },
];

const OTHERS = [
  'a',
  'b',
  'é',
  'NULL',
  '\\N',
  '\\',
  '\\n',
  '#',
  ' ',
  '  ',
  '   ',
  ',',
  '|',
  ';',
  "'",
  '"',
  '\t',
  'a\rb',
];

/** A line of about three fields: blanks, quotes and delimiters anywhere. */
function randomLine(below: (n: number) => number, { delimiter, quote, escape }: CsvDialect): string {
  const mark = quote ?? '"';
  const value = () => {
    switch (below(8)) {
      case 0:
        return '';
      case 1:
        return mark + mark;
      case 2:
        return ' '.repeat(below(4)) + mark + OTHERS[below(OTHERS.length)]! + mark + ' '.repeat(below(4));
      case 3:
        return mark + ['b', mark + mark, delimiter, ' '][below(4)]! + OTHERS[below(OTHERS.length)]! + mark;
      case 4:
        return ' '.repeat(below(4)) + mark + mark + ' '.repeat(below(4));
      case 5:
        return Array.from({ length: below(4) }, () => OTHERS[below(OTHERS.length)]!).join(below(2) === 0 ? '' : mark);
      default:
        return OTHERS[below(OTHERS.length)]!;
    }
  };
  const fields = below(12) === 0 ? below(5) : 3;
  const line = Array.from({ length: fields }, value).join(delimiter) + (below(20) === 0 ? delimiter : '');
  // A backslash before the line end escapes it: then the record is not this line alone.
  return escape === 'backslash' && /(?:^|[^\\])(?:\\\\)*\\$/.test(line) ? `${line}b` : line;
}

const column = { type: 'string', nullable: true } as const;

/** Lines of one dialect, with what the definition says of each. */
class Lines {
  readonly dialect: CsvDialect;
  private readonly dataset;

  constructor(private readonly csv: CsvSettings) {
    this.dataset = datasetWith({
      columns: { p: column, q: column, r: column },
      source: { bucket: 'vendor', prefix: '{yyyy}/{MM}/{dd}/{HH}/', format: 'csv', csv },
    });
    this.dialect = csvDialectOf(this.dataset.source);
  }

  random(seed: number, count: number): string[] {
    const below = seeded(seed);
    return Array.from({ length: count }, () => randomLine(below, this.dialect));
  }

  /** Whether a line is none at all; then it is no record, and nothing is wrong. */
  isNone(line: string): boolean {
    return /^\r?$/.test(line) || (this.dialect.comment !== null && line.startsWith(this.dialect.comment));
  }

  /** What the line's values are; null for no record. */
  values(line: string): Fields | null {
    const fields = fieldsOf(line, this.dialect);
    if (fields === null || fields.length > 3) return null;
    if (fields.length < 3 && this.dialect.shortRows === 'reject') return null;
    return [...fields, null, null].slice(0, 3);
  }

  /** Whether DuckDB's own idea of the line is another one, so that its object is read line by line. */
  isPadded(line: string): boolean {
    const { quote, delimiter } = this.dialect;
    return (
      quote !== null && line.split(delimiter).some((field) => /^ +/.test(field) && field.trimStart().startsWith(quote))
    );
  }

  /** How many of the lines the engine read otherwise, all of them in one object, or lost; -1 if it is not told which. */
  async differences(lines: readonly string[], lineEnd = '\n'): Promise<string[]> {
    const { delimiter, header, skipLines, trailer } = this.dialect;
    const all = lines.filter((line) => !this.isNone(line));
    const expected = all.map((line) => this.values(line));
    const body = [
      ...Array.from({ length: skipLines }, () => '"skipped'),
      ...(header ? [['p', 'q', 'r'].join(delimiter)] : []),
      ...lines,
      ...(trailer === null ? [] : [`${trailer.prefix}${delimiter}${all.length}`, '']),
    ].join(lineEnd);
    const { rows, counts } = await run(this.dataset, body + lineEnd, { pieceBytes: 1 << 16 });
    const sound = expected.flatMap((fields, i) => (fields === null ? [] : [{ line: all[i]!, fields }]));
    const found = rows.map((row) => [row['p'], row['q'], row['r']]);
    const wrong = sound.flatMap(({ line, fields }, i) => {
      const [is, should] = [JSON.stringify(found[i]), JSON.stringify(fields)];
      return is === should ? [] : [`${JSON.stringify(this.csv)} ${JSON.stringify(line)}: ${is}, expected ${should}`];
    });
    if (counts.read !== all.length || found.length !== sound.length)
      wrong.push(
        `${JSON.stringify(this.csv)}: read ${counts.read} of ${all.length}, ${found.length} of ${sound.length} sound`,
      );
    return wrong;
  }
}

/**
 * Reads random lines of each dialect, those that are sound alone and all of them together, and some lines one by one.
 * @returns how many lines were read, and what was read otherwise than the definition says
 */
export async function readRandomLines(
  dialects: readonly CsvSettings[],
  { perDialect, alone, seed }: { perDialect: number; alone: number; seed: number },
) {
  const differences: string[] = [];
  let read = 0;
  for (const [i, csv] of dialects.entries()) {
    const dialect = new Lines(csv);
    const take = async (lines: readonly string[], lineEnd?: string) => {
      read += lines.length;
      differences.push(...(await dialect.differences(lines, lineEnd)).slice(0, 3));
    };
    const lines = dialect.random(seed * 1000 + i, perDialect);
    const sound = lines.filter((line) => dialect.values(line) !== null);
    await take(lines);
    await take(sound);
    await take(
      sound.filter((line) => !dialect.isPadded(line)),
      i % 2 === 0 ? '\n' : '\r\n',
    );
    for (const line of dialect.random(seed * 1000 + 500 + i, alone)) await take([line]);
  }
  return { read, differences };
}
