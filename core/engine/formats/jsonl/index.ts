import { textOf } from '../../encodings';
import { JsonShape, jsonShapeProblem, MIN_HARD_BYTES } from '../../lines/json-shape';
import { landLines } from '../../lines/land-lines';
import type { LineLayout, RawRecord, Scrutiny } from '../../lines/layout';
import { trustedOriginals, walkedOriginals } from '../../lines/originals';
import { singleLineRecords } from '../../lines/records';
import { sift } from '../../lines/sift';
import type { Format, Landed, Landing } from '../format';
import { ExactRecords, exactColumns, MAX_JSON_BYTES, NO_RECORD } from './exact-records';
import { jsonlRelation } from './relation';
import { LONG_NUMBER } from './typed-json';
import { valuesOf } from './values';

/**
 * One JSON object a line. The reader gets the object as it is. Where it refuses the whole file (a line too long, bytes that are not
 * UTF-8), those lines are set aside, and it gets the others; where it would lose digits, values are taken from the bytes and stand beside
 * each record.
 */
export const jsonl: Format = {
  record: NO_RECORD,
  land,
};

const LAYOUT: LineLayout = {
  linesBefore: 0,
  /** What JSON calls whitespace. */
  blanks: [...Buffer.from('\r \t')],
  blankIsRecord: false,
  quote: null,
  maxBytes: MAX_JSON_BYTES,
  shape: { fromBytes: MIN_HARD_BYTES, begin: () => new JsonShape() },
};

/** Bytes in which long numbers are looked for. */
const FIRST_BYTES = 1 << 16;

async function land(landing: Landing): Promise<Landed> {
  const { dataset, path } = landing;
  const exact = exactColumns(dataset);
  let losesDigits = exact.some(({ type }) => type === 'json');
  const { text, codec } = await textOf(landing);
  const content = seeingFirst(text, (chunk) => {
    // Only a guess, which spares reading twice: what the reader loses further on is found when it has read.
    losesDigits ||= exact.length > 0 && LONG_NUMBER.test(chunk.toString('latin1', 0, FIRST_BYTES));
  });
  const { crc32, records, isHard } = await landLines(landing, LAYOUT, Buffer.alloc(0), content);
  const isExact = exact.length > 0;
  const values = valuesOf(dataset);
  const look = new ExactRecords(exact);
  const sound = () => recordsOf(path, 'checking', isExact ? (raw) => look.problem(raw) : () => null);
  return {
    path,
    crc32,
    codec,
    count: { records, isExact: true, by: 'counted by the bytes' },
    readsWhole: !isHard && !losesDigits,
    relation: async (database, sifted) =>
      jsonlRelation(database, dataset, sifted === null ? { path, records, isExact: false } : { ...sifted, isExact }),
    split: async (most) => sift(sound(), `${path}.sound`, '', (raw) => (isExact ? look.line(raw) : raw), most),
    findAgain: async (_database, sifted, aside) =>
      sifted === null ? trustedOriginals(path, LAYOUT, values) : walkedOriginals(sound(), values, aside),
  };
}

function recordsOf(path: string, scrutiny: Scrutiny, problemOf: (raw: Buffer) => string | null): Generator<RawRecord> {
  return singleLineRecords(
    path,
    LAYOUT,
    scrutiny,
    (raw) => (raw.length < MIN_HARD_BYTES ? null : jsonShapeProblem(raw)) ?? problemOf(raw),
  );
}

async function* seeingFirst(chunks: AsyncIterable<Buffer>, see: (first: Buffer) => void): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of chunks) {
    if (isFirst) see(chunk);
    isFirst = false;
    yield chunk;
  }
}
