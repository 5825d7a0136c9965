import * as fc from 'fast-check';
import type { DatasetInput } from '../../../../core/contracts/dataset/dataset';
import { ObjectTooLarge } from '../../../../core/contracts/errors';
import { batchPlanSchema, type SourceObject } from '../../../../core/contracts/batch/plan';
import {
  compareKeys,
  listingHash,
  MAX_BATCHES,
  MAX_OBJECTS_PER_BATCH,
  planBatches,
} from '../../../../core/domain/batch/plan-batches';
import { ENGINE_OPTIONS } from '../../../../core/domain/batch/engine-options';
import { ENGINE_VERSION, processedFingerprint, validatedFingerprint } from '../../../../core/domain/batch/fingerprint';
import { flights } from '../../../kit/datasets';
import { listed } from '../../../kit/runs';

const MB = 1_000_000;
const plain = flights();
const dataset = (format: 'csv' | 'jsonl' | 'parquet', compression: 'none' | 'gzip' | 'zstd' = 'none') => {
  const source: DatasetInput['source'] = { ...plain.source, suffix: '.x', format, compression };
  return flights({ source });
};
const objects = (sizes: readonly number[]): SourceObject[] =>
  sizes.map((size, i) => listed(`o/${String(i).padStart(6, '0')}.csv`, size));
const sizesOf = (batches: readonly { objects: readonly SourceObject[] }[]) =>
  batches.map((batch) => batch.objects.map((object) => object.size));

describe('batches', () => {
  it('take neighbouring objects together until the next would be too much', () => {
    const batches = planBatches(plain, objects([40, 50, 20, 90, 10, 100, 1]), 100);
    expect(sizesOf(batches)).toEqual([[40, 50], [20], [90, 10], [100], [1]]);
    expect(batches.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  it('of no objects are none', () => {
    expect(planBatches(plain, [], 100)).toEqual([]);
  });

  it('hold every object once, in order, within the limits, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 400 }), (sizes) => {
        const all = objects(sizes);
        const batches = planBatches(plain, all, 1000);
        expect(batches.flatMap((batch) => batch.objects)).toEqual(all);
        for (const batch of batches) {
          expect(batchPlanSchema.safeParse(batch).success).toBe(true);
          expect(batch.estimatedBytes).toBe(batch.objects.reduce((sum, object) => sum + object.size, 0));
          expect(batch.estimatedBytes).toBeLessThanOrEqual(1000);
        }
      }),
    );
  });

  it.each([
    ['csv', 'none', 1],
    ['csv', 'gzip', 8],
    ['jsonl', 'gzip', 14],
    ['parquet', 'none', 10],
  ] as const)('of %s with compression %s estimate %d bytes for a stored one', (format, compression, factor) => {
    const [batch] = planBatches(dataset(format, compression), objects([3 * MB]), 100 * MB);
    expect(batch?.estimatedBytes).toBe(3 * MB * factor);
  });

  it('give an object whose estimate is over the limit a batch of its own, for inflating it will tell', () => {
    expect(sizesOf(planBatches(dataset('csv', 'gzip'), objects([1, 50, 1]), 100))).toEqual([[1], [50], [1]]);
  });

  it('refuse an object that is too large as it is stored, naming it, its bytes and the limit', () => {
    const plan = () => planBatches(dataset('csv', 'gzip'), objects([1, 101]), 100);
    expect(plan).toThrow(ObjectTooLarge);
    expect(plan).toThrow(
      's3://vendor/o/000001.csv has 101 bytes as it is stored, a batch may have 100 after inflating',
    );
    expect(sizesOf(planBatches(dataset('csv', 'gzip'), objects([100]), 100))).toEqual([[100]]);
  });

  it('hold at most so many objects, since each is a request', () => {
    const sizes = Array.from({ length: MAX_OBJECTS_PER_BATCH + 1 }, () => 0);
    expect(sizesOf(planBatches(plain, objects(sizes), 100)).map((batch) => batch.length)).toEqual([
      MAX_OBJECTS_PER_BATCH,
      1,
    ]);
  });

  it('grow beyond the cautious estimate, as far as the likely one allows, rather than be more than 500', () => {
    const gzip = dataset('csv', 'gzip');
    // Cautiously ×8, two objects fill a batch; likely ×5, three do.
    const sizes = Array.from({ length: MAX_BATCHES * 2 + 1 }, () => 50);
    const batches = planBatches(gzip, objects(sizes), 800);
    expect(batches.length).toBeLessThanOrEqual(MAX_BATCHES);
    const likely = batches.map((batch) => batch.objects.reduce((sum, object) => sum + object.size, 0) * 5);
    expect(Math.max(...likely)).toBeLessThanOrEqual(800);
    expect(sizesOf(planBatches(gzip, objects(sizes.slice(1)), 800))).toHaveLength(MAX_BATCHES);
  });

  it('refuse a partition that 500 of them cannot hold, saying how much there is', () => {
    const plan = () => planBatches(plain, objects(Array.from({ length: MAX_BATCHES + 1 }, () => 100)), 100);
    expect(plan).toThrow(ObjectTooLarge);
    expect(plan).toThrow('501 objects of 50100 bytes as they are stored: 501 batches of at most 100 bytes');
  });
});

describe('the fingerprint of a batch', () => {
  const fingerprints = (of: readonly SourceObject[], from = plain) =>
    planBatches(from, of, 100).map((batch) => batch.fingerprint);
  const base = objects([60, 60, 60]);

  it('stays when an object is added behind it, so that a rerun finds the finished batch', () => {
    expect(fingerprints([...base, listed('o/9.csv', 1)]).slice(0, 2)).toEqual(fingerprints(base).slice(0, 2));
  });

  it.each([
    ['ETag', { etag: '"other"' }],
    ['key', { key: 'o/000001b.csv' }],
    ['size', { size: 61 }],
  ])('changes with an object’s %s, and only for the batch of that object', (_what, part) => {
    const changed = base.map((object, i) => (i === 1 ? { ...object, ...part } : object));
    expect(fingerprints(changed)).toEqual([
      fingerprints(base)[0],
      expect.not.stringMatching(fingerprints(base)[1] ?? ''),
      fingerprints(base)[2],
    ]);
  });

  it('changes with the time of an object only where a column is from it', () => {
    const later = base.map((object) => ({ ...object, lastModified: '2026-01-20T07:00:00.000Z' }));
    const dated = flights({ columns: { at: { type: 'timestamp', from: '$modified' } } });
    expect(fingerprints(later)).toEqual(fingerprints(base));
    expect(fingerprints(later, dated)).not.toEqual(fingerprints(base, dated));
  });

  it('changes with the engine, with its settings, and with those of the run where they are read', () => {
    const none = { modified: null, runSettings: null, references: null, omitSha256: null };
    const from = { objects: base, validationHash: 'v', ...none };
    const settings = { ...ENGINE_OPTIONS, parquet: 'FORMAT parquet, COMPRESSION snappy' };
    const processed = { validated: 'v', transformHash: 't', output: { format: 'parquet' }, runSettings: null } as const;
    const all = [
      validatedFingerprint(from),
      validatedFingerprint({ ...from, engineVersion: 'duckdb-0' }),
      validatedFingerprint({ ...from, settings }),
      validatedFingerprint({ ...from, runSettings: 's' }),
      validatedFingerprint({ ...from, references: 's' }),
      processedFingerprint({ ...processed, runSettings: 's' }),
      processedFingerprint(processed),
      processedFingerprint({ ...processed, engineVersion: 'duckdb-0' }),
      processedFingerprint({ ...processed, settings }),
    ];
    expect(new Set(all).size).toBe(all.length);
    // The version names the engine that is installed.
    const { version } = jest.requireActual<{ version: string }>('@duckdb/node-api/package.json');
    expect(ENGINE_VERSION).toContain(`duckdb-${version.split('-')[0]}+`);
  });

  it('changes with the output format, and is for Parquet what it was before there was a choice', () => {
    const from = { validated: 'v', transformHash: 't', runSettings: null, engineVersion: 'e', settings: {} };
    const named = (['parquet', 'jsonl', 'csv'] as const).map((format) =>
      processedFingerprint({ ...from, output: { format } }),
    );
    // Of {"engine":"e","from":"v","kind":"processed","settings":{},"transform":"t"}.
    expect(named[0]).toBe('10d371e75180bbcf0afb049c2cc055e9');
    expect(new Set(named).size).toBe(3);
  });

  it('changes with what the definition says about records, not with its deadline', () => {
    expect(fingerprints(base, flights({ unique: ['id'] }))[0]).not.toBe(fingerprints(base)[0]);
    expect(fingerprints(base, flights({ deadlineMinutes: 500 }))).toEqual(fingerprints(base));
  });
});

describe('the hash of a listing', () => {
  const base = objects([1, 2, 3]);

  it('is the same in whatever order objects were listed and whenever they were written', () => {
    const later = base.toReversed().map((object) => ({ ...object, lastModified: '2026-02-01T00:00:00.000Z' }));
    expect(listingHash(later)).toBe(listingHash(base));
    expect(listingHash(base)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is another one when an object is added, removed, renamed or replaced', () => {
    const others = [
      base.slice(1),
      [...base, listed('o/x.csv', 0)],
      base.with(0, listed('o/renamed.csv', 1)),
      base.with(0, { ...base[0]!, etag: '"replaced"' }),
      base.with(0, { ...base[0]!, size: 9 }),
    ];
    expect(new Set([base, ...others].map(listingHash)).size).toBe(6);
  });

  it('orders keys by their bytes, as S3 does', () => {
    const keys = ['a', 'B', '\u{1F600}', '\uFF5E', 'é'];
    expect(keys.toSorted(compareKeys)).toEqual(['B', 'a', 'é', '\uFF5E', '\u{1F600}']);
  });
});
