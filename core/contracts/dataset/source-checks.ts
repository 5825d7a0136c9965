import type { Cadence } from '../partition';
import { csvDialectOf } from './formats/csv';
import { groupsOf } from './formats/text';
import { originOf } from './formats/origin';
import type { Column } from './column';
import type { Issue } from './issue';
import { layoutsOf, missingPlaceholders } from './key-layout';
import type { Source } from './source';

/** What of a definition says how its objects are read. */
export interface Read {
  readonly source: Source;
  readonly columns: Readonly<Record<string, Column>>;
}

export function checkPrefix(
  of: 'source' | 'fallback',
  cadence: Cadence,
  prefix: string | readonly string[],
  issue: Issue,
): void {
  layoutsOf({ prefix }).forEach((layout, i) => {
    const path = typeof prefix === 'string' ? [of, 'prefix'] : [of, 'prefix', i];
    for (const name of missingPlaceholders(layout, cadence))
      issue(path, `expected the placeholder {${name}}, so that no two partitions share a prefix`, layout);
    const hour = /\{HH?\}/.exec(layout)?.[0];
    if (cadence === 'daily' && hour !== undefined) issue(path, `expected no ${hour} for a daily dataset`, layout);
  });
}

/** What the words about the format of a source are to each other and to the columns. */
export function checkFormat(read: Read, issue: Issue): void {
  const { source } = read;
  const format: string = source.format;
  if (isBinary(source) && source.compression !== 'none')
    issue(
      ['source', 'compression'],
      `expected none: ${format === 'avro' ? 'Avro' : 'Parquet'} compresses inside the file`,
      source.compression,
    );
  checkSuffix('source', source.suffix, source, issue);
  if (isBinary(source) && source.encoding !== undefined)
    issue(['source', 'encoding'], `expected none for ${format}, which is no text`, source.encoding);
  for (const block of ['csv', 'json', 'text'] as const)
    if (source[block] !== undefined && format !== block)
      issue(['source', block], `expected none for format ${format}`, source[block]);
  if (format !== 'csv' && source.delimiter !== ',')
    issue(['source', 'delimiter'], 'expected a delimiter for CSV only', source.delimiter);
  if (format === 'csv') checkCsv(read, issue);
  if (format === 'text') checkText(read, issue);
}

function isBinary({ format }: { readonly format: string }): boolean {
  return format === 'parquet' || format === 'avro';
}

/** What a suffix promises. The mistake that is made most: the objects are `.csv.gz`, and the default is none. */
export function checkSuffix(
  of: 'source' | 'fallback',
  suffix: string | undefined,
  { format, compression }: Pick<Source, 'format' | 'compression'>,
  issue: Issue,
): void {
  if (suffix === undefined) return;
  if (suffix.includes('*'))
    issue([of, 'suffix'], 'expected no *: a suffix is the end of keys like .csv, not a pattern', suffix);
  const [bare, implied] = withoutCompression(suffix);
  if (!isBinary({ format }) && implied !== undefined && compression !== implied) {
    if (of === 'source')
      issue(['source', 'compression'], `expected ${implied}, as the suffix ${suffix} says`, compression);
    else issue(['fallback', 'suffix'], `expected one of objects with source.compression ${compression}`, suffix);
  }
  const formats = FORMATS_BY_EXTENSION.get(/\.[a-z]+$/.exec(bare.toLowerCase())?.[0] ?? '');
  if (formats === undefined || formats.includes(format)) return;
  if (of === 'source')
    issue(['source', 'format'], `expected ${formats.join(' or ')}, as the suffix ${suffix} says`, format);
  else issue(['fallback', 'suffix'], `expected one of objects with source.format ${format}`, suffix);
}

/** Extensions that promise a format. What is called `.txt` or `.log` may be anything. */
const FORMATS_BY_EXTENSION = new Map<string, readonly string[]>([
  ['.parquet', ['parquet']],
  ['.avro', ['avro']],
  ['.csv', ['csv', 'text']],
  ['.tsv', ['csv', 'text']],
  ['.jsonl', ['jsonl', 'json']],
  ['.ndjson', ['jsonl', 'json']],
  ['.json', ['json', 'jsonl']],
]);

const COMPRESSIONS = [
  ['.gz', 'gzip'],
  ['.zst', 'zstd'],
  ['.zip', 'zip'],
] as const;

function withoutCompression(suffix: string): readonly [bare: string, compression?: Source['compression']] {
  for (const [extension, compression] of COMPRESSIONS)
    if (suffix.endsWith(extension)) return [suffix.slice(0, -extension.length), compression];
  return [suffix];
}

function checkCsv({ source, columns }: Read, issue: Issue): void {
  const { delimiter, quote, escape, comment, header, nullValues, trailer } = csvDialectOf(source);
  if (source.csv?.delimiter !== undefined && source.delimiter !== ',' && source.delimiter !== delimiter)
    issue(['source', 'delimiter'], 'expected none beside csv.delimiter, which it is the old name of', source.delimiter);
  const ofDelimiter = source.csv?.delimiter === undefined ? ['source', 'delimiter'] : ['source', 'csv', 'delimiter'];
  if (/[\r\n\0]/.test(delimiter) || (quote !== null && delimiter.includes(quote)))
    issue(ofDelimiter, 'expected a character other than quote and line ends', delimiter);
  if (escape === 'backslash' && delimiter.includes('\\'))
    issue(ofDelimiter, 'expected a delimiter without the backslash, which escapes', delimiter);
  if (escape === 'backslash' && quote === '\\')
    issue(['source', 'csv', 'quote'], 'expected another character than the backslash, which escapes', quote);
  if (comment !== null) {
    const clash = [delimiter, quote ?? undefined].find((mark) => mark !== undefined && meets(mark, comment));
    if (clash !== undefined)
      issue(
        ['source', 'csv', 'comment'],
        `expected text that does not begin as a field can, with ${JSON.stringify(clash)}`,
        comment,
      );
    if (trailer?.prefix.startsWith(comment) === true)
      issue(['source', 'csv', 'trailer', 'prefix'], `expected text that is no comment (${comment})`, trailer.prefix);
  }
  nullValues.forEach((value, i) => {
    if (/[\r\n\0]/.test(value) || value.includes(delimiter) || (quote !== null && value.startsWith(quote)))
      issue(['source', 'csv', 'nullValues', i], 'expected a value that can stand unquoted between delimiters', value);
  });
  for (const [name, column] of Object.entries(columns)) {
    if (quote === null && 'multiline' in column && column.multiline)
      issue(['columns', name, 'multiline'], 'expected false with csv.quote null: nothing is quoted', column.multiline);
    if (!header && column.from !== undefined && originOf(name, column).kind === 'source')
      issue(
        ['columns', name, 'from'],
        'expected none with csv.header false: columns are read by position',
        column.from,
      );
  }
}

function meets(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function checkText({ source, columns }: Read, issue: Issue): void {
  if (source.text === undefined) {
    issue(['source', 'text'], 'expected { pattern } for format text', source.text);
    return;
  }
  const groups = groupsOf(source.text.pattern);
  for (const [name, column] of Object.entries(columns)) {
    const origin = originOf(name, column);
    if (origin.kind !== 'source' || groups.includes(origin.path[0])) continue;
    const path = column.from === undefined ? ['columns', name] : ['columns', name, 'from'];
    issue(path, `expected one of the groups of text.pattern: ${groups.join(', ')}`, origin.path[0]);
  }
}
