/** What texts mean by `docs/columns.md`, worked out without DuckDB and without regular expressions of the engine. */

interface Numeric {
  readonly precision: number;
  readonly scale: number;
  readonly decimal?: string;
  readonly group?: string;
}

/** A number's digits as a decimal of the scale; null for what is none, or does not fit. */
export function plainNumber(text: string, { precision, scale, decimal = '.', group }: Numeric): string | null {
  let at = 0;
  const peek = () => text[at] ?? '';
  const isDigit = (one: string) => one >= '0' && one <= '9';
  const digits = () => {
    const start = at;
    while (at < text.length && isDigit(peek())) at += 1;
    return text.slice(start, at);
  };
  const isNegative = peek() === '-';
  if (peek() === '-' || peek() === '+') at += 1;
  const groups = [digits()];
  while (group !== undefined && peek() === group) {
    at += 1;
    groups.push(digits());
  }
  const [first = '', ...others] = groups;
  const isGrouped = others.length > 0;
  if (
    isGrouped &&
    (first === '' || first.startsWith('0') || first.length > 3 || others.some((one) => one.length !== 3))
  )
    return null;
  const whole = groups.join('');
  let rest = '';
  if (peek() === decimal && at < text.length) {
    at += 1;
    rest = digits();
  }
  if (whole === '' && rest === '') return null;
  let power = 0n;
  if (peek() === 'e' || peek() === 'E') {
    at += 1;
    const isDown = peek() === '-';
    if (peek() === '-' || peek() === '+') at += 1;
    const written = digits();
    if (written === '') return null;
    power = BigInt(written) * (isDown ? -1n : 1n);
  }
  if (at !== text.length) return null;
  // The value is units / 10^places.
  let units = BigInt(`${whole}${rest}`);
  const places = BigInt(rest.length) - power;
  const shift = BigInt(scale) - places;
  if (units !== 0n && shift >= 0n) {
    if (shift > 200n) return null;
    units *= 10n ** shift;
  } else if (units !== 0n) {
    const divisor = 10n ** -shift;
    if (units % divisor !== 0n) return null;
    units /= divisor;
  }
  if (units >= 10n ** BigInt(precision)) return null;
  const padded = units.toString().padStart(scale + 1, '0');
  const shown = scale === 0 ? padded : `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  return isNegative && units !== 0n ? `-${shown}` : shown;
}

/** Microseconds since 1970 of an ISO time in UTC. */
export function isoMicros(iso: string): bigint | null {
  const ms = Date.parse(iso.replace(/(\.\d{3})\d+Z$/, '$1Z'));
  const micros = /\.\d{3}(\d{3})Z$/.exec(iso)?.[1] ?? '0';
  return Number.isNaN(ms) ? null : BigInt(ms) * 1000n + BigInt(micros);
}

const FORMAT = /^(\d{1,2})\.(\d{1,2})\.(\d{4})[ \t]+(\d{1,2}):(\d{1,2})$/;

/** The same of `%d.%m.%Y %H:%M`. */
export function formattedMicros(text: string, timeZone: string | null): bigint | null {
  const [all, ...parts] = FORMAT.exec(text) ?? [];
  if (all === undefined) return null;
  const [day = 0, month = 0, year = 0, hour = 0, minute = 0] = parts.map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute);
  const isThat = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!isThat || hour > 23 || minute > 59) return null;
  const micros = BigInt(date.getTime()) * 1000n;
  return timeZone === null ? micros : localMicros(micros, timeZone);
}

/**
 * The instant of a local time (as if it were UTC): every quarter of an hour of two days around is asked what the clocks of the zone show
 * then, and the first that shows this is it.
 */
export function localMicros(local: bigint, timeZone: string): bigint | null {
  const shown = clockOf(timeZone);
  const wanted = Number(local / 1000n);
  for (let ms = wanted - 30 * 3_600_000; ms <= wanted + 30 * 3_600_000; ms += 900_000)
    if (shown(ms) === wanted) return BigInt(ms) * 1000n;
  return null;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): (ms: number) => number {
  const format =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  clocks.set(timeZone, format);
  return (ms) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  };
}

/** The same of a whole number of seconds or parts of one, in the years 1 to 9999 and in 64 bits. */
export function epochMicros(text: string, unit: 's' | 'ms' | 'us' | 'ns'): bigint | null {
  const isNumber = /^[+-]?\d+$/.test(text);
  if (!isNumber) return null;
  const number = BigInt(text.replace('+', ''));
  if (number < -(2n ** 63n) || number >= 2n ** 63n) return null;
  const nanos = number * { s: 1_000_000_000n, ms: 1_000_000n, us: 1_000n, ns: 1n }[unit];
  const micros = nanos >= 0n ? nanos / 1000n : -((-nanos + 999n) / 1000n);
  return micros < -62_135_596_800_000_000n || micros > 253_402_300_799_999_999n ? null : micros;
}
