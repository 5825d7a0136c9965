import { contentOf, withoutBom } from '../../bytes/land';
import { JsonShape, jsonShapeProblem, MIN_HARD_BYTES } from '../../lines/json-shape';
import { landLines } from '../../lines/land-lines';
import type { LineLayout, RawRecord, Scrutiny } from '../../lines/layout';
import { trustedOriginals, walkedOriginals } from '../../lines/originals';
import { singleLineRecords } from '../../lines/records';
import { sift } from '../../lines/sift';
import type { Format, Landed, Landing } from '../format';
import { jsonlRelation, MAX_JSON_BYTES } from './relation';

/**
 * One JSON object a line. The reader gets the object as it is; where it refuses the whole file (a line too long, bytes that are not
 * UTF-8), those lines are set aside, and it gets the others.
 */
export const jsonl: Format = {
  record: 'one JSON object with each key once',
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

async function land(landing: Landing): Promise<Landed> {
  const { dataset, path } = landing;
  const { crc32, records, isHard } = await landLines(landing, LAYOUT, Buffer.alloc(0), withoutBom(contentOf(landing)));
  return {
    path,
    crc32,
    count: { records, isExact: true, by: 'counted by the bytes' },
    readsWhole: !isHard,
    relation: async (database, sifted) => jsonlRelation(database, dataset, sifted ?? { path, records }),
    split: async (most) => sift(recordsOf(path, 'checking'), `${path}.sound`, '', (raw) => raw, most),
    findAgain: async (_database, sifted, aside) =>
      sifted === null
        ? trustedOriginals(path, LAYOUT, valuesOf)
        : walkedOriginals(recordsOf(path, 'checking'), valuesOf, aside),
  };
}

function recordsOf(path: string, scrutiny: Scrutiny): Generator<RawRecord> {
  return singleLineRecords(path, LAYOUT, scrutiny, (raw) =>
    raw.length < MIN_HARD_BYTES ? null : jsonShapeProblem(raw),
  );
}

/** DuckDB's parser takes NaN and a comma at the end of an object, JavaScript's does not: such a record has no values to show. */
function valuesOf(line: string): ReadonlyMap<string, unknown> | string {
  try {
    return new Map(Object.entries(JSON.parse(line) as object));
  } catch (error) {
    if (error instanceof SyntaxError) return 'a record that is not standard JSON';
    throw error;
  }
}
