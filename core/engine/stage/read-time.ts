import type { Column } from '../../contracts/dataset/dataset';
import { text } from '../duckdb/sql';
import { once } from './computed-once';
import { shapesOf, type TimeShape } from './strptime-shape';
import { ISO_LOCAL, typedText } from './typed-text';

/** Texts of times → instants and days, as `read` says. */

type Timed = Extract<Column, { type: 'timestamp' | 'date' }>;
type Epoch = 's' | 'ms' | 'us' | 'ns';

/** Of the years 1 to 9999, which is what ISO 8601 can write. */
const [FIRST_SECOND, LAST_SECOND] = [-62_135_596_800n, 253_402_300_799n];
const PER_SECOND: Readonly<Record<Epoch, bigint>> = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n };

/** SQL for the value of a text; NULL where it is none. */
export function readTime(column: Timed, source: string): string {
  const { format, epoch, timeZone } = wordsOf(column);
  if (epoch !== undefined) return instantOfEpoch(epoch, typedText(INTEGER, source));
  if (format !== undefined) {
    const values = format.flatMap((one) =>
      shapesOf(one, column.type === 'date').map((shape) => valueOf(column.type, shape, one, source, timeZone)),
    );
    return values.length === 1 ? values.join('') : `coalesce(${values.join(', ')})`;
  }
  const iso = typedText(column, source);
  if (timeZone === undefined) return iso;
  const local = `TRY_CAST(${source} AS TIMESTAMP)`;
  return `CASE WHEN regexp_full_match(${source}, '${ISO_LOCAL}') THEN ${firstInstant(local, text(timeZone))} ELSE ${iso} END`;
}

function wordsOf(column: Timed): NonNullable<Extract<Timed, { type: 'timestamp' }>['read']> {
  return column.read ?? {};
}

const INTEGER: Column = { type: 'integer', nullable: true, sensitive: false };

/** SQL for the instant of a number of seconds, or parts of one, since 1970; nanoseconds are cut downwards. */
export function instantOfEpoch(epoch: Epoch, number: string): string {
  const value = (one: string) => {
    if (epoch === 'ns') return `make_timestamptz(${one} // 1000 - CASE WHEN ${one} % 1000 < 0 THEN 1 ELSE 0 END)`;
    const per = PER_SECOND[epoch];
    const [least, most] = [FIRST_SECOND * per, (LAST_SECOND + 1n) * per - 1n];
    return `CASE WHEN ${one} BETWEEN ${least} AND ${most} THEN make_timestamptz(${one} * ${1_000_000n / per}) END`;
  };
  return once(number, '_rollcall_epoch', value);
}

function valueOf(
  type: 'timestamp' | 'date',
  shape: TimeShape,
  format: string,
  source: string,
  timeZone: string | undefined,
): string {
  const { rewrite, zone, checks } = shape;
  const changed =
    rewrite === null ? source : `regexp_replace(${source}, ${text(rewrite.pattern)}, ${text(rewrite.replacement)})`;
  const parsed = `try_strptime(${changed}, ${text(shape.format)})`;
  const value = (one: string) => {
    if (type === 'date') return `CAST(${one} AS DATE)`;
    if (zone !== null) {
      // Of a name that DuckDB does not know no time can be asked.
      const name = `regexp_extract(${source}, ${text(zone)}, 1)`;
      const local = firstInstant(`CAST(${one} AS TIMESTAMP)`, name);
      return `CASE WHEN try_strptime(${source}, ${text(format)}) IS NOT NULL THEN ${local} END`;
    }
    return shape.hasOffset || timeZone === undefined
      ? `CAST(${one} AS TIMESTAMPTZ)`
      : firstInstant(one, text(timeZone));
  };
  const checked =
    checks.length === 0
      ? value(parsed)
      : once(parsed, '_rollcall_parsed', (one) => {
          const kept = checks.map(
            ({ pattern, part }) =>
              `extract(${part} FROM ${one}) = CAST(regexp_extract(${source}, ${text(pattern)}, 1) AS INTEGER)`,
          );
          return `CASE WHEN ${kept.join(' AND ')} THEN ${value(one)} END`;
        });
  return `CASE WHEN regexp_full_match(${source}, ${text(shape.pattern)}) THEN ${checked} END`;
}

/**
 * SQL for the instant of a local time: of one that comes twice the first, NULL for one that does not come. DuckDB's `timezone` gives some
 * instant for each. The offset is that of the day before or of the day after.
 */
export function firstInstant(local: string, zone: string): string {
  const shown = (instant: string) => `timezone(${zone}, CAST(${instant} AS TIMESTAMPTZ))`;
  return once(local, '_rollcall_local', (at) => {
    const instants = [`(${at} - INTERVAL 1 DAY)`, `(${at} + INTERVAL 1 DAY)`].map(
      (near) => `${at} - (${shown(near)} - ${near})`,
    );
    const first = `list_min(list_filter([${instants.join(', ')}], lambda _rollcall_instant: ${shown('_rollcall_instant')} = ${at}))`;
    return `CAST(${first} AS TIMESTAMPTZ)`;
  });
}
