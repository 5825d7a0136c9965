import { REASON_CODES } from '../../../../core/contracts/run/endings';
import { withMore, SourceEmpty, TransientError } from '../../../../core/contracts/errors';
import type { Found } from '../../../../core/domain/source/arrival';
import { whyMissing } from '../../../../core/domain/backfill/why-missing';
import {
  forgoesFallback,
  judgeFallback,
  lackOf,
  newestAgeSeconds,
  sourceOf,
} from '../../../../core/domain/source/judge-fallback';
import { outcomeOfItem } from '../../../../core/domain/backfill/backfill-outcome';
import { dataset, PARTITION, publication, record, source } from '../../../helpers/runs';
import { listed } from '../../../load-partition/definition';

const fallback = { bucket: 'replica', prefix: 'copy/{yyyy}/{MM}/{dd}/{HH}/', maxAgeMinutes: 360 };
const NOW = new Date('2026-01-20T08:00:00.000Z');
const LOOK = { now: NOW, startedAt: new Date('2026-01-20T06:15:00.000Z'), mayWait: true };
const found = (...objects: Found['objects']): Found => ({
  objects,
  markerFound: false,
  leftOut: { count: 0, example: null },
  hidden: { count: 0, example: null },
  rootHasObjects: true,
});

test('every ending says the same about the primary, however it came: half a delivery is no lack', () => {
  const lacks = REASON_CODES.map((code) => [code, lackOf(code, 0)] as const).filter(([, lack]) => lack !== undefined);
  expect(Object.fromEntries(lacks)).toEqual({
    EMPTY_AS_DECLARED: 'empty',
    SOURCE_EMPTY: 'empty',
    SOURCE_STILL_ARRIVING: 'empty',
    SOURCE_BUCKET_NOT_FOUND: 'missing',
    SOURCE_PREFIX_NOT_FOUND: 'missing',
    SOURCE_ACCESS_DENIED: 'unavailable',
    SOURCE_UNAVAILABLE: 'unavailable',
    CIRCUIT_OPEN: 'unavailable',
  });
  expect(lackOf('SOURCE_STILL_ARRIVING', 1)).toBeUndefined();
});

describe('the source of a fallback', () => {
  it('is read like the primary, in another place', () => {
    const primary = { bucket: 'vendor', account: '111122223333', prefix: 'f/{yyyy}{MM}{dd}{HH}/', suffix: '.csv' };
    const of = (part: object) =>
      sourceOf(dataset({ source: { ...primary, format: 'csv' }, fallback: { ...fallback, ...part } }), 'fallback');
    expect(of({})).toMatchObject({ bucket: 'replica', prefix: fallback.prefix, suffix: '.csv', format: 'csv' });
    // Another bucket may be any account's; the same one is whose it was.
    expect(of({}).account).toBeUndefined();
    expect(of({ bucket: 'vendor' }).account).toBe('111122223333');
    expect(of({ account: '999988887777', suffix: '.txt' })).toMatchObject({ account: '999988887777', suffix: '.txt' });
  });

  it('cannot be that of a dataset without one', () => {
    expect(() => sourceOf(dataset(), 'fallback')).toThrow('the dataset declares none');
    expect(sourceOf(dataset(), 'primary').bucket).toBe('source-bucket');
  });
});

describe('a fallback', () => {
  const at = (lastModified: string) => listed('copy/2026/01/20/05/a.csv', 100, lastModified);

  it.each([
    ['2026-01-20T02:00:00.000Z', 'usable'],
    ['2026-01-20T01:59:59.000Z', 'unusable'],
  ])('whose newest object came at %s, with a limit of six hours, is %s', (lastModified, kind) => {
    const old = at('2026-01-19T00:00:00.000Z');
    const verdict = judgeFallback(dataset({ fallback }), PARTITION, found(old, at(lastModified)), LOOK);
    expect(verdict.kind).toBe(kind);
    if (verdict.kind === 'unusable')
      expect(verdict.because).toBe('its newest object is 6 h old, and the limit is 6 h (maxAgeMinutes)');
  });

  it('without objects is never used, although the dataset calls empty normal', () => {
    const verdict = judgeFallback(dataset({ empty: 'normal', fallback }), PARTITION, found(), LOOK);
    expect(verdict).toMatchObject({
      kind: 'unusable',
      because: expect.stringContaining('no object lies under s3://replica'),
    });
  });

  it('has to be complete as the primary has to be, and is waited for until the deadline', () => {
    const of = dataset({ fallback, complete: { minObjects: 2 } });
    const one = found(at('2026-01-20T07:00:00.000Z'));
    expect(judgeFallback(of, PARTITION, one, { ...LOOK, now: new Date('2026-01-20T07:00:00.000Z') })).toMatchObject({
      kind: 'wait',
      waitingFor: 'object 2 of at least 2',
    });
    expect(judgeFallback(of, PARTITION, one, LOOK)).toMatchObject({
      kind: 'unusable',
      because: expect.stringContaining('still waiting for object 2 of at least 2'),
    });
  });

  it('has no age without objects, and none below zero', () => {
    expect(newestAgeSeconds([], NOW)).toBeNull();
    expect(newestAgeSeconds([at('2026-01-20T08:00:01.000Z')], NOW)).toBe(0);
  });

  it('replaces nothing that the primary gave, and in a backfill nothing at all', () => {
    const from = (kind: 'primary' | 'fallback', objects: number) =>
      record({ publication: publication('run-1', { source: { ...source, kind, objects } }) });
    const backfill = { trigger: 'backfill', reprocess: true } as const;
    const byHand = { trigger: 'manual', reprocess: true } as const;
    const refusedTo = (what: string) => `${what} does not replace with it what run run-1 published from the`;
    expect(forgoesFallback(backfill, from('primary', 3), [])).toBe(`${refusedTo('a run')} primary`);
    expect(forgoesFallback(byHand, from('primary', 3), [])).toBe(`${refusedTo('a run')} primary`);
    expect(forgoesFallback(backfill, from('fallback', 3), [])).toBe(`${refusedTo('a backfill')} fallback`);
    expect(forgoesFallback(backfill, from('primary', 0), [])).toBe(`${refusedTo('a backfill')} primary`);
    // A newer copy, or one for a partition that was taken for empty.
    expect(forgoesFallback(byHand, from('fallback', 3), [])).toBeUndefined();
    expect(forgoesFallback(byHand, from('primary', 0), [])).toBeUndefined();
    // Not the same again where an upstream is another one now.
    const used = (runId: string) => [{ dataset: 'fares', partition: PARTITION, runId, publishedAt: NOW.toISOString() }];
    const made = record({
      publication: publication('run-1', { source: { ...source, kind: 'fallback' }, upstreams: used('up-1') }),
    });
    expect(forgoesFallback(backfill, made, used('up-1'))).toBe(`${refusedTo('a backfill')} fallback`);
    expect(forgoesFallback(backfill, made, used('up-2'))).toBeUndefined();
    // Nothing to replace.
    expect(forgoesFallback(backfill, record(), [])).toBeUndefined();
    expect(forgoesFallback({ trigger: 'backfill', reprocess: false }, undefined, [])).toBeUndefined();
  });
});

describe('a partition that was published from the fallback', () => {
  const late = new Date('2026-01-21T06:00:00.000Z');
  const publishedFrom = publication('run-1', { source: { ...source, kind: 'fallback' } });
  const missing = (of: Parameters<typeof dataset>[0], objects: number, hash = source.listingHash) =>
    whyMissing(
      dataset(of),
      { partition: PARTITION, record: record({ publication: publishedFrom }), listing: { hash, objects } },
      late,
    )?.reason;

  it('is missing once the primary has objects, the same ones or others, where the dataset wants that', () => {
    expect(missing({ fallback }, 3)).toBe('FROM_FALLBACK');
    expect(missing({ fallback }, 3, 'b'.repeat(32))).toBe('FROM_FALLBACK');
    expect(missing({ fallback }, 0)).toBeUndefined();
    // Two places always list differently: that is no change of the source.
    expect(missing({ fallback: { ...fallback, owed: false } }, 3, 'b'.repeat(32))).toBeUndefined();
    // Who declares none any more does not want its data either.
    expect(missing({}, 3)).toBe('FROM_FALLBACK');
  });

  it('is recovered by a publication from the primary only', () => {
    const item = {
      dataset: 'flights',
      partition: PARTITION,
      reason: 'FROM_FALLBACK' as const,
      code: 'COMPLETE' as const,
      reprocess: true,
      publishedBy: 'run-1',
      publications: 1,
      childName: 'child',
      missingUpstreams: [],
    };
    const outcome = (of: Parameters<typeof publication>[1]) =>
      outcomeOfItem(item, record({ publication: publication('child', of) }));
    expect(outcome({})).toMatchObject({ kind: 'recovered' });
    expect(outcome({ source: { ...source, kind: 'fallback' } })).toMatchObject({
      kind: 'missing',
      item: { reason: 'published from the fallback', runId: 'child' },
    });
  });
});

test('an error that has more to say keeps its name, its facts and its family', () => {
  const error = withMore(new SourceEmpty('nothing', { details: { bucket: 'b' } }), 'nor there');
  expect(error).toMatchObject({ name: 'SourceEmpty', message: 'nothing; nor there', details: { bucket: 'b' } });
  expect(withMore(new TransientError('503'), 'nor there').retryable).toBe(true);
});
