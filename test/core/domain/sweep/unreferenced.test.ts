import { unreferencedFiles } from '../../../../core/domain/sweep/unreferenced';
import { file, holder, publication, record } from '../../../kit/runs';

const DAY = 86_400_000;
const NOW = new Date('2026-03-01T00:00:00.000Z');
const ago = (days: number) => new Date(NOW.getTime() - days * DAY);
const P = '2026-01-20T05';
const data = (letter: string, extension: string, days = 40) => ({
  key: `data/flights/${P}/${letter.repeat(32)}${extension}`,
  lastModified: ago(days),
});
const batch = (letter: string, days?: number) => [
  data(letter, '.keys.parquet', days),
  data(letter, '.parquet', days),
  data(letter, '.json', days),
];
const keysOf = (groups: string[][]) => groups.map((group) => group.map((key) => key.slice(key.lastIndexOf('/') + 1)));
const published = (days: number) =>
  record({ publication: publication('run-1', { publishedAt: ago(days).toISOString() }) });

it('keeps every file of a batch of which the publication names one', () => {
  expect(file.key).toContain('f'.repeat(32));
  expect(unreferencedFiles(published(10), batch('f'), NOW)).toEqual([]);
  const kept = { key: `quarantine/flights/${P}/${'e'.repeat(32)}.jsonl.gz`, records: 1, bytes: 1 };
  const withQuarantine = record({ publication: publication('run-1', { quarantineFiles: [kept] }) });
  expect(unreferencedFiles(withQuarantine, batch('e'), NOW)).toEqual([]);
});

it('keeps what a processed batch set aside, which lies beside the validated one that it was made from', () => {
  const processed = { key: `data/flights/${P}/${'d'.repeat(32)}.csv.gz`, records: 1, bytes: 1 };
  const kept = { key: `quarantine/flights/${P}/${'e'.repeat(32)}.jsonl.gz`, records: 1, bytes: 1 };
  const of = record({ publication: publication('run-1', { files: [processed], quarantineFiles: [kept] }) });
  const files = [
    { key: processed.key, lastModified: ago(40) },
    { key: kept.key, lastModified: ago(40) },
    { key: `data/flights/${P}/${'d'.repeat(32)}.json`, lastModified: ago(40) },
    ...batch('e'),
    // Validated without anything set aside: only its processed batch is published.
    ...batch('c'),
  ];
  expect(
    keysOf(unreferencedFiles(of, files, NOW))
      .flat()
      .every((name) => name.startsWith('c'.repeat(32))),
  ).toBe(true);
});

it('removes a batch as a whole, its record first', () => {
  const e = 'e'.repeat(32);
  expect(keysOf(unreferencedFiles(published(10), [...batch('f'), ...batch('e')], NOW))).toEqual([
    [`${e}.json`, `${e}.keys.parquet`, `${e}.parquet`],
  ]);
});

it.each([
  ['a day after the publication', published(1), 40, true],
  ['not within a day of it', published(0.9), 40, false],
  ['not within a day of being written, by a run that failed later', published(10), 0.9, false],
  ['36 days after being written, where nothing is published', record(), 36, true],
  ['not before', record(), 35.9, false],
  ['as if unpublished, where there is no record', undefined, 36, true],
  ['never while it is held', { ...published(10), holder: holder() }, 40, false],
])('%s', (_what, stands, days, removed) => {
  expect(unreferencedFiles(stands, batch('e', days), NOW)).toHaveLength(removed ? 1 : 0);
});

it('leaves alone what is none of ours', () => {
  const foreign = { key: `data/flights/${P}/readme.txt`, lastModified: ago(100) };
  expect(unreferencedFiles(record(), [foreign], NOW)).toEqual([]);
});
