import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { infer } from '../../../cli/infer/infer';
import { parseDataset } from '../../../core/contracts/dataset/dataset';
import type { Finding } from '../../../core/domain/detect/finding';
import { definitionOf } from '../../../core/domain/infer/draft';
import { run } from '../../kit/engine';

const DATA = join(__dirname, '../../../node_modules/vega-datasets/data');

/** Files of vega-datasets, the records in them, and what should be seen of some columns. */
const FILES: readonly [string, number, Record<string, unknown>][] = [
  [
    'birdstrikes.csv',
    10_000,
    { 'Flight Date': { type: 'date' }, 'Speed IAS in knots': { type: 'integer', nullable: true } },
  ],
  ['weather.csv', 2922, { date: { type: 'date' }, temp_min: { type: 'decimal', precision: 18, scale: 1 } }],
  ['airports.csv', 3376, { iata: { type: 'string' }, latitude: { type: 'double' } }],
  [
    'stocks.csv',
    560,
    { date: { type: 'date', read: { format: '%b %-d %Y' } }, price: { type: 'decimal', precision: 18, scale: 2 } },
  ],
  [
    'movies.json',
    3201,
    { Title: { type: 'json', nullable: true }, 'Release Date': { type: 'date', read: { format: '%b %d %Y' } } },
  ],
  [
    'earthquakes.json',
    1707,
    { properties_time: { type: 'timestamp', read: { epoch: 'ms' }, from: ['properties', 'time'] } },
  ],
];
async function inferred(name: string): Promise<{ definition: Record<string, unknown>; finding: Finding }> {
  const { draft, finding } = await infer([join(DATA, name)], { s3: noS3, today: '2026-01-20' });
  return { definition: definitionOf(draft.entries), finding };
}

function noS3(): never {
  throw new Error('no S3 is needed');
}

describe('rollcall infer on real files', () => {
  it.each(FILES)('gives a definition that reads all of %s', async (name, records, columns) => {
    const { definition, finding } = await inferred(name);
    expect(finding).toMatchObject({ records, notes: [] });
    expect(definition).toMatchObject({ columns });
    const outcome = await run(parseDataset(definition), readFileSync(join(DATA, name)), { pieceBytes: 65_536 });
    expect(outcome).toMatchObject({ counts: { read: records, accepted: records, quarantined: 0 } });
  });
});
