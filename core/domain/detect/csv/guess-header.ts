import { guessTexts } from '../columns/guess';
import type { TextSample } from '../sample';
import { csvLines, type CsvLine, type Dialect } from './csv-lines';
import { NULL_WORDS } from '../columns/words';

/** Whether the first record names the columns. */
export interface HeaderGuess {
  readonly header: boolean;
  readonly sure: boolean;
  readonly saw: string;
}

const LOOKED_AT = 300;
const NAMES =
  /^(id|ids|name|code|type|key|value|date|time|timestamp|status|state|country|city|email|phone|address|amount|price|total|count|qty|quantity|currency|user|customer|order|product|category|title|description|url|lat|lon|lng|latitude|longitude|year|month|day|v|w|x|y|z|a|b|c)$|_|(Id|ID|Name|Date|Code|Type)$/i;

/** The first records of a file, the first apart. */
export function firstRecords(sample: TextSample, dialect: Dialect, skipLines: number): CsvLine[] {
  const records: CsvLine[] = [];
  for (const record of csvLines(sample.head.slice(0, 512 * 1024), dialect, { skipLines, cut: sample.cut })) {
    records.push(record);
    if (records.length > LOOKED_AT) break;
  }
  return records;
}

/** Looks at what the first record of each file has in common with the others. */
export function guessHeader(files: readonly (readonly CsvLine[])[], fields: number): HeaderGuess {
  const filled = files.filter(({ length }) => length > 0);
  const firsts = filled.map(([first]) => first?.texts ?? []);
  const first = firsts[0] ?? [];
  const line = first.join('\0');
  // Where files were put together, the header comes again.
  const rest = filled
    .flatMap((records) => records.slice(1))
    .filter(({ problem, texts }) => problem === null && texts.length <= fields && texts.join('\0') !== line);
  if (rest.length === 0 && filled.some(({ length }) => length > 1))
    return { header: false, sure: false, saw: 'every line is the same' };
  if (rest.length === 0 && filled.length < 2)
    return { header: !first.some(isTypedAlone), sure: first.some(isTypedAlone), saw: 'there is one line' };
  if (areYears(first))
    return { header: true, sure: true, saw: 'the first line has words and years one behind the other' };
  let named = 0;
  let valued = 0;
  for (const [i, cell] of first.entries()) {
    const values = new Set<string>();
    for (const { texts } of rest) {
      const text = texts[i] ?? '';
      if (text !== '' && !NULL_WORDS.includes(text)) values.add(text);
    }
    const type = typeOf([...values], cell);
    if (type === null) continue;
    // The index of pandas has no name, and values everywhere else.
    if (cell === '') named += i === 0 && rest.every(({ texts }) => texts[i] !== '') ? 1 : 0;
    else if (NULL_WORDS.includes(cell)) valued += 1;
    else if (typeOf([...values, cell], cell) === null) named += 1;
    else valued += 1;
  }
  if (named > 0 && valued === 0)
    return { header: true, sure: true, saw: `${named} of its values are not of the type that the column has below` };
  if (valued > 0 && named === 0) return { header: false, sure: true, saw: 'the first line has values like the others' };
  if (named > 0)
    return {
      header: named >= valued,
      sure: false,
      saw: 'the first line is like the others in some columns, in some not',
    };
  return ofWords(firsts, rest);
}

/** Columns of text: names are short, differ, and do not come again below. */
function ofWords(firsts: readonly (readonly string[])[], rest: readonly CsvLine[]): HeaderGuess {
  const first = firsts[0] ?? [];
  const again = first.some((cell, i) => rest.some(({ texts }) => texts[i] === cell));
  const same = firsts.every((other) => other.join('\0') === first.join('\0'));
  const differ = new Set(first).size === first.length && first.every((cell) => cell !== '' && cell.length <= 64);
  if (firsts.length > 1 && same && !again && differ)
    return { header: true, sure: true, saw: `all ${firsts.length} files begin with the same line` };
  if (again || !differ)
    return { header: false, sure: false, saw: 'the values of the first line come again, or are no names' };
  if (first.some((cell) => NAMES.test(cell)))
    return {
      header: true,
      sure: rest.length > 0,
      saw: `the first line has names like ${JSON.stringify(first.find((cell) => NAMES.test(cell)))}`,
    };
  return { header: true, sure: false, saw: 'every column is text, so that nothing tells a name from a value' };
}

function typeOf(values: readonly string[], name: string): string | null {
  if (values.length === 0) return null;
  const type = guessTexts(values, { name }).sure?.words['type'];
  if (type === undefined) return shapeOf(values);
  // A number of any kind is one kind here.
  return type === 'decimal' || type === 'double' ? 'integer' : String(type);
}

/** Letters and digits of texts that are all alike, as `A9` for `K00017`; null where they differ, or no digit is in them. */
function shapeOf(texts: readonly string[]): string | null {
  const shapes = new Set(texts.map(oneShape));
  const [shape = ''] = shapes;
  return shapes.size === 1 && texts.length > 1 && shape.includes('9') ? shape : null;
}

function oneShape(text: string): string {
  return text
    .replace(/\d+/g, '9')
    .replace(/\p{Lu}+/gu, 'A')
    .replace(/\p{Ll}+/gu, 'a');
}

function isTypedAlone(text: string): boolean {
  const type = guessTexts([text], { name: '' }).sure?.words['type'];
  return type !== undefined && type !== 'boolean';
}

/** `country,2019,2020,2021`: years as names, beside at least one word. */
function areYears(cells: readonly string[]): boolean {
  const years = cells.filter((cell) => /^(19|20)\d\d$/.test(cell)).map(Number);
  const words = cells.filter((cell) => /[A-Za-z]/.test(cell)).length;
  const step = (years[1] ?? 0) - (years[0] ?? 0);
  return (
    years.length >= 2 &&
    words >= 1 &&
    years.length + words === cells.length &&
    Math.abs(step) === 1 &&
    years.every((year, i) => i === 0 || year - (years[i - 1] ?? 0) === step)
  );
}
