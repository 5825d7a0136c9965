import * as fc from 'fast-check';
import { MISSING_REASONS, type MissingReason } from '../../core/contracts/backfill/missing';
import { REASON_CODES, type ReasonCode } from '../../core/contracts/run/endings';
import { EMPTY_RECORD, type PartitionRecord } from '../../core/contracts/run/partition-record';
import type { Listing } from '../../core/domain/backfill/why-missing';
import { dataset } from '../kit/datasets';
import { ending, holder, publication, source } from '../kit/runs';

/** Random ledgers, and what is missing in them by looking it up in a table: no calendar or status of the app. */

export const NOW = new Date('2026-01-26T06:30:00.000Z');
const HOUR = 3_600_000;

/** What stands about a partition, and what lies in its source now. */
interface State {
  readonly record: PartitionRecord | undefined;
  readonly live: boolean;
  readonly listing: Listing | 'denied';
  /** The reason while the source is not compared, and while it is. */
  readonly missing: MissingReason | undefined;
  readonly missingInWindow: MissingReason | undefined;
  readonly published: 'no' | 'whole' | 'partial';
}

const same: Listing = { hash: source.listingHash, objects: 3 };
const other: Listing = { hash: 'b'.repeat(32), objects: 4 };
const gone: Listing = { hash: 'c'.repeat(32), objects: 0 };
const failedBatch = { index: 0, state: 'ValidateBatch', error: 'SourceCorrupt', message: '', objects: [] };
const live = holder('live');

function state(
  record: Partial<PartitionRecord> | undefined,
  missing: MissingReason | undefined,
  more: Partial<Pick<State, 'listing' | 'missingInWindow' | 'published'>> = {},
): State {
  return {
    record: record === undefined ? undefined : { ...EMPTY_RECORD, ...record },
    live: record?.holder?.runId === 'live',
    listing: same,
    missing,
    missingInWindow: missing,
    published: 'no',
    ...more,
  };
}

const pub = (code: ReasonCode, failedBatches: (typeof failedBatch)[] = []) =>
  publication('publisher', { ending: ending(code), failedBatches });
const whole = { publication: pub('COMPLETE') };
const secondHand = { publication: { ...pub('COMPLETE'), source: { ...source, kind: 'fallback' as const } } };
const twice = { ...whole, superseded: [{ runId: 'first', ending: ending('COMPLETE'), records: source0() }] };
function source0() {
  return publication().records;
}

/** Endings after which nothing is missing although nothing is published. */
const SETTLED = [
  'ALREADY_PUBLISHED',
  'COMPLETE',
  'EMPTY_AS_DECLARED',
  'NOT_EXPECTED',
  'UNKNOWN_DATASET',
  'WITHIN_TOLERANCE',
];
const REASON: Partial<Record<ReasonCode, MissingReason>> = {
  NEVER_STARTED: 'NEVER_STARTED',
  CIRCUIT_OPEN: 'CIRCUIT_OPEN',
  UPSTREAM_MISSING: 'UPSTREAM_MISSING',
  TIME_LIMIT: 'TIMED_OUT',
  STOPPED_BY_OPERATOR: 'ABORTED',
  ALREADY_RUNNING: 'SKIPPED',
  PUBLISHED_BY_ANOTHER_RUN: 'SKIPPED',
};

const STATES: readonly State[] = [
  state(undefined, 'NEVER_STARTED'),
  state({ fence: 2 }, 'NEVER_STARTED'),
  state({ holder: live }, 'NEVER_STARTED'),
  state({ holder: holder('dead') }, 'FAILED'),
  ...REASON_CODES.map((code) => {
    const last = { runId: 'last', ending: ending(code), at: '2026-01-20T06:20:00.000Z' };
    return state({ last }, SETTLED.includes(code) ? undefined : (REASON[code] ?? 'FAILED'));
  }),
  state(whole, undefined, { published: 'whole' }),
  state(whole, undefined, { published: 'whole', listing: other, missingInWindow: 'SOURCE_CHANGED' }),
  state(twice, undefined, { published: 'whole', listing: other, missingInWindow: 'SOURCE_CHANGED' }),
  state(whole, undefined, { published: 'whole', listing: gone }),
  state(whole, undefined, { published: 'whole', listing: 'denied' }),
  state({ ...whole, holder: live }, undefined, {
    published: 'whole',
    listing: other,
    missingInWindow: 'SOURCE_CHANGED',
  }),
  state({ ...whole, holder: holder('dead') }, undefined, { published: 'whole' }),
  state({ publication: pub('EMPTY_AS_DECLARED') }, undefined, { published: 'whole' }),
  state({ publication: pub('EMPTY_AS_DECLARED') }, undefined, {
    published: 'whole',
    listing: other,
    missingInWindow: 'DATA_ARRIVED',
  }),
  // From the fallback: missing once the primary has anything, whatever its hash.
  state(secondHand, undefined, { published: 'whole', missingInWindow: 'FROM_FALLBACK' }),
  state(secondHand, undefined, { published: 'whole', listing: other, missingInWindow: 'FROM_FALLBACK' }),
  state(secondHand, undefined, { published: 'whole', listing: gone }),
  state(secondHand, undefined, { published: 'whole', listing: 'denied' }),
  state({ publication: pub('WITHIN_TOLERANCE') }, undefined, { published: 'partial' }),
  state({ publication: pub('WITHIN_TOLERANCE', [failedBatch]) }, 'FAILED_BATCHES', { published: 'partial' }),
  state({ publication: pub('WITHIN_TOLERANCE', [failedBatch]), holder: live }, 'FAILED_BATCHES', {
    published: 'partial',
  }),
];

/** Hours back from now at which a partition of an hour begins, and its state. */
export const ledger = fc.record({
  states: fc.array(fc.nat(STATES.length - 1), { minLength: 1, maxLength: 30 }),
  /** How many hours before NOW the newest partition of the ledger begins. */
  newest: fc.constantFrom(0, 1, 2, 3, 4, 24, 150, 166, 800, 820, 839),
  lateWindowDays: fc.constantFrom(0, 1, 7),
  /** Whether what came from a fallback is missing. */
  owed: fc.boolean(),
  deadlineMinutes: fc.constantFrom(60, 120, 1000),
  hours: fc.option(fc.uniqueArray(fc.nat(23), { minLength: 1, maxLength: 20 }), { nil: undefined }),
  alsoPartial: fc.boolean(),
  everything: fc.boolean(),
  onlyReasons: fc.option(fc.uniqueArray(fc.constantFrom(...MISSING_REASONS), { minLength: 1 }), { nil: undefined }),
  limit: fc.constantFrom(1, 5, 3_000),
  exact: fc.boolean(),
});
export type Ledger = typeof ledger extends fc.Arbitrary<infer T> ? T : never;

/** A partition of a ledger. */
export interface Place {
  readonly partition: string;
  readonly startMs: number;
  readonly state: State;
}

/** The partitions of a ledger, newest first. */
export function placesOf({ states, newest }: Ledger): Place[] {
  const first = Math.floor(NOW.getTime() / HOUR) * HOUR - newest * HOUR;
  return states.map((index, back) => {
    const startMs = first - back * HOUR;
    const partition = new Date(startMs).toISOString().slice(0, 13);
    return { partition, startMs, state: STATES[index]! };
  });
}

/** The dataset of a ledger: expected is what it has states for. */
export function datasetOf(of: Ledger) {
  const places = placesOf(of);
  return dataset({
    calendar: {
      firstPartition: places.at(-1)!.partition,
      lastPartition: places[0]!.partition,
      ...(of.hours === undefined ? {} : { hours: of.hours }),
    },
    deadlineMinutes: of.deadlineMinutes,
    availableMinutes: 15,
    lateWindowDays: of.lateWindowDays,
    fallback: {
      bucket: 'replica',
      prefix: '{yyyy}/{MM}/{dd}/{HH}/',
      maxAgeMinutes: 60,
      owed: of.owed && of.lateWindowDays > 0,
    },
  });
}

/** What is missing or asked for, newest first, by the table. */
export function naive(of: Ledger): { missing: (Place & { reason: MissingReason })[]; held: Place[] } {
  const all = placesOf(of).flatMap((place) => {
    const { state: it, startMs } = place;
    const sinceEnd = (NOW.getTime() - startMs - HOUR) / 60_000;
    const sinceDeadline = sinceEnd - of.deadlineMinutes;
    const expected = of.hours === undefined || of.hours.includes(Number(place.partition.slice(11)));
    if (!expected || (!of.exact && (NOW.getTime() - startMs) / HOUR > 35 * 24)) return [];
    const inWindow = sinceDeadline > 0 && sinceDeadline <= of.lateWindowDays * 1440;
    const wantsPrimary = of.owed || it.missingInWindow !== 'FROM_FALLBACK';
    let reason = sinceDeadline > 0 ? (inWindow && wantsPrimary ? it.missingInWindow : it.missing) : undefined;
    if (reason === undefined && sinceEnd > 0 && it.published !== 'no') {
      if (of.everything) reason = 'REPROCESS';
      if (of.alsoPartial && it.published === 'partial') reason = 'PARTIAL';
    }
    const wanted = it.live || of.onlyReasons?.includes(reason!) !== false;
    if (reason === undefined || !wanted) return [];
    return [{ ...place, reason }];
  });
  return { missing: all.filter(({ state: it }) => !it.live), held: all.filter(({ state: it }) => it.live) };
}
