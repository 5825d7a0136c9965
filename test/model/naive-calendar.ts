import type { Calendar } from '../../core/contracts/dataset/source';

/**
 * Expected partitions by counting on one's fingers: no Date, no function of the app. Years, months, days and hours are plain numbers;
 * the weekday is counted from a known Monday.
 */

export interface Slot {
  readonly partition: string;
  /** Minutes since 2019-01-01T00:00Z at which it begins. */
  readonly startMinute: number;
  readonly expected: boolean;
}

const FIRST_YEAR = 2019;
/** 2019-01-01 was a Tuesday. */
const WEEKDAYS = ['tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'mon'] as const;
export const EPOCH_MS = Date.parse('2019-01-01T00:00:00Z');

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const daysOf = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
const two = (value: number): string => String(value).padStart(2, '0');

/** Every day, numbered from the first of 2019, up to the end of 2033. */
const DAYS: readonly string[] = (() => {
  const days: string[] = [];
  for (let year = FIRST_YEAR; year < FIRST_YEAR + 15; year += 1) {
    for (let month = 1; month <= 12; month += 1) {
      for (let day = 1; day <= daysOf(year, month); day += 1) days.push(`${year}-${two(month)}-${two(day)}`);
    }
  }
  return days;
})();

/** The number of a day such as `2024-02-29`. */
export const dayNumber = (day: string): number => DAYS.indexOf(day);

/** Every partition of a range of days, and whether the calendar asks for it. */
export function slotsOf(cadence: 'hourly' | 'daily', calendar: Calendar, firstDay: number, days: number): Slot[] {
  const slots: Slot[] = [];
  for (let day = firstDay; day < firstDay + days; day += 1) {
    const date = DAYS[day]!;
    const weekday = WEEKDAYS[day % 7]!;
    for (let hour = 0; hour < (cadence === 'hourly' ? 24 : 1); hour += 1) {
      const partition = cadence === 'hourly' ? `${date}T${two(hour)}` : date;
      const paused = calendar.paused.some((span) => partition >= span.from && partition <= (span.to ?? '9999'));
      const expected =
        partition >= calendar.firstPartition &&
        partition <= (calendar.lastPartition ?? '9999') &&
        (calendar.weekdays ?? WEEKDAYS).some((one) => one === weekday) &&
        (calendar.hours === undefined || calendar.hours.includes(hour)) &&
        !paused;
      slots.push({ partition, startMinute: day * 1440 + hour * 60, expected });
    }
  }
  return slots;
}
