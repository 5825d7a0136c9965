import { textOf } from '../../encodings';
import { landLines } from '../../lines/land-lines';
import type { LineLayout } from '../../lines/layout';
import { singleLineRecords } from '../../lines/records';
import { sift } from '../../lines/sift';
import type { Format, Landed, Landing } from '../format';
import { quotedLine } from './line-file';
import { textOriginals } from './originals';
import { MAX_LINE_BYTES, textRelation } from './relation';

/**
 * Lines by a pattern (`docs/text.md`). DuckDB has no reader of lines: they are written as CSV of one quoted field, and it matches the pattern.
 * A line that does not is a staged record that breaks `record.shape`.
 */
export const text: Format = {
  record: 'a line that matches source.text.pattern',
  land,
};

const LAYOUT: LineLayout = {
  linesBefore: 0,
  blanks: [...Buffer.from('\r')],
  blankIsRecord: false,
  quote: null,
  maxBytes: MAX_LINE_BYTES,
  shape: null,
};

async function land(landing: Landing): Promise<Landed> {
  const { dataset, path } = landing;
  const { text: lines, codec } = await textOf(landing);
  const { crc32, records } = await landLines(landing, LAYOUT, Buffer.alloc(0), lines);
  const each = () => singleLineRecords(path, LAYOUT, 'checking', () => null);
  return {
    path,
    crc32,
    codec,
    count: { records, isExact: true, by: 'counted by the bytes' },
    readsWhole: false,
    relation: (database, sifted) => textRelation(database, dataset, sifted ?? { path, records }),
    split: async (most) => sift(each(), `${path}.sound`, '', quotedLine, most),
    findAgain: (database, sifted, aside) => textOriginals(database, dataset, each(), sifted?.path ?? path, aside),
  };
}
