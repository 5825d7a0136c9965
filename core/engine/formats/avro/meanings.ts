import type { AvroLogical } from '../../../domain/avro/schema';

/** What values of logical types say, as text. */

const DAY = 86_400_000;
const [FIRST, END] = [new Date('0001-01-01T00:00:00Z').getTime(), new Date('9999-12-31T23:59:59.999Z').getTime() + 1];

/** Days since 1970 as a date; null outside of the years 1 to 9999, which have four digits. */
export function dateText(days: number): string | null {
  const time = days * DAY;
  return time >= FIRST && time < END ? new Date(time).toISOString().slice(0, 10) : null;
}

/** In one second. */
const UNITS = { millis: 1_000, micros: 1_000_000, nanos: 1_000_000_000 } as const;
type Unit = keyof typeof UNITS;

/** The unit in which a timestamp or a time of day is counted, and whether it is of no time zone; null for what is none. */
export function instantOf(logical: AvroLogical | null): { readonly unit: Unit; readonly isLocal: boolean } | null {
  switch (logical?.name) {
    case 'timestamp-millis':
      return { unit: 'millis', isLocal: false };
    case 'timestamp-micros':
      return { unit: 'micros', isLocal: false };
    case 'timestamp-nanos':
      return { unit: 'nanos', isLocal: false };
    case 'local-timestamp-millis':
      return { unit: 'millis', isLocal: true };
    case 'local-timestamp-micros':
      return { unit: 'micros', isLocal: true };
    case 'local-timestamp-nanos':
      return { unit: 'nanos', isLocal: true };
    default:
      return null;
  }
}

/** Microseconds; null where there is more than they can say. */
export function microsOf(value: number | bigint, unit: Unit): number | bigint | null {
  if (unit === 'micros') return value;
  if (unit === 'millis') {
    const micros = Number(value) * 1000;
    return Number.isSafeInteger(micros) ? micros : BigInt(value) * 1000n;
  }
  const whole = BigInt(value);
  return whole % 1000n === 0n ? whole / 1000n : null;
}

/** A timestamp in ISO 8601, with all its digits; null outside of the years 1 to 9999. */
export function instantText(value: number | bigint, unit: Unit, isLocal: boolean): string | null {
  const [seconds, rest] = parts(value, unit);
  const time = seconds * 1000;
  if (time < FIRST || time >= END) return null;
  return `${new Date(time).toISOString().slice(0, 19)}.${rest}${isLocal ? '' : 'Z'}`;
}

/** A time of day as `05:06:07.250`; null for what is none. */
export function timeText(value: number | bigint, unit: Unit): string | null {
  const [seconds, rest] = parts(value, unit);
  if (seconds < 0 || seconds >= 86_400) return null;
  return `${new Date(seconds * 1000).toISOString().slice(11, 19)}.${rest}`;
}

/** Whole seconds, and the digits behind them. */
function parts(value: number | bigint, unit: Unit): readonly [seconds: number, rest: string] {
  const one = UNITS[unit];
  const digits = String(one).length - 1;
  if (typeof value === 'number') {
    const seconds = Math.floor(value / one);
    return [seconds, String(value - seconds * one).padStart(digits, '0')];
  }
  const rest = ((value % BigInt(one)) + BigInt(one)) % BigInt(one);
  return [Number((value - rest) / BigInt(one)), String(rest).padStart(digits, '0')];
}

/** The digits of a number in two's complement; null for no bytes. */
export function decimalText(bytes: Buffer, scale: number): string | null {
  if (bytes.length === 0) return null;
  const value =
    bytes.length <= 6
      ? bytes.readIntBE(0, bytes.length)
      : BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`));
  const sign = value < 0 ? '-' : '';
  const digits = String(value < 0 ? -value : value);
  if (scale === 0) return sign + digits;
  const padded = digits.padStart(scale + 1, '0');
  const point = padded.length - scale;
  return `${sign}${padded.slice(0, point)}.${padded.slice(point)}`;
}

export function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Months, days and milliseconds as ISO 8601 has a duration. */
export function durationText(bytes: Buffer): string {
  const millis = bytes.readUInt32LE(8);
  const seconds = `${Math.floor(millis / 1000)}.${String(millis % 1000).padStart(3, '0')}`;
  return `P${bytes.readUInt32LE(0)}M${bytes.readUInt32LE(4)}DT${seconds}S`;
}
