import { writeThrough } from '../../bytes/land';
import { textOf } from '../../encodings';
import { walkedOriginals } from '../../lines/originals';
import { sift } from '../../lines/sift';
import type { Format, Landed, Landing } from '../format';
import { ExactRecords, exactColumns, NO_RECORD } from '../jsonl/exact-records';
import { jsonlRelation } from '../jsonl/relation';
import { valuesOf } from '../jsonl/values';
import { withoutBlanks } from '../jsonl/without-blanks';
import { DocumentScanner } from './document-scanner';
import { documentRecords } from './records';

/**
 * Documents of JSON one behind the other, pretty-printed or not, or in a list; each is a record, or has a list of them. Records are told
 * apart by their brackets and written one a line, for the reader of JSONL.
 */
export const json: Format = {
  record: NO_RECORD,
  land,
};

async function land(landing: Landing): Promise<Landed> {
  const { dataset, path, object, budget } = landing;
  const records = dataset.source.json?.records ?? null;
  let count = 0;
  const scanner = new DocumentScanner(records, { piece: () => undefined, end: () => void (count += 1) });
  const { text, codec } = await textOf(landing);
  const crc32 = await writeThrough(path, text, (chunk) => {
    scanner.push(chunk);
    budget.takeRecords(count, object, false);
  });
  scanner.end();
  budget.takeRecords(count, object, true);
  const exact = exactColumns(dataset);
  const isExact = exact.length > 0;
  const look = new ExactRecords(exact);
  const values = valuesOf(dataset);
  let line: Buffer = Buffer.alloc(0);
  /** Brings a record onto one line, so that it can be read. */
  const problemOf = (raw: Buffer): string | null => {
    const one = raw.includes(10) || raw.includes(13) ? withoutBlanks(raw) : raw;
    if (one === null) return 'a line end inside a string';
    line = one;
    return isExact ? look.problem(one) : null;
  };
  const each = () => documentRecords(path, records, problemOf);
  return {
    path,
    crc32,
    codec,
    count: { records: count, isExact: true, by: 'counted by the bytes' },
    readsWhole: false,
    relation: async (database, sifted) =>
      jsonlRelation(database, dataset, { path, records: count, ...sifted, isExact }),
    split: async (most) => sift(each(), `${path}.sound`, '', () => (isExact ? look.line(line) : line), most),
    findAgain: async (_database, _sifted, aside) => walkedOriginals(each(), values, aside),
  };
}
