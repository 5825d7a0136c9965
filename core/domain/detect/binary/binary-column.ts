import { number } from '../../text/numbers';
import { type ColumnDraft } from '../columns/column-draft';
import { decimalOf, epochOf } from '../columns/guess';
import { shapeOf } from '../columns/number-styles';
import type { Tally } from '../columns/tally';
import { sentence } from '../columns/column-draft';

/** A column of a format that has types. */
export interface BinaryColumn {
  /** Its name, or a path of members where the format has them. */
  readonly path: readonly string[];
  /** The words of its type. */
  readonly words: Readonly<Record<string, unknown>>;
  /** The type as the file calls it. */
  readonly told: string;
  /** Whether it may be NULL by its schema. */
  readonly nullable: boolean;
  /** Why somebody should look at it; null for nothing. */
  readonly warning: string | null;
}

/** What files say of one column. */
export interface SeenColumn {
  readonly column: BinaryColumn;
  /** NULLs by the files' own figures; null where they do not tell. */
  readonly nulls: number | null;
  readonly records: number;
}

/** One column of several files. Types that differ are brought together where one holds the other. */
export function mergedColumn(seen: readonly SeenColumn[], name: string, tally: Tally | undefined): ColumnDraft {
  const types = new Map(seen.map(({ column }) => [JSON.stringify(column.words), column] as const));
  const told = [...new Set(seen.map(({ column }) => column.told))].join(' and ');
  const words = commonWords([...types.values()].filter(({ told: type }) => type !== 'Null'));
  const records = seen.reduce((sum, one) => sum + one.records, 0);
  const known = seen.every(({ nulls }) => nulls !== null);
  const nulls = seen.reduce((sum, one) => sum + (one.nulls ?? 0), 0);
  const may = seen.some(({ column }) => column.nullable);
  const nullable = known ? nulls > 0 : may;
  const saw = [told];
  if (words === null) saw.push('files differ in its type: this reads only some');
  if (known) saw.push(`${number(nulls)} of ${number(records)} empty`);
  else saw.push(may ? 'may be empty by its schema; no figures' : 'never empty by its schema');
  const warnings = seen.flatMap(({ column: { warning } }) => (warning === null ? [] : [warning]));
  return {
    name,
    words: { ...(words ?? seen[0]?.column.words), ...(nullable ? { nullable: true } : {}) },
    saw,
    maybe: [...new Set(warnings), ...epochs(words, tally)],
  };
}

function commonWords(columns: readonly BinaryColumn[]): Readonly<Record<string, unknown>> | null {
  if (columns.length === 0) return { type: 'string' };
  const [first] = columns;
  if (columns.length === 1 && first !== undefined) return first.words;
  const types = new Set(columns.map(({ words }) => String(words['type'])));
  const only = (...allowed: readonly string[]) => [...types].every((type) => allowed.includes(type));
  if (only('integer', 'double')) return { type: 'double' };
  if (!only('integer', 'decimal')) return null;
  const of = (field: string) => Math.max(...columns.map(({ words }) => Number(words[field] ?? 0)));
  return {
    type: 'decimal',
    precision: Math.min(38, Math.max(19, of('precision') - of('scale')) + of('scale')),
    scale: of('scale'),
  };
}

/** A type of the file is not changed by a guess; that integers look like times is said. */
function epochs(words: Readonly<Record<string, unknown>> | null, tally: Tally | undefined): string[] {
  if (words?.['type'] !== 'integer' || tally === undefined) return [];
  const shape = shapeOf(tally.numbers.keys());
  const epoch = shape === null ? null : epochOf(shape);
  return epoch === null ? [] : [sentence(epoch)];
}

/** The type for decimals as files declare them. */
export function decimalWords(precision: number, scale: number): Readonly<Record<string, unknown>> {
  if (scale === 0 && precision <= 18) return { type: 'integer' };
  const fits = precision <= 38 && scale <= precision && scale >= 0;
  return fits
    ? { type: 'decimal', precision, scale }
    : { ...decimalOf({ ...NO_SHAPE, whole: precision, scale: Math.max(0, scale) }) };
}

const NO_SHAPE = {
  integers: false, fixed: false, exponents: false, leadingZeros: false, fitsInteger: false, fitsDouble: false, least: '', most: '',
}; // prettier-ignore
