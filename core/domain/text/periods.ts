/** Ranges of days for people. */
export interface DateRange {
  /** `2026-01-20`; both days are in the range. */
  readonly startDate: string;
  readonly endDate: string;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `Jan 20`, `Jan 20 – 26`, `Jan 28 – Feb 3`, with years where they differ from `now`'s or from each other. */
export function period(range: DateRange, now: Date): string {
  const [start, end] = [dayOf(range.startDate), dayOf(range.endDate)];
  return start.year === end.year && start.month === end.month && start.day !== end.day
    ? `${start.month} ${start.day} – ${end.day}${yearOf(range, now)}`
    : wholePeriod(range, now);
}

/** The same with every month named: `Jan 20 – Jan 26`. */
export function wholePeriod(range: DateRange, now: Date): string {
  const [start, end] = [dayOf(range.startDate), dayOf(range.endDate)];
  const year = yearOf(range, now);
  const first = `${start.month} ${start.day}`;
  if (range.startDate === range.endDate) return `${first}${year}`;
  return `${first}${start.year === end.year ? '' : `, ${start.year}`} – ${end.month} ${end.day}${year}`;
}

function yearOf({ startDate, endDate }: DateRange, now: Date): string {
  const [start, end] = [dayOf(startDate), dayOf(endDate)];
  return start.year === end.year && end.year === now.getUTCFullYear() ? '' : `, ${end.year}`;
}

function dayOf(date: string): { year: number; month: string; day: number } {
  const [year = '', month = '', day = ''] = date.split('-');
  return { year: Number(year), month: MONTHS[Number(month) - 1] ?? month, day: Number(day) };
}
