import { guessTexts } from '../columns/guess';
import { lastLine, type TextSample } from '../sample';
import { csvLines, type Dialect } from './csv-lines';

/** A last line that is no record. */
export interface TrailerGuess {
  readonly prefix: string;
  /** Which of its fields is the number of records; null where none is in every file. */
  readonly count: number | null;
  readonly sure: boolean;
  readonly saw: string;
}

const WORDS =
  /^(trailer|trl|tlr|total|totals|tot|grand total|summe|gesamt|end|eof|eot|footer|ftr|count|records?|rows?|row count|record count|t|z|f)[:=]?$/i;

/** Whether a first value may be that of a trailer: a word. */
export function mayTrail({ line, fields: [word = ''] }: Pick<FileEnd, 'line' | 'fields'>): boolean {
  return COUNT_OF_ROWS.test(line) || (/^[A-Za-z#*=@~-][^\d]*$/.test(word) && word.length <= 30);
}

const COUNT_OF_ROWS = /^\(?\d[\d,]* rows?\b/i;

/** What one file has: its last line in fields, and how many records there are before it, where that is known. */
export interface FileEnd {
  readonly line: string;
  readonly fields: readonly string[];
  readonly records: number | null;
}

/** The last line of a file; null where it has only one, or where its end was not read. */
export function endOf(sample: TextSample, dialect: Dialect, skipLines: number, header: boolean): FileEnd | null {
  const line = lastLine(sample);
  if (line === null || line.length > 4096) return null;
  const [last] = csvLines(line, dialect, { skipLines: 0, cut: false });
  if (last === undefined || !mayTrail({ line, fields: last.texts })) return null;
  if (sample.cut) return { line, fields: last.texts, records: null };
  let records = 0;
  for (const _ of csvLines(sample.head, dialect, { skipLines, cut: false })) records += 1;
  // Neither the header nor the line itself.
  const before = records - 1 - (header ? 1 : 0);
  return before < 0 ? null : { line, fields: last.texts, records: before };
}

/**
 * The trailer that the files have, each the same.
 * @param fields of most records
 * @param firsts values of the first column, but for the last lines
 */
export function guessTrailer(
  ends: readonly FileEnd[],
  fields: number,
  firsts: ReadonlySet<string>,
): TrailerGuess | null {
  const [end] = ends;
  if (end === undefined) return null;
  const [word = ''] = end.fields;
  if (COUNT_OF_ROWS.test(end.line) && fields > 1)
    return {
      prefix: end.line.startsWith('(') ? '(' : word,
      count: null,
      sure: end.line.startsWith('('),
      saw: 'a last line that counts rows',
    };
  if (!ends.every((other) => other.fields[0] === word) || [...firsts].some((first) => first.startsWith(word)))
    return null;
  const otherFields = ends.some((other) => other.fields.length !== fields);
  const texts = [...firsts].filter((first) => first !== '');
  const otherType = texts.length > 0 && guessTexts(texts, { name: '' }).sure !== null;
  const count = countAt(ends);
  const known = WORDS.test(word.trim());
  if (!otherFields && !otherType && !(known && count !== null)) return null;
  const several = ends.length > 1 && otherFields;
  const saw = `the last line begins with ${word}${count === null ? '' : ` and its field ${count} is the number of records`}`;
  return { prefix: word, count, sure: (known || count !== null || several) && word.trim() !== '', saw };
}

function countAt(ends: readonly FileEnd[]): number | null {
  const shortest = Math.min(...ends.map(({ fields }) => fields.length));
  for (let i = 1; i < shortest; i += 1)
    if (
      ends.every(
        ({ fields, records }) => records !== null && /^\d+$/.test(fields[i] ?? '') && Number(fields[i]) === records,
      )
    )
      return i + 1;
  return null;
}
