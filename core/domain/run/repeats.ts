import { partitionEnd, partitionStart, periodMs, DAY_MS, type Cadence } from '../../contracts/partition';
import type { Repeat, Telling } from '../../contracts/run/troubles';
import { expectedPartitions, type Scheduled } from '../partition/calendar';

/** Which endings repeat what a message said already, and which of those have a message: pure. */

/** Fewer good partitions than this in between, and a failure that comes again is still the same one. */
const GOOD_IN_BETWEEN = 3;
/** Under `changes`: the message that says that it was not only once. */
const TOLD_AGAIN_AT = 3;
/** A kind that has not come for so many periods is forgotten. */
const FORGOTTEN_AFTER = 40;

/** An ending of some kind. */
export interface Occurrence {
  readonly kind: string;
  readonly partition: string;
  /** ISO 8601. */
  readonly endedAt: string;
  /** Whether the partition ended so before. */
  readonly again: boolean;
  /** Whether every ending since the last one of this kind failed or was skipped. */
  readonly unbroken: boolean;
}

/** The row of its kind with this ending in it: the one that is known, or a new one. */
export function withOccurrence(
  known: Repeat | undefined,
  { partition, endedAt, again, unbroken }: Occurrence,
  dataset: Scheduled,
): Repeat {
  if (known === undefined || !(unbroken || isNear(known, partition, dataset))) {
    return {
      count: 1,
      from: partition,
      to: partition,
      since: endedAt,
      told: 0,
      toldAt: null,
      wholeAt: null,
      endTold: false,
    };
  }
  return {
    ...known,
    count: known.count + (again ? 0 : 1),
    from: partition < known.from ? partition : known.from,
    to: partition > known.to ? partition : known.to,
  };
}

function isNear({ from, to }: Repeat, partition: string, dataset: Scheduled): boolean {
  if (partition >= from && partition <= to) return true;
  const [before, after] = partition > to ? [to, partition] : [partition, from];
  const [start, end] = [partitionEnd(before), partitionStart(after)];
  // Far apart, whatever the calendar asks for in between: it has no gaps of months that something could last over.
  if (end.getTime() - start.getTime() > FORGOTTEN_AFTER * periodMs(dataset.cadence)) return false;
  return expectedPartitions(dataset, start, end).length < GOOD_IN_BETWEEN;
}

/**
 * Whether an ending of a row has a message, and how long a one. Under `every-run` always: whole the first time and once a day (of a daily
 * dataset: once a week), so that no reader has to scroll for it; in between as one line. Under `changes` the first and the third, then
 * daily.
 */
export function howRepeated(
  row: Repeat,
  when: 'every-run' | 'changes',
  cadence: Cadence,
  now: Date,
): Extract<Telling['how'], 'whole' | 'line' | 'silent'> {
  // Runs are not started or over at the same second each day.
  const slack = periodMs(cadence) / 2;
  const isOlder = (time: string | null, ms: number) => time === null || now.getTime() - Date.parse(time) >= ms - slack;
  const isTold =
    when === 'every-run' ||
    row.told === 0 ||
    (row.told === 1 && row.count >= TOLD_AGAIN_AT) ||
    isOlder(row.toldAt, DAY_MS);
  if (!isTold) return 'silent';
  return isOlder(row.wholeAt, cadence === 'hourly' ? DAY_MS : 7 * DAY_MS) ? 'whole' : 'line';
}

/** The row once it was decided how its newest ending is announced. */
export function afterTelling(row: Repeat, how: Telling['how'], now: Date): Repeat {
  if (how === 'silent') return row;
  const at = now.toISOString();
  return { ...row, told: row.told + 1, toldAt: at, wholeAt: how === 'whole' ? at : row.wholeAt, endTold: false };
}

/** Whether readers were told of a row, and so wait to hear that it ended. */
export function awaitsEnd(row: Repeat | undefined, partition: string): row is Repeat {
  return row !== undefined && row.told > 0 && !row.endTold && partition > row.to;
}

/** The rows without those of which nothing came for long. */
export function remembered(
  repeats: Readonly<Record<string, Repeat>>,
  partition: string,
  cadence: Cadence,
): Record<string, Repeat> {
  const limit = partitionStart(partition).getTime() - FORGOTTEN_AFTER * periodMs(cadence);
  return Object.fromEntries(Object.entries(repeats).filter(([, { to }]) => partitionStart(to).getTime() >= limit));
}
