/** Durations and instants for people. Instants are UTC, and say so where nothing beside them does. */

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
];

/** `42 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole === 0) return 'less than 1 s';
  const first = UNITS.findIndex(([, size]) => whole >= size);
  const [unit, size] = UNITS[first] ?? ['s', 1];
  const [lesserUnit, lesserSize] = UNITS[first + 1] ?? ['', 0];
  const rest = lesserSize === 0 ? 0 : Math.floor((whole % size) / lesserSize);
  return `${Math.floor(whole / size)} ${unit}${rest === 0 ? '' : ` ${rest} ${lesserUnit}`}`;
}

/** The time between two instants, ISO 8601, as {@link duration}. */
export function between(from: string, to: string): string {
  return duration((Date.parse(to) - Date.parse(from)) / 1000);
}

/** `2026-01-20 05:00`, of an instant in ISO 8601 that is UTC. */
export function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

/** `2026-01-20 05:00 UTC`. */
export function utcMinute(iso: string): string {
  return `${minute(iso)} UTC`;
}

/** `2026-01-20T05:00Z`, for where a time is to be copied. */
export function isoMinute(instant: Date): string {
  return `${instant.toISOString().slice(0, 16)}Z`;
}
