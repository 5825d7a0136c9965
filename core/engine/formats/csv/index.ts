import { csvDialectOf } from '../../../contracts/dataset/formats/csv';
import { textOf } from '../../encodings';
import { landLines } from '../../lines/land-lines';
import { trustedOriginals, walkedOriginals } from '../../lines/originals';
import { sift } from '../../lines/sift';
import type { Format, Landed, Landing } from '../format';
import { DialectCounter } from './dialect-counter';
import { takeHead } from './header';
import { csvLayout, type CsvLayout } from './layout';
import { PaddingWatch } from './padding-watch';
import { formatCsvRecord, parseCsvRecord } from './record';
import { csvRecords } from './records';
import { csvRelation } from './relation';
import { TrailerTaker } from './trailer';

/**
 * CSV, as `docs/csv.md` defines it. The strict reader gets the object as it is where it is known to read the dialect so; where not, or where
 * it stumbles or gives another number of records than the bytes have, they are told apart line by line. Those that are one are written in the
 * canonical form, which it gets.
 */
export const csv: Format = {
  record: 'a record of CSV',
  land,
};

async function land(landing: Landing): Promise<Landed> {
  const { dataset, path } = landing;
  const dialect = csvDialectOf(dataset.source);
  const trailer = dialect.trailer === null ? null : new TrailerTaker(dialect.trailer);
  const { text: content, codec } = await textOf(landing);
  const head = await takeHead(dataset, trailer === null ? content : trailer.without(content));
  const layout = csvLayout(dataset, head.columns, head.lines - 1);
  const watch = watchOf(layout);
  const { crc32, records, isHard } = await landLines(
    landing,
    layout,
    fileHead(layout, head.lineEnd),
    watch === null ? head.rest : watched(head.rest, watch),
    layout.marks.comment !== null || layout.marks.backslash ? new DialectCounter(layout) : undefined,
  );
  // Where stray quotes have to be told from line feeds inside values, only the line-by-line reading knows how many records there are.
  const isExact = layout.quote === null && !layout.marks.backslash;
  if (isExact) trailer?.check(records, dialect);
  return {
    path,
    crc32,
    codec,
    count: { records, isExact, by: 'counted by the bytes' },
    readsWhole: layout.isDirect && watch?.hasFound !== true && !isHard && (isExact || trailer === null),
    relation: async (database, sifted) =>
      csvRelation(database, dataset, layout, sifted ?? { path, records }, sifted !== null),
    split: async (most) => {
      const sifted = sift(
        csvRecords(path, layout, 'checking'),
        `${path}.sound`,
        canonicalHead(layout),
        rewriting(layout),
        most,
      );
      if (!isExact && sifted.misshapen <= most) trailer?.check(sifted.records + sifted.misshapen, dialect);
      return sifted;
    },
    findAgain: async (_database, sifted, aside) =>
      sifted === null && isExact
        ? trustedOriginals(path, layout, (text) => valuesOf(text, layout))
        : walkedOriginals(
            csvRecords(path, layout, sifted === null ? 'trusting' : 'checking'),
            (text) => valuesOf(text, layout),
            aside,
          ),
  };
}

/** Null where no blank is padding, or the reader does not get the object as it is anyway. */
function watchOf({ isDirect, marks: { delimiter, quote } }: CsvLayout): PaddingWatch | null {
  const first = delimiter[0];
  return isDirect && quote !== null && first !== undefined ? new PaddingWatch(first, quote) : null;
}

async function* watched(chunks: AsyncIterable<Buffer>, watch: PaddingWatch): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    watch.push(chunk);
    yield chunk;
  }
}

/** A header line in place of the object's own, or of none. The reader expects one and does not look at it. */
function fileHead({ header, dialect: { delimiter } }: CsvLayout, lineEnd: string): Buffer {
  const name = delimiter === 'x' ? 'y' : 'x';
  return Buffer.from(header.map(() => name).join(delimiter) + lineEnd);
}

function canonicalHead({ header }: CsvLayout): string {
  return `${formatCsvRecord(
    header.map((_, i) => `c${i}`),
    ',',
  )}\n`;
}

/** The canonical form of a record: as many fields as the header has. */
function rewriting({ header, dialect }: CsvLayout): (raw: Buffer) => string | null {
  return (raw) => {
    const parsed = parseCsvRecord(raw.toString('utf8'), dialect);
    if ('problem' in parsed) return null;
    const { fields } = parsed;
    return formatCsvRecord(fields.length === header.length ? fields : header.map((_, i) => fields[i] ?? null), ',');
  };
}

function valuesOf(text: string, { header, dialect, keepsEmpty }: CsvLayout): ReadonlyMap<string, unknown> | string {
  const parsed = parseCsvRecord(text, dialect);
  if ('problem' in parsed) return parsed.problem;
  const value = (i: number) => {
    const field = parsed.fields[i] ?? null;
    return field === '' && keepsEmpty[i] !== true ? null : field;
  };
  return new Map(header.map((name, i) => [name, value(i)]));
}
