/** How dates and times are written, in DuckDB's strptime specifiers. */

/** One way in which a text can be read as a date or time. */
export interface TimeReading {
  /** Specifiers of padded numbers: `%d/%m/%Y`. */
  readonly format: string;
  /** Letters of specifiers whose number is not padded here. */
  readonly unpadded: string;
  readonly hasTime: boolean;
  /** Whether the text names its offset or UTC. */
  readonly hasZone: boolean;
}

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;
const ISO_TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?$/;

/** A date as every definition reads it. */
export function isIsoDate(text: string): boolean {
  return ISO_DATE.test(text) && exists(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10)));
}

/** A timestamp as every definition reads it: `zone`, `local` without an offset, null for what is none. */
export function isoTimestamp(text: string): 'zone' | 'local' | null {
  const match = ISO_TIMESTAMP.exec(text);
  if (match === null || !isIsoDate(match[1] ?? '')) return null;
  return match[2] === undefined ? 'local' : 'zone';
}

function exists(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || year < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= ([31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0);
}

const SHORT = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec'.split('|');
const LONG = 'january|february|march|april|may|june|july|august|september|october|november|december'.split('|');
const DAY_FIRST = /^(\d{1,2})([ \-/.])([A-Za-z]{3,9})\2(\d{4}|\d{2})(?!\d)/;
const MONTH_FIRST = /^([A-Za-z]{3,9}) (\d{1,2})(,?) (\d{4})(?!\d)/;
const DAYS = /^(?:(sun|mon|tue|wed|thu|fri|sat)|(sunday|monday|tuesday|wednesday|thursday|friday|saturday))(,? )/i;

interface DatePart {
  readonly format: string;
  readonly unpadded: string;
  readonly rest: string;
}

/** All ways in which a text can be read as a date, or as date and time. None for most texts. */
export function readingsOf(text: string): TimeReading[] {
  if (text.length < 6 || text.length > 40 || !/\d/.test(text)) return [];
  const unix = /^([A-Za-z]{3}) ([A-Za-z]{3}) ( ?\d{1,2}) (\d{2}:\d{2}:\d{2}) (?:(UTC|GMT) )?(\d{4})$/.exec(text);
  if (unix !== null) {
    const [, week = '', month = '', day = '', , zone, year] = unix;
    if (!DAYS.test(`${week} `) || !SHORT.includes(month.toLowerCase()) || day.startsWith(' ')) return [];
    if (!exists(Number(year), SHORT.indexOf(month.toLowerCase()) + 1, Number(day))) return [];
    const format = `%a %b %d %H:%M:%S ${zone === undefined ? '' : `${zone} `}%Y`;
    return [{ format, unpadded: day.length === 1 ? 'd' : '', hasTime: true, hasZone: zone !== undefined }];
  }
  const week = DAYS.exec(text);
  const prefix = week === null ? '' : `${week[1] === undefined ? '%A' : '%a'}${week[3] ?? ''}`;
  return datesAt(week === null ? text : text.slice(week[0].length)).flatMap((date) => {
    const tail = timeAt(date.rest);
    if (tail === null) return [];
    const { format, unpadded, hasTime, hasZone } = tail;
    return [{ format: prefix + date.format + format, unpadded: date.unpadded + unpadded, hasTime, hasZone }];
  });
}

function datesAt(text: string): DatePart[] {
  const found: DatePart[] = [];
  const add = (order: string, sep: string, match: RegExpExecArray, parts: readonly [string, string, string]) => {
    const format = order
      .split('')
      .map((letter) => `%${letter}`)
      .join(sep);
    let unpadded = '';
    const number = new Map<string, number>();
    for (const [i, letter] of order.split('').entries()) {
      const part = parts[i] ?? '';
      number.set(letter, Number(part));
      if (part.length === 1) unpadded += letter;
      if ((letter === 'Y' && part.length !== 4) || (letter === 'y' && part.length !== 2)) return;
      if (letter !== 'Y' && part.length > 2) return;
    }
    const short = number.get('y');
    const year = number.get('Y') ?? (short === undefined ? 0 : short + (short < 69 ? 2000 : 1900));
    if (!exists(year, number.get('m') ?? 0, number.get('d') ?? 0)) return;
    found.push({ format, unpadded, rest: text.slice(match[0].length) });
  };
  const three = /^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?!\d)/.exec(text);
  if (three !== null) {
    const parts = [three[1] ?? '', three[3] ?? '', three[4] ?? ''] as const;
    const sep = three[2] ?? '';
    for (const order of sep === '.' ? ['Ymd', 'dmY', 'dmy'] : ['Ymd', 'dmY', 'mdY', 'dmy', 'mdy', 'ymd'])
      add(order, sep, three, parts);
  }
  const compact = /^(\d{4})(\d{2})(\d{2})(?=$|[T ]|\d{6})/.exec(text);
  if (compact !== null) add('Ymd', '', compact, [compact[1] ?? '', compact[2] ?? '', compact[3] ?? '']);
  found.push(...namedMonths(text));
  return found;
}

function namedMonths(text: string): DatePart[] {
  const first = DAY_FIRST.exec(text);
  const second = MONTH_FIRST.exec(text);
  const name = (first?.[3] ?? second?.[1] ?? '').toLowerCase();
  // May is both; then the short one, which DuckDB reads in either.
  const letter = SHORT.includes(name) ? 'b' : LONG.includes(name) ? 'B' : null;
  if (letter === null) return [];
  const month = (letter === 'b' ? SHORT : LONG).indexOf(name) + 1;
  const day = first?.[1] ?? second?.[2] ?? '';
  const year = first?.[4] ?? second?.[4] ?? '';
  if (!exists(year.length === 2 ? 2000 + Number(year) : Number(year), month, Number(day))) return [];
  const sep = first?.[2] ?? '';
  const y = year.length === 2 ? '%y' : '%Y';
  const format = first === null ? `%${letter} %d${second?.[3] ?? ''} %Y` : `%d${sep}%${letter}${sep}${y}`;
  const rest = text.slice((first ?? second)?.[0].length);
  return [{ format, unpadded: day.length === 1 ? 'd' : '', rest }];
}

const TIME = /^(,? |T|:)(\d{1,2}):(\d{2})(?::(\d{2})(?:([.,])(\d{1,9}))?)?( ?[AaPp][Mm])?(.*)$/;
const COMPACT_TIME = /^([T ]?)(\d{2})(\d{2})(\d{2})(?:([.,]?)(\d{3}))?(Z| ?[+-]\d{4}|)$/;

function timeAt(rest: string): TimeReading | null {
  if (rest === '') return { format: '', unpadded: '', hasTime: false, hasZone: false };
  const match = TIME.exec(rest);
  if (match === null) return compactTime(rest);
  const [, joint = '', hour = '', minute = '', second, point, fraction, noon, tail = ''] = match;
  const twelve = noon !== undefined;
  const hours = Number(hour);
  if ((twelve ? hours < 1 || hours > 12 : hours > 23) || Number(minute) > 59 || Number(second ?? 0) > 59) return null;
  if (fraction !== undefined && fraction.length > 6 && fraction.length !== 9) return null;
  const zone = zoneAt(tail);
  if (zone === null) return null;
  const h = twelve ? 'I' : 'H';
  const seconds = second === undefined ? '' : ':%S';
  const parts = fraction === undefined ? '' : `${point ?? ''}${fraction.length === 9 ? '%n' : '%f'}`;
  const meridiem = noon === undefined ? '' : `${noon.startsWith(' ') ? ' ' : ''}%p`;
  return {
    format: `${joint}%${h}:%M${seconds}${parts}${meridiem}${zone.format}`,
    unpadded: hour.length === 1 ? h : '',
    hasTime: true,
    hasZone: zone.format !== '',
  };
}

function compactTime(rest: string): TimeReading | null {
  const match = COMPACT_TIME.exec(rest);
  if (match === null) return null;
  const [, joint = '', hour, minute, second, point = '', fraction, tail = ''] = match;
  const zone = zoneAt(tail);
  if (zone === null || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const parts = fraction === undefined ? '' : `${point}%g`;
  return { format: `${joint}%H%M%S${parts}${zone.format}`, unpadded: '', hasTime: true, hasZone: zone.format !== '' };
}

/** Zones by name other than UTC mean several places: they are not read. */
function zoneAt(tail: string): { readonly format: string } | null {
  if (tail === '') return { format: '' };
  if (/^(?:Z| UTC| GMT)$/.test(tail)) return { format: tail };
  const offset = /^( ?)[+-](?:0\d|1[0-4])(?::?[0-5]\d)?$/.exec(tail);
  return offset === null ? null : { format: `${offset[1] ?? ''}%z` };
}

/** A format with the specifiers of numbers that were seen without their zero. */
export function withUnpadded(format: string, letters: string): string {
  return format.replace(/%([dHIjmMSy])/g, (all, letter: string) => (letters.includes(letter) ? `%-${letter}` : all));
}
