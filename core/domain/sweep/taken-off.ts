import { z } from 'zod';
import { LOOK_BACK_DAYS } from '../../contracts/backfill/backfill';
import { datasetSchema, type Dataset } from '../../contracts/dataset/dataset';
import { DAY_MS } from '../../contracts/partition';
import type { PartitionRecord } from '../../contracts/run/partition-record';
import type { Unlisted, UnlistedPartition } from '../../contracts/sweep/unlisted';
import { deadlineOf, expectedPartitions, isExpected, shiftPartition } from '../partition/calendar';
import { whyMissing } from '../backfill/why-missing';

/**
 * What a change of a definition takes off the list of what is missing: pure. A partition that the calendar does not ask for is not
 * started, reported or recovered; so where one was missing, a message has to say so before it is forgotten.
 */

const { name, owner, notify, cadence, calendar, availableMinutes, deadlineMinutes, lateWindowDays, source } =
  datasetSchema.shape;

/** The part of a definition that says what was expected and whom to tell. Of any release: more fields, or other ones, are no hindrance. */
const formerSchema = z.object({
  name,
  owner,
  notify,
  cadence,
  calendar: z.object(calendar.shape),
  availableMinutes,
  deadlineMinutes,
  lateWindowDays,
  source: z.object({ prefix: source.shape.prefix, timeZone: source.shape.timeZone }),
});
export type Former = z.output<typeof formerSchema>;

/** A definition as the sweep has kept it; undefined where this release cannot tell what it expected. */
export function formerOf(kept: unknown): Former | undefined {
  return formerSchema.safeParse(kept).data;
}

/** The partitions past their deadline that the former definition asks for and the next one does not. `next` undefined: it is not deployed any more. */
export function takenOff(former: Former, next: Dataset | undefined, now: Date): string[] {
  // As far back as the weekly backfill looks for what is missing.
  const from = new Date(now.getTime() - LOOK_BACK_DAYS * DAY_MS);
  return expectedPartitions(former, from, now).filter(
    (partition) => deadlineOf(former, partition) < now && (next === undefined || !isExpected(next, partition)),
  );
}

/**
 * How one of those is missing; undefined where it is not, or a run is working on it, whose ending has its own message. `record`:
 * `unreadable` where it can't be known.
 */
export function missingAs(
  former: Former,
  partition: string,
  record: PartitionRecord | undefined | 'unreadable',
  now: Date,
): UnlistedPartition | undefined {
  if (record === 'unreadable') return { partition, reason: null, code: null };
  if (record !== undefined && record.holder !== null) return undefined;
  const missing = whyMissing(former, { partition, record, listing: undefined }, now);
  return missing === undefined ? undefined : { partition, ...missing };
}

/** Why the next definition does not ask for them. */
export function becauseOf(former: Former, next: Dataset | undefined): Unlisted['because'] {
  if (next === undefined) return 'removed';
  return next.cadence === former.cadence ? 'calendar' : 'cadence';
}

/** Partitions as spans of neighbours, in order: `2026-01-20T05 – 2026-01-20T07 (3)`. */
export function spansOf(partitions: readonly string[]): string[] {
  const spans: { first: string; last: string; count: number }[] = [];
  for (const partition of partitions.toSorted()) {
    const open = spans.at(-1);
    if (open !== undefined && shiftPartition(open.last, 1) === partition) {
      open.last = partition;
      open.count += 1;
    } else spans.push({ first: partition, last: partition, count: 1 });
  }
  return spans.map(({ first, last, count }) => (count === 1 ? first : `${first} – ${last} (${count})`));
}
