import * as fc from 'fast-check';
import type { Dataset } from '../../../core/contracts/dataset/dataset';
import { csvDialectOf, type CsvSettings } from '../../../core/contracts/dataset/formats/csv';
import { formatCsvRecord } from '../../../core/engine/formats/csv/record';
import { datasetWith, run } from './harness';

const columns = {
  id: { type: 'integer' },
  note: { type: 'string', nullable: true },
  delay: { type: 'integer', nullable: true, max: 100 },
} as const;
/** A dataset whose values stand on one line. */
export const single = datasetWith({ columns, unique: ['id'] });
/** The same with values of several lines. */
export const spanning = datasetWith({
  columns: { ...columns, note: { type: 'string', nullable: true, multiline: true } },
  unique: ['id'],
});

/** Other dialects in which the same files mean something else; what is no record in one is one in another. */
const DIALECTS: readonly CsvSettings[] = [
  { quote: null },
  { quote: "'", emptyQuoted: 'null' },
  { escape: 'backslash' },
  { comment: '2', nullValues: ['', 'NULL'], shortRows: 'null' },
  { header: false, skipLines: 1, delimiter: ',a' },
];
export const dialects = DIALECTS.map((csv) =>
  datasetWith({
    columns,
    unique: ['id'],
    source: { bucket: 'vendor', prefix: 'things/{yyyy}/{MM}/{dd}/{HH}/', format: 'csv', csv },
  }),
);

const note = fc.oneof(
  fc.constantFrom('', 'x', ' y ', 'a,b', 'q"q', '""', "it's", 'é🙂', 'NULL', '\t'),
  fc.string({ maxLength: 5, unit: fc.constantFrom('a', ',', '"', ' ', ';', '1') }),
);
const record = fc.tuple(
  fc.oneof(fc.integer({ min: 0, max: 20 }).map(String), fc.constantFrom('', 'x', '1.5')),
  note,
  fc.oneof(fc.integer({ min: 0, max: 120 }).map(String), fc.constantFrom('', '1e3')),
);
const lineEnd = fc.constantFrom('\n', '\r\n');

/** A CSV file that was well formed before some bytes behind the header were changed, taken out or put in. */
export const file = fc
  .record({
    records: fc.array(record, { maxLength: 25 }),
    eol: lineEnd,
    mutations: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 0.999, noNaN: true }),
        cut: fc.integer({ min: 0, max: 2 }),
        put: fc.constantFrom('', '"', ',', '\n', '\r', '\r\n', '"\n', '\n\n', 'x', '""', '"x', '\0'),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ records, eol, mutations }) => {
    const header = `id,note,delay${eol}`;
    let body = records
      .map(
        (fields) =>
          formatCsvRecord(
            fields.map((f) => f || null),
            ',',
          ) + eol,
      )
      .join('');
    for (const { at, cut, put } of mutations) {
      const where = Math.floor(at * (body.length + 1));
      body = body.slice(0, where) + put + body.slice(where + cut);
    }
    // A mutation may have cut a character in half.
    return { header, body: Buffer.from(body).toString() };
  });

/**
 * The property that whatever a CSV file has in it, no record gets lost, over so many random files: the counts add up, and what was written
 * is as much as was counted.
 * @returns of how many files it is true
 */
export async function filesWithoutLoss(dataset: Dataset, numRuns: number): Promise<number> {
  let files = 0;
  await fc.assert(
    fc.asyncProperty(file, fc.integer({ min: 1, max: 50 }), async ({ header, body }, pieceBytes) => {
      const { counts, rows, rejected, rules } = await run(dataset, header + body, { pieceBytes });
      expect(counts.accepted + counts.quarantined + counts.duplicates).toBe(counts.read);
      expect(rows).toHaveLength(counts.accepted);
      expect(rejected).toHaveLength(counts.quarantined + counts.duplicates);
      expect(rules.find(({ name }) => name === 'unique')?.broken ?? 0).toBe(counts.duplicates);
      if (dataset === single || dialects.includes(dataset)) {
        const { comment } = csvDialectOf(dataset.source);
        const isRecord = (line: string) =>
          line.replaceAll('\r', '') !== '' && (comment === null || !line.startsWith(comment));
        const lines = body.split('\n').filter(isRecord);
        expect(counts.read).toBe(lines.length);
        for (const { raw, line } of rejected) expect((header + body).split('\n')[Number(line) - 1]).toContain(raw);
      }
      const keys = rows.map((row) => row['id']);
      expect(new Set(keys).size).toBe(keys.length);
      files += 1;
    }),
    { numRuns },
  );
  return files;
}
