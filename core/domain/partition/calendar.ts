import type { Dataset } from '../../contracts/dataset/dataset';
import { layoutsOf, type Placeholder } from '../../contracts/dataset/key-layout';
import {
  cadenceOf,
  formatPartition,
  MINUTE_MS,
  partitionEnd,
  partitionStart,
  periodMs,
} from '../../contracts/partition';

/** The part of a definition that says which partitions are expected, and when. */
export type Scheduled = Pick<
  Dataset,
  'cadence' | 'calendar' | 'availableMinutes' | 'deadlineMinutes' | 'lateWindowDays'
> & {
  readonly source: Pick<Dataset['source'], 'prefix' | 'timeZone'>;
};

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/**
 * The partition whose run a schedule starts at `scheduledTime`: `floor(scheduledTime − available) − one period`. The clock plays no
 * part, so a late delivery still names the right partition.
 */
export function partitionOfSchedule(
  dataset: Pick<Scheduled, 'cadence' | 'availableMinutes'>,
  scheduledTime: Date,
): string {
  const period = periodMs(dataset.cadence);
  const shifted = scheduledTime.getTime() - dataset.availableMinutes * MINUTE_MS;
  return formatPartition(new Date(Math.floor(shifted / period) * period - period), dataset.cadence);
}

/** When a partition's run starts. */
export function availableAt(dataset: Pick<Scheduled, 'availableMinutes'>, partition: string): Date {
  return new Date(partitionEnd(partition).getTime() + dataset.availableMinutes * MINUTE_MS);
}

/** By when a partition must have a status. */
export function deadlineOf(dataset: Pick<Scheduled, 'deadlineMinutes'>, partition: string): Date {
  return new Date(partitionEnd(partition).getTime() + dataset.deadlineMinutes * MINUTE_MS);
}

/** The partition so many periods later (negative: earlier). */
export function shiftPartition(partition: string, periods: number): string {
  const cadence = cadenceOf(partition);
  const start = partitionStart(partition);
  return formatPartition(new Date(start.getTime() + periods * periodMs(cadence ?? 'hourly')), cadence ?? 'hourly');
}

/** Whether the dataset's calendar asks for a partition. False for a partition of the other cadence. */
export function isExpected(dataset: Scheduled, partition: string): boolean {
  return whyNotExpected(dataset, partition) === undefined;
}

/** Why the calendar does not ask for a partition, in words; undefined where it does. */
export function whyNotExpected(dataset: Scheduled, partition: string): string | undefined {
  const notAsked = whyNotAsked(dataset, partition);
  if (notAsked !== undefined) return notAsked;
  return localHourComesAgain(dataset, partition)
    ? `its local hour comes again: clocks go back in ${dataset.source.timeZone}, and both hours are published with the later one`
    : undefined;
}

function whyNotAsked({ calendar, cadence }: Scheduled, partition: string): string | undefined {
  const { firstPartition, lastPartition, weekdays, hours, paused } = calendar;
  if (cadenceOf(partition) !== cadence) return `it is no partition of a dataset that is ${cadence}`;
  // Partitions of one cadence sort as text, because their form has a fixed width.
  if (partition < firstPartition) return `the first is ${firstPartition} (calendar.firstPartition)`;
  if (lastPartition !== undefined && partition > lastPartition)
    return `the last is ${lastPartition} (calendar.lastPartition)`;
  const start = partitionStart(partition);
  const weekday = WEEKDAYS[start.getUTCDay()];
  if (weekdays !== undefined && !weekdays.some((day) => day === weekday))
    return `it is of a ${weekday ?? ''}, and partitions come on ${weekdays.join(', ')} (calendar.weekdays, UTC)`;
  if (hours !== undefined && !hours.includes(start.getUTCHours()))
    return `it is of hour ${start.getUTCHours()}, and partitions come at ${hours.join(', ')} (calendar.hours, UTC)`;
  const pause = paused.find((span) => partition >= span.from && (span.to === undefined || partition <= span.to));
  if (pause === undefined) return undefined;
  return `it is in the pause from ${pause.from} ${pause.to === undefined ? 'on' : `to ${pause.to}`} (calendar.paused)`;
}

/**
 * The partitions that the calendar asks for, in order, among those that begin in `[from, to)`. One function for everything that
 * counts partitions: claim, status, sweep, backfill and reports.
 */
export function expectedPartitions(dataset: Scheduled, from: Date, to: Date): string[] {
  const period = periodMs(dataset.cadence);
  const first = Math.max(from.getTime(), partitionStart(dataset.calendar.firstPartition).getTime());
  const last =
    dataset.calendar.lastPartition === undefined
      ? to.getTime()
      : Math.min(to.getTime(), partitionEnd(dataset.calendar.lastPartition).getTime());
  const partitions: string[] = [];
  for (let at = Math.ceil(first / period) * period; at < last; at += period) {
    const partition = formatPartition(new Date(at), dataset.cadence);
    if (isExpected(dataset, partition)) partitions.push(partition);
  }
  return partitions;
}

/** Where and in which time zone objects of one key layout lie. */
interface Layout {
  readonly prefix: string;
  readonly timeZone: string;
}

/**
 * Placeholders of a key layout, filled in for one partition; of the first where a source has several. Hourly layouts are written in the
 * source's time zone.
 */
export function sourcePrefix(source: Scheduled['source'], partition: string): string {
  const [prefix = ''] = layoutsOf(source);
  const timeZone = cadenceOf(partition) === 'hourly' ? source.timeZone : 'UTC';
  return layOut({ prefix, timeZone }, partitionStart(partition));
}

function layOut({ prefix, timeZone }: Layout, instant: Date): string {
  const fields = localFields(instant, timeZone);
  return prefix.replace(/\{(yyyy|MM?|dd?|HH?)\}/g, (_all, name: Placeholder) => fields[name]);
}

/** The layouts of a source, each with the prefixes under which objects of a partition may lie by it. */
export function prefixesByLayout(source: Scheduled['source'], partition: string): string[][] {
  return layoutsOf(source).map((prefix) => prefixesOf({ prefix, timeZone: source.timeZone }, partition));
}

/** Every prefix under which objects of a partition may lie, each once. */
export function sourcePrefixes(source: Scheduled['source'], partition: string): string[] {
  return [...new Set(prefixesByLayout(source, partition).flat())];
}

/**
 * Nearly always the one of {@link sourcePrefix}. Where clocks go forward by half an hour (Lord Howe Island), half an hour of local time
 * lies between two UTC hours and would belong to neither: it belongs to the first of the two.
 */
function prefixesOf(layout: Layout, partition: string): string[] {
  const prefix = sourcePrefix(layout, partition);
  if (cadenceOf(partition) !== 'hourly' || layout.timeZone === 'UTC') return [prefix];
  const start = partitionStart(partition).getTime();
  const half = layOut(layout, new Date(start + periodMs('hourly') / 2));
  const next = layOut(layout, new Date(start + periodMs('hourly')));
  return half === prefix || half === next ? [prefix] : [prefix, half];
}

/** The fixed text before the first placeholder of each layout: the roots under which all partitions lie. Empty where there is none. */
export function sourceRoots(source: Pick<Scheduled['source'], 'prefix'>): string[] {
  return [...new Set(layoutsOf(source).map((layout) => layout.slice(0, layout.indexOf('{'))))];
}

/** The cron fields of the schedule that starts a dataset's runs, in UTC. */
export function scheduleOf(dataset: Pick<Scheduled, 'cadence' | 'availableMinutes'>): { minute: string; hour: string } {
  const minutes = dataset.availableMinutes % (periodMs(dataset.cadence) / MINUTE_MS);
  return { minute: String(minutes % 60), hour: dataset.cadence === 'hourly' ? '*' : String(Math.floor(minutes / 60)) };
}

type LocalFields = Readonly<Record<Placeholder, string>>;

/** The fields of a date with those that are not padded. */
function withUnpadded(fields: Readonly<Record<'yyyy' | 'MM' | 'dd' | 'HH', string>>): LocalFields {
  const bare = (digits: string) => String(Number(digits));
  return { ...fields, M: bare(fields.MM), d: bare(fields.dd), H: bare(fields.HH) };
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function localFields(instant: Date, timeZone: string): LocalFields {
  if (timeZone === 'UTC') {
    const iso = instant.toISOString();
    return withUnpadded({
      yyyy: iso.slice(0, 4),
      MM: iso.slice(5, 7),
      dd: iso.slice(8, 10),
      HH: iso.slice(11, 13),
    });
  }
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      hourCycle: 'h23',
    });
    formatters.set(timeZone, formatter);
  }
  const parts = Object.fromEntries(formatter.formatToParts(instant).map(({ type, value }) => [type, value]));
  return withUnpadded({
    yyyy: parts['year'] ?? '',
    MM: parts['month'] ?? '',
    dd: parts['day'] ?? '',
    HH: parts['hour'] ?? '',
  });
}

/** Clocks go back by half an hour (Lord Howe Island), one hour, or two (Troll station in Antarctica). */
const LONGEST_STEP_BACK_HOURS = 2;

/**
 * When clocks go back, two UTC hours have one local hour, and a layout without offset puts both hours' objects under one prefix. They
 * are published with the last, when all of them have come; the earlier one is not expected, otherwise every record would be published
 * twice. Where the calendar does not ask for the later one, the earlier is expected after all.
 */
function localHourComesAgain(dataset: Scheduled, partition: string): boolean {
  if (dataset.cadence !== 'hourly' || dataset.source.timeZone === 'UTC') return false;
  // Every layout of an hourly dataset has all fields of the hour: what comes again in one comes again in all.
  const prefix = sourcePrefix(dataset.source, partition);
  for (let hours = 1; hours <= LONGEST_STEP_BACK_HOURS; hours += 1) {
    const later = shiftPartition(partition, hours);
    if (sourcePrefix(dataset.source, later) === prefix && whyNotAsked(dataset, later) === undefined) return true;
  }
  return false;
}
