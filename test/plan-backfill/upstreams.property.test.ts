import * as fc from 'fast-check';
import { backfillPlanSchema, type BackfillPlan } from '../../core/contracts/backfill/backfill';
import type { Dataset } from '../../core/contracts/dataset/dataset';
import { keys } from '../../core/contracts/keys';
import type { PartitionRecord } from '../../core/contracts/run/partition-record';
import { listingHash } from '../../core/domain/batch/plan-batches';
import { wavesOf } from '../../core/domain/backfill/backfill-plan';
import { parseBackfillInput } from '../../core/domain/backfill/backfill-request';
import { makePlan } from '../../core/runtime/backfill/survey';
import type { Store } from '../../core/runtime/store/store';
import { dataset, ending, publication, record, registry, source } from '../helpers/runs';

/**
 * Plans over datasets that wait for each other, on random ledgers, against a naive computation: no calendar, status or order of
 * the app. `hours` is hourly; `days` is daily; `sums` is hourly and waits for both; `report` is daily and waits for `sums`.
 */

const NOW = new Date('2026-01-23T12:00:00.000Z');
const DAYS = ['2026-01-20', '2026-01-21'] as const;
/** Few hours, among them the first and the last of a day. */
const HOURS = ['00', '07', '23'] as const;
const hourly = DAYS.flatMap((day) => HOURS.map((hour) => `${day}T${hour}`));
const PARTITIONS = { hours: hourly, days: [...DAYS], sums: hourly, report: [...DAYS] };
type Name = keyof typeof PARTITIONS;
const NAMES = Object.keys(PARTITIONS) as Name[];
const places = NAMES.flatMap((name) => PARTITIONS[name].map((partition) => ({ name, partition })));
type Place = (typeof places)[number];
const keyOf = ({ name, partition }: { name: string; partition: string }) => `${name} ${partition}`;

/** By hand: who waits for whom. */
const UPSTREAMS: Record<Name, Name[]> = { hours: [], days: [], sums: ['hours', 'days'], report: ['sums'] };
const needed = ({ name, partition }: Place, daysOnly: string | undefined): Place[] =>
  UPSTREAMS[name].flatMap((upstream) =>
    PARTITIONS[upstream]
      .filter((one) => one === partition || one.startsWith(partition) || partition.startsWith(one))
      // `days` begins on this day.
      .filter((one) => upstream !== 'days' || daysOnly === undefined || one >= daysOnly)
      .map((one) => ({ name: upstream, partition: one })),
  );

/** What stands about a partition, and whether each upstream publication is still the one that it was made from. */
const state = fc.record({
  kind: fc.constantFrom('no run', 'failed', 'upstream missing', 'published', 'published', 'changed', 'gone'),
  /** For each of up to five upstream partitions: is what was used still there, was it replaced, or was it not known? */
  used: fc.array(fc.constantFrom('same', 'replaced', 'unknown'), { minLength: 5, maxLength: 5 }),
});
const world = fc.record({
  states: fc.array(state, { minLength: places.length, maxLength: places.length }),
  rerun: fc.record({ hours: fc.boolean(), days: fc.boolean(), sums: fc.boolean() }),
  daysFrom: fc.constantFrom(undefined, '2026-01-21'),
  only: fc.constantFrom(undefined, 'sums', 'report'),
  limit: fc.constantFrom(3, 3_000),
});
type Drawn = typeof world extends fc.Arbitrary<infer T> ? T : never;

function definitions({ rerun, daysFrom }: Drawn): ReadonlyMap<string, Dataset> {
  const sourceOf = (name: string, rest: string) => ({
    bucket: 'vendor',
    prefix: `${name}/${rest}`,
    format: 'csv' as const,
  });
  const of = (name: Name, cadence: 'hourly' | 'daily') =>
    dataset({
      name,
      cadence,
      source: sourceOf(name, cadence === 'hourly' ? '{yyyy}/{MM}/{dd}/{HH}/' : '{yyyy}/{MM}/{dd}/'),
      calendar:
        cadence === 'hourly'
          ? { firstPartition: '2026-01-20T00', lastPartition: '2026-01-21T23', hours: HOURS.map(Number) }
          : { firstPartition: (name === 'days' && daysFrom) || '2026-01-20', lastPartition: '2026-01-21' },
      upstreams: UPSTREAMS[name].map((upstream) => ({
        dataset: upstream,
        whenReplaced: rerun[upstream as 'hours'] ? 'rerun' : 'ignore',
      })),
      deadlineMinutes: 2_000,
    });
  return registry(of('hours', 'hourly'), of('days', 'daily'), of('sums', 'hourly'), of('report', 'daily'));
}

/** There are sixteen; to parse them anew for every ledger would take most of the time. */
const parsed = new Map<string, ReadonlyMap<string, Dataset>>();
function datasetsOf(drawn: Drawn): ReadonlyMap<string, Dataset> {
  const key = JSON.stringify([drawn.rerun, drawn.daysFrom]);
  const known = parsed.get(key) ?? definitions(drawn);
  parsed.set(key, known);
  return known;
}

const isPublished = (kind: string) => kind === 'published' || kind === 'changed' || kind === 'gone';

const object = (key: string) => ({
  bucket: 'vendor',
  key,
  etag: 'e',
  size: 1,
  lastModified: '2026-01-22T00:00:00.000Z',
});
/** What lies in the source of a published partition now: the same as then, something else, nothing. */
const LISTED = { published: [object('a.csv')], changed: [object('b.csv')], gone: [] };
const BASE = publication('p', { source: { ...source, listingHash: listingHash(LISTED.published) } });

function recordsOf(drawn: Drawn): Map<string, PartitionRecord> {
  const records = new Map<string, PartitionRecord>();
  places.forEach((place, i) => {
    const { kind, used } = drawn.states[i]!;
    const last = (code: 'SOURCE_CORRUPT' | 'UPSTREAM_MISSING') =>
      record({ last: { runId: 'l', ending: ending(code), at: '2026-01-22T00:00:00.000Z' } });
    if (kind === 'failed') records.set(keyOf(place), last('SOURCE_CORRUPT'));
    if (kind === 'upstream missing') records.set(keyOf(place), last('UPSTREAM_MISSING'));
    if (!isPublished(kind)) return;
    const upstreams = needed(place, drawn.daysFrom).flatMap((up, n) => {
      const how = used[n % used.length]!;
      const runId = how === 'same' ? `run-of-${keyOf(up)}` : 'an-older-run';
      const publishedAt = '2026-01-22T00:00:00.000Z';
      return how === 'unknown' ? [] : [{ dataset: up.name, partition: up.partition, runId, publishedAt }];
    });
    records.set(keyOf(place), record({ publication: { ...BASE, runId: `run-of-${keyOf(place)}`, upstreams } }));
  });
  return records;
}

/** What is missing and why, by going through everything from the upstreams down. */
function naive(drawn: Drawn): Map<string, string> {
  const missing = new Map<string, string>();
  const states = new Map(places.map((place, i) => [keyOf(place), drawn.states[i]!]));
  for (const place of places) {
    if (place.name === 'days' && drawn.daysFrom !== undefined && place.partition < drawn.daysFrom) continue;
    if (drawn.only !== undefined && place.name !== drawn.only) continue;
    const { kind, used } = states.get(keyOf(place))!;
    if (kind === 'no run') missing.set(keyOf(place), 'NEVER_STARTED');
    if (kind === 'failed') missing.set(keyOf(place), 'FAILED');
    if (kind === 'upstream missing') missing.set(keyOf(place), 'UPSTREAM_MISSING');
    if (kind === 'changed') missing.set(keyOf(place), 'SOURCE_CHANGED');
    const stale = needed(place, drawn.daysFrom).some((up, n) => {
      const how = used[n % used.length]!;
      const there = isPublished(states.get(keyOf(up))!.kind);
      const wanted = drawn.rerun[up.name as 'hours'];
      return wanted && there && (how === 'replaced' || (how === 'same' && missing.has(keyOf(up))));
    });
    if (kind === 'published' && stale) missing.set(keyOf(place), 'UPSTREAM_CHANGED');
  }
  return missing;
}

/** The survey's own reading over a ledger in memory. Also counts the reads of each partition. */
async function planOf(drawn: Drawn): Promise<{ plan: BackfillPlan; reads: Map<string, number> }> {
  const records = recordsOf(drawn);
  const datasets = datasetsOf(drawn);
  const byKey = new Map(places.map((place) => [keys.partition(place.name, place.partition), keyOf(place)]));
  const reads = new Map<string, number>();
  const ledger = {
    read: (key: string) => {
      reads.set(key, (reads.get(key) ?? 0) + 1);
      const value = records.get(byKey.get(key) ?? '');
      return Promise.resolve(
        value === undefined ? { kind: 'absent' } : { kind: 'found', value, etag: 'e', json: value },
      );
    },
  } as unknown as Store;
  const states = new Map(places.map((place, i) => [keyOf(place), drawn.states[i]!.kind]));
  const objects = (of: Dataset, partition: string) => {
    const kind = states.get(keyOf({ name: of.name, partition })) as keyof typeof LISTED;
    return Promise.resolve(LISTED[kind]);
  };
  const raw = {
    start: '2026-01-20',
    end: '2026-01-21',
    limit: drawn.limit,
    ...(drawn.only === undefined ? {} : { dataset: drawn.only }),
  };
  const { request, problems } = parseBackfillInput(raw, datasets, NOW);
  if (request === undefined) throw new Error(JSON.stringify(problems));
  const isRunning = () => Promise.resolve(false);
  const context = { ledger, datasets, source: { objects }, isRunning, codeVersion: 'c', lastTry: false };
  return { plan: await makePlan(context, request, { backfillId: 'b', now: NOW }), reads };
}

test('on random ledgers of four datasets the plan is what a naive computation says, in an order in which upstreams come first', async () => {
  const reasons = new Set<string>();
  await fc.assert(
    fc.asyncProperty(world, async (drawn) => {
      const { plan, reads } = await planOf(drawn);
      backfillPlanSchema.parse(plan);
      const all = [...plan.items, ...plan.left];
      const at = ({ dataset: name, partition }: { dataset: string; partition: string }) => keyOf({ name, partition });
      const expected = naive(drawn);
      expect(Object.fromEntries(all.map((item) => [at(item), item.reason]))).toEqual(Object.fromEntries(expected));
      expect(plan.items).toHaveLength(Math.min(drawn.limit, expected.size));
      // Everything that an item needs and that is missing stands before it: in the plan, and in an earlier wave.
      const position = new Map(all.map((item, i) => [at(item), i]));
      const wave = new Map(wavesOf(plan).flatMap(({ items }, i) => items.map((item) => [at(item), i] as const)));
      for (const item of all) {
        const place = { name: item.dataset as Name, partition: item.partition };
        for (const up of needed(place, drawn.daysFrom)) {
          const before = position.get(keyOf(up));
          if (before === undefined) continue;
          expect(before).toBeLessThan(position.get(at(item))!);
          if (wave.has(at(item))) expect(wave.get(keyOf(up))!).toBeLessThan(wave.get(at(item))!);
        }
        const states = new Map(places.map((one, i) => [keyOf(one), drawn.states[i]!.kind]));
        const missing = needed(place, drawn.daysFrom).filter((up) => !isPublished(states.get(keyOf(up))!));
        expect(item.missingUpstreams.map((one) => [at(one), one.planned])).toEqual(
          missing.map((up) => [keyOf(up), expected.has(keyOf(up))]),
        );
        reasons.add(item.reason);
      }
      // Each partition record is read once, whichever dataset asks for it.
      expect([...reads.values()].filter((times) => times > 1)).toEqual([]);
    }),
    { numRuns: 200 },
  );
  expect([...reasons].toSorted()).toEqual([
    'FAILED',
    'NEVER_STARTED',
    'SOURCE_CHANGED',
    'UPSTREAM_CHANGED',
    'UPSTREAM_MISSING',
  ]);
});
