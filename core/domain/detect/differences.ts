import { count } from '../text/numbers';
import { csvDialectOf, type CsvDialect } from '../../contracts/dataset/formats/csv';
import { encodingOf as declaredEncoding } from '../../contracts/dataset/formats/encoding';
import type { Source } from '../../contracts/dataset/source';
import { inline } from './columns/column-draft';
import { guessDialect } from './csv/dialect';
import { firstRecords, guessHeader } from './csv/guess-header';
import { csvLines } from './csv/csv-lines';
import type { Encoding } from './guess-encoding';
import type { Finding } from './finding';
import { contentOf, encodingName, named } from './naming';
import { firstLines, type TextSample } from './sample';

/** What of a definition says how bytes are read, by the words of `source`. */
export type Declared = Pick<Source, 'compression' | 'encoding' | 'csv' | 'json'> & {
  readonly format: string;
  readonly delimiter?: string | undefined;
  /** Names of the declared columns: a first line that has one of them is a header. */
  readonly columns?: readonly string[] | undefined;
};

/** Words of `source`. */
export type Words = Readonly<Record<string, unknown>>;

/** One thing in which what arrived is not what was declared. */
export interface Difference {
  /** As `the delimiter is ;`. */
  readonly found: string;
  /** What of `source` to write, as `{ csv: { delimiter: ';' } }`; null where no word helps. */
  readonly write: Words | null;
  /** Whether it helps only if that is meant, as "if quotes are data". */
  readonly condition?: string;
}

/** In what a text differs from what was declared, each with the words to write. */
export function differencesOf(
  sample: TextSample,
  finding: Finding,
  encoding: Encoding,
  declared: Declared,
): Difference[] {
  const all: Difference[] = [];
  const add = (found: string, write: Words | null) => all.push({ found, write });
  const wanted = declaredEncoding(declared);
  const same = wanted === encoding.name || wanted === encoding.decoder;
  // Whatever is ASCII is of every encoding that contains it.
  if (!same && !(encoding.saw === 'nothing but ASCII' && !wanted.startsWith('utf-16')))
    add(`it is ${encodingName(encoding)}, not ${wanted} (${encoding.saw})`, { encoding: encoding.name });
  if (finding.format === 'csv' && declared.format === 'csv')
    return [...all, ...csvDifferences(sample, finding, declared)];
  if (isJson(finding.format) && isJson(declared.format)) return [...all, ...jsonDifferences(finding, declared)];
  if (finding.format !== declared.format && declared.format !== 'text')
    add(`it is ${contentOf(finding)}, not ${declared.format === 'csv' ? 'CSV' : declared.format}`, {
      format: finding.format,
      ...blockOf(finding),
    });
  return all;
}

function isJson(format: string): boolean {
  return format === 'json' || format === 'jsonl';
}

function blockOf({ format, words }: Finding): Words {
  const sure = Object.fromEntries(words.filter((one) => one.sure).map(({ key, value }) => [key, value]));
  return Object.keys(sure).length === 0 ? {} : { [format]: sure };
}

function jsonDifferences(finding: Finding, { format, json }: Declared): Difference[] {
  const records = finding.words.find(({ key }) => key === 'records')?.value;
  if (Array.isArray(records) && inline(json?.records ?? null) !== inline(records))
    return [
      {
        found: `its records are in a list at ${inline(records)}`,
        write: { format: 'json', json: { records } },
      },
    ];
  if (finding.format === 'json' && format === 'jsonl')
    return [{ found: `it is ${finding.saw}, not one object a line`, write: { format: 'json' } }];
  if (records === undefined && json?.records !== undefined)
    return [
      {
        found: `it has no list at ${inline(json.records)}: it is ${contentOf(finding)}`,
        write: { json: {} },
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
      write: { csv: { delimiter: guessed.delimiter } },
    });
  const told = (key: string) => finding.words.find((one) => one.key === key && one.sure);
  const skip = told('skipLines');
  if (skip !== undefined && dialect.skipLines === 0 && told('header') === undefined)
    all.push({
      found: `${count(Number(skip.value), 'line')} before the records`,
      write: { csv: { skipLines: skip.value } },
    });
  const comment = told('comment');
  if (comment !== undefined && dialect.comment === null)
    all.push({
      found: `lines that begin with ${String(comment.value)} are comments`,
      write: { csv: { comment: comment.value } },
    });
  if (all.length > 0) return all;
  const reading = {
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.escape,
    comment: dialect.comment,
  };
  if (dialect.header && dialect.comment === null) {
    const records = firstRecords(sample, reading, dialect.skipLines);
    const isNamed = records[0]?.texts.some((text) => declared.columns?.includes(text)) === true;
    const header = guessHeader([records], guessed.fields);
    if (!isNamed && !header.header && header.sure)
      all.push({ found: `it has no header: ${header.saw}`, write: { csv: { header: false } } });
  }
  const odd = oddLine(sample, finding, reading, dialect);
  if (odd !== null) all.push(odd);
  return all;
}

function fieldsUnder(sample: TextSample, { delimiter }: CsvDialect): number {
  return (firstLines(sample, 1)[0] ?? '').split(delimiter).length;
}

/** Share of records from which other numbers of fields are the kind of the file rather than slips. */
const ODD_SHARE = 0.2;

/** What keeps lines from being records: a quote that does not close, or numbers of fields that differ. */
function oddLine(
  sample: TextSample,
  finding: Finding,
  reading: Parameters<typeof csvLines>[1],
  { skipLines, header }: CsvDialect,
): Difference | null {
  const guessed = finding.words.find(({ key, sure }) => sure && (key === 'escape' || key === 'quote'));
  const counts = new Map<number, number[]>();
  let records = 0;
  for (const { texts, line, problem } of csvLines(sample.head, reading, { skipLines, cut: sample.cut })) {
    if (problem !== null)
      return {
        found:
          problem === 'a quote that never closes'
            ? `a quote in line ${line} never closes`
            : `line ${line} has text behind a closing quote`,
        ...(guessed === undefined
          ? { write: { csv: { quote: null } }, condition: 'if quotes are data' }
          : { write: { csv: { [guessed.key]: guessed.value } } }),
      };
    records += 1;
    const lines = counts.get(texts.length);
    if (lines === undefined) counts.set(texts.length, [line]);
    else lines.push(line);
  }
  if (counts.size < 2) return null;
  const most = Math.max(...[...counts.values()].map(({ length }) => length));
  if (records - most < records * ODD_SHARE) return null;
  const [first, ...others] = [...counts].sort(([, [a = 0]], [, [b = 0]]) => a - b);
  const fields = (n: number) => `${n} ${n === 1 ? 'field' : 'fields'}`;
  const rest = others.slice(0, 3).map(([n, [line = 0]]) => `line ${line} ${fields(n)}`);
  const fewer = others.every(([n]) => n < (first?.[0] ?? 0));
  const start = header ? 'the header has' : `line ${first?.[1][0] ?? 1} has`;
  return {
    found: `${start} ${fields(first?.[0] ?? 0)}, ${rest.join(', ')}`,
    ...(fewer ? { write: { csv: { shortRows: 'null' } }, condition: 'if what is missing is empty' } : { write: null }),
  };
}
