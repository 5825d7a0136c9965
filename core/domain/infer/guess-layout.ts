import { keyLayoutSchema } from '../../contracts/dataset/key-layout';
import { cadenceOf, type Cadence } from '../../contracts/partition';

/** Where a partition's objects lie, as keys with a date in them tell. */
export interface LayoutGuess {
  /** Prefixes with placeholders; one for most. */
  readonly prefixes: readonly string[];
  readonly cadence: Cadence;
  /** The earliest date among the keys. */
  readonly firstPartition: string;
  readonly saw: string;
  /** An hourly layout that the keys may mean as well; null for none. */
  readonly hourly: string | null;
}

/** A date in a key. */
interface Dated {
  readonly key: string;
  readonly at: number;
  /** Behind the day, and behind the hour. */
  readonly dayEnd: number;
  readonly hourEnd: number;
  /** What stands before year, month, day and hour; and the numbers. */
  readonly between: readonly [string, string, string, string];
  readonly numbers: readonly [string, string, string, string | null];
  /** Minutes behind the hour make it the time at which a file was written, which is no hour of its data. */
  readonly isTime: boolean;
}

const YEAR = '((?:19|20)\\d{2})';
const HOUR = '/(?:hour|hr|hh|h)=';
/** An hour that is a folder of its own. */
const FOLDER = '/(?=\\d{1,2}(?:/|$))';
/** The groups: what stands before year, month, day and hour, and each number. */
const DATES: readonly RegExp[] = [
  // year=2026/month=1/day=5/hour=3
  new RegExp(
    `((?:year|yyyy|yr|y)=)${YEAR}(/(?:month|mon|mm|m)=)(\\d{1,2})(/(?:day|dd|d)=)(\\d{1,2})(?!\\d)(?:(${HOUR})(\\d{1,2})(?!\\d))?`,
    'gi',
  ),
  // 2026/01/20/05, 2026-01-20T05, 2026-01-20/hr=05, 2026_01_20
  new RegExp(
    `(?<!\\d)()${YEAR}([-/_.])(\\d{1,2})(\\3)(\\d{1,2})(?!\\d)(?:(${HOUR}|${FOLDER}|[-_.T ](?=\\d{2}))(\\d{1,2})(?!\\d{3}))?`,
    'gi',
  ),
  // 20260120, 20260120T05
  new RegExp(`(?<!\\d)()${YEAR}()(\\d{2})()(\\d{2})(?!\\d(?:\\D|$))(?:(${HOUR}|${FOLDER}|[T_-]?)(\\d{2}))?`, 'gi'),
];

/** The layout that keys have in common; null where one of them has no date, or where no prefix can say it. */
export function guessLayout(keys: readonly string[]): LayoutGuess | null {
  const dated = keys.map(datedKey).filter((one) => one !== null);
  const [sample] = dated;
  if (sample === undefined || dated.length < keys.length) return null;
  const hourly = dated.every((one) => one.numbers[3] !== null && !one.isTime);
  const unpadded = dated.some(({ numbers: [, month, day] }) => month.length === 1 || day.length === 1);
  const prefixes = [...new Set(dated.map((one) => prefixOf(one, unpadded, hourly)))].slice(0, 20);
  // A key may begin with a slash; a prefix of a definition may not.
  if (!prefixes.every((prefix) => keyLayoutSchema.safeParse(prefix).success)) return null;
  const first = dated
    .map((one) => (hourly ? `${dayOf(one)}T${(one.numbers[3] ?? '').padStart(2, '0')}` : dayOf(one)))
    .sort()[0];
  return {
    prefixes,
    cadence: hourly ? 'hourly' : 'daily',
    firstPartition: first ?? dayOf(sample),
    saw: `the date in ${sample.key}`,
    hourly: sample.isTime && sample.numbers[3] !== null ? prefixOf(sample, unpadded, true) : null,
  };
}

function datedKey(key: string): Dated | null {
  const found = DATES.flatMap((pattern) => [...key.matchAll(pattern)].map((match) => dateOf(key, match))).filter(
    (one) => one !== null,
  );
  // Folders stand before the name, which may have the time of the file.
  return found.sort((a, b) => a.at - b.at || b.dayEnd - a.dayEnd)[0] ?? null;
}

function dateOf(key: string, match: RegExpMatchArray): Dated | null {
  const [
    all,
    beforeYear = '',
    year = '',
    beforeMonth = '',
    month = '',
    beforeDay = '',
    day = '',
    beforeHour = '',
    hour,
  ] = match;
  const at = match.index ?? 0;
  const hourEnd = at + all.length;
  const isHour = hour !== undefined && Number(hour) < 24;
  const dated: Dated = {
    key,
    at,
    dayEnd: hour === undefined ? hourEnd : hourEnd - hour.length - beforeHour.length,
    hourEnd,
    between: [beforeYear, beforeMonth, beforeDay, beforeHour],
    numbers: [year, month, day, isHour ? hour : null],
    isTime:
      isHour &&
      (/^[-:_.]?\d{2}/.test(key.slice(hourEnd)) || (beforeHour === '' && !key.slice(hourEnd).startsWith('/'))),
  };
  return cadenceOf(dayOf(dated)) === 'daily' ? dated : null;
}

function dayOf({ numbers: [year, month, day] }: Dated): string {
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** Up to the date, and the slash behind it. */
function prefixOf(
  { key, at, dayEnd, hourEnd, between, numbers: [year, month, , hour] }: Dated,
  unpadded: boolean,
  hourly: boolean,
): string {
  // Folders of the same year and month before a date in the name.
  const root = key
    .slice(0, at)
    .replace(/[{}*]/g, '')
    .replaceAll(`/${year}/${month}/`, '/{yyyy}/{MM}/')
    .replaceAll(`/${year}/`, '/{yyyy}/');
  const [m, d] = unpadded ? ['{M}', '{d}'] : ['{MM}', '{dd}'];
  const h = hourly ? `${between[3]}${hour?.length === 1 ? '{H}' : '{HH}'}` : '';
  const next = key[hourly ? hourEnd : dayEnd] ?? '';
  // What is not padded needs an end of its own.
  const end = next === '/' || (unpadded && /\D/.test(next)) ? next : '';
  return `${root}${between[0]}{yyyy}${between[1]}${m}${between[2]}${d}${h}${end}`;
}

/** The folder and the name of a file on this machine that a bucket may have as well: of the folders only the last before a date. */
export function localKey(path: string): string {
  const key = path.replaceAll('\\', '/').replace(/^(?:[A-Za-z]:)?(?:\.{0,2}\/)*/, '');
  const dated = datedKey(key);
  const segments = key.split('/');
  if (dated === null) return segments.at(-1) ?? key;
  const before = key.slice(0, dated.at).split('/').length - 1;
  // A date in the name alone: the folder is this machine's.
  const inName = before === segments.length - 1;
  return segments.slice(inName ? before : Math.max(0, before - 1)).join('/');
}

const EXTENSION = /(\.(?:csv|tsv|psv|tab|txt|log|json|jsonl|ndjson|parquet|avro))?(\.(?:gz|zst|zip))?$/i;
const PROMISES: Readonly<Record<string, readonly string[]>> = {
  '.parquet': ['parquet'], '.avro': ['avro'], '.csv': ['csv', 'text'], '.tsv': ['csv', 'text'], '.jsonl': ['jsonl', 'json'],
  '.ndjson': ['jsonl', 'json'], '.json': ['json', 'jsonl'],
}; // prettier-ignore
const COMPRESSIONS: Readonly<Record<string, string>> = { '.gz': 'gzip', '.zst': 'zstd', '.zip': 'zip' };

/**
 * The end that all keys have, where it promises what they hold.
 * @returns the suffix, or what is wrong with it; null for none
 */
export function guessSuffix(
  keys: readonly string[],
  format: string,
  compression: string,
): { suffix: string } | { wrong: string } | null {
  const suffixes = new Set(keys.map((key) => EXTENSION.exec(key)?.[0] ?? ''));
  const [suffix = ''] = suffixes;
  if (suffixes.size !== 1 || suffix === '') return null;
  const [, type = '', packed = ''] = EXTENSION.exec(suffix) ?? [];
  const promised = PROMISES[type.toLowerCase()];
  if (promised !== undefined && !promised.includes(format))
    return { wrong: `named ${suffix}, but what they hold is ${format}` };
  const isBinary = format === 'parquet' || format === 'avro';
  const told = COMPRESSIONS[packed.toLowerCase()];
  if (told !== undefined && told !== (isBinary ? undefined : compression))
    return { wrong: `named ${suffix}, but their compression is ${compression}` };
  // An extension in capitals promises the same to people, and nothing to the schema.
  return { suffix };
}
