import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import type { Dataset } from '../../../core/contracts/dataset/dataset';
import { RecordCounter } from '../../../core/engine/lines/record-counter';
import { csvLayout } from '../../../core/engine/formats/csv/layout';
import { csvRecords } from '../../../core/engine/formats/csv/records';
import { dialects, file, filesWithoutLoss, single, spanning } from './random-csv';

describe('whatever a CSV file has in it', () => {
  // A few files of other seeds each time; `npm run test:conservation` takes more.
  it.each<[string, Dataset]>([
    ['values of one line', single],
    ['values of several lines', spanning],
    ...dialects.map((dataset): [string, Dataset] => [JSON.stringify(dataset.source.csv), dataset]),
  ])(
    'no record gets lost (%s)',
    async (_what, dataset) => {
      expect(await filesWithoutLoss(dataset, 20)).toBe(20);
    },
    120_000,
  );

  it('the bytes and the walk over the file tell the same number of records', () => {
    const directory = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
    const path = join(directory, 'a.csv');
    try {
      fc.assert(
        fc.property(file, fc.integer({ min: 1, max: 50 }), ({ header, body }, pieceBytes) => {
          const layout = csvLayout(single, ['id', 'note', 'delay']);
          writeFileSync(path, header + body);
          const counter = new RecordCounter(layout);
          const bytes = Buffer.from(body);
          for (let at = 0; at < bytes.length; at += pieceBytes) counter.push(bytes.subarray(at, at + pieceBytes));
          expect(counter.end().records).toBe([...csvRecords(path, layout, 'trusting')].length);
        }),
        { numRuns: 2000 },
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
