import { inline } from './columns/column-draft';
import type { Encoding } from './guess-encoding';
import type { Finding } from './finding';

/** What was found, in words of people. */

/** As `UTF-16`. */
export function encodingName({ name }: Encoding): string {
  if (name === 'windows-1252') return 'Latin-1 (windows-1252)';
  return name.toUpperCase();
}

/** What a text holds, as `CSV with a comma between its values`. */
export function contentOf({ format, saw, words, records }: Finding): string {
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

/** A delimiter as it is read aloud, or in quotes. */
export function named(delimiter: string): string {
  const names: Readonly<Record<string, string>> = {
    '\t': 'a tab',
    ' ': 'a blank',
    '\x01': 'the character U+0001',
    '\x1f': 'U+001F',
    ',': 'a comma',
  };
  return names[delimiter] ?? JSON.stringify(delimiter);
}
