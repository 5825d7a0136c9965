import type { Issue } from '../issue';
import type { Read } from '../source-checks';
import { csvDialectOf } from './csv';
import { originOf } from './origin';

/** What the words of CSV are to each other and to the columns. */
export function checkCsv({ source, columns }: Read, issue: Issue): void {
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
    if (!header && column.optional !== undefined)
      issue(
        ['columns', name, 'optional'],
        "expected none with csv.header false, where nothing says which are absent: csv.shortRows 'null' lets the last ones be",
        column.optional,
      );
  }
}

function meets(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
