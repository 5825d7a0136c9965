import { isUtf8 } from 'node:buffer';
import { contentOf, withoutBom } from '../../bytes/land';
import { landLines } from '../../lines/land-lines';
import { trustedOriginals, walkedOriginals } from '../../lines/originals';
import { sift } from '../../lines/sift';
import type { Format, Landed, Landing } from '../format';
import { readHeader, takeHeader } from './header';
import { csvLayout, type CsvLayout } from './layout';
import { formatCsvRecord, parseCsvRecord } from './record';
import { csvRecords } from './records';
import { csvRelation } from './relation';

/**
 * CSV with a header line. The strict reader gets the object as it is; where that stumbles, or gives another number of records than the
 * bytes have, lines that are no record are set aside, and it gets the others.
 */
export const csv: Format = {
  record: 'a record of CSV',
  describe,
  land,
};

/** Marks that people put between fields. */
const DELIMITERS = [',', ';', '\t', '|'];

function describe(head: Buffer): string | null {
  const end = head.indexOf(10);
  const bytes = end === -1 ? head : head.subarray(0, end);
  const line = bytes.toString('utf8');
  if (!isUtf8(bytes) || /[\0{[<]/.test(line)) return null;
  const count = (mark: string) => line.split(mark).length - 1;
  const [most] = DELIMITERS.toSorted((a, b) => count(b) - count(a));
  return most === undefined || count(most) === 0 ? null : `fields of text between ${JSON.stringify(most)}`;
}

async function land(landing: Landing): Promise<Landed> {
  const { dataset, path } = landing;
  const { line, rest } = await takeHeader(withoutBom(contentOf(landing)));
  const layout = csvLayout(dataset, readHeader(dataset, line));
  const { crc32, records, isHard } = await landLines(landing, layout, line, rest);
  return {
    path,
    crc32,
    // Where stray quotes have to be told from line feeds inside values, only the line-by-line reading knows how many records there are.
    count: { records, isExact: layout.quote === null, by: 'counted by the bytes' },
    readsWhole: !isHard,
    relation: async (database, sifted) => csvRelation(database, dataset, layout, sifted ?? { path, records }),
    split: async (most) =>
      sift(csvRecords(path, layout, 'checking'), `${path}.sound`, headOf(layout), (raw) => rewrite(raw, layout), most),
    findAgain: async (_database, sifted, aside) =>
      sifted === null && layout.quote === null
        ? trustedOriginals(path, layout, (text) => valuesOf(text, layout))
        : walkedOriginals(
            csvRecords(path, layout, sifted === null ? 'trusting' : 'checking'),
            (text) => valuesOf(text, layout),
            aside,
          ),
  };
}

/** A header for the file of sound records, as the reader expects one; it does not look at it. */
function headOf({ header, delimiter }: CsvLayout): string {
  return `${formatCsvRecord(
    header.map((_, i) => `c${i}`),
    delimiter,
  )}\n`;
}

function rewrite(raw: Buffer, { header, delimiter }: CsvLayout): string | null {
  const parsed = parseCsvRecord(raw.toString('utf8'), delimiter);
  return 'problem' in parsed ? null : formatCsvRecord(parsed.fields.slice(0, header.length), delimiter);
}

function valuesOf(text: string, { header, delimiter }: CsvLayout): ReadonlyMap<string, unknown> | string {
  const parsed = parseCsvRecord(text, delimiter);
  if ('problem' in parsed) return parsed.problem;
  return new Map(header.map((name, i) => [name, parsed.fields[i]]));
}
