import { csvDialectOf, type CsvDialect } from '../../contracts/dataset/formats/csv';
import { encodingOf as declaredEncoding } from '../../contracts/dataset/formats/encoding';
import type { Source } from '../../contracts/dataset/source';
import { inline } from './columns/column';
import { guessDialect } from './csv/dialect';
import { firstRecords, guessHeader } from './csv/header';
import { csvLines } from './csv/records';
import type { Encoding } from './encoding';
import type { Finding } from './finding';
import { markupOf } from './container';
import { firstLines, wholeText, type TextSample } from './sample';
import { findInText } from './text-finding';

/** What of a definition says how bytes are read, by the words of `source`. */
export type Declared = Pick<Source, 'compression' | 'encoding' | 'csv' | 'json'> & {
  readonly format: string;
  readonly delimiter?: string | undefined;
};

/** One thing in which what arrived is not what was declared. */
export interface Difference {
  /** As `the delimiter is ;`. */
  readonly found: string;
  /** What of `source` to write, as `csv: { delimiter: ';' }`; null where no word helps. */
  readonly write: string | null;
}

/** What a text is, for people, and in what it differs from what was declared. */
export interface Description {
  readonly what: string;
  readonly differences: readonly Difference[];
}

/**
 * What the beginning of a text is.
 * @param cut whether there is more of it
 */
export function describeText(text: string, cut: boolean, encoding: Encoding, declared?: Declared): Description {
  const sample: TextSample = { ...wholeText('', text), cut };
  const markup = markupOf(text);
  if (markup !== null)
    return { what: markup.what, differences: [{ found: `it is ${markup.what}: ${markup.advice}`, write: null }] };
  if (text.trim() === '') return { what: 'nothing but blank lines', differences: [] };
  const finding = findInText([sample]);
  const what = `${contentOf(finding)}${encoding.name === 'utf-8' ? '' : ` in ${encodingName(encoding)}`}`;
  return { what, differences: declared === undefined ? [] : differencesOf(sample, finding, encoding, declared) };
}

function encodingName({ name }: Encoding): string {
  if (name === 'windows-1252') return 'Latin-1 (windows-1252)';
  return name.toUpperCase();
}

function contentOf({ format, saw, words, records }: Finding): string {
  const word = (key: string) => words.find((one) => one.key === key && one.sure)?.value;
  switch (format) {
    case 'jsonl':
      return 'JSON, one object a line';
    case 'json':
      return Array.isArray(word('records')) ? `JSON with its records in a list at ${inline(word('records'))}` : saw;
    case 'csv': {
      const delimiter = word('delimiter') ?? ',';
      return saw === 'one field a line'
        ? 'text with one value a line'
        : `CSV with ${named(String(delimiter))} between its values`;
    }
    case 'text':
      return saw === 'lines of no known kind' ? `text of ${records} lines` : `lines of the ${saw}`;
    case 'parquet':
    case 'avro':
      return format;
  }
}

function named(delimiter: string): string {
  const names: Readonly<Record<string, string>> = {
    '\t': 'a tab',
    ' ': 'a blank',
    '\x01': 'the character U+0001',
    '\x1f': 'U+001F',
    ',': 'a comma',
  };
  return names[delimiter] ?? delimiter;
}

function differencesOf(sample: TextSample, finding: Finding, encoding: Encoding, declared: Declared): Difference[] {
  const all: Difference[] = [];
  const add = (found: string, write: string | null) => all.push({ found, write });
  const wanted = declaredEncoding(declared);
  const same = wanted === encoding.name || wanted === encoding.decoder;
  // Whatever is ASCII is of every encoding that contains it.
  if (!same && !(encoding.saw === 'nothing but ASCII' && !wanted.startsWith('utf-16')))
    add(`it is ${encodingName(encoding)}, not ${wanted}: ${encoding.saw}`, `encoding: ${inline(encoding.name)}`);
  if (finding.format === 'csv' && declared.format === 'csv')
    return [...all, ...csvDifferences(sample, finding, declared)];
  if (isJson(finding.format) && isJson(declared.format)) return [...all, ...jsonDifferences(finding, declared)];
  if (finding.format !== declared.format && declared.format !== 'text')
    add(
      `it is ${contentOf(finding)}, not ${declared.format === 'csv' ? 'CSV' : declared.format}`,
      `format: ${inline(finding.format)}${blockOf(finding)}`,
    );
  return all;
}

function isJson(format: string): boolean {
  return format === 'json' || format === 'jsonl';
}

function blockOf({ format, words }: Finding): string {
  const sure = Object.fromEntries(words.filter((one) => one.sure).map(({ key, value }) => [key, value]));
  return Object.keys(sure).length === 0 ? '' : `, ${format}: ${inline(sure)}`;
}

function jsonDifferences(finding: Finding, { format, json }: Declared): Difference[] {
  const records = finding.words.find(({ key }) => key === 'records')?.value;
  if (Array.isArray(records) && inline(json?.records ?? null) !== inline(records))
    return [
      {
        found: `its records are in a list at ${inline(records)}`,
        write: `format: 'json', json: { records: ${inline(records)} }`,
      },
    ];
  if (finding.format === 'json' && format === 'jsonl')
    return [{ found: `it is ${finding.saw}, not one object a line`, write: "format: 'json'" }];
  if (records === undefined && json?.records !== undefined)
    return [
      {
        found: `it has no list at ${inline(json.records)}: it is ${contentOf(finding)}`,
        write: 'source without json.records',
      },
    ];
  return [];
}

function csvDifferences(sample: TextSample, finding: Finding, declared: Declared): Difference[] {
  const dialect = csvDialectOf({ delimiter: declared.delimiter ?? ',', csv: declared.csv });
  const guessed = guessDialect([sample]);
  const all: Difference[] = [];
  if (guessed.fields > 1 && guessed.delimiter !== dialect.delimiter && fieldsUnder(sample, dialect) < 2)
    all.push({
      found: `the delimiter is ${named(guessed.delimiter)}`,
      write: `csv: ${inline({ delimiter: guessed.delimiter })}`,
    });
  const told = (key: string) => finding.words.find((one) => one.key === key && one.sure);
  const skip = told('skipLines');
  if (skip !== undefined && dialect.skipLines === 0 && told('header') === undefined)
    all.push({
      found: `${Number(skip.value)} lines stand before the records`,
      write: `csv: ${inline({ skipLines: skip.value })}`,
    });
  const comment = told('comment');
  if (comment !== undefined && dialect.comment === null)
    all.push({
      found: `lines that begin with ${String(comment.value)} are comments`,
      write: `csv: ${inline({ comment: comment.value })}`,
    });
  if (all.length > 0) return all;
  const reading = {
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.escape,
    comment: dialect.comment,
  };
  if (dialect.header && dialect.comment === null) {
    const header = guessHeader([firstRecords(sample, reading, dialect.skipLines)], guessed.fields);
    if (!header.header && header.sure)
      all.push({ found: `it has no header: ${header.saw}`, write: 'csv: { header: false }' });
  }
  const odd = oddLine(sample, reading, dialect);
  if (odd !== null) all.push(odd);
  return all;
}

function fieldsUnder(sample: TextSample, { delimiter }: CsvDialect): number {
  return (firstLines(sample, 1)[0] ?? '').split(delimiter).length;
}

/** The first line that is not like the others. */
function oddLine(
  sample: TextSample,
  reading: Parameters<typeof csvLines>[1],
  { skipLines, header }: CsvDialect,
): Difference | null {
  const counts = new Map<number, number[]>();
  for (const { texts, line, problem } of csvLines(sample.head, reading, { skipLines, cut: sample.cut })) {
    if (problem !== null)
      return {
        found:
          problem === 'a quote that never closes'
            ? `a quote in line ${line} never closes`
            : `line ${line} has text behind a closing quote`,
        write: reading.quote === null ? null : 'csv: { quote: null } if quotes are data',
      };
    const lines = counts.get(texts.length) ?? [];
    if (lines.length < 3) lines.push(line);
    counts.set(texts.length, lines);
  }
  if (counts.size < 2) return null;
  const [first, ...others] = [...counts].sort(([, [a = 0]], [, [b = 0]]) => a - b);
  const fields = (n: number) => `${n} ${n === 1 ? 'field' : 'fields'}`;
  const rest = others.slice(0, 3).map(([n, [line = 0]]) => `line ${line} ${fields(n)}`);
  const fewer = others.every(([n]) => n < (first?.[0] ?? 0));
  const start = header ? 'the header has' : `line ${first?.[1][0] ?? 1} has`;
  return {
    found: `${start} ${fields(first?.[0] ?? 0)}, ${rest.join(', ')}`,
    write: fewer ? "csv: { shortRows: 'null' } if what is missing is empty" : null,
  };
}
